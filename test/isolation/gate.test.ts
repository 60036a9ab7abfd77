// The gate: everything that could open the fence is broken on purpose, one thing at a time, and named by the gate. Roles
// belong to the whole cluster, where other suites run: all is done inside a transaction that only its own connection
// sees, asked as the login, and rolled back.
import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { Client } from 'pg';
import { matrix } from '../../db/policies/matrix';
import { ConfigurationError, readConfig } from '../../src/config';
import { fenceProblems } from '../../src/database/gate';
import { expectedSchema } from '../../src/database/migrate';
import { GateClosedError, startServer } from '../../src/server';
import { createTestDatabase, onDatabase, type TestDatabase } from '../support/database';

let database: TestDatabase;
let superuser: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  superuser = new Client({ connectionString: database.adminUrl });
  await superuser.connect();
});
afterAll(async () => {
  await superuser.end();
  await database.drop();
});

/** What the gate says, asked as ringfence_login, after statements that are undone again. */
async function problemsAfter(...statements: string[]): Promise<string[]> {
  await superuser.query('begin');
  try {
    for (const statement of statements)
      await superuser.query(statement.replaceAll('DATABASE', database.name));
    await superuser.query('set local session authorization ringfence_login');
    return await fenceProblems(
      async (text, values) => (await superuser.query<{ problem: string }>(text, values)).rows,
    );
  } finally {
    await superuser.query('rollback');
  }
}

test('a healthy database has no problem', async () => {
  expect(await problemsAfter()).toEqual([]);
});

test('a database is still healthy with a view that runs with the rights of its reader', async () => {
  expect(
    await problemsAfter('create view ringfence.safe with (security_invoker = true) as select 1 as one'),
  ).toEqual([]);
});

test.each([
  ['row security is not enabled', 'alter table TABLE disable row level security'],
  ['row security is not forced', 'alter table TABLE no force row level security'],
  ['may delete', 'grant delete on TABLE to ringfence_member'],
  ['may truncate', 'grant truncate on TABLE to ringfence_anonymous'],
])('of every table of the matrix it is noticed that %s', async (problem, statement) => {
  const tables = Object.keys(matrix);
  const problems = await problemsAfter(...tables.map((table) => statement.replace('TABLE', table)));
  const unnoticed = tables.filter(
    (table) => !problems.some((found) => found.startsWith(`table ${table}: `) && found.includes(problem)),
  );
  expect(unnoticed).toEqual([]);
});

const byHand = 'database: its functions, policies, triggers or rights were changed by hand';
const lastMigration = expectedSchema().migrations.at(-1)?.name;
const definer = "language sql security definer set search_path = pg_catalog, pg_temp as 'select 1'";

test.each<[problem: string, ...statements: string[]]>([
  // Tables
  [
    'table ringfence.clients: row security is not enabled',
    'alter table ringfence.clients disable row level security',
  ],
  [
    'table ringfence.clients: row security is not forced',
    'alter table ringfence.clients no force row level security',
  ],
  [
    'table fence.seal_keys: row security is not enabled',
    'alter table fence.seal_keys disable row level security',
  ],
  [
    'table ringfence.plans: it has no policy',
    'drop policy owner on ringfence.plans',
    'drop policy definer on ringfence.plans',
    'drop policy admin on ringfence.plans',
  ],
  [
    'table ringfence.extra: row security is not enabled, row security is not forced, it has no policy, it is missing from the policy matrix',
    'create table ringfence.extra (id int)',
  ],
  [
    'table fence.extra: it is missing from the policy matrix',
    'create table fence.extra (id int)',
    'alter table fence.extra enable row level security, force row level security',
    'create policy owner on fence.extra to ringfence_owner using (true)',
  ],
  ['table signin.extra: row security is not enabled', 'create table signin.extra (id int)'],
  [
    'table ringfence.extra: row security is not enabled',
    'create table ringfence.extra (id int) partition by list (id)',
  ],
  [
    'table ringfence.client_activity: the policy matrix names it, the database has none',
    'drop table ringfence.client_activity',
  ],
  [
    'view ringfence.open: only tables are fenced',
    'create view ringfence.open as select * from ringfence.clients',
  ],
  [
    'view ringfence.open: only tables are fenced',
    'create view ringfence.open with (security_invoker = false) as select * from ringfence.clients',
  ],
  [
    'materialized view ringfence.copied: only tables are fenced',
    'create materialized view ringfence.copied as select * from ringfence.clients',
  ],
  // Functions
  [
    "function ringfence.extra(): it runs with its owner's rights and is not on the list",
    `create function ringfence.extra() returns int ${definer}`,
  ],
  [
    "function public.extra(): it runs with its owner's rights and is not on the list",
    `create function public.extra() returns int ${definer}`,
  ],
  [
    'function ringfence.sign_out(): it belongs to ringfence_owner',
    'alter function ringfence.sign_out owner to ringfence_owner',
  ],
  [
    'function ringfence.sign_out(): its search_path is open',
    'alter function ringfence.sign_out reset search_path',
  ],
  [
    'function ringfence.sign_out(): its search_path is open',
    'alter function ringfence.sign_out set search_path = ringfence, pg_temp',
  ],
  [
    'function ringfence.sign_out(): everybody may execute it',
    'grant execute on function ringfence.sign_out to public',
  ],
  ['everybody may execute it', 'grant execute on function fence.seal to public'],
  [
    'function ringfence.sign_out(): it may be executed by',
    'grant execute on function ringfence.sign_out to ringfence_anonymous',
  ],
  [
    'function ringfence.sign_out(): it may be executed by',
    'revoke execute on function ringfence.sign_out from ringfence_member',
  ],
  [
    'function signin.sign_up(text,text,text,text,text,text,text,text): it may be executed by',
    'grant execute on function signin.sign_up to ringfence_login',
  ],
  ['it claims to be leakproof', 'alter function fence.kind_of leakproof'],
  [
    'function ringfence.sign_out: it is on the list, the database has none',
    'drop function ringfence.sign_out',
  ],
  [
    'function ringfence.sign_out: it is on the list, the database has none',
    'alter function ringfence.sign_out security invoker',
  ],
  [
    'function ringfence.sign_out: there are 2 of that name',
    `create function ringfence.sign_out(int) returns int ${definer}`,
  ],
  [
    'function worker.mail(uuid): it may be executed by',
    'grant execute on function worker.mail to ringfence_login',
  ],
  ['everybody may execute it', 'grant execute on function graphile_worker.complete_jobs to public'],
  // Schemas
  [
    'schema graphile_worker: ringfence_login may use it',
    'grant usage on schema graphile_worker to ringfence_login',
  ],
  ['schema graphile_worker: ringfence_member may use it', 'grant usage on schema graphile_worker to public'],
  ['schema worker: ringfence_signin may use it', 'grant usage on schema worker to ringfence_signin'],
  ['schema signin: ringfence_worker may use it', 'grant usage on schema signin to ringfence_worker'],
  ['schema worker: ringfence_worker may not use it', 'revoke usage on schema worker from ringfence_worker'],
  [
    'view graphile_worker.jobs: only tables are fenced',
    'alter view graphile_worker.jobs reset (security_invoker)',
  ],
  // Rights
  [
    'table ringfence.clients: ringfence_member may delete',
    'grant delete on ringfence.clients to ringfence_member',
  ],
  [
    'table ringfence.clients: ringfence_member may truncate',
    'grant truncate on ringfence.clients to ringfence_member',
  ],
  [
    'table ringfence.clients: ringfence_admin may references',
    'grant references on ringfence.clients to ringfence_admin',
  ],
  [
    'table ringfence.clients: ringfence_admin may trigger',
    'grant trigger on ringfence.clients to ringfence_admin',
  ],
  [
    'table ringfence.clients: ringfence_anonymous may select',
    'grant select on ringfence.clients to ringfence_anonymous',
  ],
  ['table ringfence.clients: ringfence_anonymous may select', 'grant select on ringfence.clients to public'],
  [
    'table ringfence.clients: ringfence_member may insert',
    'grant insert (name) on ringfence.clients to ringfence_member',
  ],
  [
    'table ringfence.plans: ringfence_member may select',
    'grant select (name) on ringfence.plans to ringfence_member',
  ],
  [
    'table ringfence.members: ringfence_admin may update',
    'grant update (job_title) on ringfence.members to ringfence_admin',
  ],
  [
    'table fence.logins: ringfence_member may select',
    'grant select (password_hash) on fence.logins to ringfence_member',
  ],
  [
    'table ringfence.clients: ringfence_login may select it',
    'grant select on ringfence.clients to ringfence_login',
  ],
  [
    'table ringfence.clients: ringfence_login may delete',
    'grant delete on ringfence.clients to ringfence_login',
  ],
  [
    'table ringfence.clients: ringfence_member may not select',
    'revoke select on ringfence.clients from ringfence_member',
  ],
  // Roles
  [
    'role ringfence_member: it is, or can become, ringfence_member, which is free of row security',
    'alter role ringfence_member bypassrls',
  ],
  [
    'role ringfence_login: it is, or can become, ringfence_member, which is free of row security',
    'alter role ringfence_member bypassrls',
  ],
  [
    'role ringfence_login: it is, or can become, ringfence_login, which is a superuser',
    'alter role ringfence_login superuser',
  ],
  [
    'role ringfence_signin: it is, or can become, ringfence_signin, which is allowed to create roles',
    'alter role ringfence_signin createrole',
  ],
  [
    'role ringfence_login: it is, or can become, ringfence_owner, which is an owner of the fence',
    'grant ringfence_owner to ringfence_login',
  ],
  [
    'role ringfence_member: it is, or can become, ringfence_definer, which is an owner of the fence',
    'grant ringfence_definer to ringfence_member',
  ],
  [
    'which is an owner of tables',
    'create role somebody',
    'create table public.theirs (i int)',
    'alter table public.theirs owner to somebody',
    'grant somebody to ringfence_login',
  ],
  [
    'role ringfence_login: it is a member of pg_execute_server_program, and must not be',
    'grant pg_execute_server_program to ringfence_login',
  ],
  [
    'role ringfence_member: it is a member of pg_read_server_files, and must not be',
    'grant pg_read_server_files to ringfence_member',
  ],
  [
    'role ringfence_signin: it is a member of ringfence_admin, and must not be',
    'grant ringfence_admin to ringfence_signin',
  ],
  [
    "role ringfence_definer: it owns the fence's functions and must not be free of row security",
    'alter role ringfence_definer bypassrls',
  ],
  [
    "role ringfence_owner: it owns the fence's functions and must not be a superuser",
    'alter role ringfence_owner superuser',
  ],
  ['role ringfence_login: it inherits rights, and must not', 'alter role ringfence_login inherit'],
  ['role ringfence_portal: it is missing', 'alter role ringfence_portal rename to somebody_else'],
  // What a database opens to everybody
  ['everybody may temporary', 'grant temporary on database DATABASE to public'],
  ['everybody may connect', 'grant connect on database DATABASE to public'],
  ['schema public: everybody may create in it', 'grant create on schema public to public'],
  ['schema ringfence: everybody may create in it', 'grant create on schema ringfence to public'],
  [
    'schema ringfence: ringfence_member may create in it',
    'grant create on schema ringfence to ringfence_member',
  ],
  ['schema public: ringfence_login may create in it', 'grant create on schema public to ringfence_login'],
  // Presets
  [
    'settings of ringfence_member: search_path=public',
    "alter role ringfence_member set search_path = 'public'",
  ],
  ['settings of ringfence_login', "alter role ringfence_login set work_mem = '1GB'"],
  ['settings of ringfence_login', 'alter role ringfence_login set row_security = off'],
  ['settings of ringfence_login', 'alter role ringfence_login reset statement_timeout'],
  ['settings of ringfence_login: they are missing', 'alter role ringfence_login reset all'],
  ['settings of ringfence_worker: they are missing', 'alter role ringfence_worker reset all'],
  [
    'settings of ringfence_login in DATABASE',
    'alter role ringfence_login in database DATABASE set row_security = off',
  ],
  ['settings of everybody in DATABASE: row_security=off', 'alter database DATABASE set row_security = off'],
  [
    'settings of everybody in DATABASE: search_path=public',
    'alter database DATABASE set search_path = public',
  ],
  [
    'settings of everybody in DATABASE: ringfence.identity=1',
    "alter database DATABASE set ringfence.identity = '1'",
  ],
  [
    'settings of everybody in DATABASE: role=ringfence_admin',
    'alter database DATABASE set role = ringfence_admin',
  ],
  [
    'function pg_logical_emit_message(boolean,text,text',
    `do $$ begin execute (select format('revoke execute on function %s from public', p.oid::regprocedure)
      from pg_proc p where p.proname = 'pg_logical_emit_message' and p.proargtypes[2] = 'text'::regtype); end $$`,
  ],
  ['settings of everybody: search_path=public', 'alter role all set search_path = public'],
  // Versions
  [
    `database: it is older than this version, ${lastMigration} did not run`,
    `delete from fence.migrations where name = '${lastMigration}'`,
  ],
  [
    'database: its functions or policies are not those of this version',
    "update fence.applied_fence set digest = 'another'",
  ],
  [byHand, 'delete from fence.applied_fence'],
  // What only a comparison with what was applied can tell
  [byHand, 'grant execute on function fence.post_mail to ringfence_signin'],
  [byHand, 'alter policy member on ringfence.clients using (true)'],
  [byHand, 'alter policy member_update on ringfence.clients with check (true)'],
  [byHand, 'alter policy member on ringfence.clients to ringfence_member, ringfence_portal'],
  [byHand, 'create policy another on ringfence.clients to ringfence_member using (true)'],
  [byHand, 'drop policy member on ringfence.clients'],
  [byHand, 'alter table ringfence.clients disable trigger clients_audit'],
  [byHand, 'drop trigger clients_references on ringfence.clients'],
  [
    byHand,
    "create or replace function fence.kind_of(role text, client_access text) returns text language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$ select 'O' $$",
  ],
  [byHand, 'create function fence.extra() returns int language sql as $$ select 1 $$'],
  [byHand, 'grant update (account_id) on ringfence.clients to ringfence_member'],
  [byHand, 'grant select (plan_id) on ringfence.accounts to ringfence_member'],
  [byHand, 'grant select on fence.logins to ringfence_signin'],
  [byHand, 'grant select on fence.logins to ringfence_worker'],
  [byHand, 'grant truncate on graphile_worker._private_jobs to ringfence_worker'],
  [byHand, 'alter policy worker on graphile_worker._private_jobs to public'],
  ['database: it has no schema of ours', 'drop schema ringfence cascade'],
])('says "%s" after: %s', async (problem, ...statements) => {
  const problems = await problemsAfter(...statements);
  expect(
    problems.filter((found) => found.includes(problem.replaceAll('DATABASE', database.name))),
  ).not.toEqual([]);
});

test('a database that a newer version has migrated is served', async () => {
  expect(
    await problemsAfter(
      "insert into fence.migrations (name, digest) values ('9999_later.sql', 'x')",
      "update fence.applied_fence set digest = 'later'",
    ),
  ).toEqual([]);
});

test('whoever asks is judged too: a superuser is no login', async () => {
  const problems = await fenceProblems(
    async (text, values) => (await superuser.query<{ problem: string }>(text, values)).rows,
  );
  expect(problems.join()).toMatch(/^role \w+: it is, or can become, \w+, which is a superuser/);
});

describe('the server', () => {
  const start = (on: TestDatabase) => {
    const config = readConfig({
      NODE_ENV: 'test',
      PORT: '0',
      LOGIN_DATABASE_URL: on.loginUrl,
      SIGNIN_DATABASE_URL: on.signinUrl,
      WORKER: 'false',
      DEMO: 'false',
    });
    return startServer(
      config,
      { ...on, secretKeys: [`test:${randomBytes(32).toString('base64')}`] },
      pino({ level: 'silent' }),
    );
  };

  test.each([
    [
      'a table whose row security is off',
      'alter table ringfence.clients disable row level security',
      'row security is not enabled',
    ],
    [
      'a copied or restored database that is open to everybody',
      'grant connect, temporary on database DATABASE to public',
      'everybody may temporary',
    ],
    ['a database that is not migrated', 'drop schema ringfence cascade', 'it has no schema of ours'],
  ])('does not start on %s', async (_, statement, problem) => {
    const broken = await createTestDatabase();
    try {
      await onDatabase(broken.adminUrl, (client) =>
        client.query(statement.replaceAll('DATABASE', broken.name)),
      );
      const refusal: unknown = await start(broken).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(GateClosedError);
      expect((refusal as GateClosedError).problems.join()).toContain(problem);
    } finally {
      await broken.drop();
    }
  });

  test('starts on a healthy database', async () => {
    await (await start(database)).close();
  });

  test.each(['LOGIN_DATABASE_URL', 'SIGNIN_DATABASE_URL', 'WORKER_DATABASE_URL', 'DATABASE_URL'])(
    'refuses a %s that presets settings',
    (name) => {
      const preset = `${database.loginUrl}?options=-c%20row_security%3Doff`;
      const environment = {
        NODE_ENV: 'test',
        LOGIN_DATABASE_URL: database.loginUrl,
        SIGNIN_DATABASE_URL: database.signinUrl,
        WORKER_DATABASE_URL: database.workerUrl,
        [name]: preset,
      };
      expect(() => readConfig(environment)).toThrow(ConfigurationError);
      expect(() => readConfig(environment)).toThrow(`${name}: may only carry`);
    },
  );
});
