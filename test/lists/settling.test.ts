// Leads that follow their list, or are deleted with it, while workers end, meet each other or cannot go on: nothing is lost, and
// nothing is done twice.
import { once } from 'node:events';
import { Client } from 'pg';
import { startDeleting } from '../deletion/working';
import { until } from '../mail/outbox';
import {
  DeleteListDocument,
  LeadsDocument,
  ListDocument,
  ListJobDocument,
  MoveListDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { oneRow } from '../support/stored';
import { WorkerProcesses } from '../support/worker-processes';
import { createWorld, type World } from '../support/world';
import { finishListJobs, rowsOfList } from './working';

let server: TestServer;
let world: World;
let holder: Client;
let workers: WorkerProcesses;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  workers = new WorkerProcesses(server);
  holder = new Client({ connectionString: server.database.adminUrl });
  await holder.connect();
});
afterAll(async () => {
  workers.killAll();
  await holder.end();
  await server.close();
});

// What a test that failed has locked keeps no other waiting.
afterEach(() => holder.query('rollback'));

const leadsOfLargeList = 600;

interface LargeList {
  id: string;
  from: string;
  to: string;
}

/** A list with leads that have a number and a note each, which are several steps. */
async function largeList(): Promise<LargeList> {
  const from = await world.arrange.client(world.accountId, 'From');
  const to = await world.arrange.client(world.accountId, 'To');
  const id = await world.arrange.list(world.accountId, from);
  await server.owner.query(
    `insert into ringfence.leads (account_id, client_id, list_id, name)
     select account_id, client_id, id, 'Lea ' || n from ringfence.lists, generate_series(1, $2) n where id = $1`,
    [id, leadsOfLargeList],
  );
  const hanging = 'select account_id, client_id, list_id, id';
  await server.owner.query(
    `insert into ringfence.lead_phones (account_id, client_id, list_id, lead_id, position, phone)
     ${hanging}, 1, '+4930' || 1000000 + row_number() over (order by id) from ringfence.leads where list_id = $1`,
    [id],
  );
  await server.owner.query(
    `insert into ringfence.lead_notes (account_id, client_id, list_id, lead_id, text, author_id)
     ${hanging}, 'Called', account_id from ringfence.leads where list_id = $1`,
    [id],
  );
  return { id, from, to };
}

const jobOf = async (id: string) => (await world.asAdmin.get(ListJobDocument, { id })).listJob;

/** How both kinds are asked for, and what there is to see of a list when all is done. */
const kinds = [
  [
    'moved',
    async ({ id, to }: LargeList) =>
      (await world.asAdmin.get(MoveListDocument, { input: { id, clientId: to } })).moveList.job?.id ?? '',
    async ({ id, to }: LargeList) => {
      const rows = await rowsOfList(server, id);
      expect(rows['ringfence.leads']).toEqual({ [to]: leadsOfLargeList });
      expect(rows['ringfence.lead_phones']).toEqual({ [to]: leadsOfLargeList });
      expect(rows['ringfence.lead_notes']).toEqual({ [to]: leadsOfLargeList });
      expect(rows['fence.lead_search']).toEqual({ [to]: leadsOfLargeList });
      const { leads } = await world.asAdmin.get(LeadsDocument, {
        filter: { clientId: to },
        search: 'lea',
        first: 1,
      });
      expect(leads.totalCount).toBe(leadsOfLargeList);
      expect((await world.asAdmin.get(ListDocument, { id })).list?.status).toBe('ACTIVE');
    },
  ],
  [
    'deleted',
    async ({ id }: LargeList) =>
      (await world.asAdmin.get(DeleteListDocument, { input: { id, confirmName: 'Prospects' } })).deleteList
        .job.id,
    async ({ id }: LargeList) => {
      for (const [table, rows] of Object.entries(await rowsOfList(server, id)))
        expect({ table, rows }).toEqual({ table, rows: {} });
      expect(await world.asAdmin.refusal(ListDocument, { id })).toEqual({ code: 'NOT_FOUND', field: 'id' });
    },
  ],
] as const;

const done = { state: 'DONE', done: leadsOfLargeList, total: leadsOfLargeList };

describe.each(kinds)('a list that is %s', (_, ask, expectDone) => {
  test('it is taken up where it was after the worker was killed with SIGKILL within a step', async () => {
    const list = await largeList();
    // A lead in the middle that is locked: a part is done, then the worker waits.
    await holder.query('begin; set local role ringfence_owner');
    await holder.query(
      `select from ringfence.leads
       where id = (select id from ringfence.leads where list_id = $1 order by id offset $2 limit 1) for update`,
      [list.id, leadsOfLargeList / 2],
    );
    const worker = await workers.start();
    const job = await ask(list);
    const { pid } = await oneRow<{ pid: number }>(holder, 'select pg_backend_pid() as pid');
    const waiting = async () =>
      (
        await oneRow<{ waiting: boolean }>(
          server.owner,
          'select exists (select from pg_stat_activity where $1 = any (pg_blocking_pids(pid))) as waiting',
          [pid],
        )
      ).waiting;
    await until(waiting);
    const before = await jobOf(job);
    expect(before?.state).toBe('RUNNING');
    expect(before?.total).toBe(leadsOfLargeList);
    expect(before?.done).toBeGreaterThan(0);
    expect(before?.done).toBeLessThanOrEqual(leadsOfLargeList / 2);
    worker.kill('SIGKILL');
    await once(worker, 'close');
    await holder.query('commit');
    await workers.freeJobs();
    await finishListJobs(server);
    expect(await jobOf(job)).toMatchObject(done);
    await expectDone(list);
  });

  test('it is taken up after the worker was killed with SIGKILL between two steps', async () => {
    const list = await largeList();
    const worker = await workers.start();
    const job = await ask(list);
    await until(async () => ((await jobOf(job))?.done ?? 0) > 0);
    worker.kill('SIGKILL');
    await once(worker, 'close');
    await workers.freeJobs();
    await finishListJobs(server);
    expect(await jobOf(job)).toMatchObject(done);
    await expectDone(list);
  });

  test('two workers at once do it once', async () => {
    const list = await largeList();
    const job = await ask(list);
    await server.owner.query(
      `select graphile_worker.add_job('settle_list', json_build_object('account', $1::uuid, 'job', $2::uuid)) from generate_series(1, 3)`,
      [world.accountId, job],
    );
    const other = startDeleting(server);
    await finishListJobs(server);
    await other.stop();
    expect(await jobOf(job)).toMatchObject(done);
    await expectDone(list);
    const { rows } = await server.owner.query(
      "select from ringfence.audit_entries where subject_id = $1 and action in ('LIST_MOVE_FINISHED', 'LIST_DELETED')",
      [list.id],
    );
    expect(rows).toHaveLength(1);
  });

  test('where it cannot go on it says so, and goes on when it can', async () => {
    const list = await largeList();
    const job = await ask(list);
    await server.owner.query('alter table ringfence.lead_notes rename to out_of_reach');
    const worker = startDeleting(server);
    await until(async () => (await jobOf(job))?.state === 'RETRYING');
    await server.owner.query('alter table ringfence.out_of_reach rename to lead_notes');
    await server.owner.query(
      'update graphile_worker._private_jobs set run_at = now() where locked_at is null',
    );
    await until(async () => (await jobOf(job))?.state === 'DONE');
    await worker.stop();
    expect(await jobOf(job)).toMatchObject(done);
    await expectDone(list);
  });
});

test('no step writes more rows than it may, unless one lead has more', async () => {
  const list = await largeList();
  const job = await kinds[0][1](list);
  await server.owner.query('reset role; set role ringfence_definer');
  const step = async (most: number) => {
    const { rows } = await server.owner.query<{ leads: number }>(
      `select cardinality(fence.leads_to_settle(j, $2)) as leads from ringfence.list_jobs j where id = $1`,
      [job, most],
    );
    return rows[0]?.leads;
  };
  // Its own row, what it is found by, a number and a note.
  expect(await step(1000)).toBe(250);
  expect(await step(8)).toBe(2);
  expect(await step(1)).toBe(1);
  await server.owner.query('reset role; set role ringfence_owner');
  await finishListJobs(server);
});

test('what nobody asked for is not done, whatever a job says', async () => {
  const before = await oneRow(server.owner, 'select * from ringfence.lists where id = $1', [world.list]);
  await server.owner.query(
    `update ringfence.list_jobs set state = 'QUEUED', finished_at = null where list_id = $1`,
    [world.list],
  );
  await server.owner.query(
    `select graphile_worker.add_job('settle_list', json_build_object('account', $1::uuid, 'job', $2::uuid))`,
    [world.accountId, world.listJob],
  );
  await finishListJobs(server);
  expect(await oneRow(server.owner, 'select * from ringfence.lists where id = $1', [world.list])).toEqual(
    before,
  );
  expect((await jobOf(world.listJob))?.state).toBe('QUEUED');
});
