-- The advanced part of agents' configurations, in versions: a table of its own, because it needs USE_ADVANCED_EDITOR besides
-- seeing the agent. Written by definer functions.

alter table ringfence.agent_advanced_configurations enable row level security;
alter table ringfence.agent_advanced_configurations force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.agent_advanced_configurations to ringfence_owner using (true) with check (true);

-- The definer saves versions.
grant select, insert (account_id, client_id, agent_id, stay_id, number, settings, saved_by), delete on ringfence.agent_advanced_configurations to ringfence_definer;
create policy definer on ringfence.agent_advanced_configurations to ringfence_definer using (true) with check (true);

grant select on ringfence.agent_advanced_configurations to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of their account.
create policy admin on ringfence.agent_advanced_configurations for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id_with('USE_ADVANCED_EDITOR')));
-- Members who see clients: of all clients or those of their set, and there of the agents that they see.
create policy member_all on ringfence.agent_advanced_configurations for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('VIEW_CLIENTS')) and (select ringfence.has_permission('USE_ADVANCED_EDITOR'))
    and ((select ringfence.member_sees_all_agents()) or stay_id = any ((select ringfence.member_stay_ids())::uuid[])));
create policy member on ringfence.agent_advanced_configurations for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('VIEW_CLIENTS')) and (select ringfence.has_permission('USE_ADVANCED_EDITOR'))
    and client_id = any ((select ringfence.member_client_ids())::uuid[])
    and ((select ringfence.member_sees_all_agents()) or stay_id = any ((select ringfence.member_stay_ids())::uuid[])));
-- Partner tokens: likewise.
create policy partner_all on ringfence.agent_advanced_configurations for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('VIEW_CLIENTS')) and (select ringfence.has_permission('USE_ADVANCED_EDITOR'))
    and ((select ringfence.partner_sees_all_agents()) or stay_id = any ((select ringfence.partner_stay_ids())::uuid[])));
create policy partner on ringfence.agent_advanced_configurations for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('VIEW_CLIENTS')) and (select ringfence.has_permission('USE_ADVANCED_EDITOR'))
    and client_id = any ((select ringfence.partner_client_ids())::uuid[])
    and ((select ringfence.partner_sees_all_agents()) or stay_id = any ((select ringfence.partner_stay_ids())::uuid[])));
