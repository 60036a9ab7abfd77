-- Failed sign-ins per hashed key; no account's data. Kept by the rate limiter through the sign-in login.

alter table fence.rate_limits enable row level security;
alter table fence.rate_limits force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on fence.rate_limits to ringfence_owner using (true) with check (true);

-- The rate limiter counts, resets and expires.
grant usage on schema fence to ringfence_signin;
grant select, insert, update, delete on fence.rate_limits to ringfence_signin;
create policy signin on fence.rate_limits to ringfence_signin using (true) with check (true);
