-- Fields of lists: seen with the list. Written by definer functions.

alter table ringfence.list_fields enable row level security;
alter table ringfence.list_fields force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.list_fields to ringfence_owner using (true) with check (true);

-- The definer adds, changes and removes them.
grant select, insert (account_id, client_id, list_id, name, type, choices, required, unique_in_client, position),
  update (name, choices, required, position), delete on ringfence.list_fields to ringfence_definer;
create policy definer on ringfence.list_fields to ringfence_definer using (true) with check (true);

grant select on ringfence.list_fields
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of their account, also of the house.
create policy admin on ringfence.list_fields for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members with ACCESS_CRM or MANAGE_LISTS: of every client or those of their set, and of the house where they are named; there not what is closed to them.
create policy member_all on ringfence.list_fields for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id())
    and ((select ringfence.has_permission('ACCESS_CRM')) or (select ringfence.has_permission('MANAGE_LISTS')))
    and list_id <> all ((select ringfence.member_unseen_list_ids())::uuid[]));
create policy member on ringfence.list_fields for select to ringfence_member
  using (account_id = (select ringfence.member_account_id())
    and client_id = any ((select ringfence.member_list_client_ids())::uuid[])
    and ((select ringfence.has_permission('ACCESS_CRM')) or (select ringfence.has_permission('MANAGE_LISTS')))
    and list_id <> all ((select ringfence.member_unseen_list_ids())::uuid[]));
-- Partner tokens: likewise.
create policy partner_all on ringfence.list_fields for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id())
    and ((select ringfence.has_permission('ACCESS_CRM')) or (select ringfence.has_permission('MANAGE_LISTS')))
    and list_id <> all ((select ringfence.partner_unseen_list_ids())::uuid[]));
create policy partner on ringfence.list_fields for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id())
    and client_id = any ((select ringfence.partner_list_client_ids())::uuid[])
    and ((select ringfence.has_permission('ACCESS_CRM')) or (select ringfence.has_permission('MANAGE_LISTS')))
    and list_id <> all ((select ringfence.partner_unseen_list_ids())::uuid[]));
