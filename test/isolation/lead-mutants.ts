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
    edit('ringfence.search_leads(text,uuid)', 'and s.list_id <> all (hidden)', ''),
  ],
  [
    'leads in blind mode, for who searches',
    'finding and writing leads',
    edit('ringfence.search_leads(text,uuid)', 'and c.id <> all (blind)', ''),
  ],
  [
    'leads of other clients, for who searches',
    'finding and writing leads',
    edit(
      'ringfence.search_leads(text,uuid)',
      'clients := fence.lead_clients(identity)',
      'clients := array(select c.id from ringfence.clients c where c.account_id = account)',
    ),
  ],
  [
    'leads, for who writes them by their id',
    'finding and writing leads',
    edit('fence.visible_lead(text,uuid)', /or not fence\.reads_leads_of\(.*?\) then/s, 'then'),
  ],
  [
    'lists that are closed, or in blind mode, for who adds leads',
    'finding and writing leads',
    edit('fence.lock_list_for_leads(text,uuid)', /elsif client = any.*?end if;/s, 'end if;'),
  ],
];
