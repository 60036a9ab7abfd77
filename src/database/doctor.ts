// What the gate checks, and what an operator should know besides: warnings do not stop the server.
import { Client } from 'pg';
import { definerFunctions } from '../../db/policies/definer-functions';
import { servingRoles } from '../../db/policies/matrix';
import type { Config } from '../config';
import { fenceProblems, type RunAsLogin } from './gate';

export interface Diagnosis {
  /** What forbids serving. */
  problems: string[];
  /** What should be known or mended. */
  warnings: string[];
}

/**
 * First minor release of each major version without the known flaws of row security and roles; older ones let
 * `insert … on conflict do update … where` show values of hidden rows.
 */
const fixedReleases: Record<string, number> = { '15': 20, '16': 16, '17': 12, '18': 7 };

/** What a connection must have after `reset all`; ALTER ROLE … SET is read back from a live one. */
const liveSettings: Record<string, string> = {
  statement_timeout: '10s',
  lock_timeout: '5s',
  idle_in_transaction_session_timeout: '15s',
  jit: 'off',
  TimeZone: 'UTC',
  row_security: 'on',
  search_path: 'pg_catalog',
};

const structuralWarnings = `
  select format('unique constraint %s of %s does not begin with account_id, and a serving role writes the table', c.conname, c.conrelid::regclass) as problem
  from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_namespace n on n.oid = t.relnamespace
  where n.nspname = 'ringfence' and c.contype in ('p', 'u')
    and exists (select from pg_attribute where attrelid = c.conrelid and attname = 'account_id' and not attisdropped)
    and (select attname from pg_attribute where attrelid = c.conrelid and attnum = c.conkey[1]) <> 'account_id'
  union all
  select format('foreign key %s of %s does not contain account_id', c.conname, c.conrelid::regclass)
  from pg_constraint c join pg_namespace n on n.oid = c.connamespace
  where n.nspname in ('ringfence', 'fence') and c.contype = 'f'
    and exists (select from pg_attribute where attrelid = c.confrelid and attname = 'account_id' and not attisdropped)
    and not exists (select from pg_attribute where attrelid = c.conrelid and attnum = any (c.conkey) and attname = 'account_id')
  union all
  select format('table %s holds account data but no account_id', c.oid::regclass)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'ringfence' and c.relkind = 'r' and c.relname not in ('accounts', 'plans', 'plan_features')
    and not exists (select from pg_attribute where attrelid = c.oid and attname = 'account_id' and attnotnull and not attisdropped)
  union all
  select format('everybody may execute %s: the migrating user was no superuser, who alone can close that', string_agg(distinct p.proname, ', ' order by p.proname))
  from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace
    and p.proname in ('lo_creat', 'lo_from_bytea', 'pg_advisory_lock', 'pg_terminate_backend', 'pg_sleep')
    and has_function_privilege('ringfence_login', p.oid, 'EXECUTE')
  having count(*) > 0
  union all
  select 'everybody may run anonymous blocks (DO): the migrating user was no superuser, who alone can close that'
  where has_language_privilege('ringfence_login', 'plpgsql', 'USAGE')`;

export async function diagnose(run: RunAsLogin): Promise<Diagnosis> {
  const warnings: string[] = [];
  const [version] = (await run(
    "select current_setting('server_version') as version, current_setting('server_version_num')::int as number",
  )) as unknown as [{ version: string; number: number }];
  const major = Math.floor(version.number / 10_000);
  const fixed = fixedReleases[String(major)];
  if (fixed === undefined) warnings.push(`Postgres ${version.version}: versions 15 to 18 are supported`);
  else if (version.number % 10_000 < fixed) {
    warnings.push(
      `Postgres ${version.version}: known flaws of row security are mended in ${major}.${fixed}; Ringfence does not rely on what they break, update all the same`,
    );
  }
  for (const [name, wanted] of Object.entries(liveSettings)) {
    const [live] = (await run('select current_setting($1) as value', [name])) as unknown as [
      { value: string },
    ];
    if (live.value !== wanted)
      warnings.push(`setting ${name} of a live connection is ${live.value} instead of ${wanted}`);
  }
  for (const row of await run(structuralWarnings)) warnings.push(row.problem);
  return { problems: await fenceProblems(run), warnings };
}

/** Why mail would stay where it is. */
export async function workerWarnings(config: Config, workerUrl: string | null): Promise<string[]> {
  const warnings: string[] = [];
  if (config.production && config.SMTP_URL === undefined)
    warnings.push('SMTP_URL is not set: mail waits in the outbox');
  if (workerUrl === null) return warnings;
  const client = new Client({ connectionString: workerUrl });
  try {
    await client.connect();
  } catch {
    warnings.push('ringfence_worker cannot connect: jobs wait; run `ringfence migrate`, then try again');
  } finally {
    await client.end();
  }
  return warnings;
}

/** One line about what was looked at. */
export function extent(): string {
  return `${servingRoles.length} serving roles and ${Object.keys(definerFunctions).length} definer functions were compared with db/policies`;
}
