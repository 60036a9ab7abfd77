-- Portal users: people on a client's side. Seen with the client, by whoever sees clients; each sees themselves. Written by
-- definer functions.

alter table ringfence.portal_users enable row level security;
alter table ringfence.portal_users force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.portal_users to ringfence_owner using (true) with check (true);

create or replace trigger portal_users_audit after insert or update on ringfence.portal_users
  for each row execute function fence.audit_change('PORTAL_USER');
create or replace trigger portal_users_touch before update on ringfence.portal_users
  for each row execute function fence.touch();

-- The definer adds, changes and deletes them, and opens their sessions. (To lock a row takes the right to change it.)
grant select, insert (account_id, client_id, name, status, views_recordings, views_billable_minutes, agent_access),
  update (name, status, views_recordings, views_billable_minutes, agent_access), delete on ringfence.portal_users to ringfence_definer;
create policy definer on ringfence.portal_users to ringfence_definer using (true) with check (true);

grant select on ringfence.portal_users to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_portal;

-- Administrators: all of their account.
create policy admin on ringfence.portal_users for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members: those of the clients that they see.
create policy member_all on ringfence.portal_users for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('VIEW_CLIENTS')));
create policy member on ringfence.portal_users for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('VIEW_CLIENTS'))
    and client_id = any ((select ringfence.member_client_ids())::uuid[]));
-- A portal user: themselves, not who else signs in for the client.
create policy portal on ringfence.portal_users for select to ringfence_portal
  using (account_id = (select ringfence.portal_account_id()) and id = (select ringfence.own_portal_user_id()));

-- Partner tokens: those of the clients that they see.
grant select on ringfence.portal_users to ringfence_partner_all, ringfence_partner;
create policy partner_all on ringfence.portal_users for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('VIEW_CLIENTS')));
create policy partner on ringfence.portal_users for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('VIEW_CLIENTS'))
    and client_id = any ((select ringfence.partner_client_ids())::uuid[]));
