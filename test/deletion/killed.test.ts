// A worker that ends in the middle of a deletion: what it had committed is not done again, and another one does the rest.
import { once } from 'node:events';
import { Client } from 'pg';
import { until } from '../mail/outbox';
import { ClientDeletionDocument, DeleteClientDocument } from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { oneRow } from '../support/stored';
import { WorkerProcesses } from '../support/worker-processes';
import { createWorld, type World } from '../support/world';
import { finishDeletions, startDeleting } from './working';

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

const rowsOfLargeClient = 3000;

/** A client with so many portal users, and what comes after them. */
async function largeClient(): Promise<string> {
  const id = await world.arrange.client(world.accountId, 'Large');
  await server.owner.query(
    `insert into ringfence.portal_users (account_id, client_id, name) select $1, $2, 'P' || n from generate_series(1, $3) n`,
    [world.accountId, id, rowsOfLargeClient],
  );
  await server.owner.query(
    `insert into fence.logins (account_id, portal_user_id, email)
     select account_id, id, id || '@x.test' from ringfence.portal_users where client_id = $1`,
    [id],
  );
  return id;
}

/** Logins and portal users, and the client. */
const total = 2 * rowsOfLargeClient + 1;

async function progress(clientId: string) {
  return (await world.asOwner.get(ClientDeletionDocument, { clientId })).clientDeletion;
}

test('it is taken up where it was after the worker was killed with SIGKILL between two steps', async () => {
  const id = await largeClient();
  // A portal user that is locked: all logins go, then the worker waits.
  await holder.query('begin; set local role ringfence_owner');
  await holder.query('select from ringfence.portal_users where client_id = $1 for update', [id]);
  const worker = await workers.start();
  await world.asOwner.get(DeleteClientDocument, { input: { id, confirmName: 'Large' } });
  await until(async () => (await progress(id))?.done === rowsOfLargeClient);
  expect(await progress(id)).toMatchObject({ state: 'RUNNING', done: rowsOfLargeClient, total });
  worker.kill('SIGKILL');
  await once(worker, 'close');
  await holder.query('commit');
  expect(await progress(id)).toMatchObject({ state: 'RUNNING', done: rowsOfLargeClient, total });

  await workers.freeJobs();
  await finishDeletions(server);
  expect(await progress(id)).toMatchObject({ state: 'DONE', done: total, total });
});

test('two workers at the same client do it once', async () => {
  const id = await largeClient();
  await world.asOwner.get(DeleteClientDocument, { input: { id, confirmName: 'Large' } });
  await server.owner.query(
    `select graphile_worker.add_job('delete_client', json_build_object('account', $1::uuid, 'client', $2::uuid)) from generate_series(1, 3)`,
    [world.accountId, id],
  );
  const other = startDeleting(server);
  await finishDeletions(server);
  await other.stop();
  expect(await progress(id)).toMatchObject({ state: 'DONE', done: total, total });
  const { entries } = await oneRow<{ entries: number }>(
    server.owner,
    "select count(*)::int as entries from ringfence.audit_entries where subject_id = $1 and action = 'CLIENT_DELETED'",
    [id],
  );
  expect(entries).toBe(1);
});

test('one that cannot go on says so, and goes on when it can', async () => {
  const id = await largeClient();
  await world.asOwner.get(DeleteClientDocument, { input: { id, confirmName: 'Large' } });
  await server.owner.query('alter table ringfence.client_activity rename to out_of_reach');
  const worker = startDeleting(server);
  await until(async () => (await progress(id))?.state === 'RETRYING');
  await server.owner.query('alter table ringfence.out_of_reach rename to client_activity');
  await server.owner.query('update graphile_worker._private_jobs set run_at = now() where locked_at is null');
  await until(async () => (await progress(id))?.state === 'DONE');
  await worker.stop();
  expect(await progress(id)).toMatchObject({ done: total, total });
});

test('what nobody asked to delete is not deleted, whatever a job says', async () => {
  const id = world.clients.four;
  await server.owner.query(
    `select graphile_worker.add_job('delete_client', json_build_object('account', $1::uuid, 'client', $2::uuid))`,
    [world.accountId, id],
  );
  await finishDeletions(server);
  const { status } = await oneRow<{ status: string }>(
    server.owner,
    'select status from ringfence.clients where id = $1',
    [id],
  );
  expect(status).toBe('ACTIVE');
});
