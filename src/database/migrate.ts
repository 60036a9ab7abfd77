// Brings a database to what `db/` says: roles, migrations, functions, policies, in this order. The migrations and the
// whole fence are applied in one transaction under a lock, so that two starts at once do not meet, and one that is
// killed half-way leaves nothing. (Migration libraries commit before policies could be re-applied; that is why this is ours.)
import { createHash, pbkdf2Sync, createHmac, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { logins, schemas, servingRoles } from '../../db/policies/matrix';
import { projectRoot } from '../project';
import { installJobs, jobsVersion } from './jobs';

export interface MigrationOptions {
  /** Connection URL of a user who owns the database and may create roles. */
  url: string;
  /** Connection URL of ringfence_login; its password is set when it does not open yet. */
  loginUrl: string;
  /** Connection URL of ringfence_signin, likewise. */
  signinUrl: string;
  /** Connection URL of ringfence_worker, likewise; null: no worker runs. */
  workerUrl: string | null;
}

export interface MigrationReport {
  /** Names of the migrations that ran now. */
  migrations: string[];
  /** Whether functions and policies were applied again. */
  fenceApplied: boolean;
}

interface SqlFile {
  name: string;
  text: string;
  digest: string;
}

const databaseFolder = join(projectRoot, 'db');

/** Every schema with something of ours in it, for `in`. */
export const ourSchemas = `(${Object.keys(schemas).map(escapeLiteral).join(', ')})`;

/**
 * SQL for a digest of the fence as Postgres has it: policies, functions, triggers, and rights on tables down to the column.
 * Kept when the fence is applied, so that what somebody changed by hand is noticed, and put right by the next migration run.
 */
export const catalogDigest = `
  select encode(sha256(convert_to(string_agg(line, E'\\n' order by line), 'UTF8')), 'hex') from (
    select concat_ws('|', 'policy', schemaname, tablename, policyname, permissive, roles::text, cmd, qual, with_check) as line
    from pg_policies where schemaname in ${ourSchemas}
    union all
    select concat_ws('|', 'function', p.oid::regprocedure, p.proowner::regrole, p.prosecdef, p.provolatile, p.proconfig::text, p.proacl::text, p.prosrc)
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ${ourSchemas}
    union all
    select concat_ws('|', 'trigger', t.tgrelid::regclass, t.tgenabled, pg_get_triggerdef(t.oid))
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ${ourSchemas} and not t.tgisinternal
    union all
    select concat_ws('|', 'right', c.oid::regclass, a.attname, r.grantee::regrole, r.privilege_type)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    cross join lateral (select null::name, c.relacl union all
                        select attname, attacl from pg_attribute where attrelid = c.oid and attnum > 0) as a (attname, acl)
    cross join lateral aclexplode(a.acl) r
    where n.nspname in ${ourSchemas} and c.relkind in ('r', 'v')) as fence`;

/** Any number that nothing else in the database uses. */
const migrationLock = 7_463_462;

/** Everybody who could hold a right that the files no longer give. */
const grantees = [...logins, ...servingRoles, 'ringfence_definer', 'public'];

function readSql(folder: string): SqlFile[] {
  return readdirSync(join(databaseFolder, folder))
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      const text = readFileSync(join(databaseFolder, folder, name), 'utf8');
      return { name, text, digest: createHash('sha256').update(text).digest('hex') };
    });
}

/** What the files of this version expect of a database: names of migrations, and one digest of all functions and policies. */
export function expectedSchema(): {
  migrations: SqlFile[];
  functions: SqlFile[];
  policies: SqlFile[];
  fenceDigest: string;
} {
  const functions = readSql('functions');
  const policies = readSql('policies');
  const fenceDigest = createHash('sha256');
  for (const file of [...functions, ...policies]) fenceDigest.update(file.name).update(file.digest);
  fenceDigest.update(jobsVersion);
  return { migrations: readSql('migrations'), functions, policies, fenceDigest: fenceDigest.digest('hex') };
}

/** Applies what is missing. Safe to run at any time, twice at once, and again after being killed. */
export async function migrate(options: MigrationOptions): Promise<MigrationReport> {
  const client = new Client({ connectionString: options.url });
  // A connection that breaks fails the running statement; without a listener it would end the process as well.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await inTransaction(client, async () => {
      await client.query(readFileSync(join(databaseFolder, 'roles.sql'), 'utf8'));
      await closeDatabase(client);
    });
    return await inTransaction(client, async () => {
      for (const url of [options.loginUrl, options.signinUrl, options.workerUrl]) {
        if (url !== null) await ensurePassword(client, url);
      }
      // Over a connection of its own, under the lock of this one: what it makes must be there before a function names it.
      await installJobs(options.url);
      return applySchema(client);
    });
  } finally {
    await client.end();
  }
}

/** Closes what a database opens to everybody; needed again after `create database … template` and after a restore. */
export async function closeDatabase(client: Client): Promise<void> {
  await client.query(readFileSync(join(databaseFolder, 'close-database.sql'), 'utf8'));
}

async function applySchema(client: Client): Promise<MigrationReport> {
  await client.query('set local role ringfence_owner');
  await client.query('set local search_path = pg_catalog, pg_temp; set local client_min_messages = warning');
  const expected = expectedSchema();
  const applied = await appliedMigrations(client);

  const pending = expected.migrations.filter((file) => !applied.has(file.name));
  for (const file of expected.migrations) {
    const digest = applied.get(file.name);
    if (digest !== undefined && digest !== file.digest) {
      throw new Error(
        `migration ${file.name} ran with another text than it has now; restore it and add a new one`,
      );
    }
  }
  for (const file of pending) {
    await runFile(client, `migrations/${file.name}`, file.text);
    await client.query('insert into fence.migrations (name, digest) values ($1, $2)', [
      file.name,
      file.digest,
    ]);
  }

  const { rows } = await client.query<{ digest: string; catalog_digest: string; current: string }>(
    `select digest, catalog_digest, (${catalogDigest}) as current from fence.applied_fence`,
  );
  const [fence] = rows;
  const fenceApplied =
    pending.length > 0 || fence?.digest !== expected.fenceDigest || fence.catalog_digest !== fence.current;
  if (fenceApplied) {
    await applyFence(client, expected);
    await client.query('delete from fence.applied_fence');
    await client.query(
      `insert into fence.applied_fence (digest, catalog_digest) select $1, (${catalogDigest})`,
      [expected.fenceDigest],
    );
  }
  if (pending.length > 0)
    await runFile(
      client,
      'count-orphans.sql',
      readFileSync(join(databaseFolder, 'count-orphans.sql'), 'utf8'),
    );
  await ensureSealKey(client);
  return { migrations: pending.map((file) => file.name), fenceApplied };
}

/** The fence is applied from nothing: what the files do not say is gone afterwards. */
async function applyFence(client: Client, expected: ReturnType<typeof expectedSchema>): Promise<void> {
  await client.query(`
    do $$ declare p record; begin
      for p in select policyname, schemaname, tablename from pg_policies where schemaname in ${ourSchemas} loop
        execute format('drop policy %I on %I.%I', p.policyname, p.schemaname, p.tablename);
      end loop;
      for p in select t.tgname, t.tgrelid::regclass as tablename from pg_trigger t
               join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
               where n.nspname in ('ringfence', 'fence') and not t.tgisinternal loop
        execute format('drop trigger %I on %s', p.tgname, p.tablename);
      end loop;
    end $$;
    revoke all on all tables in schema ringfence, fence, graphile_worker from ${grantees.join(', ')};
    revoke all on all functions in schema graphile_worker from ${grantees.join(', ')}`);
  await client.query('set local role ringfence_definer');
  await client.query(`
    do $$ declare f regprocedure; begin
      for f in select p.oid from pg_proc p join pg_namespace n on n.oid = p.pronamespace
               where n.nspname in ${ourSchemas} and p.proowner = 'ringfence_definer'::regrole loop
        execute format('revoke all on function %s from ringfence_owner, ${grantees.filter((role) => role !== 'ringfence_definer').join(', ')}', f);
      end loop;
    end $$`);
  for (const file of expected.functions) await runFile(client, `functions/${file.name}`, file.text);
  await client.query('set local role ringfence_owner');
  await client.query(
    'grant execute on function ringfence.uuidv7 to ringfence_definer, ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner',
  );
  for (const file of expected.policies) await runFile(client, `policies/${file.name}`, file.text);
}

async function appliedMigrations(client: Client): Promise<Map<string, string>> {
  const { rows: present } = await client.query<{ exists: boolean }>(
    "select to_regclass('fence.migrations') is not null as exists",
  );
  if (!present[0]?.exists) return new Map();
  const { rows } = await client.query<{ name: string; digest: string }>(
    'select name, digest from fence.migrations',
  );
  return new Map(rows.map((row) => [row.name, row.digest]));
}

async function ensureSealKey(client: Client): Promise<void> {
  const { rowCount } = await client.query('select from fence.seal_keys where retired_at is null');
  if (rowCount === 0) await addSealKey(client);
}

/** Makes a new seal key; the one before it verifies only what is open already. Run as ringfence_owner. */
export async function addSealKey(client: Client): Promise<void> {
  await client.query('update fence.seal_keys set retired_at = clock_timestamp() where retired_at is null');
  await client.query(
    "insert into fence.seal_keys (id, inner_pad, outer_pad) select lpad((coalesce(max(id), '0000')::int + 1)::text, 4, '0'), $1, $2 from fence.seal_keys",
    [randomBytes(64), randomBytes(64)],
  );
}

async function runFile(client: Client, name: string, text: string): Promise<void> {
  try {
    await client.query(text);
  } catch (error) {
    throw new Error(`db/${name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** One transaction under the lock: two that change roles or the database's rights at once would fail each other. */
async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = '30s'; select pg_advisory_xact_lock(${migrationLock})`);
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    // What is rolled back on a broken connection is rolled back by Postgres.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** Sets the password of a login, as a verifier so that the server's log never sees it, unless it already opens. */
async function ensurePassword(admin: Client, url: string): Promise<void> {
  const { username, password } = new URL(url);
  const probe = new Client({ connectionString: url });
  try {
    await probe.connect();
    await probe.end();
    return;
  } catch {
    const verifier = scramVerifier(decodeURIComponent(password));
    await admin.query(`alter role ${escapeIdentifier(username)} login password ${escapeLiteral(verifier)}`);
  }
}

/** RFC 5803; the form in which Postgres stores a SCRAM-SHA-256 password. */
function scramVerifier(password: string): string {
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
