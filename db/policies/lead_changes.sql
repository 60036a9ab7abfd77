-- The history of leads: seen with the lead. Written by definer functions, with the change.

alter table ringfence.lead_changes enable row level security;
alter table ringfence.lead_changes force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.lead_changes to ringfence_owner using (true) with check (true);

-- The definer writes it, moves that of a lead that is merged, and deletes it with a client.
grant select, insert (account_id, client_id, list_id, lead_id, subject, field_name, from_text, to_text, merged_from, actor_id, actor_name),
  update (list_id, lead_id, merged_from), delete
  on ringfence.lead_changes to ringfence_definer;
create policy definer on ringfence.lead_changes to ringfence_definer using (true) with check (true);

grant select on ringfence.lead_changes
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of their account, also of the house.
create policy admin on ringfence.lead_changes for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members with ACCESS_CRM: of every client or those of their set, and of the house where they are named; there not what is on lists that
-- are closed to them, and in blind mode the lead alone that they hold.
create policy member_all on ringfence.lead_changes for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('ACCESS_CRM'))
    and list_id <> all ((select ringfence.member_hidden_list_ids())::uuid[])
    and (client_id <> all ((select ringfence.member_blind_client_ids())::uuid[]) or lead_id = (select ringfence.member_held_lead_id())));
create policy member on ringfence.lead_changes for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('ACCESS_CRM'))
    and client_id = any ((select ringfence.member_list_client_ids())::uuid[])
    and list_id <> all ((select ringfence.member_hidden_list_ids())::uuid[])
    and (client_id <> all ((select ringfence.member_blind_client_ids())::uuid[]) or lead_id = (select ringfence.member_held_lead_id())));
-- Partner tokens: likewise.
create policy partner_all on ringfence.lead_changes for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('ACCESS_CRM'))
    and list_id <> all ((select ringfence.partner_hidden_list_ids())::uuid[])
    and (client_id <> all ((select ringfence.partner_blind_client_ids())::uuid[]) or lead_id = (select ringfence.partner_held_lead_id())));
create policy partner on ringfence.lead_changes for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('ACCESS_CRM'))
    and client_id = any ((select ringfence.partner_list_client_ids())::uuid[])
    and list_id <> all ((select ringfence.partner_hidden_list_ids())::uuid[])
    and (client_id <> all ((select ringfence.partner_blind_client_ids())::uuid[]) or lead_id = (select ringfence.partner_held_lead_id())));
