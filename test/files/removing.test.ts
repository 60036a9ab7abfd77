// Bytes that no file has are removed from the storage by the worker: what was replaced, deleted, or never finished.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import pino from 'pino';
import { readConfig } from '../../src/config';
import { fileKey, openStorage, type FileLocation } from '../../src/files/storage';
import { startWorker, type RunningWorker } from '../../src/worker/start';
import { DeleteRecordingDocument } from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';
import { playingUrl, upload, uploadUrl, wav } from './recordings';

let folder: string;
let server: TestServer;
let world: World;
let worker: RunningWorker;
let stayId: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringfence-files-'));
  server = await startTestServer({ settings: { FILES_DIRECTORY: folder } });
  world = await createWorld(server);
  ({ stayId } = await world.arrange.agent(world.accountId, world.clients.one));
  const config = readConfig({ NODE_ENV: 'production', ...production(), FILES_DIRECTORY: folder });
  worker = startWorker(
    config,
    server.database.workerUrl,
    { links: server.services.links, mailbox: null, storage: openStorage(config) },
    pino({ level: 'silent' }),
  );
});
afterAll(async () => {
  await worker.stop();
  await server.close();
  await rm(folder, { recursive: true });
});

/** What a start in production cannot do without; without a mail server, which removing does not need. */
const production = () => ({
  LOGIN_DATABASE_URL: server.database.loginUrl,
  SIGNIN_DATABASE_URL: server.database.signinUrl,
  WORKER_DATABASE_URL: server.database.workerUrl,
  SECRET_KEYS: `test:${'A'.repeat(43)}=`,
});

async function stored(): Promise<string[]> {
  return (
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      // All but the file that says that the folder is the one.
      .filter((entry) => entry.isFile() && entry.name !== '.ringfence')
      .map(({ name }) => name)
      .sort()
  );
}
async function named(): Promise<string[]> {
  const { rows } = await server.owner.query<{ id: string }>('select id from ringfence.files order by id');
  return rows.map(({ id }) => id);
}
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('after a recording was replaced or deleted, the storage has what the database names and nothing else', async () => {
  const [kept, deleted] = [await world.arrange.call(stayId), await world.arrange.call(stayId)];
  for (const size of [10, 20]) await upload(server, world.asOwner, kept, wav(size));
  await upload(server, world.asOwner, deleted);
  await world.asOwner.get(DeleteRecordingDocument, { input: { callId: deleted } });
  expect(await named()).toHaveLength(1);
  await until(async () => (await stored()).join() === (await named()).join());
  expect((await fetch(await playingUrl(server, world.asOwner, kept))).status).toBe(200);
});

test('what an upload left that did not finish is removed when its time is over, what finished stays', async () => {
  const callId = await world.arrange.call(stayId);
  await upload(server, world.asOwner, callId);
  // As a process leaves it that is killed between storing the bytes and saying so.
  const { fileUrls, database, storage } = server.services;
  const url = await uploadUrl(server, world.asOwner, { callId });
  const claim = fileUrls.read('uploads', url.slice(url.lastIndexOf('/') + 1));
  const [begun] = await database.askAsLogin<FileLocation>(
    'select account_id as "accountId", client_id as "clientId", file_id as "fileId" from ringfence.begin_upload($1, $2, $3, $4)',
    [claim?.sessionId, claim?.subjectId, claim?.expiresAt, claim?.proof],
  );
  if (begun === undefined) throw new Error('the upload did not begin');
  await storage.write(fileKey(begun), Readable.from([wav(10)]));
  expect(await stored()).toContain(begun.fileId);
  await server.owner.query('update graphile_worker._private_jobs set run_at = now()');
  await until(async () => (await stored()).join() === (await named()).join());
});
