-- Makes a copy of the benchmark's database into one as most projects have it: the identity is a plain setting, and row security is
-- off. What the policies would say stands in the queries (plain-server.ts). $identity is put in when this is run.

set local role ringfence_definer;

create or replace function fence.identity() returns text language sql stable parallel safe as $$
  select current_setting('ringfence.identity')
$$;

create or replace function ringfence.open_session(session uuid, secret_digest bytea, expected_kind text) returns void
language plpgsql stable as $$
begin
  perform set_config('ringfence.identity', $identity, true);
end $$;

set local role ringfence_owner;

do $$
declare
  fenced regclass;
begin
  for fenced in
    select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('ringfence', 'fence') and c.relkind = 'r'
  loop
    execute format('alter table %s disable row level security', fenced);
    execute format('alter table %s no force row level security', fenced);
  end loop;
end $$;
