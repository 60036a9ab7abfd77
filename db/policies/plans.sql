-- Plans: the same for everybody, changed by migrations. Read by administrators, who see theirs and what else there is.

alter table ringfence.plans enable row level security;
alter table ringfence.plans force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.plans to ringfence_owner using (true) with check (true);

-- The definer compares the number of clients with the limit.
grant select (id, client_limit) on ringfence.plans to ringfence_definer;
create policy definer on ringfence.plans for select to ringfence_definer using (true);

-- Administrators read every plan; there is nothing of anybody's in it.
grant select on ringfence.plans to ringfence_admin;
create policy admin on ringfence.plans for select to ringfence_admin using ((select ringfence.admin_account_id()) is not null);
