-- Calls that agents had: seen by whoever sees the client and the agent there. Written by definer functions alone, which file
-- them.

alter table ringfence.calls enable row level security;
alter table ringfence.calls force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.calls to ringfence_owner using (true) with check (true);

create or replace trigger calls_note_inserted after insert on ringfence.calls
  referencing new table as recorded for each statement execute function fence.note_calls();
create or replace trigger calls_note_updated after update on ringfence.calls
  referencing new table as recorded for each statement execute function fence.note_calls();

-- The definer records what is reported, what is reported later of the same call, and deletes
-- those of a client that is deleted.
grant select,
  insert (account_id, client_id, id, stay_id, agent_id, external_id, direction, outcome, from_number, to_number, portal_user_id,
    portal_user_name, started_at, ended_at, duration_seconds),
  update (outcome, from_number, to_number, portal_user_id, portal_user_name, ended_at, duration_seconds, updated_at), delete on ringfence.calls to ringfence_definer;
create policy definer on ringfence.calls to ringfence_definer using (true) with check (true);

grant select on ringfence.calls to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of their account.
create policy admin on ringfence.calls for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members who see clients: of all clients or those of their set, and there of the agents that they see.
create policy member_all on ringfence.calls for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('VIEW_CLIENTS'))
    and ((select ringfence.member_sees_all_agents()) or stay_id = any ((select ringfence.member_stay_ids())::uuid[])));
create policy member on ringfence.calls for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('VIEW_CLIENTS'))
    and client_id = any ((select ringfence.member_client_ids())::uuid[])
    and ((select ringfence.member_sees_all_agents()) or stay_id = any ((select ringfence.member_stay_ids())::uuid[])));
-- Partner tokens: likewise.
create policy partner_all on ringfence.calls for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('VIEW_CLIENTS'))
    and ((select ringfence.partner_sees_all_agents()) or stay_id = any ((select ringfence.partner_stay_ids())::uuid[])));
create policy partner on ringfence.calls for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('VIEW_CLIENTS'))
    and client_id = any ((select ringfence.partner_client_ids())::uuid[])
    and ((select ringfence.partner_sees_all_agents()) or stay_id = any ((select ringfence.partner_stay_ids())::uuid[])));

-- Portal users: of their client, and there of the agents that they see.
grant select on ringfence.calls to ringfence_portal;
create policy portal on ringfence.calls for select to ringfence_portal
  using (account_id = (select ringfence.portal_account_id()) and client_id = (select ringfence.portal_client_id())
    and ((select ringfence.portal_sees_all_agents()) or stay_id = any ((select ringfence.portal_stay_ids())::uuid[])));
