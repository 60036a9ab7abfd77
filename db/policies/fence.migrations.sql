-- Which migrations ran. No account data; read through ringfence.schema_state.

alter table fence.migrations enable row level security;
alter table fence.migrations force row level security;

-- Migrations act as the owner, whom FORCE binds too.
create policy owner on fence.migrations to ringfence_owner using (true) with check (true);

-- The definer tells the server whether the database is as its files say.
grant select on fence.migrations to ringfence_definer;
create policy definer on fence.migrations for select to ringfence_definer using (true);
