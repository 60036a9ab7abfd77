-- Organizations: for account-wide kinds who may see clients, for holders of MANAGE_CLIENT_ORGANIZATIONS, and for
-- members with a client of it in their set. Status and deletion are definer functions' work.

alter table ringfence.organizations enable row level security;
alter table ringfence.organizations force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.organizations to ringfence_owner using (true) with check (true);

create or replace trigger organizations_audit after insert or update on ringfence.organizations
  for each row execute function fence.audit_change('ORGANIZATION');
create or replace trigger organizations_guard before update on ringfence.organizations
  for each row execute function fence.guard_archived_organization();
create or replace trigger organizations_touch before update on ringfence.organizations
  for each row execute function fence.touch();

-- The definer makes one on the fly with a client, archives and restores, and tells which a scoped member may see.
grant select, insert (account_id, name), update (status) on ringfence.organizations to ringfence_definer;
create policy definer on ringfence.organizations to ringfence_definer using (true) with check (true);

grant select,
  insert (account_id, name, description, website, address, account_manager_id),
  update (name, description, website, address, account_manager_id)
  on ringfence.organizations to ringfence_admin, ringfence_member_all, ringfence_member;

-- Administrators: all of their account.
create policy admin on ringfence.organizations for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
create policy admin_insert on ringfence.organizations for insert to ringfence_admin
  with check (account_id = (select ringfence.admin_account_id_with('MANAGE_CLIENT_ORGANIZATIONS')));
create policy admin_update on ringfence.organizations for update to ringfence_admin
  using (account_id = (select ringfence.admin_account_id_with('MANAGE_CLIENT_ORGANIZATIONS')));

-- Members with all clients: all of their account, if they see clients or manage organizations.
create policy member_all on ringfence.organizations for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id())
    and ((select ringfence.has_permission('VIEW_CLIENTS')) or (select ringfence.has_permission('MANAGE_CLIENT_ORGANIZATIONS'))));
create policy member_all_insert on ringfence.organizations for insert to ringfence_member_all
  with check (account_id = (select ringfence.member_all_account_id_with('MANAGE_CLIENT_ORGANIZATIONS')));
create policy member_all_update on ringfence.organizations for update to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('MANAGE_CLIENT_ORGANIZATIONS')));

-- Scoped members: those of their clients, or all with MANAGE_CLIENT_ORGANIZATIONS.
create policy member on ringfence.organizations for select to ringfence_member
  using (account_id = (select ringfence.member_account_id())
    and ((select ringfence.has_permission('MANAGE_CLIENT_ORGANIZATIONS')) or id = any ((select ringfence.member_organization_ids())::uuid[])));
create policy member_insert on ringfence.organizations for insert to ringfence_member
  with check (account_id = (select ringfence.member_account_id_with('MANAGE_CLIENT_ORGANIZATIONS')));
create policy member_update on ringfence.organizations for update to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('MANAGE_CLIENT_ORGANIZATIONS')));

-- Portal users: the name of their client's, and nothing that was written about it.
grant select (account_id, id, name, sort_name, status, version, created_at, updated_at) on ringfence.organizations to ringfence_portal;
create policy portal on ringfence.organizations for select to ringfence_portal
  using (account_id = (select ringfence.portal_account_id()) and id = (select ringfence.portal_organization_id()));

-- Partner tokens, as members: all clients', or those of their set, or all with MANAGE_CLIENT_ORGANIZATIONS.
grant select,
  insert (account_id, name, description, website, address, account_manager_id),
  update (name, description, website, address, account_manager_id)
  on ringfence.organizations to ringfence_partner_all, ringfence_partner;
create policy partner_all on ringfence.organizations for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id())
    and ((select ringfence.has_permission('VIEW_CLIENTS')) or (select ringfence.has_permission('MANAGE_CLIENT_ORGANIZATIONS'))));
create policy partner_all_insert on ringfence.organizations for insert to ringfence_partner_all
  with check (account_id = (select ringfence.partner_all_account_id_with('MANAGE_CLIENT_ORGANIZATIONS')));
create policy partner_all_update on ringfence.organizations for update to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('MANAGE_CLIENT_ORGANIZATIONS')));
create policy partner on ringfence.organizations for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id())
    and ((select ringfence.has_permission('MANAGE_CLIENT_ORGANIZATIONS')) or id = any ((select ringfence.partner_organization_ids())::uuid[])));
create policy partner_insert on ringfence.organizations for insert to ringfence_partner
  with check (account_id = (select ringfence.partner_account_id_with('MANAGE_CLIENT_ORGANIZATIONS')));
create policy partner_update on ringfence.organizations for update to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('MANAGE_CLIENT_ORGANIZATIONS')));
