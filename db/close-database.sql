-- What a database opens to everybody by default is closed here: connecting, temporary objects, and creating in public.
-- These rights are lost by `create database … template` and by restoring a dump, so every migration run sets them
-- again, and the gate refuses a database where they are open. Run as the migrating user, who owns the database.

do $$
begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to ringfence_login, ringfence_signin', current_database());
  execute format('grant create on database %I to ringfence_owner', current_database());
end $$;

revoke all on schema public from public;
