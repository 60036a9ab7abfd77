-- What a database opens to everybody by default is closed here: connecting, temporary objects, and creating in public.
-- These rights are lost by `create database … template` and by restoring a dump, so every migration run sets them
-- again, and the gate refuses a database where they are open. Run as the migrating user, who owns the database.

do $$
begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to ringfence_login, ringfence_signin, ringfence_worker', current_database());
  execute format('grant create on database %I to ringfence_owner', current_database());
end $$;

revoke all on schema public from public;

-- Functions of Postgres that leave something behind on a connection, reach other sessions, or hold one up: large
-- objects, session-level advisory locks, cancelling, sleeping. And anonymous blocks (DO), which make many statements of
-- one. Only a superuser can take them from everybody; where the migrating user is none, doctor says so.
do $$
declare
  door regprocedure;
begin
  if not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    return;
  end if;
  for door in
    select oid from pg_catalog.pg_proc
    where pronamespace = 'pg_catalog'::regnamespace and (
      proname in ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_import', 'lo_put', 'lo_open', 'lowrite', 'lo_unlink',
                  'pg_advisory_lock', 'pg_advisory_lock_shared', 'pg_try_advisory_lock', 'pg_try_advisory_lock_shared',
                  'pg_cancel_backend', 'pg_terminate_backend', 'pg_sleep', 'pg_sleep_for', 'pg_sleep_until'))
  loop
    execute format('revoke execute on function %s from public', door);
  end loop;
  revoke usage on language plpgsql from public;
  grant usage on language plpgsql to pg_database_owner, ringfence_owner, ringfence_definer;
end $$;
