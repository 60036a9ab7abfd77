// Mutants of the fence around segments and campaigns.
import { edit, sql, type Mutant } from './mutating';

export const planMutants: Mutant[] = [
  [
    'segments that are somebody else’s own',
    'reading',
    sql(
      `alter policy member on ringfence.segments using (account_id = (select ringfence.member_account_id_with('ACCESS_CRM'))
           and client_id = any ((select ringfence.member_list_client_ids())::uuid[])
           and list_id <> all ((select ringfence.member_unseen_list_ids())::uuid[]))`,
    ),
  ],
  [
    'segments that are somebody’s own, for programs',
    'reading',
    sql(
      `alter policy partner on ringfence.segments using (account_id = (select ringfence.partner_account_id_with('ACCESS_CRM'))
           and client_id = any ((select ringfence.partner_list_client_ids())::uuid[])
           and list_id <> all ((select ringfence.partner_unseen_list_ids())::uuid[]))`,
    ),
  ],
  [
    'segments, without the check of the permission',
    'reading',
    sql(
      `alter policy member_all on ringfence.segments using (account_id = (select ringfence.member_all_account_id())
           and list_id <> all ((select ringfence.member_unseen_list_ids())::uuid[])
           and (owner_id is null or owner_id = (select ringfence.own_member_id())))`,
    ),
  ],
  [
    'campaigns of closed lists',
    'reading',
    sql(
      `alter policy member on ringfence.campaigns using (account_id = (select ringfence.member_account_id_with('ACCESS_CRM'))
           and client_id = any ((select ringfence.member_list_client_ids())::uuid[]))`,
    ),
  ],
  [
    'who is named on campaigns, without the check of the permission',
    'reading',
    sql(
      `alter policy partner_all on ringfence.campaign_members using (account_id = (select ringfence.partner_all_account_id())
           and list_id <> all ((select ringfence.partner_unseen_list_ids())::uuid[]))`,
    ),
  ],
  [
    'who plans without working with leads',
    'planning',
    edit('fence.lock_crm(text)', "perform fence.require_permission(authority, 'ACCESS_CRM');", ''),
  ],
  [
    'segments that are somebody else’s own, for whoever writes them',
    'planning',
    edit('fence.reaches_segment(text,ringfence.segments)', /and \(segment\.owner_id is null.*?\);/s, ';'),
  ],
  [
    'segments of other lists, for campaigns',
    'naming in plans',
    edit('fence.require_usable_segment(text,ringfence.campaigns)', 'and s.list_id = campaign.list_id', ''),
  ],
  [
    'identities that are not seen, for campaigns',
    'naming in plans',
    edit(
      'fence.require_usable_identity(text,ringfence.campaigns)',
      'or present.client_id <> all (fence.identity_clients(authority))',
      '',
    ),
  ],
  [
    'identities of other clients, for campaigns',
    'naming in plans',
    edit(
      'fence.require_usable_identity(text,ringfence.campaigns)',
      /elsif present\.client_id <> .*?end if;/s,
      'end if;',
    ),
  ],
  [
    'members who do not work on the list, for campaigns',
    'naming in plans',
    edit('fence.set_campaign_members(ringfence.campaigns,uuid[])', /elsif exists .*?end if;/s, 'end if;'),
  ],
  [
    'members who manage a list and do not work with leads, for campaigns',
    'naming in plans',
    edit('fence.works_on_list(text,uuid,uuid)', /position.*? > 0\s+and/s, ''),
  ],
  [
    'fields of other lists, for segments',
    'naming in plans',
    edit(
      'fence.require_fitting_filter(text,ringfence.lists,jsonb)',
      'if given.id is null then',
      'if false then',
    ),
  ],
  [
    'members of a filter that nobody knows',
    'naming in plans',
    edit(
      'fence.segment_condition(jsonb)',
      "else perform fence.refuse_filter('an unknown member');",
      'else null;',
    ),
  ],
  [
    'campaigns of others, for whoever asks for their next lead',
    'naming in plans',
    edit('fence.require_part_in(text,ringfence.campaigns)', 'not campaign.open_to_all', 'false'),
  ],
  [
    'campaigns that do not run, for whoever asks for their next lead',
    'naming in plans',
    edit('fence.require_running(ringfence.campaigns)', "campaign.state <> 'RUNNING'", 'false'),
  ],
  [
    'segments that are not seen, for whoever asks for their next lead',
    'naming in plans',
    edit('ringfence.next_lead_of_segment(uuid)', 'or not fence.reaches_segment(identity, present)', ''),
  ],
];
