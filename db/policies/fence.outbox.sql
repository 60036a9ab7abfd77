-- Mails to be sent. No serving role reaches them: who could write one would send mail in our name. The worker goes through
-- the functions of its schema.

alter table fence.outbox enable row level security;
alter table fence.outbox force row level security;

-- Migrations, foreign keys and the command line act as the owner, whom FORCE binds too.
create policy owner on fence.outbox to ringfence_owner using (true) with check (true);

-- The definer adds mails for whoever causes them, and notes for the worker what became of them.
grant select, insert (account_id, kind, subject_id),
  update (attempts, sent_at, failed_at, dropped_at, last_error) on fence.outbox to ringfence_definer;
create policy definer on fence.outbox to ringfence_definer using (true) with check (true);
