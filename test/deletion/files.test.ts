// Files go with their client, those too that arrive when nobody expects them any more.
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Client } from 'pg';
import { readConfig } from '../../src/config';
import { clientPrefix, fileKey, openStorage, type Storage } from '../../src/files/storage';
import { until } from '../mail/outbox';
import { ClientDeletionDocument, DeleteClientDocument } from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';
import { finishDeletions, startDeleting } from './working';

let server: TestServer;
let world: World;
let folder: string;
let settings: { FILES_DIRECTORY: string };
let storage: Storage;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  folder = await mkdtemp(join(tmpdir(), 'ringfence-files-'));
  settings = { FILES_DIRECTORY: join(folder, 'files') };
  storage = openStorage(readConfig({ NODE_ENV: 'test', ...settings }));
  await storage.prepare(() => Promise.resolve(false));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const write = (clientId: string) =>
  storage.write(
    fileKey({ accountId: world.accountId, clientId, fileId: randomUUID() }),
    Readable.from(['a recording']),
  );

async function filesOf(clientId: string): Promise<number> {
  let count = 0;
  for await (const _ of storage.list(clientPrefix({ accountId: world.accountId, clientId }))) count += 1;
  return count;
}

/** A client with two files, whose deletion was asked for. */
async function doomed(): Promise<string> {
  const id = await world.arrange.client(world.accountId, 'Doomed');
  await write(id);
  await write(id);
  await world.asOwner.get(DeleteClientDocument, { input: { id, confirmName: 'Doomed' } });
  return id;
}

const stateOf = async (clientId: string) =>
  (await world.asOwner.get(ClientDeletionDocument, { clientId })).clientDeletion?.state;

test('all of its files are deleted, and none of anybody else', async () => {
  await write(world.clients.one);
  const id = await doomed();
  await finishDeletions(server, settings);
  expect([await stateOf(id), await filesOf(id), await filesOf(world.clients.one)]).toEqual(['DONE', 0, 1]);
});

test('they are deleted although the worker ended after the last row', async () => {
  const id = await doomed();
  const worker = new Client({ connectionString: server.database.workerUrl });
  await worker.connect();
  const ids = [world.accountId, id];
  await worker.query('select worker.start_client_deletion($1, $2)', ids);
  await worker.query('select worker.delete_client_rows($1, $2, 1000)', ids);
  await worker.end();
  expect([await stateOf(id), await filesOf(id)]).toEqual(['RUNNING', 2]);
  await finishDeletions(server, settings);
  expect([await stateOf(id), await filesOf(id)]).toEqual(['DONE', 0]);
});

const unusable: [string, (path: string) => Promise<unknown>][] = [
  ['cannot be read', (path) => writeFile(path, '')],
  ['is missing', () => Promise.resolve()],
  ['is empty, as one that is not mounted', (path) => mkdir(path)],
];
test.each(unusable)('the client is not gone before its files are: the folder %s', async (name, make) => {
  const id = await doomed();
  const broken = join(folder, name);
  await make(broken);
  const failing = startDeleting(server, { FILES_DIRECTORY: broken });
  await until(async () => (await stateOf(id)) === 'RETRYING');
  await failing.stop();
  const { rows } = await server.owner.query('select status from ringfence.clients where id = $1', [id]);
  expect(rows).toEqual([{ status: 'DELETING' }]);
  await server.owner.query(
    "update graphile_worker._private_jobs set run_at = now() where run_at < now() + interval '1 hour'",
  );
  await finishDeletions(server, settings);
  expect([await stateOf(id), await filesOf(id)]).toEqual(['DONE', 0]);
});

test('a file that was on its way when the client went is deleted a day later', async () => {
  const id = await doomed();
  await finishDeletions(server, settings);
  await write(id);
  const { rows } = await server.owner.query<{ hours: number }>(
    'select round(extract(epoch from run_at - now()) / 3600)::int as hours from graphile_worker.jobs order by run_at desc limit 1',
  );
  expect(rows).toEqual([{ hours: 24 }]);
  await server.owner.query('update graphile_worker._private_jobs set run_at = now()');
  await finishDeletions(server, settings);
  expect(await filesOf(id)).toBe(0);
});
