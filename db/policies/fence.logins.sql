-- How people sign in. No serving role reaches it; the sign-in login does through its functions alone.

alter table fence.logins enable row level security;
alter table fence.logins force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on fence.logins to ringfence_owner using (true) with check (true);

-- The definer looks up, adds, sets emails and passwords, notes when somebody signed in, and deletes
-- those of a client that is deleted.
grant select, insert (account_id, member_id, portal_user_id, email, password_hash),
  update (email, password_hash, last_sign_in_at, reset_generation, reset_requested_at, reset_expires_at), delete on fence.logins to ringfence_definer;
create policy definer on fence.logins to ringfence_definer using (true) with check (true);
