-- Sessions. No serving role reaches them.

alter table fence.sessions enable row level security;
alter table fence.sessions force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on fence.sessions to ringfence_owner using (true) with check (true);

-- The definer opens, refreshes and ends them, and deletes those of a client that is deleted.
grant select, insert (account_id, member_id, portal_user_id, expires_at, user_agent, address), update (last_used_at, user_agent, address, ended_at, end_reason), delete on fence.sessions to ringfence_definer;
create policy definer on fence.sessions to ringfence_definer using (true) with check (true);
