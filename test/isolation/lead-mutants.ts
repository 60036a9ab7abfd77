// Mutants of the fence around leads.
import { edit, sql, type Mutant } from './mutating';

export const leadMutants: Mutant[] = [
  [
    'leads in blind mode, for members with all clients',
    'reading',
    sql(
      `alter policy member_all on ringfence.leads using (account_id = (select ringfence.member_all_account_id_with('ACCESS_CRM'))
           and list_id <> all ((select ringfence.member_hidden_list_ids())::uuid[]))`,
    ),
  ],
  [
    'leads in blind mode, for members and tokens with some clients',
    'asking for lists',
    edit('fence.lead_clients(text)', "if blind = '{}' then", 'if true then'),
  ],
  [
    'leads of closed lists',
    'reading',
    sql(
      `alter policy member on ringfence.leads using (account_id = (select ringfence.member_account_id_with('ACCESS_CRM'))
           and client_id = any ((select ringfence.member_lead_client_ids())::uuid[]))`,
    ),
  ],
  [
    'notes on leads of closed lists that one manages',
    'reading',
    sql(
      `alter policy member on ringfence.lead_notes using (account_id = (select ringfence.member_account_id())
           and client_id = any ((select ringfence.member_lead_client_ids())::uuid[])
           and list_id <> all ((select ringfence.member_unseen_list_ids())::uuid[]))`,
    ),
  ],
  [
    'leads, without the check of the permission',
    'reading',
    sql(
      `alter policy partner_all on ringfence.leads using (account_id = (select ringfence.partner_all_account_id())
           and client_id <> all ((select ringfence.partner_blind_client_ids())::uuid[])
           and list_id <> all ((select ringfence.partner_hidden_list_ids())::uuid[]))`,
    ),
  ],
  [
    'leads of closed lists, for who searches',
    'finding and writing leads',
    edit('ringfence.search_leads(text,uuid,uuid)', 'and s.list_id <> all (hidden)', ''),
  ],
  [
    'leads in blind mode, for who searches',
    'finding and writing leads',
    edit('ringfence.search_leads(text,uuid,uuid)', 'and c.id <> all (blind)', ''),
  ],
  [
    'leads of other clients, for who searches',
    'finding and writing leads',
    edit(
      'ringfence.search_leads(text,uuid,uuid)',
      'clients := fence.lead_clients(identity)',
      'clients := array(select c.id from ringfence.clients c where c.account_id = account)',
    ),
  ],
  [
    'leads, for who writes them by their id',
    'finding and writing leads',
    edit('fence.visible_lead(text,uuid)', /or not fence\.reads_lead\(.*?\) then/s, 'then'),
  ],
  [
    'lists that are closed, or in blind mode, for who adds leads',
    'finding and writing leads',
    edit('fence.require_leads_of(text,ringfence.lists)', /if list\.client_id = any.*?end if;/s, 'null;'),
  ],
  [
    'who does not manage lists, and deletes leads',
    'finding and writing leads',
    edit(
      'ringfence.delete_lead(uuid,integer)',
      "perform fence.require_permission(fence.present_authority(identity), 'MANAGE_LISTS');",
      '',
    ),
  ],
  [
    'leads that others hold, for who deletes them',
    'finding and writing leads',
    edit(
      'ringfence.delete_lead(uuid,integer)',
      'perform fence.require_held_by_nobody_else(identity, present);',
      '',
    ),
  ],
  [
    'leads, for who merges others into them',
    'finding and writing leads',
    edit(
      'fence.lock_leads_to_merge(text,uuid,uuid[],integer)',
      /or not fence\.reads_leads_of\(.*?\) then/s,
      'then',
    ),
  ],
  [
    'leads, for who merges them into their own',
    'finding and writing leads',
    edit(
      'fence.require_mergeable(text,ringfence.leads,uuid[])',
      'and fence.reads_leads_of(identity, l.client_id, l.list_id)',
      '',
    ),
  ],
  [
    'leads that others hold',
    'reading',
    sql(
      `alter policy member on ringfence.lead_holds using (account_id = (select ringfence.member_account_id_with('ACCESS_CRM'))
           and client_id = any ((select ringfence.member_list_client_ids())::uuid[]))`,
    ),
  ],
  [
    'emails of leads in blind mode, to whoever holds one',
    'reading',
    sql(
      `alter policy member on ringfence.lead_emails using (account_id = (select ringfence.member_account_id_with('ACCESS_CRM'))
           and client_id = any ((select ringfence.member_list_client_ids())::uuid[])
           and list_id <> all ((select ringfence.member_hidden_list_ids())::uuid[])
           and (select ringfence.member_held_lead_id()) is not null)`,
    ),
  ],
  [
    'a lead that was held, when its time has run out',
    'asking what is held',
    edit('fence.held_lead(text)', 'and h.held_until > now()', ''),
  ],
  [
    'a lead that is held, to whom its list is closed',
    'asking what is held',
    edit('fence.held_lead(text)', /or not fence\.works_on_list\(.*?\) then/s, 'then'),
  ],
  [
    'leads that others hold, for who writes them',
    'finding and writing leads',
    edit('fence.held_lead(text)', 'h.holder_id = holder', 'true'),
  ],
  [
    'who becomes a token, with the lead that they hold themselves',
    'asking what is held',
    edit('ringfence.partner_held_lead_id()', /case when .*? then (.*) end;/s, '$1;'),
  ],
  [
    'who becomes a member, with the lead that they hold themselves',
    'asking what is held',
    edit('ringfence.member_held_lead_id()', /case when .*? then (.*) end;/s, '$1;'),
  ],
  [
    'closed lists, for who asks for the next lead and manages them',
    'working a queue',
    edit('fence.lock_list_to_work_on(text,uuid)', /if not fence\.works_on_list.*?end if;/s, ''),
  ],
  [
    'lists that are not seen, for who asks for the next lead',
    'working a queue',
    edit('fence.visible_list(text,uuid,text)', 'or not fence.reaches_list(identity, list)', ''),
  ],
  [
    'leads that others hold, for who gives them back',
    'working a queue',
    edit('ringfence.release_lead(uuid)', 'h.holder_id = holder or', 'true or'),
  ],
  [
    'leads that others hold, for who ends a call with them',
    'working a queue',
    edit(
      'ringfence.record_disposition(uuid,uuid,timestamptz,text)',
      /perform fence\.require_held_by_nobody_else.*?;/s,
      '',
    ),
  ],
  [
    'how many leads there are in blind mode',
    'working a queue',
    edit('ringfence.list_work(uuid[])', 'and l.client_id <> all (blind)', ''),
  ],
  [
    'how many leads there are on closed lists',
    'working a queue',
    edit('ringfence.list_work(uuid[])', 'and l.id <> all (hidden)', ''),
  ],
  [
    'how many leads others have',
    'working a queue',
    edit('ringfence.list_work(uuid[])', 'and (everywhere or l.client_id = any (clients))', ''),
  ],
];
