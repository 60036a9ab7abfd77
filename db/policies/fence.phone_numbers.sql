-- The registry of telephone numbers that are taken. No serving role reaches it: asking it would tell of hidden agents and
-- caller ids.

alter table fence.phone_numbers enable row level security;
alter table fence.phone_numbers force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on fence.phone_numbers to ringfence_owner using (true) with check (true);

-- The definer keeps it with the numbers of agents and the caller ids.
grant select, insert (account_id, phone_number, agent_id, identity_id), delete on fence.phone_numbers to ringfence_definer;
create policy definer on fence.phone_numbers to ringfence_definer using (true) with check (true);
