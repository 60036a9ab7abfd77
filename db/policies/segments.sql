-- Segments: seen by whoever works with leads, of the lists that they see: those that are shared, and their own. Written by definer
-- functions, which check what stands in a filter.

alter table ringfence.segments enable row level security;
alter table ringfence.segments force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.segments to ringfence_owner using (true) with check (true);

create or replace trigger segments_audit after insert or update on ringfence.segments
  for each row execute function fence.audit_change('SEGMENT');
create or replace trigger segments_touch before update on ringfence.segments
  for each row execute function fence.touch();

-- The definer saves, changes and deletes them.
grant select, insert (account_id, client_id, list_id, name, owner_id, filter), update (name, owner_id, filter), delete
  on ringfence.segments to ringfence_definer;
create policy definer on ringfence.segments to ringfence_definer using (true) with check (true);

grant select on ringfence.segments
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of their account, also what is somebody's own.
create policy admin on ringfence.segments for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members with ACCESS_CRM: of every client or those of their set, and of the house where they are named; there not those of lists that are closed to them, nor what is somebody else's own.
create policy member_all on ringfence.segments for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('ACCESS_CRM'))
    and list_id <> all ((select ringfence.member_unseen_list_ids())::uuid[])
    and (owner_id is null or owner_id = (select ringfence.own_member_id())));
create policy member on ringfence.segments for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('ACCESS_CRM'))
    and client_id = any ((select ringfence.member_list_client_ids())::uuid[])
    and list_id <> all ((select ringfence.member_unseen_list_ids())::uuid[])
    and (owner_id is null or owner_id = (select ringfence.own_member_id())));
-- Partner tokens: likewise, but what is somebody's own: programs change hands.
create policy partner_all on ringfence.segments for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('ACCESS_CRM'))
    and list_id <> all ((select ringfence.partner_unseen_list_ids())::uuid[])
    and owner_id is null);
create policy partner on ringfence.segments for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('ACCESS_CRM'))
    and client_id = any ((select ringfence.partner_list_client_ids())::uuid[])
    and list_id <> all ((select ringfence.partner_unseen_list_ids())::uuid[])
    and owner_id is null);
