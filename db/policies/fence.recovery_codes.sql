-- Digests of recovery codes. No serving role reaches them.

alter table fence.recovery_codes enable row level security;
alter table fence.recovery_codes force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on fence.recovery_codes to ringfence_owner using (true) with check (true);

-- The definer adds them, notes their use, and removes them all when there are new ones.
grant select, insert (account_id, login_id, digest), update (used_at), delete on fence.recovery_codes to ringfence_definer;
create policy definer on fence.recovery_codes to ringfence_definer using (true) with check (true);
