-- Tags of organizations: visible with the organization, replaced as a set by a definer function.

alter table ringfence.organization_tags enable row level security;
alter table ringfence.organization_tags force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.organization_tags to ringfence_owner using (true) with check (true);

-- The definer replaces them.
grant select, insert (account_id, organization_id, tag), delete on ringfence.organization_tags to ringfence_definer;
create policy definer on ringfence.organization_tags to ringfence_definer using (true) with check (true);

-- The same rule as organizations.
grant select on ringfence.organization_tags to ringfence_admin, ringfence_member_all, ringfence_member;
create policy admin on ringfence.organization_tags for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
create policy member_all on ringfence.organization_tags for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id())
    and ((select ringfence.has_permission('VIEW_CLIENTS')) or (select ringfence.has_permission('MANAGE_CLIENT_ORGANIZATIONS'))));
create policy member on ringfence.organization_tags for select to ringfence_member
  using (account_id = (select ringfence.member_account_id())
    and ((select ringfence.has_permission('MANAGE_CLIENT_ORGANIZATIONS'))
      or organization_id = any ((select ringfence.member_organization_ids())::uuid[])));

-- Portal users may ask, and are told nothing: none of them is an organization.
grant select on ringfence.organization_tags to ringfence_portal;
create policy portal on ringfence.organization_tags for select to ringfence_portal
  using (account_id = (select ringfence.portal_account_id()) and organization_id = (select ringfence.own_portal_user_id()));

-- Partner tokens: with the organization.
grant select on ringfence.organization_tags to ringfence_partner_all, ringfence_partner;
create policy partner_all on ringfence.organization_tags for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id())
    and ((select ringfence.has_permission('VIEW_CLIENTS')) or (select ringfence.has_permission('MANAGE_CLIENT_ORGANIZATIONS'))));
create policy partner on ringfence.organization_tags for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id())
    and ((select ringfence.has_permission('MANAGE_CLIENT_ORGANIZATIONS'))
      or organization_id = any ((select ringfence.partner_organization_ids())::uuid[])));
