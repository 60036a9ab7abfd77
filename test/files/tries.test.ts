// Trying to upload: how often, how slowly, and what becomes of a try that fails, is overtaken, or whose answer is lost.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request, type ClientRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/activity';
import { Caller } from '../support/client';
import { CreateRecordingUploadDocument } from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';
import { nothingThere, playingUrl, put, refusal, upload, uploadUrl, wav } from './recordings';

const maximumBytes = 2_000_000;

let folder: string;
let server: TestServer;
let world: World;
let stayId: string;
let callId: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringfence-files-'));
  server = await startTestServer({
    settings: {
      FILES_DIRECTORY: folder,
      BODY_MILLISECONDS: '500',
      FILE_STALL_MILLISECONDS: '1000',
      MAXIMUM_UPLOAD_BYTES: String(maximumBytes),
    },
  });
  world = await createWorld(server);
  ({ stayId } = await world.arrange.agent(world.accountId, world.clients.one));
});
beforeEach(async () => {
  callId = await world.arrange.call(stayId);
});
afterEach(() => jest.restoreAllMocks());
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** Names of files that are there, and of what is arriving. */
const stored = async () =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
const removals = async () =>
  (
    await server.owner.query<{ id: string }>(
      "select id from graphile_worker.jobs where task_identifier = 'remove_file'",
    )
  ).rows.length;
const aSound = () => new Uint8Array(wav(1000));
const urlOf = (by = world.asOwner) => uploadUrl(server, by, { callId });

interface Sending {
  sending: ClientRequest;
  /** What is answered; rejects where nothing is. */
  answer: Promise<Response>;
}

/** Begins to send a recording of a megabyte: its first part, or none of it. */
function beginSending(
  url: string,
  first: Buffer | null = wav(100_000),
  headers: Record<string, number> = { 'content-length': 1_000_044 },
): Sending {
  const { hostname, port, pathname } = new URL(url);
  const sending = request({ hostname, port, path: pathname, method: 'PUT', headers });
  const answer = new Promise<Response>((resolve, reject) => {
    sending.on('error', reject).on('response', (response) => {
      const chunks: Buffer[] = [];
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('error', reject)
        .on('end', () => {
          const { statusCode: status = 0, headers: answered } = response;
          const body = status === 204 ? null : Buffer.concat(chunks).toString();
          resolve(new Response(body, { status, headers: { 'retry-after': answered['retry-after'] ?? '' } }));
        });
    });
  });
  answer.catch(() => undefined);
  if (first === null) sending.flushHeaders();
  else sending.write(first);
  return { sending, answer };
}

test('what is no audio costs neither a try nor a job', async () => {
  const url = await urlOf();
  const before = await removals();
  for (let times = 0; times < 30; times += 1) expect((await put(url, 'no audio')).status).toBe(415);
  expect(await removals()).toBe(before);
  expect((await put(url, aSound())).status).toBe(204);
});

test('one upload is tried twenty times, then it has to be announced again', async () => {
  const url = await urlOf();
  const before = await removals();
  const failing = jest.spyOn(server.services.storage, 'write').mockRejectedValue(new Error('no space left'));
  for (let times = 0; times < 20; times += 1) expect((await put(url, aSound())).status).toBe(503);
  failing.mockRestore();
  const refused = await put(url, aSound());
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refusal(refused)).toEqual({ status: 429, code: 'RATE_LIMITED' });
  expect((await removals()) - before).toBe(20);
  expect((await put(await urlOf(), aSound())).status).toBe(204);
});

test('a storage that fails while bytes arrive is UNAVAILABLE, not a fault, and leaves nothing', async () => {
  const before = await stored();
  const url = await urlOf();
  jest.spyOn(server.services.storage, 'write').mockImplementation(async (_key, content) => {
    for await (const _ of content) throw new Error('ENOSPC: no space left on device, write');
  });
  const answer = await beginSending(url).answer;
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refusal(answer)).toEqual({ status: 503, code: 'UNAVAILABLE' });
  expect(server.log.at(-1)).toMatchObject({ msg: 'the storage did not answer' });
  expect(await stored()).toEqual(before);
  jest.restoreAllMocks();
  expect((await put(url, aSound())).status).toBe(204);
});

test.each([
  ['announced', { 'content-length': maximumBytes + 1 }, 44],
  ['not announced', {}, maximumBytes + 1],
])('what is larger than the limit, %s, is refused, and leaves nothing', async (_, headers, bytes) => {
  const before = await stored();
  const { sending, answer } = beginSending(
    await urlOf(),
    Buffer.concat([wav(0), Buffer.alloc(bytes - 44)]),
    headers,
  );
  expect(await refusal(await answer)).toEqual({ status: 413, code: 'REQUEST_TOO_LARGE' });
  sending.destroy();
  await until(async () => (await stored()).length === before.length);
});

test('a later try of an upload ends an earlier one, and is the one that counts', async () => {
  const before = await stored();
  const url = await urlOf();
  const { answer } = beginSending(url);
  await until(async () => (await stored()).length > before.length);
  expect((await put(url, aSound())).status).toBe(204);
  expect(await refusal(await answer)).toEqual(nothingThere);
  await until(async () => (await stored()).length === before.length + 1);
  expect((await fetch(await playingUrl(server, world.asOwner, callId))).headers.get('content-length')).toBe(
    '1044',
  );
});

test('who sends steadily takes longer than another body may', async () => {
  const { sending, answer } = beginSending(await urlOf(), wav(0));
  for (let part = 0; part < 10; part += 1) {
    await delay(100);
    sending.write(Buffer.alloc(100_000));
  }
  sending.end();
  expect((await answer).status).toBe(204);
});

test('who stops sending is hung up on, before and after the type is known, and leaves nothing', async () => {
  const before = await stored();
  const url = await urlOf();
  for (const first of [null, wav(10), wav(100_000)])
    await expect(beginSending(url, first).answer).rejects.toThrow('socket hang up');
  await until(async () => (await stored()).length === before.length);
});

test('who has sent all is not hung up on while the storage takes its time', async () => {
  const { storage } = server.services;
  const write = storage.write.bind(storage);
  jest.spyOn(storage, 'write').mockImplementation(async (key, content) => {
    await write(key, content);
    await delay(2000);
  });
  expect((await put(await urlOf(), aSound())).status).toBe(204);
});

test('bytes of a recording stay where the answer that it was taken got lost, and the session has ended since', async () => {
  const token = await world.arrange.accessToken(world.accountId, { permissions: ['RECORD_ACTIVITY'] });
  const url = await urlOf(new Caller(server.url, token.text));
  const { database } = server.services;
  const ask = database.askAsLogin.bind(database);
  jest.spyOn(database, 'askAsLogin').mockImplementation(async (text, values) => {
    if (text.includes('finish_upload')) {
      await ask(text, values);
      await server.owner.query('update ringfence.access_tokens set revoked_at = now() where id = $1', [
        token.id,
      ]);
    }
    return ask(text, values);
  });
  expect(await refusal(await put(url, aSound()))).toEqual(nothingThere);
  jest.restoreAllMocks();
  const played = await fetch(await playingUrl(server, world.asOwner, callId));
  expect([played.status, (await played.arrayBuffer()).byteLength]).toEqual([200, 1044]);
});

test('a principal announces a thousand recordings without sending them, and no more; what has expired does not count', async () => {
  const by = await world.arrange.accessToken(world.accountId, { permissions: ['RECORD_ACTIVITY'] });
  const platform = new Caller(server.url, by.text);
  const announce = () => platform.refusal(CreateRecordingUploadDocument, { input: { callId } });
  await server.owner.query(
    `insert into fence.uploads (account_id, client_id, call_id, stay_id, principal_id, expires_at)
     select account_id, client_id, id, stay_id, $2, now() + interval '10 minutes' from ringfence.calls, generate_series(1, 1000)
     where id = $1`,
    [callId, by.id],
  );
  expect(await announce()).toMatchObject({ code: 'RATE_LIMITED' });
  await upload(server, world.asOwner, callId);
  await server.owner.query(
    `update fence.uploads set expires_at = now() where id in (select id from fence.uploads where principal_id = $1 limit 1)`,
    [by.id],
  );
  await upload(server, platform, callId);
});
