-- Deleting a client for good. It is locked against use in one transaction, and emptied after it, step by step, by the worker,
-- because a client can have more rows than one transaction should delete.

-- One row for each client that is being deleted, or was: what is left of one in the end, with the log's entries.
create table ringfence.client_deletions (
  account_id uuid not null,
  -- Without a foreign key: the client goes, this stays.
  client_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  client_name text not null,
  -- The member, or the token; without a foreign key, as in the log.
  requested_by uuid not null,
  -- RETRYING: the last try failed. There is no state of having given up: what was to be deleted is deleted.
  state text not null default 'QUEUED',
  -- Rows. Null: nobody has counted yet.
  done bigint not null default 0,
  total bigint,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  constraint client_deletions_pkey primary key (account_id, id),
  -- A client is deleted once.
  constraint client_deletions_account_id_client_id_key unique (account_id, client_id),
  constraint client_deletions_account_id_fkey foreign key (account_id) references ringfence.accounts (id) on delete cascade,
  constraint client_deletions_client_name_check check (length(client_name) between 1 and 200),
  constraint client_deletions_state_check check (state in ('QUEUED', 'RUNNING', 'RETRYING', 'DONE')),
  constraint client_deletions_done_check check (done between 0 and coalesce(total, 0)),
  constraint client_deletions_finished_at_check check ((finished_at is null) = (state <> 'DONE'))
);
create index client_deletions_created_at_idx on ringfence.client_deletions (account_id, created_at, id);

-- Entries with something to erase. A partial index, so that what is erased is not looked at again.
create index audit_entries_erasable_idx on ringfence.audit_entries (account_id, client_id, id)
  where subject_kind <> 'CLIENT' and details <> '{}';

-- No samples of what people write, for the planner's estimates to tell (see 0002).
alter table ringfence.client_deletions alter column client_name set statistics 0;
