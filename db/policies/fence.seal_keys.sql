-- The keys that seal identities: read by the definer, written by the owner when a key is made or retired.

alter table fence.seal_keys enable row level security;
alter table fence.seal_keys force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on fence.seal_keys to ringfence_owner using (true) with check (true);

-- The definer seals and verifies.
grant select on fence.seal_keys to ringfence_definer;
create policy definer on fence.seal_keys to ringfence_definer using (true) with check (true);
