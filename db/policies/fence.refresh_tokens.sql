-- Digests of refresh tokens. No serving role reaches them.

alter table fence.refresh_tokens enable row level security;
alter table fence.refresh_tokens force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on fence.refresh_tokens to ringfence_owner using (true) with check (true);

-- The definer rotates them, and deletes those of a client that is deleted. (An update right is also what locking a row needs.)
grant select, insert (account_id, session_id, digest), update (used_at), delete on fence.refresh_tokens to ringfence_definer;
create policy definer on fence.refresh_tokens to ringfence_definer using (true) with check (true);
