// Uploading recordings, as platforms do: what arrives whole is there, what does not leaves nothing.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Caller } from '../support/client';
import {
  ArchiveClientDocument,
  CreateRecordingUploadDocument,
  DeleteRecordingDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import type { TestAgent } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';
import {
  nothingThere,
  playingUrl,
  put,
  recordingSeenBy,
  refusal,
  upload,
  uploadUrl,
  wav,
} from './recordings';

const maximumBytes = 300_000_000;

let folder: string;
let server: TestServer;
let world: World;
let agent: TestAgent;
let callId: string;
let platform: Caller;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringfence-files-'));
  server = await startTestServer({
    settings: { FILES_DIRECTORY: folder, MAXIMUM_UPLOAD_BYTES: String(maximumBytes) },
  });
  world = await createWorld(server);
  agent = await world.arrange.agent(world.accountId, world.clients.one);
  platform = await newPlatform();
});
beforeEach(async () => {
  callId = await world.arrange.call(agent.stayId);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function newPlatform(options: Parameters<World['arrange']['accessToken']>[1] = {}): Promise<Caller> {
  const token = await world.arrange.accessToken(world.accountId, {
    permissions: ['RECORD_ACTIVITY'],
    ...options,
  });
  return new Caller(server.url, token.text);
}

/** Names of what is stored, and of what is arriving. */
async function stored(): Promise<string[]> {
  return (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}
const filesOf = async (call: string) =>
  (
    await server.owner.query<{ id: string }>(
      'select file_id as id from ringfence.recordings where call_id = $1',
      [call],
    )
  ).rows.map(({ id }) => id);
const heard = async (call: string) =>
  Buffer.from(await (await fetch(await playingUrl(server, world.asOwner, call))).arrayBuffer());
const codeOf = (by: Caller, input = { callId }) => by.refusal(CreateRecordingUploadDocument, { input });

test('a platform that may see neither the call nor the recording uploads it', async () => {
  const sound = wav(5000);
  const { createRecordingUpload } = await platform.get(CreateRecordingUploadDocument, {
    input: { callId, durationSeconds: 42 },
  });
  expect(Date.parse(createRecordingUpload.expiresAt)).toBeGreaterThan(Date.now());
  const path = new URL(createRecordingUpload.uploadUrl ?? '').pathname;
  expect((await put(server.url + path, new Uint8Array(sound))).status).toBe(204);
  expect(await recordingSeenBy(world.asOwner, callId)).toMatchObject({
    durationSeconds: 42,
    byteCount: sound.length,
  });
  expect((await heard(callId)).equals(sound)).toBe(true);
});

test('the call may be named as the platform calls it', async () => {
  const externalId = 'CA-7713';
  const named = await world.arrange.call(agent.stayId, { externalId });
  const url = await uploadUrl(server, platform, { agentId: agent.id, externalId });
  expect((await put(url, new Uint8Array(wav(10)))).status).toBe(204);
  expect(await filesOf(named)).toHaveLength(1);
  for (const input of [{}, { externalId }, { agentId: agent.id }])
    expect(await platform.refusal(CreateRecordingUploadDocument, { input })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.callId',
    });
  expect(await codeOf(platform, { callId, externalId } as { callId: string })).toEqual({
    code: 'NOT_FOUND',
    field: 'input.callId',
  });
  expect(
    await platform.refusal(CreateRecordingUploadDocument, {
      input: { agentId: agent.id, externalId: 'none' },
    }),
  ).toEqual({ code: 'NOT_FOUND', field: 'input.externalId' });
});

test('uploading again replaces, deleting removes, and neither tells whether there was one', async () => {
  await upload(server, platform, callId, wav(100));
  const [first] = await filesOf(callId);
  await upload(server, platform, callId, wav(200));
  const [second] = await filesOf(callId);
  expect(second).not.toBe(first);
  expect((await heard(callId)).length).toBe(244);
  for (let times = 0; times < 2; times += 1)
    expect(await platform.get(DeleteRecordingDocument, { input: { callId } })).toEqual({
      deleteRecording: { callId },
    });
  expect(await filesOf(callId)).toEqual([]);
  const { rows } = await server.owner.query<{ action: string }>(
    "select action from ringfence.audit_entries where subject_id = $1 and action like 'RECORDING%' order by created_at",
    [callId],
  );
  expect(rows.map(({ action }) => action)).toEqual([
    'RECORDING_ADDED',
    'RECORDING_REPLACED',
    'RECORDING_DELETED',
  ]);
});

describe('who may not report the call is refused, and cannot delete its recording either', () => {
  const refusals: [string, () => Promise<Caller>, object][] = [
    [
      'without RECORD_ACTIVITY',
      () => newPlatform({ permissions: ['VIEW_RECORDINGS'] }),
      { code: 'FORBIDDEN' },
    ],
    ['a portal user', () => Promise.resolve(world.asPortalUser), { code: 'FORBIDDEN' }],
    ['anonymous', () => Promise.resolve(world.asAnonymous), { code: 'UNAUTHENTICATED' }],
    [
      'of another client',
      () => newPlatform({ clients: [world.clients.two] }),
      { code: 'NOT_FOUND', field: 'input.callId' },
    ],
    [
      'with another agent',
      async () =>
        signInAs(
          server,
          await world.arrange.member(world.accountId, {
            permissions: ['RECORD_ACTIVITY'],
            clients: [world.clients.one],
            agentAccess: 'ASSIGNED',
          }),
        ),
      { code: 'NOT_FOUND', field: 'input.callId' },
    ],
    [
      'of another account',
      () => Promise.resolve(world.other.asOwner),
      { code: 'NOT_FOUND', field: 'input.callId' },
    ],
  ];
  test.each(refusals)('%s', async (_, by, expected) => {
    const caller = await by();
    expect(await codeOf(caller)).toEqual(expected);
    expect(await caller.refusal(DeleteRecordingDocument, { input: { callId } })).toEqual(expected);
  });
});

test('nothing is uploaded for a client that is archived, also by an address from before', async () => {
  const clientId = await world.arrange.client(world.accountId, 'Soon archived');
  const { stayId } = await world.arrange.agent(world.accountId, clientId);
  const theirs = await world.arrange.call(stayId);
  const url = await uploadUrl(server, platform, { callId: theirs });
  await world.asOwner.get(ArchiveClientDocument, { input: { id: clientId } });
  const archived = { code: 'CONFLICT', reason: 'CLIENT_ARCHIVED' };
  expect(await codeOf(platform, { callId: theirs })).toEqual(archived);
  expect(await refusal(await put(url, new Uint8Array(wav(10))))).toEqual({ status: 409, ...archived });
  expect(await filesOf(theirs)).toEqual([]);
});

test('an address is good for one upload, and a repeated mutation gives the same one until then', async () => {
  const input = { input: { callId } };
  const once = platform.under('the same key');
  const first = await once.get(CreateRecordingUploadDocument, input);
  expect(await once.get(CreateRecordingUploadDocument, input)).toEqual(first);
  const url = server.url + new URL(first.createRecordingUpload.uploadUrl ?? '').pathname;
  expect((await put(url, new Uint8Array(wav(10)))).status).toBe(204);
  expect(await refusal(await put(url, new Uint8Array(wav(20))))).toEqual(nothingThere);
  expect((await heard(callId)).length).toBe(54);
  expect((await once.get(CreateRecordingUploadDocument, input)).createRecordingUpload.uploadUrl).toBeNull();
});

test('an address dies with the token, the permission and the reach of who asked for it', async () => {
  const losses: [string, (id: string) => [string, unknown[]]][] = [
    ['revoked', (id) => ['update ringfence.access_tokens set revoked_at = now() where id = $1', [id]]],
    [
      'no permission',
      (id) => ['delete from ringfence.access_token_permissions where access_token_id = $1', [id]],
    ],
    ['no client', (id) => ['delete from ringfence.access_token_clients where access_token_id = $1', [id]]],
  ];
  for (const [loss, lose] of losses) {
    const token = await world.arrange.accessToken(world.accountId, {
      permissions: ['RECORD_ACTIVITY'],
      clients: [world.clients.one],
    });
    const url = await uploadUrl(server, new Caller(server.url, token.text), { callId });
    const [text, values] = lose(token.id);
    await server.owner.query(text, values);
    const { status } = await put(url, new Uint8Array(wav(10)));
    expect([loss, status]).toEqual([loss, loss === 'no permission' ? 403 : 404]);
  }
  expect(await filesOf(callId)).toEqual([]);
});

const noAudio: [string, Buffer][] = [
  ['a page', Buffer.from('<!doctype html><script>alert(1)</script>')],
  ['an image with scripts', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
  ['text', Buffer.from('hello')],
  ['an image', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
  ['nothing', Buffer.alloc(0)],
  ['zeros', Buffer.alloc(10_000)],
];
test.each(noAudio)('%s is no recording, whatever it says it is', async (_, content) => {
  const before = await stored();
  const url = await uploadUrl(server, platform, { callId });
  const answer = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': 'audio/wav' },
    body: new Uint8Array(content),
  });
  expect(await refusal(answer)).toEqual({ status: 415, code: 'VALIDATION_FAILED' });
  expect(await stored()).toEqual(before);
  expect(await filesOf(callId)).toEqual([]);
  // The address still works.
  expect((await put(url, new Uint8Array(wav(10)))).status).toBe(204);
});

test('what breaks off leaves nothing, and the upload can be tried again', async () => {
  const before = await stored();
  const url = await uploadUrl(server, platform, { callId });
  const { hostname, port, pathname } = new URL(url);
  const sending = request({
    hostname,
    port,
    path: pathname,
    method: 'PUT',
    headers: { 'content-length': 1_000_000 },
  });
  const broken = new Promise((resolve) => sending.on('error', resolve));
  sending.write(wav(500_000));
  await until(async () => (await stored()).length > before.length);
  sending.destroy();
  await broken;
  await until(async () => (await stored()).length === before.length);
  expect(await filesOf(callId)).toEqual([]);
  expect((await put(url, new Uint8Array(wav(10)))).status).toBe(204);
});

test('of two that arrive at once, one is kept, whole', async () => {
  const url = await uploadUrl(server, platform, { callId });
  const contents = [wav(300_000), wav(400_000)];
  const before = await stored();
  const answers = await Promise.all(contents.map((content) => put(url, new Uint8Array(content))));
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
  const kept = contents[answers.findIndex(({ status }) => status === 204)];
  expect((await heard(callId)).equals(kept ?? Buffer.alloc(0))).toBe(true);
  await until(async () => !(await stored()).some((name) => name.endsWith('.arriving')));
  const [id] = await filesOf(callId);
  const { rows } = await server.owner.query<{ id: string }>(
    "select payload->>'fileId' as id from graphile_worker._private_jobs",
  );
  // What the other left, if it was whole already, is removed by a job.
  const left = (await stored()).filter((name) => name !== id && !before.includes(name));
  expect(rows.map((row) => row.id)).toEqual(expect.arrayContaining(left));
});

test('200 MB pass through with flat memory', async () => {
  const megabyte = 1024 * 1024;
  const url = await uploadUrl(server, platform, { callId });
  const { hostname, port, pathname } = new URL(url);
  const chunk = Buffer.alloc(megabyte, 7);
  let highest = 0;
  const content = function* () {
    yield wav(0);
    for (let count = 0; count < 200; count += 1) {
      highest = Math.max(highest, process.memoryUsage.rss());
      yield chunk;
    }
  };
  const lowest = process.memoryUsage.rss();
  const status = await new Promise((resolve, reject) => {
    const sending = request({ hostname, port, path: pathname, method: 'PUT' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sending.on('error', reject);
    Readable.from(content()).pipe(sending);
  });
  expect(status).toBe(204);
  const answer = await fetch(await playingUrl(server, world.asOwner, callId));
  let received = 0;
  for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
    received += part.length;
    highest = Math.max(highest, process.memoryUsage.rss());
  }
  expect(received).toBe(200 * megabyte + 44);
  // What is garbage is in it too; held as a whole anywhere, it would be more than all of it.
  expect(highest - lowest).toBeLessThan(150 * megabyte);
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
