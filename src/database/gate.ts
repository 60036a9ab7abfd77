// The gate: what must be true of a database before a single request is served. It looks at the catalog as the API's own
// login, so it needs no other right, and compares with db/policies/matrix.ts and definer-functions.ts.
import { definerFunctions } from '../../db/policies/definer-functions';
import { logins, loginSettings, matrix, schemas, servingRoles } from '../../db/policies/matrix';
import { catalogDigest, expectedSchema, ourSchemas } from './migrate';

/** Sends a statement as ringfence_login, outside any session. */
export type RunAsLogin = (text: string, values?: unknown[]) => Promise<{ problem: string }[]>;

interface Check {
  /** Selects a sentence, `problem`, for everything that is wrong. */
  sql: string;
  values?: unknown[];
}

const checks: Check[] = [
  {
    // Tables without a fence.
    sql: `
      select format('table %s: %s', c.oid::regclass, concat_ws(', ',
        case when not c.relrowsecurity then 'row security is not enabled' end,
        case when not c.relforcerowsecurity then 'row security is not forced' end,
        case when not exists (select from pg_policy p where p.polrelid = c.oid) then 'it has no policy' end,
        case when not (n.nspname || '.' || c.relname = any ($1)) then 'it is missing from the policy matrix' end)) as problem
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ${ourSchemas} and c.relkind in ('r', 'p')
        and not (c.relrowsecurity and c.relforcerowsecurity
                 and exists (select from pg_policy p where p.polrelid = c.oid) and n.nspname || '.' || c.relname = any ($1))
      union all
      select format('table %s: the policy matrix names it, the database has none', name) from unnest($1::text[]) name
      where not exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname || '.' || c.relname = name)
      union all
      select format('%s %s: only tables are fenced', case c.relkind when 'm' then 'materialized view' else 'view' end, c.oid::regclass)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ${ourSchemas} and (c.relkind in ('m', 'f')
        or (c.relkind = 'v' and not coalesce(c.reloptions @> array['security_invoker=true'], false)))`,
    values: [Object.keys(matrix)],
  },
  {
    // Roles that could step over the fence, by themselves or by becoming somebody else.
    sql: `
      select format('role %s: it is, or can become, %s, which is %s', r.rolname, b.rolname, concat_ws(', ',
        case when b.rolsuper then 'a superuser' end, case when b.rolbypassrls then 'free of row security' end,
        case when b.rolcreaterole then 'allowed to create roles' end,
        case when b.rolname in ('ringfence_owner', 'ringfence_definer') then 'an owner of the fence' end,
        case when exists (select from pg_class c where c.relowner = b.oid) then 'an owner of tables' end)) as problem
      from pg_roles r join pg_roles b on pg_has_role(r.oid, b.oid, 'member')
      where (r.rolname = any ($1) or r.rolname = session_user)
        and (b.rolsuper or b.rolbypassrls or b.rolcreaterole or b.rolname in ('ringfence_owner', 'ringfence_definer')
             or exists (select from pg_class c where c.relowner = b.oid))
      union all
      select format('role %s: it owns the fence''s functions and must not be %s', rolname,
        concat_ws(', ', case when rolsuper then 'a superuser' end, case when rolbypassrls then 'free of row security' end))
      from pg_roles where rolname in ('ringfence_definer', 'ringfence_owner') and (rolsuper or rolbypassrls)
      union all
      select format('role %s: it is missing', name) from unnest($1 || array['ringfence_owner', 'ringfence_definer']) name
      where to_regrole(name) is null
      union all
      select format('role %s: it inherits rights, and must not', rolname) from pg_roles where rolname = any ($2) and rolinherit
      union all
      select distinct format('role %s: it is a member of %s, and must not be', m.rolname, b.rolname)
      from pg_auth_members a join pg_roles m on m.oid = a.member join pg_roles b on b.oid = a.roleid
      where m.rolname = any ($1) and not (m.rolname = 'ringfence_login' and b.rolname = any ($3))`,
    values: [[...logins, ...servingRoles], logins, servingRoles],
  },
  {
    // Functions that run with other rights than the caller's.
    sql: `
      with listed as (select key as name, array(select jsonb_array_elements_text(value)) as roles from jsonb_each($1::jsonb)),
      present as (
        select p.oid, n.nspname || '.' || p.proname as name, p.proowner::regrole::text as owner, p.proconfig, p.prosecdef, p.proleakproof,
          coalesce((select array_agg(case when a.grantee = 0 then 'public' else a.grantee::regrole::text end order by 1)
            from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee <> p.proowner), '{}') as grantees
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname in ${ourSchemas} or (p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema')))
      select format('function %s: %s', present.oid::regprocedure, concat_ws(', ',
        case when prosecdef and listed.name is null then 'it runs with its owner''s rights and is not on the list' end,
        case when prosecdef and owner <> 'ringfence_definer' then 'it belongs to ' || owner end,
        case when prosecdef and not coalesce(proconfig @> array['search_path=pg_catalog, pg_temp'], false) then 'its search_path is open' end,
        case when proleakproof then 'it claims to be leakproof' end,
        case when 'public' = any (grantees) then 'everybody may execute it' end,
        case when prosecdef and listed.name is not null
          and (select array_agg(g order by g) from unnest(grantees) g) is distinct from (select array_agg(g order by g) from unnest(roles) g)
          then 'it may be executed by ' || array_to_string(grantees, ', ') || ' instead of ' || array_to_string(roles, ', ') end)) as problem
      from present left join listed using (name)
      where (prosecdef and listed.name is null) or (prosecdef and owner <> 'ringfence_definer') or proleakproof or 'public' = any (grantees)
        or (prosecdef and not coalesce(proconfig @> array['search_path=pg_catalog, pg_temp'], false))
        or (prosecdef and (select array_agg(g order by g) from unnest(grantees) g) is distinct from (select array_agg(g order by g) from unnest(roles) g))
      union all
      select format('function %s: it is on the list, the database has none', name) from listed
      where not exists (select from present where present.name = listed.name and prosecdef)
      union all
      select format('function %s: there are %s of that name', name, count(*)) from present where prosecdef group by name having count(*) > 1`,
    values: [JSON.stringify(definerFunctions)],
  },
  {
    // Rights on tables, against the matrix; a right on some columns counts as the right.
    sql: `
      with cells as (
        select c.oid, t.key as table_name, r.role, k.command, (t.value -> r.role ->> k.command) is not null as wanted
        from jsonb_each($1::jsonb) t
        join pg_namespace n on n.nspname = split_part(t.key, '.', 1)
        join pg_class c on c.relnamespace = n.oid and c.relname = split_part(t.key, '.', 2)
        cross join unnest($2::text[]) r (role) cross join unnest(array['select', 'insert', 'update']) k (command)
        where to_regrole(r.role) is not null)
      select format('table %s: %s %s %s', table_name, role, case when wanted then 'may not' else 'may' end, command) as problem
      from cells where has_any_column_privilege(role, oid, command) <> wanted
      union all
      select format('table %s: %s may %s', c.oid::regclass, r.role, lower(p.privilege))
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      cross join unnest($2 || array['ringfence_login']) r (role)
      cross join unnest(array['DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p (privilege)
      where n.nspname in ${ourSchemas} and c.relkind in ('r', 'p') and to_regrole(r.role) is not null
        and has_table_privilege(r.role, c.oid, p.privilege)
      union all
      select format('table %s: ringfence_login may %s it', c.oid::regclass, p.privilege)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join unnest(array['select', 'insert', 'update']) p (privilege)
      where n.nspname in ${ourSchemas} and c.relkind in ('r', 'p') and to_regrole('ringfence_login') is not null
        and has_any_column_privilege('ringfence_login', c.oid, p.privilege)`,
    values: [JSON.stringify(matrix), servingRoles],
  },
  {
    // What a database opens to everybody, and a copy of it opens again.
    sql: `
      select format('database %s: everybody may %s', d.datname, lower(a.privilege_type)) as problem
      from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
      where d.datname = current_database() and a.grantee = 0
      union all
      select format('schema %s: everybody may %s in it', n.nspname, lower(a.privilege_type))
      from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
      where (n.nspname = 'public' or n.nspname in ${ourSchemas}) and a.grantee = 0 and a.privilege_type = 'CREATE'
      union all
      select format('schema %s: %s may create in it', n.nspname, r.role)
      from pg_namespace n cross join unnest($1::text[]) r (role)
      where (n.nspname = 'public' or n.nspname in ${ourSchemas}) and to_regrole(r.role) is not null and has_schema_privilege(r.role, n.oid, 'CREATE')
      union all
      select format('schema %s: %s may %suse it', s.key, r.role, case when s.value ? r.role then 'not ' else '' end)
      from jsonb_each($2::jsonb) s join pg_namespace n on n.nspname = s.key cross join unnest($1::text[]) r (role)
      where to_regrole(r.role) is not null and has_schema_privilege(r.role, n.oid, 'USAGE') <> (s.value ? r.role)`,
    values: [[...servingRoles, ...logins], JSON.stringify(schemas)],
  },
  {
    // Without it no change could be answered: it is what waits for the disk (transaction.ts).
    sql: `
      select format('function %s: ringfence_login may not execute it', p.oid::regprocedure) as problem
      from pg_proc p
      where p.pronamespace = 'pg_catalog'::regnamespace and p.proname = 'pg_logical_emit_message' and p.proargtypes[2] = 'text'::regtype
        and to_regrole('ringfence_login') is not null and not has_function_privilege('ringfence_login', p.oid, 'execute')`,
  },
  {
    // Presets that would reach every connection.
    sql: `
      select format('settings of %s%s: %s', coalesce(r.rolname, 'everybody'), coalesce(' in ' || d.datname, ''), array_to_string(s.setconfig, '; ')) as problem
      from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase
      where (s.setdatabase = 0 or d.datname = current_database())
        and (case when s.setrole = 0 then exists (select from unnest(s.setconfig) c where c ~* '^(ringfence\\.|role|row_security|search_path|session_)')
                  when r.rolname = any ($2) then not (s.setdatabase = 0 and s.setconfig <@ $1 and s.setconfig @> $1)
                  else r.rolname like 'ringfence\\_%' end)
      union all
      select format('settings of %s: they are missing', name) from unnest($2::text[]) name
      where not exists (select from pg_db_role_setting s where s.setrole = to_regrole(name) and s.setdatabase = 0)`,
    values: [loginSettings, logins],
  },
];

/** A sentence for everything that forbids serving this database; none: the fence stands. */
export async function fenceProblems(run: RunAsLogin): Promise<string[]> {
  const found: string[] = [];
  for (const check of checks) {
    const rows = await run(check.sql, check.values);
    found.push(...rows.map((row) => row.problem));
  }
  return [...found, ...(await schemaProblems(run))];
}

/**
 * Is the database as the files of this version say, and as it was when they were applied? One that is ahead, because a
 * newer version migrated it, is only asked whether anything of it was changed by hand.
 */
async function schemaProblems(run: RunAsLogin): Promise<string[]> {
  const advice = 'run `ringfence migrate`';
  const { migrations, fenceDigest } = expectedSchema();
  let state: SchemaState | undefined;
  try {
    [state] = (await run(
      `select *, (${catalogDigest}) as current_digest from ringfence.schema_state()`,
    )) as unknown as [SchemaState];
  } catch {
    return [`database: it has no schema of ours; ${advice}`];
  }
  const names = new Set(state.migrations);
  const missing = migrations.filter((file) => !names.has(file.name)).map((file) => file.name);
  if (missing.length > 0)
    return [`database: it is older than this version, ${missing.join(', ')} did not run; ${advice}`];
  if (state.catalog_digest !== state.current_digest)
    return [`database: its functions, policies, triggers or rights were changed by hand; ${advice}`];
  const newer = names.size > migrations.length;
  return newer || state.fence_digest === fenceDigest
    ? []
    : [`database: its functions or policies are not those of this version; ${advice}`];
}

interface SchemaState {
  migrations: string[];
  fence_digest: string | null;
  catalog_digest: string | null;
  current_digest: string;
}
