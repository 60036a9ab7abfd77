-- Recordings of calls: seen as the calls themselves, and with VIEW_RECORDINGS; of portal users, by their flag. Written by definer
-- functions: who uploads need not be who hears.

alter table ringfence.recordings enable row level security;
alter table ringfence.recordings force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.recordings to ringfence_owner using (true) with check (true);

-- The definer keeps what was uploaded, and replaces and removes it.
grant select, insert (account_id, client_id, call_id, stay_id, file_id, duration_seconds), delete on ringfence.recordings to ringfence_definer;
create policy definer on ringfence.recordings to ringfence_definer using (true) with check (true);

grant select on ringfence.recordings to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of their account.
create policy admin on ringfence.recordings for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id_with('VIEW_RECORDINGS')));
-- Members who see clients and hold VIEW_RECORDINGS: of all clients or those of their set, and there of the agents that they see.
create policy member_all on ringfence.recordings for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('VIEW_CLIENTS'))
    and (select ringfence.has_permission('VIEW_RECORDINGS'))
    and ((select ringfence.member_sees_all_agents()) or stay_id = any ((select ringfence.member_stay_ids())::uuid[])));
create policy member on ringfence.recordings for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('VIEW_CLIENTS'))
    and (select ringfence.has_permission('VIEW_RECORDINGS'))
    and client_id = any ((select ringfence.member_client_ids())::uuid[])
    and ((select ringfence.member_sees_all_agents()) or stay_id = any ((select ringfence.member_stay_ids())::uuid[])));
-- Partner tokens: likewise.
create policy partner_all on ringfence.recordings for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('VIEW_CLIENTS'))
    and (select ringfence.has_permission('VIEW_RECORDINGS'))
    and ((select ringfence.partner_sees_all_agents()) or stay_id = any ((select ringfence.partner_stay_ids())::uuid[])));
create policy partner on ringfence.recordings for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('VIEW_CLIENTS'))
    and (select ringfence.has_permission('VIEW_RECORDINGS'))
    and client_id = any ((select ringfence.partner_client_ids())::uuid[])
    and ((select ringfence.partner_sees_all_agents()) or stay_id = any ((select ringfence.partner_stay_ids())::uuid[])));

-- Portal users who were allowed to: of their client, and there of the agents that they see.
grant select on ringfence.recordings to ringfence_portal;
create policy portal on ringfence.recordings for select to ringfence_portal
  using (account_id = (select ringfence.portal_account_id()) and client_id = (select ringfence.portal_client_id())
    and (select ringfence.has_permission('VIEW_RECORDINGS'))
    and ((select ringfence.portal_sees_all_agents()) or stay_id = any ((select ringfence.portal_stay_ids())::uuid[])));
