-- Which agents a member with agent access ASSIGNED sees, by stay. Everybody sees their own; holders of MANAGE_MEMBERS those of
-- clients that they reach and of agents that they see themselves. Written by definer functions: whoever could write it could grow a set.

alter table ringfence.agent_assignments enable row level security;
alter table ringfence.agent_assignments force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.agent_assignments to ringfence_owner using (true) with check (true);

-- The definer reads sets here, assigns, and unassigns.
grant select, insert (account_id, client_id, member_id, stay_id), delete on ringfence.agent_assignments to ringfence_definer;
create policy definer on ringfence.agent_assignments to ringfence_definer using (true) with check (true);

grant select on ringfence.agent_assignments to ringfence_admin, ringfence_member_all, ringfence_member;

-- Administrators: all of their account.
create policy admin on ringfence.agent_assignments for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members with all clients: their own, and with MANAGE_MEMBERS everybody's.
create policy member_all on ringfence.agent_assignments for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id())
    and ((select ringfence.member_sees_all_agents()) or stay_id = any ((select ringfence.member_stay_ids())::uuid[]))
    and (member_id = (select ringfence.own_member_id()) or (select ringfence.has_permission('MANAGE_MEMBERS'))));
-- Scoped members: the same, of their clients.
create policy member on ringfence.agent_assignments for select to ringfence_member
  using (account_id = (select ringfence.member_account_id()) and client_id = any ((select ringfence.member_client_ids())::uuid[])
    and ((select ringfence.member_sees_all_agents()) or stay_id = any ((select ringfence.member_stay_ids())::uuid[]))
    and (member_id = (select ringfence.own_member_id()) or (select ringfence.has_permission('MANAGE_MEMBERS'))));

-- Portal users may ask, and are told nothing: none of them is a member.
grant select on ringfence.agent_assignments to ringfence_portal;
create policy portal on ringfence.agent_assignments for select to ringfence_portal
  using (account_id = (select ringfence.portal_account_id()) and member_id = (select ringfence.own_portal_user_id()));

-- Partner tokens likewise.
grant select on ringfence.agent_assignments to ringfence_partner_all, ringfence_partner;
create policy partner_all on ringfence.agent_assignments for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id()) and member_id = (select ringfence.own_access_token_id()));
create policy partner on ringfence.agent_assignments for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id()) and member_id = (select ringfence.own_access_token_id()));
