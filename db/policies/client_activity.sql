-- When something last happened with a client: seen by those who see the client and all of its agents, because it is about all of
-- them. Written by the features whose doing it is.

alter table ringfence.client_activity enable row level security;
alter table ringfence.client_activity force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.client_activity to ringfence_owner using (true) with check (true);

-- The definer writes down that something happened, and deletes that of a client that is deleted.
grant select, insert, update (last_activity_at), delete on ringfence.client_activity to ringfence_definer;
create policy definer on ringfence.client_activity to ringfence_definer using (true) with check (true);

grant select on ringfence.client_activity to ringfence_admin, ringfence_member_all, ringfence_member;

-- Administrators: every client of their account.
create policy admin on ringfence.client_activity for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members with all clients, if they see clients.
create policy member_all on ringfence.client_activity for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('VIEW_CLIENTS')) and (select ringfence.member_sees_all_agents()));
-- Scoped members: the clients of their set.
create policy member on ringfence.client_activity for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('VIEW_CLIENTS')) and client_id = any ((select ringfence.member_client_ids())::uuid[])
    and (select ringfence.member_sees_all_agents()));

-- Portal users: nothing. It would tell them when others of their client sign in. (The account is asked so that no session raises here
-- too; whether they see all agents is never null.)
grant select on ringfence.client_activity to ringfence_portal;
create policy portal on ringfence.client_activity for select to ringfence_portal
  using (account_id = (select ringfence.portal_account_id()) and (select ringfence.portal_sees_all_agents()) is null);

-- Partner tokens: of all clients, or of those of their set.
grant select on ringfence.client_activity to ringfence_partner_all, ringfence_partner;
create policy partner_all on ringfence.client_activity for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('VIEW_CLIENTS')) and (select ringfence.partner_sees_all_agents()));
create policy partner on ringfence.client_activity for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('VIEW_CLIENTS')) and client_id = any ((select ringfence.partner_client_ids())::uuid[])
    and (select ringfence.partner_sees_all_agents()));
