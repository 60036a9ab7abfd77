-- Of which clients leads of a list may be. Nobody who is served reads it: during a move it tells where a list came from.

alter table fence.list_places enable row level security;
alter table fence.list_places force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on fence.list_places to ringfence_owner using (true) with check (true);

-- The definer keeps it with the lists.
grant select, insert (account_id, client_id, list_id), delete on fence.list_places to ringfence_definer;
create policy definer on fence.list_places to ringfence_definer using (true) with check (true);
