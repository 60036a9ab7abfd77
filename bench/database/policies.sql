-- Leads of the benchmark, fenced like every table of db/policies. Run as ringfence_owner.

alter table ringfence.leads enable row level security;
alter table ringfence.leads force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too.
create policy owner on ringfence.leads to ringfence_owner using (true) with check (true);

grant select on ringfence.leads to ringfence_admin, ringfence_member_all, ringfence_member;

-- Administrators: every lead of their account.
create policy admin on ringfence.leads for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members with all clients, if they work with leads.
create policy member_all on ringfence.leads for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('ACCESS_CRM')));
-- Scoped members: the leads of the clients of their set.
create policy member on ringfence.leads for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('ACCESS_CRM')) and client_id = any ((select ringfence.member_client_ids())::uuid[]));
