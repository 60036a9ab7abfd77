// What the worker's login can do: its jobs, its functions, and nothing else. It reads no table of an account.
import { Client } from 'pg';
import { definerFunctions } from '../../db/policies/definer-functions';
import { dumpDatabase } from '../support/dump';
import { createArena, type Arena } from './arena';
import { sqlStateOf } from './login-connection';
import { tablesIn } from './matrix-cells';

let arena: Arena;
let worker: Client;
const denied = '42501';

beforeAll(async () => {
  arena = await createArena();
  worker = new Client({ connectionString: arena.database.workerUrl });
  await worker.connect();
});
afterAll(async () => {
  await worker.end();
  await arena.close();
});

const outcome = async (statement: string) => {
  try {
    return (await worker.query<Record<string, unknown>>(statement)).rows;
  } catch (error) {
    return sqlStateOf(error);
  }
};

test('it reads and changes no table but those of its jobs', async () => {
  const tables = (await tablesIn(arena.owner)).filter(({ name }) => !name.startsWith('graphile_worker.'));
  expect(tables.length).toBeGreaterThan(15);
  for (const { name, columns } of tables) {
    for (const statement of [
      `select from ${name}`,
      `insert into ${name} default values`,
      `update ${name} set ${columns[0] ?? ''} = null`,
      `delete from ${name}`,
      `truncate ${name}`,
    ]) {
      expect({ statement, outcome: await outcome(statement) }).toEqual({ statement, outcome: denied });
    }
  }
});

test.each([
  'set role ringfence_admin',
  'set role ringfence_definer',
  'set role ringfence_owner',
  'create table graphile_worker.mine (id int)',
  'create function worker.mine() returns int language sql as $$ select 1 $$',
  'alter table graphile_worker._private_jobs no force row level security',
  'truncate graphile_worker._private_jobs',
  'create temporary table mine (id int)',
  'create schema mine',
])('it is refused: %s', async (statement) => {
  expect(await outcome(statement)).toBe(denied);
});

test('it may execute the functions of its schema, and no other definer function', async () => {
  const { rows } = await worker.query<{ name: string }>(
    `select n.nspname || '.' || p.proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where p.prosecdef and has_function_privilege(p.oid, 'execute') and has_schema_privilege(n.oid, 'usage') order by 1`,
  );
  const listed = Object.entries(definerFunctions).filter(([, roles]) => roles.includes('ringfence_worker'));
  expect(rows.map(({ name }) => name)).toEqual(listed.map(([name]) => name).sort());
  expect(listed.map(([name]) => name.split('.')[0])).toEqual(listed.map(() => 'worker'));
});

test('it deletes nothing of a client that is not being deleted', async () => {
  const ids = `'${arena.alpha.id}', '${arena.alpha.clients.one}'`;
  const before = await dumpDatabase(arena.owner);
  expect(await outcome(`select worker.start_client_deletion(${ids}) as state`)).toEqual([{ state: 'DONE' }]);
  expect(await outcome(`select worker.delete_client_rows(${ids}, 1000) as more`)).toEqual([{ more: false }]);
  await outcome(`select worker.finish_client_deletion(${ids})`);
  await outcome(`select worker.client_deletion_failed(${ids})`);
  expect(await dumpDatabase(arena.owner)).toEqual(before);
});

test('it moves and deletes no lead of a list of which nobody asked for it, whatever a job says', async () => {
  const { alpha, owner } = arena;
  await owner.query(
    `update ringfence.list_jobs set state = 'QUEUED', finished_at = null, list_id = case kind when 'MOVE' then $2 else $3 end::uuid
     where account_id = $1 and client_id = $4`,
    [alpha.id, alpha.lists.open, alpha.lists.closed, alpha.clients.three],
  );
  const { rows } = await owner.query<{ id: string }>(
    'select id from ringfence.list_jobs where account_id = $1 and client_id = $2',
    [alpha.id, alpha.clients.three],
  );
  expect(rows).toHaveLength(2);
  const before = await dumpDatabase(owner);
  for (const { id } of rows) {
    const ids = `'${alpha.id}', '${id}'`;
    expect(await outcome(`select worker.start_list_job(${ids}) as state`)).toEqual([{ state: null }]);
    expect(await outcome(`select worker.settle_leads(${ids}, 1000) as more`)).toEqual([{ more: false }]);
    await outcome(`select worker.end_list_job(${ids}, 0)`);
  }
  expect(await dumpDatabase(owner)).toEqual(before);
});

test('of a mail it is told what the mail needs, and nothing of what is no mail', async () => {
  const { rows } = await arena.owner.query<{ id: string }>('select id from fence.logins limit 1');
  expect(await outcome(`select from worker.mail('${rows[0]?.id ?? ''}')`)).toEqual([]);
  const fields = (await worker.query('select * from worker.mail(gen_random_uuid())')).fields;
  expect(fields.map(({ name }) => name)).toEqual([
    'kind',
    'subject_id',
    'details',
    'created_at',
    'account_name',
    'locale',
    'time_zone',
    'recipient_name',
    'recipient_address',
  ]);
});

test('what a mail server answered cannot be kept where it names an address', async () => {
  const { rows } = await arena.owner.query<{ id: string }>('select id from fence.outbox limit 1');
  expect(await outcome(`select worker.mail_failed('${rows[0]?.id ?? ''}', '550 <a@x.test>', true)`)).toBe(
    '23514',
  );
});
