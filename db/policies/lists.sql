-- Lists: seen by whoever works with leads or manages lists, of the clients that they reach, and there those that are open to them.
-- Written by definer functions.

alter table ringfence.lists enable row level security;
alter table ringfence.lists force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.lists to ringfence_owner using (true) with check (true);

create or replace trigger lists_audit after insert or update on ringfence.lists
  for each row execute function fence.audit_change('LIST');
create or replace trigger lists_place after insert or update of client_id on ringfence.lists
  for each row execute function fence.place_list();
create or replace trigger lists_touch before update on ringfence.lists
  for each row execute function fence.touch();
create or replace trigger lists_release after update of status on ringfence.lists
  for each row when (new.status <> 'ACTIVE') execute function fence.release_leads_of_list();

-- The definer creates, changes, moves, archives and deletes them.
grant select, insert (account_id, client_id, id, of_house, name, description, status, archived_with_client, access, duplicate_handling, queue_order, maximum_attempts,
    call_back_delay_minutes, calling_days, calling_from, calling_until, calling_time_zone),
  update (client_id, of_house, name, description, status, archived_with_client, access, duplicate_handling, queue_order, maximum_attempts,
    call_back_delay_minutes, calling_days, calling_from, calling_until, calling_time_zone), delete
  on ringfence.lists to ringfence_definer;
create policy definer on ringfence.lists to ringfence_definer using (true) with check (true);

grant select on ringfence.lists
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of their account, also of the house.
create policy admin on ringfence.lists for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members with ACCESS_CRM or MANAGE_LISTS: of every client or those of their set, and of the house where they are named; there not what is closed to them.
create policy member_all on ringfence.lists for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id())
    and ((select ringfence.has_permission('ACCESS_CRM')) or (select ringfence.has_permission('MANAGE_LISTS')))
    and id <> all ((select ringfence.member_unseen_list_ids())::uuid[]));
create policy member on ringfence.lists for select to ringfence_member
  using (account_id = (select ringfence.member_account_id())
    and client_id = any ((select ringfence.member_list_client_ids())::uuid[])
    and ((select ringfence.has_permission('ACCESS_CRM')) or (select ringfence.has_permission('MANAGE_LISTS')))
    and id <> all ((select ringfence.member_unseen_list_ids())::uuid[]));
-- Partner tokens: likewise.
create policy partner_all on ringfence.lists for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id())
    and ((select ringfence.has_permission('ACCESS_CRM')) or (select ringfence.has_permission('MANAGE_LISTS')))
    and id <> all ((select ringfence.partner_unseen_list_ids())::uuid[]));
create policy partner on ringfence.lists for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id())
    and client_id = any ((select ringfence.partner_list_client_ids())::uuid[])
    and ((select ringfence.has_permission('ACCESS_CRM')) or (select ringfence.has_permission('MANAGE_LISTS')))
    and id <> all ((select ringfence.partner_unseen_list_ids())::uuid[]));
