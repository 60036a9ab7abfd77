-- Files, whose bytes lie in the storage under `<account id>/<client id>/<file id>`, and the first that refer to them: recordings of
-- calls. A file is never changed; what replaces it is another one.

create table ringfence.files (
  account_id uuid not null,
  client_id uuid not null,
  id uuid not null,
  -- What it is called when it is downloaded.
  name text not null,
  -- By its content, not by what was said of it.
  content_type text not null,
  byte_count bigint not null,
  -- sha256 of the bytes.
  digest bytea not null,
  created_at timestamptz not null default now(),
  constraint files_pkey primary key (account_id, id),
  constraint files_account_id_client_id_id_key unique (account_id, client_id, id),
  constraint files_client_id_fkey foreign key (account_id, client_id)
    references ringfence.clients (account_id, id) on delete cascade,
  constraint files_name_check check (length(name) between 1 and 200 and name !~ '[[:cntrl:]/\\]'),
  constraint files_content_type_check check (content_type ~ '^[a-z]+/[a-z0-9.+-]+$'),
  constraint files_byte_count_check check (byte_count > 0),
  constraint files_digest_check check (octet_length(digest) = 32)
);
create index files_client_id_idx on ringfence.files (account_id, client_id);

-- Apart from the calls, because not everybody who sees a call may hear it.
create table ringfence.recordings (
  account_id uuid not null,
  client_id uuid not null,
  call_id uuid not null,
  stay_id uuid not null,
  file_id uuid not null,
  -- Null: whoever uploaded it did not say.
  duration_seconds integer,
  created_at timestamptz not null default now(),
  constraint recordings_pkey primary key (account_id, call_id),
  constraint recordings_account_id_file_id_key unique (account_id, file_id),
  constraint recordings_call_id_fkey foreign key (account_id, client_id, stay_id, call_id)
    references ringfence.calls (account_id, client_id, stay_id, id) on delete cascade,
  -- A recording is nothing without its bytes.
  constraint recordings_file_id_fkey foreign key (account_id, client_id, file_id)
    references ringfence.files (account_id, client_id, id) on delete cascade,
  constraint recordings_duration_seconds_check check (duration_seconds between 0 and 86400)
);
create index recordings_client_id_idx on ringfence.recordings (account_id, client_id, stay_id);

-- What was announced and has not arrived yet. Removed when it has, or some time after it may no longer begin.
create table fence.uploads (
  account_id uuid not null,
  client_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  call_id uuid not null,
  stay_id uuid not null,
  duration_seconds integer,
  -- The member or token that announced it, who alone is given its address.
  principal_id uuid not null,
  -- The file that the last try became. Each try is another one, so that two at once cannot mix.
  file_id uuid,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  constraint uploads_pkey primary key (account_id, id),
  constraint uploads_call_id_fkey foreign key (account_id, client_id, stay_id, call_id)
    references ringfence.calls (account_id, client_id, stay_id, id) on delete cascade,
  constraint uploads_duration_seconds_check check (duration_seconds between 0 and 86400)
);
create index uploads_call_id_idx on fence.uploads (account_id, client_id, stay_id, call_id);
create index uploads_expires_at_idx on fence.uploads (account_id, expires_at);

-- The address of a file carries a proof that its session asked for it, which the database makes and verifies, with keys of its
-- own that live and retire with those that seal.
alter table fence.seal_keys
  add column file_inner_pad bytea not null
    default sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())),
  add column file_outer_pad bytea not null
    default sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- No samples of what people write, for the planner's estimates to tell (see 0002).
alter table ringfence.files
  alter column name set statistics 0;
