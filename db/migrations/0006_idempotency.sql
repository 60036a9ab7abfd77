-- What became of a mutation that was sent under an Idempotency-Key, so that sending it again has the same result and
-- no second effect: a front end that lost the answer can simply repeat.

create table fence.idempotency_keys (
  account_id uuid not null,
  -- Whoever was sealed. References nobody: principals that are no members keep theirs here too. What is left of one that
  -- is gone expires like everything here.
  principal_id uuid not null,
  -- sha256 of the key as it was sent: people put names and numbers of invoices into them.
  key_digest bytea not null,
  -- One key covers a whole document: which of its root fields, counted from 0.
  position integer not null,
  -- HMAC-SHA256 of the field and its arguments, under a key of the server's: inputs can hold passwords, of which a plain
  -- hash would be a way to try them.
  input_digest bytea not null,
  -- Null while the mutation runs, or where nothing was stored. {"done": ids} or {"refused": {message, extensions}};
  -- never what the ids stand for, which is read again under the policies of the day.
  outcome jsonb,
  created_at timestamptz not null default now(),
  constraint idempotency_keys_pkey primary key (account_id, principal_id, key_digest, position),
  constraint idempotency_keys_account_id_fkey foreign key (account_id) references ringfence.accounts (id) on delete cascade,
  constraint idempotency_keys_key_digest_check check (length(key_digest) = 32),
  constraint idempotency_keys_position_check check (position >= 0),
  constraint idempotency_keys_input_digest_check check (length(input_digest) = 32),
  -- Ids and refusals are short. The serving roles call what writes this, and may not fill the disk with it.
  constraint idempotency_keys_outcome_check check (octet_length(outcome::text) <= 65536)
);
-- Each claim removes what has expired in its account.
create index idempotency_keys_created_at_idx on fence.idempotency_keys (account_id, created_at);

alter table fence.idempotency_keys
  alter column key_digest set statistics 0,
  alter column input_digest set statistics 0,
  alter column outcome set statistics 0;
