// The folder of files may be away: then no file is kept, read or removed, and all goes on when it is there again.
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAnotherServer, type AnotherServer } from '../support/another-server';
import { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld } from '../support/world';
import { playingUrl, put, refusal, upload, uploadUrl, wav } from './recordings';

let folder: string;
let server: TestServer;
let away: AnotherServer;
let callId: string;
let token: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringfence-files-'));
  server = await startTestServer({ settings: { FILES_DIRECTORY: join(folder, 'here') } });
  const { arrange, accountId, clients } = await createWorld(server);
  callId = await arrange.call((await arrange.agent(accountId, clients.one)).stayId);
  const permissions = ['RECORD_ACTIVITY', 'VIEW_CLIENTS', 'VIEW_RECORDINGS'];
  token = (await arrange.accessToken(accountId, { permissions })).text;
  await upload(server, new Caller(server.url, token), callId);
  await mkdir(join(folder, 'there'));
  away = await startAnotherServer(server.database, { settings: { FILES_DIRECTORY: join(folder, 'there') } });
});
afterAll(async () => {
  await away.close();
  await server.close();
  await rm(folder, { recursive: true });
});

test('a server that finds an empty folder, although files are kept, serves all but files, until it is mounted', async () => {
  const caller = new Caller(away.url, token);
  const url = await playingUrl(away, caller, callId);
  const unavailable = { status: 503, code: 'UNAVAILABLE' };
  expect(away.log.map(({ msg }) => msg)).toContain('the storage is not there');
  expect(await refusal(await fetch(url))).toEqual(unavailable);
  const address = await uploadUrl(away, caller, { callId });
  expect(await refusal(await put(address, new Uint8Array(wav(10))))).toEqual(unavailable);
  expect(await readdir(join(folder, 'there'))).toEqual([]);

  await rename(join(folder, 'here'), join(folder, 'there'));
  expect((await fetch(url)).status).toBe(200);
  expect((await put(address, new Uint8Array(wav(10)))).status).toBe(204);
});
