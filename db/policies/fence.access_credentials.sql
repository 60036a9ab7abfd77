-- Digests of access tokens' secrets. No serving role reaches them.

alter table fence.access_credentials enable row level security;
alter table fence.access_credentials force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on fence.access_credentials to ringfence_owner using (true) with check (true);

-- The definer checks them, adds new ones and removes expired ones.
grant select, insert (account_id, session_id, digest, expires_at), delete on fence.access_credentials to ringfence_definer;
create policy definer on fence.access_credentials to ringfence_definer using (true) with check (true);
