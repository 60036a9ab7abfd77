-- The audit log: what was done, to what, by whom, written in the transaction of the change. It outlives its subjects,
-- so it references none of them; it names the columns that changed, never their values.

create table ringfence.audit_entries (
  account_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  -- The house client where the entry belongs to no client.
  client_id uuid not null,
  created_at timestamptz not null default now(),
  -- OWNER, ADMIN or MEMBER, as sealed; SYSTEM: nobody was signed in (the command line, sign-up).
  actor_kind text not null,
  actor_id uuid,
  session_id uuid,
  -- What happened, past tense: CLIENT_CREATED.
  action text not null,
  subject_kind text not null,
  subject_id uuid not null,
  -- Names of the columns that changed, or what the action adds to itself.
  details jsonb not null default '{}',
  constraint audit_entries_pkey primary key (account_id, id),
  constraint audit_entries_account_id_fkey foreign key (account_id) references ringfence.accounts (id) on delete cascade,
  constraint audit_entries_action_check check (action ~ '^[A-Z_]+$'),
  constraint audit_entries_subject_kind_check check (subject_kind ~ '^[A-Z_]+$')
);
create index audit_entries_created_at_idx on ringfence.audit_entries (account_id, created_at, id);
create index audit_entries_subject_id_idx on ringfence.audit_entries (account_id, subject_id);
