-- The ground everything stands on: two schemas, ids, and the keys that seal a session.
--
-- `ringfence` holds what the serving roles may reach under row-level security; `fence` what none of them reaches;
-- `signin` the functions of the sign-in login. Run as ringfence_owner.

create schema ringfence;
create schema fence;
create schema signin;

-- Functions are executable by everybody unless this is said, per creating role and without IN SCHEMA.
alter default privileges revoke execute on functions from public;

grant usage on schema ringfence to ringfence_login, ringfence_admin, ringfence_member_all, ringfence_member,
  ringfence_partner_all, ringfence_partner, ringfence_portal, ringfence_anonymous;
grant usage on schema signin to ringfence_signin;
-- create: a function can only be given to a role that may create in its schema.
grant usage, create on schema ringfence, fence, signin to ringfence_definer;

-- Ids sort by the time they were made (RFC 9562, version 7). Postgres has the function from 18 on.
do $migration$
begin
  if current_setting('server_version_num')::int >= 180000 then
    create function ringfence.uuidv7() returns uuid language sql volatile parallel safe
      set search_path = pg_catalog, pg_temp as 'select pg_catalog.uuidv7()';
  else
    -- A random (version 4) id whose first 48 bits become milliseconds and whose version bits become 0111.
    create function ringfence.uuidv7() returns uuid language sql volatile parallel safe
      set search_path = pg_catalog, pg_temp as $function$
        select encode(
          set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                    placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
                    from 1 for 6),
            52, 1), 53, 1), 'hex')::uuid
      $function$;
  end if;
end $migration$;

-- The keys that seal identities, used for nothing else. `id` is four digits because it stands in the identity at a
-- fixed width. Two pads in the manner of HMAC (RFC 2104): the built-in sha256 is then as good as an extension.
create table fence.seal_keys (
  id text not null,
  inner_pad bytea not null,
  outer_pad bytea not null,
  created_at timestamptz not null default now(),
  -- Null: this key seals. A retired one still verifies what was sealed in transactions that had begun before.
  retired_at timestamptz,
  constraint seal_keys_pkey primary key (id),
  constraint seal_keys_id_check check (id ~ '^[0-9]{4}$')
);

-- At most one key seals.
create unique index seal_keys_active_key on fence.seal_keys ((true)) where retired_at is null;

-- Which migrations ran, with the digest of their text: a migration that ran is never edited.
create table fence.migrations (
  name text not null,
  digest text not null,
  applied_at timestamptz not null default now(),
  constraint migrations_pkey primary key (name)
);

-- What was applied last, one row: the digest of the files of functions and policies, and that of what Postgres made of them.
create table fence.applied_fence (
  singleton boolean not null default true,
  digest text not null,
  catalog_digest text not null,
  applied_at timestamptz not null default now(),
  constraint applied_fence_pkey primary key (singleton),
  constraint applied_fence_singleton_check check (singleton)
);
