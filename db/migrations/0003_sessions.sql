-- Sessions, and the two secrets that belong to one: short-lived access credentials and rotating refresh tokens.
--
-- Secrets never reach the database: it is given sha256(secret) and keeps sha256 of that, so that neither a dump nor a
-- statement log opens anything.

create table fence.sessions (
  account_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  member_id uuid not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  end_reason text,
  user_agent text,
  address text,
  constraint sessions_pkey primary key (account_id, id),
  -- A credential names its session alone.
  constraint sessions_id_key unique (id),
  constraint sessions_member_id_fkey foreign key (account_id, member_id)
    references ringfence.members (account_id, id) on delete cascade,
  constraint sessions_end_reason_check check (end_reason in ('SIGNED_OUT', 'REFRESH_TOKEN_REUSED', 'PASSWORD_CHANGED', 'REVOKED')),
  constraint sessions_ended_check check ((ended_at is null) = (end_reason is null))
);
create index sessions_member_id_idx on fence.sessions (account_id, member_id);

create table fence.access_credentials (
  account_id uuid not null,
  session_id uuid not null,
  digest bytea not null,
  expires_at timestamptz not null,
  constraint access_credentials_pkey primary key (session_id, digest),
  constraint access_credentials_session_id_fkey foreign key (account_id, session_id)
    references fence.sessions (account_id, id) on delete cascade,
  constraint access_credentials_digest_check check (length(digest) = 32)
);
create index access_credentials_account_id_idx on fence.access_credentials (account_id, session_id);

-- One family of refresh tokens per session; a token used twice ends the session.
create table fence.refresh_tokens (
  account_id uuid not null,
  session_id uuid not null,
  digest bytea not null,
  created_at timestamptz not null default now(),
  used_at timestamptz,
  constraint refresh_tokens_pkey primary key (digest),
  constraint refresh_tokens_session_id_fkey foreign key (account_id, session_id)
    references fence.sessions (account_id, id) on delete cascade,
  constraint refresh_tokens_digest_check check (length(digest) = 32)
);
create index refresh_tokens_session_id_idx on fence.refresh_tokens (account_id, session_id);

-- Failed sign-ins in the current window, kept by the rate limiter of the server under hashed keys.
create table fence.rate_limits (
  key varchar(255) not null,
  points integer not null default 0,
  -- Milliseconds since 1970.
  expire bigint,
  constraint rate_limits_pkey primary key (key)
);
