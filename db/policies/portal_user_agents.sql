-- The agents that portal users with agent access ASSIGNED are bound to, by stay. Seen by whoever sees the portal user and the
-- agent; each portal user sees their own. Written by definer functions: whoever could write it could grow a set.

alter table ringfence.portal_user_agents enable row level security;
alter table ringfence.portal_user_agents force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.portal_user_agents to ringfence_owner using (true) with check (true);

-- The definer reads sets here, binds, and unbinds.
grant select, insert (account_id, client_id, portal_user_id, stay_id), delete on ringfence.portal_user_agents to ringfence_definer;
create policy definer on ringfence.portal_user_agents to ringfence_definer using (true) with check (true);

grant select on ringfence.portal_user_agents to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner,
  ringfence_portal;

-- Administrators: all of their account.
create policy admin on ringfence.portal_user_agents for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members who see clients: of all clients or those of their set, and there of the agents that they see.
create policy member_all on ringfence.portal_user_agents for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('VIEW_CLIENTS'))
    and ((select ringfence.member_sees_all_agents()) or stay_id = any ((select ringfence.member_stay_ids())::uuid[])));
create policy member on ringfence.portal_user_agents for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('VIEW_CLIENTS'))
    and client_id = any ((select ringfence.member_client_ids())::uuid[])
    and ((select ringfence.member_sees_all_agents()) or stay_id = any ((select ringfence.member_stay_ids())::uuid[])));
-- Partner tokens: likewise.
create policy partner_all on ringfence.portal_user_agents for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('VIEW_CLIENTS'))
    and ((select ringfence.partner_sees_all_agents()) or stay_id = any ((select ringfence.partner_stay_ids())::uuid[])));
create policy partner on ringfence.portal_user_agents for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('VIEW_CLIENTS'))
    and client_id = any ((select ringfence.partner_client_ids())::uuid[])
    and ((select ringfence.partner_sees_all_agents()) or stay_id = any ((select ringfence.partner_stay_ids())::uuid[])));
-- Portal users: their own.
create policy portal on ringfence.portal_user_agents for select to ringfence_portal
  using (account_id = (select ringfence.portal_account_id()) and portal_user_id = (select ringfence.own_portal_user_id()));
