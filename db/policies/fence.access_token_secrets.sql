-- What opens partner tokens. No serving role reaches it.

alter table fence.access_token_secrets enable row level security;
alter table fence.access_token_secrets force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on fence.access_token_secrets to ringfence_owner using (true) with check (true);

-- The definer checks secrets, adds new ones, ends those that were rotated and removes them.
grant select, insert (account_id, access_token_id, digest), update (expires_at), delete on fence.access_token_secrets to ringfence_definer;
create policy definer on fence.access_token_secrets to ringfence_definer using (true) with check (true);
