-- What is faster made after the rows: the foreign key of the benchmark's table, and an index for everything that a policy or an
-- order asks about. Run as ringfence_owner.

alter table ringfence.leads add constraint leads_client_id_fkey foreign key (account_id, client_id)
  references ringfence.clients (account_id, id) on delete cascade;

create index leads_client_id_status_idx on ringfence.leads (account_id, client_id, status, created_at, id);
create index leads_status_idx on ringfence.leads (account_id, status, created_at, id);
create index leads_created_at_idx on ringfence.leads (account_id, created_at, id);
