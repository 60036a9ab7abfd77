-- The audit log. Written by definer functions; nobody reads it through the API yet.

alter table ringfence.audit_entries enable row level security;
alter table ringfence.audit_entries force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.audit_entries to ringfence_owner using (true) with check (true);

-- The definer appends. It reads and changes no entry but those of a client that is being deleted, and of them only the details;
-- and it looks up which exports began and ended.
grant insert (account_id, client_id, actor_kind, actor_id, session_id, action, subject_kind, subject_id, details)
  on ringfence.audit_entries to ringfence_definer;
create policy definer on ringfence.audit_entries for insert to ringfence_definer with check (true);
grant select (account_id, id, client_id, actor_id, action, subject_kind, subject_id, details), update (details) on ringfence.audit_entries to ringfence_definer;
create policy definer_read on ringfence.audit_entries for select to ringfence_definer
  using (exists (select from ringfence.clients c where c.account_id = audit_entries.account_id and c.id = client_id and c.status = 'DELETING'));
create policy definer_exports on ringfence.audit_entries for select to ringfence_definer
  using (action in ('CLIENT_EXPORT_STARTED', 'CLIENT_EXPORT_ENDED'));
create policy definer_erase on ringfence.audit_entries for update to ringfence_definer
  using (exists (select from ringfence.clients c where c.account_id = audit_entries.account_id and c.id = client_id and c.status = 'DELETING'))
  with check (details = '{}');
