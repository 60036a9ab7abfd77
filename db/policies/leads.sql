-- Leads: seen by whoever works with them, of the clients that they reach, there on lists that are open to them, and where blind mode
-- does not keep them out; and the one that they hold. Written by definer functions: what is a duplicate is decided there, under a lock.

alter table ringfence.leads enable row level security;
alter table ringfence.leads force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.leads to ringfence_owner using (true) with check (true);

-- A lead that moves with its list has not changed.
create or replace trigger leads_touch before update on ringfence.leads
  for each row when (new.client_id = old.client_id) execute function fence.touch();
create or replace trigger leads_index_inserted after insert on ringfence.leads
  referencing new table as added for each statement execute function fence.index_added_leads();
create or replace trigger leads_index_updated after update on ringfence.leads
  referencing old table as before new table as changed for each statement execute function fence.index_changed_leads();
create or replace trigger leads_release after update of state on ringfence.leads
  for each row when (new.state = 'ARCHIVED') execute function fence.release_archived_lead();

-- The definer adds, changes, moves, archives, merges and deletes them.
grant select, insert (account_id, client_id, list_id, name, company, company_key, state, call_back_at, time_zone),
  update (client_id, name, company, company_key, state, state_before_archive, call_back_at, time_zone, attempts, last_attempt_at, last_attempt_by), delete
  on ringfence.leads to ringfence_definer;
create policy definer on ringfence.leads to ringfence_definer using (true) with check (true);

grant select on ringfence.leads
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of their account, also of the house.
create policy admin on ringfence.leads for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members with ACCESS_CRM: of every client or those of their set, and of the house where they are named; there not what is on lists that
-- are closed to them, and in blind mode the lead alone that they hold.
create policy member_all on ringfence.leads for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('ACCESS_CRM'))
    and list_id <> all ((select ringfence.member_hidden_list_ids())::uuid[])
    and (client_id <> all ((select ringfence.member_blind_client_ids())::uuid[]) or id = (select ringfence.member_held_lead_id())));
create policy member on ringfence.leads for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('ACCESS_CRM'))
    and client_id = any ((select ringfence.member_list_client_ids())::uuid[])
    and list_id <> all ((select ringfence.member_hidden_list_ids())::uuid[])
    and (client_id <> all ((select ringfence.member_blind_client_ids())::uuid[]) or id = (select ringfence.member_held_lead_id())));
-- Partner tokens: likewise.
create policy partner_all on ringfence.leads for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('ACCESS_CRM'))
    and list_id <> all ((select ringfence.partner_hidden_list_ids())::uuid[])
    and (client_id <> all ((select ringfence.partner_blind_client_ids())::uuid[]) or id = (select ringfence.partner_held_lead_id())));
create policy partner on ringfence.leads for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('ACCESS_CRM'))
    and client_id = any ((select ringfence.partner_list_client_ids())::uuid[])
    and list_id <> all ((select ringfence.partner_hidden_list_ids())::uuid[])
    and (client_id <> all ((select ringfence.partner_blind_client_ids())::uuid[]) or id = (select ringfence.partner_held_lead_id())));
