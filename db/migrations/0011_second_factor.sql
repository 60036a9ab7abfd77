-- A second factor for whoever signs in with a password: one-time codes of an app (TOTP, RFC 6238), and recovery codes for
-- when the app is lost. An account can demand it of its members.

alter table ringfence.accounts add column second_factor_required boolean not null default false;

create table fence.second_factors (
  account_id uuid not null,
  login_id uuid not null,
  -- Encrypted by the server, under a key that the database never has, for this login alone.
  secret bytea not null,
  -- Null: somebody has been shown the secret, and has not proved yet that their app knows it. It guards nothing until then.
  confirmed_at timestamptz,
  -- The 30 seconds since 1970 whose code was used last; a code works once, and none before it works any more.
  last_step bigint not null default 0,
  created_at timestamptz not null default now(),
  constraint second_factors_pkey primary key (account_id, login_id),
  constraint second_factors_login_id_fkey foreign key (account_id, login_id)
    references fence.logins (account_id, id) on delete cascade,
  constraint second_factors_secret_check check (octet_length(secret) between 50 and 300)
);

-- Each works once; a factor and its codes go together.
create table fence.recovery_codes (
  account_id uuid not null,
  login_id uuid not null,
  -- sha256 of the digest that the server makes of a code, as with every secret here.
  digest bytea not null,
  used_at timestamptz,
  constraint recovery_codes_pkey primary key (account_id, login_id, digest),
  constraint recovery_codes_login_id_fkey foreign key (account_id, login_id)
    references fence.second_factors (account_id, login_id) on delete cascade,
  constraint recovery_codes_digest_check check (length(digest) = 32)
);

-- No samples for the planner's estimates to tell (see 0002).
alter table fence.second_factors alter column secret set statistics 0;
alter table fence.recovery_codes alter column digest set statistics 0;
