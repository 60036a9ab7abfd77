-- Every role of the fence, made once per cluster and checked at each migration. Run as the migrating user, who may
-- create roles; needs no superuser. Passwords of the logins are set by the migration runner, as SCRAM verifiers.
--
-- Roles belong to the cluster, not to the database: two Ringfence databases on one cluster share them.

do $$
declare
  role_name text;
begin
  foreach role_name in array array[
    'ringfence_owner', 'ringfence_definer', 'ringfence_login', 'ringfence_signin', 'ringfence_worker',
    'ringfence_admin', 'ringfence_member_all', 'ringfence_member',
    'ringfence_partner_all', 'ringfence_partner', 'ringfence_portal', 'ringfence_anonymous'
  ] loop
    if not exists (select from pg_catalog.pg_roles where rolname = role_name) then
      execute format('create role %I nologin noinherit', role_name);
    end if;
  end loop;
end $$;

-- The migrating user acts as the owner; the owner hands functions over to the definer.
do $$
begin
  if not pg_catalog.pg_has_role(current_user, 'ringfence_owner', 'member')
     or (current_setting('server_version_num')::int >= 160000 and not pg_catalog.pg_has_role(current_user, 'ringfence_owner', 'set')) then
    execute format('grant ringfence_owner to %I', current_user);
  end if;
  if not exists (
    select from pg_catalog.pg_auth_members
    where roleid = 'ringfence_definer'::regrole and member = 'ringfence_owner'::regrole
  ) then
    grant ringfence_definer to ringfence_owner;
  end if;
end $$;

-- The login of the API owns nothing and inherits nothing: it may open a session and become a serving role, no more.
do $$
declare
  role_name text;
begin
  foreach role_name in array array[
    'ringfence_admin', 'ringfence_member_all', 'ringfence_member',
    'ringfence_partner_all', 'ringfence_partner', 'ringfence_portal', 'ringfence_anonymous'
  ] loop
    if not exists (
      select from pg_catalog.pg_auth_members
      where roleid = role_name::regrole and member = 'ringfence_login'::regrole
    ) then
      execute format('grant %I to ringfence_login', role_name);
    end if;
  end loop;
end $$;

-- Settings of the logins. They hold for everything the login does, also after SET ROLE (ALTER ROLE … SET of a serving
-- role would have no effect). Altered only when they differ, so that concurrent starts do not touch the catalog.
do $$
declare
  login text;
  wanted text[] := array[
    'statement_timeout=10s', 'lock_timeout=5s', 'idle_in_transaction_session_timeout=15s', 'jit=off', 'max_parallel_workers_per_gather=0',
    'TimeZone=UTC', 'DateStyle=ISO, YMD', 'IntervalStyle=iso_8601', 'search_path=pg_catalog', 'client_min_messages=warning',
    'row_security=on',
    -- A peer whose machine is gone is noticed within half a minute: what it held is free, and a worker counts as gone.
    'tcp_keepalives_idle=15', 'tcp_keepalives_interval=5', 'tcp_keepalives_count=3'
  ];
  setting text;
begin
  foreach login in array array['ringfence_login', 'ringfence_signin', 'ringfence_worker'] loop
    if not (select rolcanlogin from pg_catalog.pg_roles where rolname = login) then
      execute format('alter role %I login', login);
    end if;
    if (select setconfig from pg_catalog.pg_db_role_setting where setrole = login::regrole and setdatabase = 0) is distinct from wanted then
      execute format('alter role %I reset all', login);
      foreach setting in array wanted loop
        execute format('alter role %I set %I = %L', login, split_part(setting, '=', 1), split_part(setting, '=', 2));
      end loop;
    end if;
  end loop;
end $$;

-- Serving roles have no settings: they would have no effect through SET ROLE, but every role may change its own, and the
-- gate refuses what it does not know.
do $$
declare
  role_name text;
begin
  for role_name in
    select r.rolname from pg_catalog.pg_db_role_setting s join pg_catalog.pg_roles r on r.oid = s.setrole
    where r.rolname like 'ringfence\_%' and s.setdatabase = 0 and r.rolname not in ('ringfence_login', 'ringfence_signin', 'ringfence_worker')
  loop
    execute format('alter role %I reset all', role_name);
  end loop;
end $$;
