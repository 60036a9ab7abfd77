// Whoever reads a file occupies a place, buffers and an open file for as long as it takes: so many at once, and no longer than they
// go on taking.
import { connect, type Socket } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/activity';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';
import { playingUrl, refusal, upload, wav } from './recordings';

let folder: string;
let server: TestServer;
let world: World;
let callId: string;
let callOfOther: string;
const sockets: Socket[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringfence-files-'));
  server = await startTestServer({
    settings: {
      FILES_DIRECTORY: folder,
      FILE_READS_AT_ONCE: '4',
      FILE_READS_PER_ACCOUNT: '3',
      FILE_READS_PER_SESSION: '2',
      FILE_STALL_MILLISECONDS: '1000',
    },
  });
  world = await createWorld(server);
  callId = await world.arrange.call((await world.arrange.agent(world.accountId, world.clients.one)).stayId);
  const { accountId, clientId, asOwner } = world.other;
  callOfOther = await world.arrange.call((await world.arrange.agent(accountId, clientId)).stayId);
  // More than the buffers of a system hold.
  const large = Buffer.concat([wav(0), Buffer.alloc(40_000_000)]);
  await upload(server, world.asOwner, callId, large);
  await upload(server, asOwner, callOfOther, large);
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** Asks for the recording, and takes nothing of it. Resolves when the answer has begun. */
async function readNothing(url: string): Promise<Socket> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.write(`GET ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
  await new Promise((resolve) => socket.once('readable', resolve));
  return socket;
}

/** What a part of the file is answered with; its bytes are of no interest. */
async function statusOf(url: string): Promise<number> {
  const answer = await fetch(url, { headers: { range: 'bytes=0-9' } });
  await answer.arrayBuffer();
  return answer.status;
}

test('a session reads so many files at once, an account and all together so many; whoever hangs up frees a place', async () => {
  const url = await playingUrl(server, world.asOwner, callId);
  const reading = [await readNothing(url), await readNothing(url)];
  const refused = await fetch(url);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refusal(refused)).toEqual({ status: 429, code: 'RATE_LIMITED' });

  const colleagues = await playingUrl(server, world.asAdmin, callId);
  expect(await statusOf(colleagues)).toBe(206);
  await readNothing(colleagues);
  expect(await refusal(await fetch(colleagues))).toEqual({ status: 429, code: 'RATE_LIMITED' });

  const others = await playingUrl(server, world.other.asOwner, callOfOther);
  expect(await statusOf(others)).toBe(206);
  await readNothing(others);
  const busy = await fetch(others);
  expect(Number(busy.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refusal(busy)).toEqual({ status: 503, code: 'UNAVAILABLE' });

  reading[0]?.destroy();
  await until(async () => (await statusOf(url)) === 206);
});

test('what is refused, or only asked about, takes no place', async () => {
  const url = await playingUrl(server, world.asOwner, callId);
  await readNothing(url);
  for (let times = 0; times < 5; times += 1) {
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(url, { headers: { range: 'bytes=99999999-' } })).status).toBe(416);
    expect(await statusOf(url)).toBe(206);
  }
});

describe('is cut off, and leaves its place:', () => {
  const readers: [string, (socket: Socket) => void][] = [
    ['a reader that takes nothing', () => undefined],
    [
      'one that takes a little now and then',
      (socket) => {
        const timer = setInterval(() => void socket.read(1000), 100);
        socket.once('close', () => clearInterval(timer));
      },
    ],
  ];
  test.each(readers)('%s', async (_, read) => {
    const url = await playingUrl(server, world.asOwner, callId);
    read(await readNothing(url));
    read(await readNothing(url));
    expect(await statusOf(url)).toBe(429);
    await until(async () => (await statusOf(url)) === 206);
  });
});

test('whoever goes on taking gets all of it', async () => {
  const answer = await fetch(await playingUrl(server, world.asOwner, callId));
  expect((await answer.arrayBuffer()).byteLength).toBe(40_000_044);
});
