-- The audit log. Written by definer functions; nobody reads it through the API yet.

alter table ringfence.audit_entries enable row level security;
alter table ringfence.audit_entries force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.audit_entries to ringfence_owner using (true) with check (true);

-- The definer appends; it neither reads, changes nor deletes.
grant insert (account_id, client_id, actor_kind, actor_id, session_id, action, subject_kind, subject_id, details)
  on ringfence.audit_entries to ringfence_definer;
create policy definer on ringfence.audit_entries for insert to ringfence_definer with check (true);
