-- What leads are found by: for the definer functions that search and that write it. Nobody who is served reads it.

alter table fence.lead_search enable row level security;
alter table fence.lead_search force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on fence.lead_search to ringfence_owner using (true) with check (true);

-- The definer writes, reads and deletes it.
grant select, insert, update (words, pieces), delete on fence.lead_search to ringfence_definer;
create policy definer on fence.lead_search to ringfence_definer using (true) with check (true);
