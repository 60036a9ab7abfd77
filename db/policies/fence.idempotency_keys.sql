-- What became of mutations under an Idempotency-Key. No serving role reaches it: a principal is told of its own keys by
-- the functions, and of nobody else's.

alter table fence.idempotency_keys enable row level security;
alter table fence.idempotency_keys force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on fence.idempotency_keys to ringfence_owner using (true) with check (true);

-- The definer claims keys, stores outcomes, starts expired keys anew and removes them.
grant select, insert (account_id, principal_id, key_digest, position, input_digest), update (input_digest, outcome, created_at), delete
  on fence.idempotency_keys to ringfence_definer;
create policy definer on fence.idempotency_keys to ringfence_definer using (true) with check (true);
