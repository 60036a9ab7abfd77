-- Uploads that were announced. No serving role reaches them.

alter table fence.uploads enable row level security;
alter table fence.uploads force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on fence.uploads to ringfence_owner using (true) with check (true);

-- The definer notes what is announced, which try is the last and the how manieth, and that it has arrived.
grant select, insert (account_id, client_id, call_id, stay_id, duration_seconds, principal_id, expires_at), update (file_id, attempts), delete
  on fence.uploads to ringfence_definer;
create policy definer on fence.uploads to ringfence_definer using (true) with check (true);
