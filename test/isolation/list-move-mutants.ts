// Mutants of the fence around lists that move or are deleted.
import { edit, sql, type Mutant } from './mutating';

export const listMoveMutants: Mutant[] = [
  [
    'leads on their way, or being deleted',
    'reading',
    edit('fence.hidden_lists(text)', "if changing = '{}' or", 'if true or'),
  ],
  [
    'leads on their way, for those who reach the client that the list left',
    'reading',
    edit(
      'fence.hidden_lists(text)',
      'p.client_id = any (clients)',
      'exists (select from ringfence.lists l where l.id = p.list_id and l.client_id = any (clients))',
    ),
  ],
  [
    'leads of one list on their way, or being deleted',
    'asking for lists',
    edit('fence.works_on_list(text,uuid,uuid)', /and \(present\.status not in .*? in \('O', 'A'\)\)/s, ''),
  ],
  [
    'what became of lists of clients outside the set',
    'reading',
    sql(
      `alter policy member on ringfence.list_jobs using (account_id = (select ringfence.member_account_id_with('MANAGE_LISTS')))`,
    ),
  ],
  [
    'what became of lists of no client, for those who did not ask for it',
    'reading',
    sql(
      `alter policy partner_all on ringfence.list_jobs using (account_id = (select ringfence.partner_all_account_id_with('MANAGE_LISTS')))`,
    ),
  ],
  [
    'how many duplicates were found, for who is no administrator',
    'the gate',
    sql('grant select (duplicates) on ringfence.list_jobs to ringfence_member'),
  ],
  [
    'lists that are not seen, for whoever moves them',
    'writing lists',
    edit('fence.visible_list(text,uuid,text)', 'or not fence.reaches_list(identity, list)', ''),
  ],
  [
    'clients outside the set, for whoever moves lists',
    'writing lists',
    edit(
      'fence.lock_list_to_move(text,uuid,uuid,integer)',
      /if client is not null and not fence\.reaches_client.*?end if;/s,
      '',
    ),
  ],
  [
    'lists that move already, for whoever moves them',
    'writing lists',
    edit(
      'fence.lock_list_to_move(text,uuid,uuid,integer)',
      'perform fence.require_active_list(present);',
      '',
    ),
  ],
  [
    'leads in blind mode, for whoever moves their list out of it',
    'writing lists',
    edit(
      'fence.move_list(text,uuid,uuid,integer)',
      /elsif present\.client_id = any \(blind\).*?elsif client/s,
      'elsif client',
    ),
  ],
  [
    'lists whose members do not reach the client that they go to',
    'writing lists',
    edit('fence.require_members_included(text,uuid[],uuid)', "if missing <> '{}'", 'if false'),
  ],
  [
    'lists that are being deleted, for whoever changes them',
    'writing lists',
    edit('fence.lock_list_to_change(text,uuid,integer)', 'perform fence.require_settled_list(present);', ''),
  ],
];
