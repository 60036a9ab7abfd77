-- What a plan includes: the same for everybody, changed by migrations.

alter table ringfence.plan_features enable row level security;
alter table ringfence.plan_features force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.plan_features to ringfence_owner using (true) with check (true);

-- The definer asks what the plan of an account includes.
grant select on ringfence.plan_features to ringfence_definer;
create policy definer on ringfence.plan_features for select to ringfence_definer using (true);

-- Administrators read the features of every plan.
grant select on ringfence.plan_features to ringfence_admin;
create policy admin on ringfence.plan_features for select to ringfence_admin using ((select ringfence.admin_account_id()) is not null);
