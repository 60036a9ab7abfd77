// Mutants of the fence around lists and identities.
import { edit, sql, type Mutant } from './mutating';

export const outreachMutants: Mutant[] = [
  [
    'closed lists, with using of their client alone',
    'reading',
    sql(
      `alter policy member on ringfence.lists using (account_id = (select ringfence.member_account_id())
           and client_id = any ((select ringfence.member_list_client_ids())::uuid[]))`,
    ),
  ],
  [
    'lists that nobody may see who does not work with them, without the check of the permission',
    'reading',
    sql(
      `alter policy member_all on ringfence.lists using (account_id = (select ringfence.member_all_account_id())
           and id <> all ((select ringfence.member_unseen_list_ids())::uuid[]))`,
    ),
  ],
  [
    'closed lists, without the check of the name',
    'asking for lists',
    edit('fence.closed_lists(text,boolean)', /and not exists \(.*?\)\);/s, 'and false);'),
  ],
  [
    'a closed list, without the check of the name',
    'asking for lists',
    edit('fence.is_list_closed(text,ringfence.lists,boolean)', /and not exists \(.*?\);/s, 'and false;'),
  ],
  [
    'a list of the house, for those who manage lists',
    'asking for lists',
    edit(
      'fence.is_list_closed(text,ringfence.lists,boolean)',
      '(list.of_house or not managing)',
      'not managing',
    ),
  ],
  [
    'leads of a closed list, for those who manage lists',
    'asking for lists',
    edit('fence.works_on_list(text,uuid,uuid)', 'present, false', 'present, true'),
  ],
  [
    'leads of closed lists, for those who manage lists',
    'asking for lists',
    edit('fence.hidden_lists(text)', 'identity, false', 'identity, true'),
  ],
  [
    'lists of the house, for those who manage lists',
    'reading',
    edit('fence.closed_lists(text,boolean)', '(l.of_house or not managing)', 'not managing'),
  ],
  [
    'lists of the house, for members with clients',
    'reading',
    edit(
      'fence.may_be_of_house(text)',
      /elsif kind = 'M' then\s+return .*?;/s,
      "elsif kind = 'M' then return true;",
    ),
  ],
  [
    'closed lists that a token saw through the member before',
    'reading',
    edit('fence.named_as(text)', 'when not t.all_lists then t.id', ''),
  ],
  [
    'closed lists that the member of a token is not named on',
    'reading',
    edit('fence.named_as(text)', "when m.role = 'MEMBER' then m.member_id", ''),
  ],
  [
    'who does not manage lists',
    'writing lists',
    edit('fence.lock_lists(text)', "perform fence.require_permission(authority, 'MANAGE_LISTS');", ''),
  ],
  [
    'lists that are not seen, for whoever writes them',
    'writing lists',
    edit('fence.lock_list_to_change(text,uuid,integer)', /if not fence\.reaches_list.*?end if;/s, ''),
  ],
  [
    'the house, for whoever works for a client',
    'writing lists',
    edit('fence.house_for_list(text)', /if not fence\.may_be_of_house.*?end if;/s, ''),
  ],
  [
    'columns of lists that are nobody’s to name',
    'writing lists',
    edit('fence.list_with(ringfence.lists,jsonb)', 'named.name = any (columns)', 'true'),
  ],
  [
    'members who do not reach the client of a list',
    'writing lists',
    edit('fence.may_be_named(ringfence.lists,uuid)', 'return exists', 'return true or exists'),
  ],
  [
    'fields of other lists',
    'writing lists',
    edit('fence.require_parts(text,ringfence.lists,uuid[],text)', /if known.*?end if;/s, ''),
  ],
  [
    'blind mode of a client itself, with the account’s alone',
    'asking for lists',
    edit('fence.blind_clients(text)', "else 'ON' end", "else 'NONE' end"),
  ],
  [
    'blind mode of the account, with the client’s own alone',
    'asking for lists',
    edit(
      'fence.blind_clients(text)',
      '(select a.blind_mode from ringfence.accounts a where a.id = account)',
      'false',
    ),
  ],
  [
    'leads in blind mode, for definer functions',
    'asking for lists',
    edit('fence.reads_leads_of(text,uuid,uuid)', /and client <> all \(.*?\);/s, ';'),
  ],
  [
    'identities of archived clients, without the check of their state',
    'reading',
    edit('fence.identity_clients(text)', /c\.status in \('ACTIVE', 'INACTIVE'\)/g, 'true'),
  ],
  [
    'identities, without the check of the permission',
    'reading',
    edit('fence.identity_clients(text)', /if position.*?elsif kind in/s, 'if kind in'),
  ],
  [
    'identities of clients outside the set, without the check of the kind',
    'reading',
    edit('fence.identity_clients(text)', "('O', 'A', 'L', 'T')", "('O', 'A', 'L', 'T', 'M', 'S')"),
  ],
  [
    'who becomes an administrator, with the identities that they see themselves',
    'asking for a set',
    edit('ringfence.admin_identity_client_ids()', /case when .*? then (.*) else .*? end/s, '$1'),
  ],
  [
    'who becomes a member, with the identities that they see themselves',
    'asking for a set',
    edit('ringfence.member_identity_client_ids()', /case when .*? then (.*) else .*? end/s, '$1'),
  ],
  [
    'who becomes a token, with the identities that they see themselves',
    'asking for a set',
    edit('ringfence.partner_identity_client_ids()', /case when .*? then (.*) else .*? end/s, '$1'),
  ],
  [
    'who writes identities that they do not see',
    'an identity that is not seen',
    edit(
      'fence.lock_identity(text,uuid,integer,uuid)',
      /or present\.client_id <> all \(fence\.identity_clients\(authority\)\)/g,
      '',
    ),
  ],
  [
    'who gives identities to no client, and does not reach all',
    'an identity that is not seen',
    edit('fence.lock_identity_client(text,uuid)', /if house <> all .*?end if;/s, ''),
  ],
  [
    'clients of a plan that has no identities of clients',
    'an identity that is not seen',
    edit(
      'fence.lock_identity_client(text,uuid)',
      "perform fence.require_feature(account, 'CLIENT_IDENTITIES');",
      '',
    ),
  ],
  [
    'links of other generations, without the check of it',
    'an identity that is not seen',
    edit('fence.is_verifiable(ringfence.identities,integer)', 'present.generation = link_generation and', ''),
  ],
];
