-- Single permissions of members. For holders of MANAGE_MEMBERS, and everybody their own.

alter table ringfence.member_permissions enable row level security;
alter table ringfence.member_permissions force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.member_permissions to ringfence_owner using (true) with check (true);

-- The definer seals them into identities, gives and takes them.
grant select, insert (account_id, member_id, permission), delete on ringfence.member_permissions to ringfence_definer;
create policy definer on ringfence.member_permissions to ringfence_definer using (true) with check (true);

-- Administrators always hold MANAGE_MEMBERS.
grant select on ringfence.member_permissions to ringfence_admin, ringfence_member_all, ringfence_member;
create policy admin on ringfence.member_permissions for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));

-- Members read their own, and with MANAGE_MEMBERS everybody's.
create policy member_all on ringfence.member_permissions for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id())
    and (member_id = (select ringfence.own_member_id()) or (select ringfence.has_permission('MANAGE_MEMBERS'))));
create policy member on ringfence.member_permissions for select to ringfence_member
  using (account_id = (select ringfence.member_account_id())
    and (member_id = (select ringfence.own_member_id()) or (select ringfence.has_permission('MANAGE_MEMBERS'))));

-- Portal users may ask, and are told nothing: none of them is a member.
grant select on ringfence.member_permissions to ringfence_portal;
create policy portal on ringfence.member_permissions for select to ringfence_portal
  using (account_id = (select ringfence.portal_account_id()) and member_id = (select ringfence.own_portal_user_id()));

-- Partner tokens likewise.
grant select on ringfence.member_permissions to ringfence_partner_all, ringfence_partner;
create policy partner_all on ringfence.member_permissions for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id()) and member_id = (select ringfence.own_access_token_id()));
create policy partner on ringfence.member_permissions for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id()) and member_id = (select ringfence.own_access_token_id()));
