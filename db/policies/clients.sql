-- Clients, the unit of isolation. Seen with VIEW_CLIENTS, changed with EDIT_CLIENTS; created, archived, restored and deleted
-- by definer functions. The house client is nobody's to see.

alter table ringfence.clients enable row level security;
alter table ringfence.clients force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.clients to ringfence_owner using (true) with check (true);

create or replace trigger clients_audit after insert or update on ringfence.clients
  for each row when (not new.is_house) execute function fence.audit_change('CLIENT');
create or replace trigger clients_blind_mode before update of blind_mode on ringfence.clients
  for each row when (new.blind_mode <> old.blind_mode) execute function fence.guard_blind_mode();
create or replace trigger clients_contact_email after insert or update of contact_email, status on ringfence.clients
  for each row when (not new.is_house) execute function fence.register_contact_email();
create or replace trigger clients_guard before update on ringfence.clients
  for each row execute function fence.guard_archived_client();
create or replace trigger clients_references after insert or update of organization_id, account_manager_id, status on ringfence.clients
  for each row when (not new.is_house) execute function fence.check_client_references();
create or replace trigger clients_touch before update on ringfence.clients
  for each row execute function fence.touch();

-- The definer creates clients, changes their status, tells what a set reaches, and deletes those that are to be deleted.
grant select,
  insert (account_id, is_house, name, contact_name, contact_email, contact_phone, contact_position, organization_id, account_manager_id, blind_mode),
  update (status, status_before_archive), delete
  on ringfence.clients to ringfence_definer;
create policy definer on ringfence.clients to ringfence_definer using (true) with check (true);
-- Whatever function it is: no client goes that nobody asked to delete.
create policy definer_delete on ringfence.clients as restrictive for delete to ringfence_definer using (status = 'DELETING');

grant select,
  update (name, contact_name, contact_email, contact_phone, contact_position, organization_id, account_manager_id, blind_mode)
  on ringfence.clients to ringfence_admin, ringfence_member_all, ringfence_member;

-- Administrators: every client of their account.
create policy admin on ringfence.clients for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()) and not is_house);
create policy admin_update on ringfence.clients for update to ringfence_admin
  using (account_id = (select ringfence.admin_account_id_with('EDIT_CLIENTS')) and not is_house);

-- Members with all clients: the same, if their permissions allow it. Changing needs VIEW_CLIENTS too, here and below:
-- an update without where and returning reads nothing, so the policy for reading would not narrow it.
create policy member_all on ringfence.clients for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('VIEW_CLIENTS')) and not is_house);
create policy member_all_update on ringfence.clients for update to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('VIEW_CLIENTS')) and not is_house
    and (select ringfence.has_permission('EDIT_CLIENTS')));

-- Scoped members: the clients of their set. The account stands first in every policy although the set alone would
-- isolate: it narrows the scan, so that no condition of the caller's own is ever evaluated on another account's row. An
-- organization they give to a client must be one they see.
create policy member on ringfence.clients for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('VIEW_CLIENTS')) and id = any ((select ringfence.member_client_ids())::uuid[]) and not is_house);
create policy member_update on ringfence.clients for update to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('VIEW_CLIENTS')) and id = any ((select ringfence.member_client_ids())::uuid[]) and not is_house
    and (select ringfence.has_permission('EDIT_CLIENTS')))
  with check (account_id = (select ringfence.member_account_id_with('EDIT_CLIENTS')) and id = any ((select ringfence.member_client_ids())::uuid[]) and not is_house
    and (organization_id is null or (select ringfence.has_permission('MANAGE_CLIENT_ORGANIZATIONS'))
      or organization_id = any ((select ringfence.member_organization_ids())::uuid[])));

-- Portal users: their client.
grant select on ringfence.clients to ringfence_portal;
create policy portal on ringfence.clients for select to ringfence_portal
  using (account_id = (select ringfence.portal_account_id()) and id = (select ringfence.portal_client_id()));

-- Partner tokens, as members: all clients, or those of their set.
grant select,
  update (name, contact_name, contact_email, contact_phone, contact_position, organization_id, account_manager_id, blind_mode)
  on ringfence.clients to ringfence_partner_all, ringfence_partner;
create policy partner_all on ringfence.clients for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('VIEW_CLIENTS')) and not is_house);
create policy partner_all_update on ringfence.clients for update to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('VIEW_CLIENTS')) and not is_house
    and (select ringfence.has_permission('EDIT_CLIENTS')));
create policy partner on ringfence.clients for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('VIEW_CLIENTS')) and id = any ((select ringfence.partner_client_ids())::uuid[]) and not is_house);
create policy partner_update on ringfence.clients for update to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('VIEW_CLIENTS')) and id = any ((select ringfence.partner_client_ids())::uuid[]) and not is_house
    and (select ringfence.has_permission('EDIT_CLIENTS')))
  with check (account_id = (select ringfence.partner_account_id_with('EDIT_CLIENTS')) and id = any ((select ringfence.partner_client_ids())::uuid[]) and not is_house
    and (organization_id is null or (select ringfence.has_permission('MANAGE_CLIENT_ORGANIZATIONS'))
      or organization_id = any ((select ringfence.partner_organization_ids())::uuid[])));
