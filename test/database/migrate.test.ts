// Migrations: safe to run at any time, twice, twice at once, and again after being killed; they leave the fence as the
// files say, on whatever they find.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { logins, loginSettings } from '../../db/policies/matrix';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded';
import { fenceProblems } from '../../src/database/gate';
import { expectedSchema, migrate, type MigrationReport } from '../../src/database/migrate';
import { createEmptyDatabase, onDatabase, type TestDatabase } from '../support/database';

const every = expectedSchema().migrations.map((file) => file.name);
const databases: TestDatabase[] = [];

async function empty(): Promise<TestDatabase> {
  const database = await createEmptyDatabase();
  databases.push(database);
  return database;
}
const run = ({ adminUrl, loginUrl, signinUrl, workerUrl }: Omit<TestDatabase, 'name' | 'drop'>) =>
  migrate({ url: adminUrl, loginUrl, signinUrl, workerUrl });
async function migrated(): Promise<TestDatabase> {
  const database = await empty();
  await run(database);
  return database;
}
const gate = ({ loginUrl }: Pick<TestDatabase, 'loginUrl'>) =>
  onDatabase(loginUrl, (login) =>
    fenceProblems(async (text, values) => (await login.query<{ problem: string }>(text, values)).rows),
  );
const ask = async <Row extends object>({ adminUrl }: Pick<TestDatabase, 'adminUrl'>, text: string) =>
  onDatabase(adminUrl, async (client) => (await client.query<Row>(text)).rows);

afterAll(() => Promise.all(databases.map((database) => database.drop())));

test('an empty database becomes one that the gate lets pass, with one key that seals', async () => {
  const database = await empty();
  expect(await run(database)).toEqual({ migrations: every, fenceApplied: true });
  expect(await gate(database)).toEqual([]);
  expect(await ask(database, 'select id, retired_at is null as active from fence.seal_keys')).toEqual([
    { id: '0001', active: true },
  ]);
});

test('the second time does nothing, not even touch a policy, a function or the key', async () => {
  const database = await migrated();
  const traces = () =>
    ask(
      database,
      `select 'policy' as what, oid::text, xmin::text as version from pg_policy union all
       select 'function', oid::text, xmin::text from pg_proc where proowner = 'ringfence_definer'::regrole union all
       select 'key', id, xmin::text from fence.seal_keys union all
       select 'migration', name, xmin::text from fence.migrations union all
       select 'fence', digest, xmin::text from fence.applied_fence order by 1, 2`,
    );
  const before = await traces();
  expect(before.length).toBeGreaterThan(50);
  expect(await run(database)).toEqual({ migrations: [], fenceApplied: false });
  expect(await traces()).toEqual(before);
});

test('four at once on one empty database all succeed, and each migration ran once', async () => {
  const database = await empty();
  const reports = await Promise.all(Array.from({ length: 4 }, () => run(database)));
  expect(reports.flatMap((report) => report.migrations)).toEqual(every);
  expect(reports.filter((report) => report.fenceApplied)).toHaveLength(1);
  expect(await gate(database)).toEqual([]);
});

describe('a migration that is killed', () => {
  /** Starts migrating, ends its backend once that waits for a lock, and answers how the migration ended. */
  async function killedWhileWaiting(database: TestDatabase, blocker: string[]): Promise<unknown> {
    return onDatabase(database.adminUrl, async (other) => {
      await other.query('begin');
      for (const statement of blocker) await other.query(statement);
      const outcome = run(database).catch((error: unknown) => error);
      for (let killed = 0; killed === 0;) {
        // Inside one transaction, the activity would look the same each time.
        const { rowCount } = await other.query(
          `select pg_terminate_backend(pid) from (select pg_stat_clear_snapshot()) again, pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid() and wait_event_type = 'Lock'`,
        );
        killed = rowCount ?? 0;
      }
      const ended = await outcome;
      await other.query('rollback');
      return ended;
    });
  }

  test('in the middle of the first file leaves nothing, and completes when it is run again', async () => {
    const database = await empty();
    // A schema that another transaction is creating too: the first file has made others before it.
    expect(await killedWhileWaiting(database, ['create schema signin'])).toBeInstanceOf(Error);
    expect(
      await ask(
        database,
        "select nspname from pg_namespace where nspname in ('ringfence', 'fence', 'signin')",
      ),
    ).toEqual([]);
    expect(await run(database)).toEqual({ migrations: every, fenceApplied: true });
    expect(await gate(database)).toEqual([]);
  });

  test('while it replaces the policies leaves the old ones standing, and completes when it is run again', async () => {
    const database = await migrated();
    const policies = () =>
      ask(database, 'select polrelid::regclass::text as name, polname from pg_policy order by 1, 2');
    const before = await policies();
    await ask(database, "update fence.applied_fence set digest = 'older'");
    expect(
      await killedWhileWaiting(database, ['lock table ringfence.organizations in access share mode']),
    ).toBeInstanceOf(Error);
    expect(await policies()).toEqual(before);
    expect(await gate(database)).toEqual([
      expect.stringContaining('its functions or policies are not those of this version'),
    ]);
    expect(await run(database)).toEqual({ migrations: [], fenceApplied: true });
    expect(await gate(database)).toEqual([]);
  });
});

test('a migration that was edited after it ran is refused by name, and nothing is changed', async () => {
  const database = await migrated();
  const [first] = every;
  await ask(
    database,
    `update fence.migrations set digest = 'edited' where name = '${first}'; update fence.applied_fence set digest = 'older'`,
  );
  await expect(run(database)).rejects.toThrow(`migration ${first} ran with another text than it has now`);
  expect(await ask(database, 'select digest from fence.applied_fence')).toEqual([{ digest: 'older' }]);
});

test('a fence that was changed by hand is applied from nothing: what was added is gone, what was taken away is back', async () => {
  const database = await migrated();
  await ask(
    database,
    `create policy open on ringfence.clients to ringfence_member using (true);
     drop policy admin on ringfence.clients;
     drop trigger clients_audit on ringfence.clients;
     grant delete on ringfence.clients to ringfence_member;
     grant select on fence.logins to ringfence_login;
     grant update (account_id) on ringfence.clients to ringfence_admin;
     grant execute on function ringfence.sign_out to public;
     create or replace function ringfence.admin_account_id() returns uuid language sql stable security definer
       set search_path = pg_catalog, pg_temp as 'select null::uuid'`,
  );
  const whole = (of: TestDatabase) =>
    ask(
      of,
      `select 'policy' as what, polrelid::regclass || ' ' || polname as name, pg_get_expr(polqual, polrelid) || coalesce(pg_get_expr(polwithcheck, polrelid), '') as text from pg_policy
       union all select 'trigger', tgrelid::regclass || ' ' || tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
       union all select 'function', oid::regprocedure::text, md5(prosrc) || coalesce(proconfig::text, '') || (select string_agg(a::text, ',' order by a::text) from unnest(proacl) a) from pg_proc where pronamespace in ('ringfence'::regnamespace, 'fence'::regnamespace, 'signin'::regnamespace, 'worker'::regnamespace, 'graphile_worker'::regnamespace)
       union all select 'table', oid::regclass::text, (select string_agg(a::text, ',' order by a::text) from unnest(relacl) a) from pg_class where relkind = 'r' and relnamespace in ('ringfence'::regnamespace, 'fence'::regnamespace, 'graphile_worker'::regnamespace)
       union all select 'column', attrelid::regclass || '.' || attname, (select string_agg(a::text, ',' order by a::text) from unnest(attacl) a) from pg_attribute where attacl is not null and attacl <> '{}' and attrelid > 16383
       order by 1, 2`,
    );
  const fresh = await whole(await migrated());
  expect(await whole(database)).not.toEqual(fresh);
  expect(await run(database)).toEqual({ migrations: [], fenceApplied: true });
  expect(await whole(database)).toEqual(fresh);
});

test('a copy of a database is open to everybody, and is closed by migrating it', async () => {
  const original = await migrated();
  const name = `${original.name}_copy`;
  const cluster = { adminUrl: process.env.RINGFENCE_TEST_CLUSTER ?? '' };
  await ask(cluster, `create database ${name} template ${original.name}`);
  const renamed = (url: string) => url.replace(original.name, name);
  const copy = {
    adminUrl: renamed(original.adminUrl),
    loginUrl: renamed(original.loginUrl),
    signinUrl: renamed(original.signinUrl),
    workerUrl: renamed(original.workerUrl),
  };
  try {
    expect((await gate(copy)).sort()).toEqual([
      `database ${name}: everybody may connect`,
      `database ${name}: everybody may temporary`,
    ]);
    expect(await run(copy)).toEqual({ migrations: [], fenceApplied: false });
    expect(await gate(copy)).toEqual([]);
  } finally {
    await ask(cluster, `drop database ${name} with (force)`);
  }
});

test('the logins have their settings, and have them on a live connection', async () => {
  const database = await migrated();
  expect(
    await ask(
      database,
      `select r.rolname, s.setconfig from pg_db_role_setting s join pg_roles r on r.oid = s.setrole
       where r.rolname in ('ringfence_login', 'ringfence_signin', 'ringfence_worker') and s.setdatabase = 0 order by 1`,
    ),
  ).toEqual(logins.map((rolname) => ({ rolname, setconfig: loginSettings })));
  for (const url of [database.loginUrl, database.signinUrl, database.workerUrl]) {
    await onDatabase(url, async (login) => {
      for (const setting of loginSettings) {
        const [name, value] = setting.split('=') as [string, string];
        const { rows } = await login.query<{ value: string }>('select current_setting($1) as value', [name]);
        expect({ name, value: rows[0]?.value }).toEqual({ name, value });
      }
    });
  }
});

describe('a cluster that has never seen Ringfence', () => {
  let directory: string;
  let postgres: EmbeddedPostgres;
  let superuser: Client;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ringfence-migrate-'));
    postgres = await startEmbeddedPostgres({ directory: join(directory, 'postgres'), durable: false });
    superuser = new Client({ connectionString: postgres.url });
    await superuser.connect();
  }, 60_000);
  afterAll(async () => {
    await superuser.end();
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const passwords = { ringfence_login: 'first', ringfence_signin: 'second', ringfence_worker: 'third' };
  const urlOf = (database: string, user: string, password: string) => {
    const url = new URL(postgres.url);
    url.pathname = `/${database}`;
    url.username = user;
    url.password = password;
    return url.href;
  };
  const migrateAs = (user: string, database: string, password = user): Promise<MigrationReport> =>
    migrate({
      url: urlOf(database, user, password),
      loginUrl: urlOf(database, 'ringfence_login', passwords.ringfence_login),
      signinUrl: urlOf(database, 'ringfence_signin', passwords.ringfence_signin),
      workerUrl: urlOf(database, 'ringfence_worker', passwords.ringfence_worker),
    });
  const addOwner = async (name: string) => {
    await superuser.query(`create role ${name} login createrole password '${name}'`);
    await superuser.query(`create database ${name} owner ${name}`);
  };
  const opens = (user: keyof typeof passwords, password: string) =>
    onDatabase(urlOf('operator', user, password), () => Promise.resolve(true)).catch(
      (error: { code?: string }) => error.code,
    );

  test('is migrated, twice at once, by a user who is no superuser but owns the database and may create roles', async () => {
    await addOwner('operator');
    const reports = await Promise.all([migrateAs('operator', 'operator'), migrateAs('operator', 'operator')]);
    expect(reports.flatMap((report) => report.migrations)).toEqual(every);
    expect(await gate({ loginUrl: urlOf('operator', 'ringfence_login', 'first') })).toEqual([]);
    expect(await migrateAs('operator', 'operator')).toEqual({ migrations: [], fenceApplied: false });
  });

  test('keeps the passwords of the logins as verifiers only, and takes new ones when they change', async () => {
    expect(await opens('ringfence_login', 'first')).toBe(true);
    expect(await opens('ringfence_signin', 'first')).toBe('28P01');
    const { rows } = await superuser.query<{ stored: string }>(
      "select rolpassword as stored from pg_authid where rolname in ('ringfence_login', 'ringfence_signin', 'ringfence_worker')",
    );
    expect(rows.filter(({ stored }) => /^SCRAM-SHA-256\$4096:/.test(stored))).toHaveLength(3);

    passwords.ringfence_login = randomBytes(12).toString('hex');
    await migrateAs('operator', 'operator');
    expect(await opens('ringfence_login', passwords.ringfence_login)).toBe(true);
    expect(await opens('ringfence_login', 'first')).toBe('28P01');
  });

  test('gets the settings of its logins back when somebody has changed them', async () => {
    await superuser.query(
      "alter role ringfence_login set work_mem = '1GB'; alter role ringfence_login set timezone = 'Asia/Kolkata'",
    );
    const login = { loginUrl: urlOf('operator', 'ringfence_login', passwords.ringfence_login) };
    expect(await gate(login)).toEqual([expect.stringContaining('settings of ringfence_login')]);
    await migrateAs('operator', 'operator');
    expect(await gate(login)).toEqual([]);
  });

  test('is migrated by the owner of the database also after a superuser has done it', async () => {
    const superuserUrl = new URL(postgres.url);
    const password = decodeURIComponent(superuserUrl.password);
    await addOwner('third');
    await superuser.query('grant ringfence_owner to third');
    expect((await migrateAs(superuserUrl.username, 'third', password)).migrations).toEqual(every);
    await onDatabase(urlOf('third', 'third', 'third'), async (client) => {
      await client.query("set role ringfence_owner; update fence.applied_fence set digest = 'older'");
    });
    expect(await migrateAs('third', 'third')).toEqual({ migrations: [], fenceApplied: true });
    expect(await gate({ loginUrl: urlOf('third', 'ringfence_login', passwords.ringfence_login) })).toEqual(
      [],
    );
  });

  test('is migrated for a second database by another such user once the owner of the fence is granted to them', async () => {
    await addOwner('second');
    await expect(migrateAs('second', 'second')).rejects.toMatchObject({ code: '42501' });
    await superuser.query('grant ringfence_owner to second');
    expect((await migrateAs('second', 'second')).migrations).toEqual(every);
    expect(await gate({ loginUrl: urlOf('second', 'ringfence_login', passwords.ringfence_login) })).toEqual(
      [],
    );
  });
});
