-- What a change sets off beyond its transaction: mails, written down beside the change so that neither can be without the
-- other, and events, so that whoever follows changes misses none. Both are worked off by ringfence_worker, through the
-- functions of the schema `worker`; jobs are graphile-worker's, in its schema `graphile_worker`, which
-- src/database/jobs.ts installs before this runs.

create schema worker;
grant usage on schema worker to ringfence_worker;
-- create: a function can only be given to a role that may create in its schema.
grant usage, create on schema worker to ringfence_definer;

-- One row per mail. It holds neither address nor content: both are derived anew when the mail is sent.
create table fence.outbox (
  account_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  kind text not null,
  -- The login, or whatever else the kind is about. References nothing: what is gone is not written to.
  subject_id uuid not null,
  created_at timestamptz not null default now(),
  -- How often it was given to the mail server.
  attempts integer not null default 0,
  -- At most one of the three is set; none: it waits.
  sent_at timestamptz,
  -- Refused for good, or too often: somebody has to look at it (`ringfence mail failed`).
  failed_at timestamptz,
  -- There was nobody to send it to any more.
  dropped_at timestamptz,
  -- Codes of the last failure; never what the server said, which may name the address.
  last_error text,
  constraint outbox_pkey primary key (account_id, id),
  -- Jobs and operators name a mail by its id alone. No serving role reaches this table.
  constraint outbox_id_key unique (id),
  constraint outbox_account_id_fkey foreign key (account_id) references ringfence.accounts (id) on delete cascade,
  constraint outbox_kind_check check (kind in ('PASSWORD_CHANGED')),
  constraint outbox_last_error_check check (length(last_error) <= 200 and last_error !~ '@'),
  constraint outbox_outcome_check check (num_nonnulls(sent_at, failed_at, dropped_at) <= 1)
);
create index outbox_failed_at_idx on fence.outbox (failed_at) where failed_at is not null;

-- One row per change, in the order in which changes can be followed: by transaction, within it by position. Rows outlive
-- what they are about, so that who follows learns of a removal too.
create table fence.events (
  account_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  -- The house client where the change belongs to no client.
  client_id uuid not null,
  kind text not null,
  action text not null,
  subject_id uuid not null,
  -- Ids of transactions are given at the first write and end in any order, so what is visible may still be overtaken by
  -- what began earlier. Below the oldest that runs nothing more is added.
  transaction_id xid8 not null default pg_current_xact_id(),
  position bigint generated always as identity,
  created_at timestamptz not null default now(),
  constraint events_pkey primary key (account_id, id),
  constraint events_account_id_fkey foreign key (account_id) references ringfence.accounts (id) on delete cascade
);
create index events_transaction_id_idx on fence.events (transaction_id, position);
