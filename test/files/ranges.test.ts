// Reading as browsers and players do: in parts, again, by HEAD; from disk and from a bucket. Nothing that is read can act as a page.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestServer, type TestServer } from '../support/server';
import { startS3Server, type S3Server } from '../support/s3-server';
import { createWorld, type World } from '../support/world';
import { playingUrl, refusal, upload, wav } from './recordings';

const sound = wav(956);
const size = sound.length;

let folder: string;
let s3: S3Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringfence-files-'));
  s3 = await startS3Server();
});
afterAll(async () => {
  await s3.close();
  await rm(folder, { recursive: true });
});

describe.each(['on disk', 'in a bucket'] as const)('%s', (where) => {
  let server: TestServer;
  let world: World;
  let url: string;

  beforeAll(async () => {
    const settings = where === 'on disk' ? { FILES_DIRECTORY: folder } : s3.settings;
    server = await startTestServer({ settings: { ...settings, CORS_ORIGINS: 'https://app.example.com' } });
    world = await createWorld(server);
    const { stayId } = await world.arrange.agent(world.accountId, world.clients.one);
    const callId = await world.arrange.call(stayId);
    await upload(server, world.asOwner, callId, sound);
    url = await playingUrl(server, world.asOwner, callId);
  });
  afterAll(() => server.close());

  const get = (headers: Record<string, string> = {}, method = 'GET') => fetch(url, { method, headers });
  const bodyOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

  const parts: [range: string, start: number, end: number][] = [
    ['bytes=0-0', 0, 0],
    ['bytes=0-', 0, size - 1],
    ['bytes=10-19', 10, 19],
    ['bytes=990-', 990, size - 1],
    ['bytes=990-5000', 990, size - 1],
    ['bytes=-1', size - 1, size - 1],
    ['bytes=-100', size - 100, size - 1],
    ['bytes=-5000', 0, size - 1],
    ['bytes=0-9,10-19', 0, 19],
    ['bytes=5-9, 0-4', 0, 9],
  ];
  test.each(parts)('%s is answered with that part', async (range, start, end) => {
    const answer = await get({ range });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end}/${size}`);
    expect(answer.headers.get('content-length')).toBe(String(end - start + 1));
    expect((await bodyOf(answer)).equals(sound.subarray(start, end + 1))).toBe(true);
  });

  test.each(['bytes=1000-', 'bytes=5000-6000', 'bytes=-0', 'bytes=5-2'])('%s is not there', async (range) => {
    const answer = await get({ range });
    expect(answer.status).toBe(416);
    expect(answer.headers.get('content-range')).toBe(`bytes */${size}`);
    expect(await bodyOf(answer)).toHaveLength(0);
  });

  test.each(['bytes', 'bytes=', 'bytes=a-b', 'lines=0-9', 'bytes=0-9,500-509', ''])(
    'what is no range, or several, is answered with all of it: %j',
    async (range) => {
      const answer = await get({ range });
      expect(answer.status).toBe(200);
      expect((await bodyOf(answer)).equals(sound)).toBe(true);
    },
  );

  test('a part is answered if the file is still the one that the reader has a part of, otherwise all of it', async () => {
    const etag = (await get()).headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[0-9a-f]{64}"$/);
    const range = 'bytes=0-9';
    expect((await get({ range, 'if-range': etag })).status).toBe(206);
    for (const other of ['"another"', `W/${etag}`, new Date().toUTCString()])
      expect((await get({ range, 'if-range': other })).status).toBe(200);
  });

  test('HEAD answers like GET without the bytes, and does not read them', async () => {
    const before = s3.requests.length;
    const [head, whole] = [await get({ range: 'bytes=0-9' }, 'HEAD'), await get()];
    expect(head.status).toBe(200);
    expect(await bodyOf(head)).toHaveLength(0);
    for (const name of ['content-length', 'content-type', 'etag', 'accept-ranges', 'content-disposition'])
      expect([name, head.headers.get(name)]).toEqual([name, whole.headers.get(name)]);
    expect(head.headers.get('content-length')).toBe(String(size));
    await bodyOf(whole);
    expect(s3.requests.length - before).toBe(where === 'on disk' ? 0 : 1);
  });

  test('it cannot act as a page, is kept by no cache, and plays on pages of other origins', async () => {
    const { headers } = await get({ origin: 'https://app.example.com' });
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'audio/wav',
      'content-disposition': expect.stringMatching(/^inline; filename=[0-9a-f-]+\.wav$/) as string,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': 'https://app.example.com',
    });
  });

  test.each(['POST', 'DELETE', 'PATCH'])('%s is nothing here', async (method) => {
    expect((await get({}, method)).status).toBe(404);
  });

  test('what the storage does not give is UNAVAILABLE, or not there, and is logged', async () => {
    if (where === 'on disk') {
      const { rows } = await server.owner.query<{ key: string }>(
        "select account_id || '/' || client_id as key from ringfence.recordings",
      );
      await rm(join(folder, rows[0]?.key ?? 'nothing'), { recursive: true });
      expect(await refusal(await get())).toEqual({ status: 404, code: 'NOT_FOUND' });
      return;
    }
    s3.failing.add('GET');
    const answer = await get();
    s3.failing.clear();
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(await refusal(answer)).toEqual({ status: 503, code: 'UNAVAILABLE' });
    expect(server.log.map(({ msg }) => msg)).toContain('the storage did not answer');
  });
});
