-- What was changed, for who follows changes. No serving role reaches it.

alter table fence.events enable row level security;
alter table fence.events force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too.
create policy owner on fence.events to ringfence_owner using (true) with check (true);

-- The definer appends, with the entry of the log, and reads for the worker.
grant select, insert (account_id, client_id, kind, action, subject_id) on fence.events to ringfence_definer;
create policy definer on fence.events to ringfence_definer using (true) with check (true);
