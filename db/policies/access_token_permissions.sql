-- What partner tokens were given: seen with the token, whose policies narrow the subqueries here too. Written by definer
-- functions.

alter table ringfence.access_token_permissions enable row level security;
alter table ringfence.access_token_permissions force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.access_token_permissions to ringfence_owner using (true) with check (true);

-- The definer gives them, and takes what a transferred token could not do before.
grant select, insert (account_id, access_token_id, permission), delete on ringfence.access_token_permissions to ringfence_definer;
create policy definer on ringfence.access_token_permissions to ringfence_definer using (true) with check (true);

grant select on ringfence.access_token_permissions
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of the account.
create policy admin on ringfence.access_token_permissions for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members: of their own tokens.
create policy member_all on ringfence.access_token_permissions for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id())
    and exists (select from ringfence.access_tokens t where t.account_id = access_token_permissions.account_id and t.id = access_token_permissions.access_token_id));
create policy member on ringfence.access_token_permissions for select to ringfence_member
  using (account_id = (select ringfence.member_account_id())
    and exists (select from ringfence.access_tokens t where t.account_id = access_token_permissions.account_id and t.id = access_token_permissions.access_token_id));
-- A token: its own.
create policy partner_all on ringfence.access_token_permissions for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id()) and access_token_id = (select ringfence.own_access_token_id()));
create policy partner on ringfence.access_token_permissions for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id()) and access_token_id = (select ringfence.own_access_token_id()));
