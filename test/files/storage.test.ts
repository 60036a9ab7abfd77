// Both storages keep the same promises: on disk, and in a bucket.
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { readConfig } from '../../src/config';
import { clientPrefix, fileKey, openStorage, type Storage } from '../../src/files/storage';
import { startS3Server, type S3Server } from '../support/s3-server';

const anId = '01995d2e-0000-7000-8000-000000000000';
const megabyte = 1024 * 1024;

let folder: string;
let s3: S3Server;
const storages: Partial<Record<'on disk' | 'in a bucket', Storage>> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringfence-files-'));
  // Pages of three, so that lists and removals take several.
  s3 = await startS3Server(3);
  storages['on disk'] = openStorage(readConfig({ NODE_ENV: 'test', FILES_DIRECTORY: folder }));
  storages['in a bucket'] = openStorage(readConfig({ NODE_ENV: 'test', ...s3.settings }));
});
afterAll(async () => {
  await s3.close();
  await rm(folder, { recursive: true });
});

const newLocation = () => ({ accountId: randomUUID(), clientId: randomUUID(), fileId: randomUUID() });
const bytesOf = async (content: Readable | null) => (content === null ? null : await buffer(content));
async function keysOf(storage: Storage, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of storage.list(prefix)) keys.push(key);
  return keys.sort();
}

describe.each(['on disk', 'in a bucket'] as const)('%s', (where) => {
  let storage: Storage;
  beforeAll(() => {
    const opened = storages[where];
    if (opened === undefined) throw new Error('there is no such storage');
    storage = opened;
  });

  test('what was written is read again, whole or a part of it, however large', async () => {
    for (const size of [0, 1, 300_000, 11 * megabyte + 7]) {
      const key = fileKey(newLocation());
      const content = Buffer.alloc(size, 'ringfence');
      await storage.write(key, Readable.from(chunksOf(content)));
      expect((await bytesOf(await storage.read(key)))?.equals(content)).toBe(true);
      if (size < 3) continue;
      const part = await bytesOf(await storage.read(key, { start: 1, end: size - 2 }));
      expect(part?.equals(content.subarray(1, size - 1))).toBe(true);
    }
  });

  test('writing again replaces, and deleting leaves nothing', async () => {
    const location = newLocation();
    const key = fileKey(location);
    await storage.write(key, Readable.from([Buffer.from('first')]));
    await storage.write(key, Readable.from([Buffer.from('second')]));
    expect(String(await bytesOf(await storage.read(key)))).toBe('second');
    await storage.delete(key);
    await storage.delete(key);
    expect(await storage.read(key)).toBeNull();
    expect(await keysOf(storage, clientPrefix(location))).toEqual([]);
  });

  test.each([0, 100_000, 12 * megabyte])(
    'a stream that breaks after %i bytes leaves nothing, and what was there before stays',
    async (size) => {
      const location = newLocation();
      const key = fileKey(location);
      const broken = () => Readable.from(breakingAfter(size));
      await expect(storage.write(key, broken())).rejects.toThrow('it broke');
      expect(await storage.read(key)).toBeNull();
      expect(await keysOf(storage, clientPrefix(location))).toEqual([]);

      await storage.write(key, Readable.from([Buffer.from('before')]));
      await expect(storage.write(key, broken())).rejects.toThrow('it broke');
      expect(String(await bytesOf(await storage.read(key)))).toBe('before');
      expect(s3.openUploads()).toBe(0);
      expect(await readdir(join(folder, '.arriving')).catch(() => [])).toEqual([]);
    },
  );

  test("deleting a client's files removes all of them and nobody else's", async () => {
    const doomed = newLocation();
    const neighbour = { ...newLocation(), accountId: doomed.accountId };
    const stranger = newLocation();
    const keys = Array.from({ length: 8 }, () => fileKey({ ...doomed, fileId: randomUUID() }));
    for (const key of [...keys, fileKey(neighbour), fileKey(stranger)])
      await storage.write(key, Readable.from([Buffer.from('x')]));
    expect(await keysOf(storage, clientPrefix(doomed))).toEqual([...keys].sort());

    expect(await storage.deletePrefix(clientPrefix(doomed))).toBe(keys.length);
    expect(await storage.deletePrefix(clientPrefix(doomed))).toBe(0);
    expect(await keysOf(storage, clientPrefix(doomed))).toEqual([]);
    expect(await keysOf(storage, `${doomed.accountId}/`)).toEqual([fileKey(neighbour)]);
    expect(await keysOf(storage, clientPrefix(stranger))).toEqual([fileKey(stranger)]);
  });

  test.each(['', '/', '..', '../../etc/passwd', `${anId}/../x`, `${anId}/${anId}/..`, '\0'])(
    'nothing is read, written or removed under %j, which is made of something else than ids',
    async (name) => {
      await expect(storage.read(name)).rejects.toThrow('no key');
      await expect(storage.write(name, Readable.from([]))).rejects.toThrow('no key');
      await expect(storage.delete(name)).rejects.toThrow('no key');
      await expect(storage.deletePrefix(name)).rejects.toThrow('no prefix');
      await expect(keysOf(storage, name)).rejects.toThrow('no prefix');
    },
  );
});

test('a bucket with other credentials refuses everything, which is an error and not an empty answer', async () => {
  const stranger = openStorage(
    readConfig({ NODE_ENV: 'test', ...s3.settings, S3_SECRET_ACCESS_KEY: 'another secret' }),
  );
  const location = newLocation();
  await expect(stranger.write(fileKey(location), Readable.from([Buffer.from('x')]))).rejects.toThrow();
  await expect(stranger.read(fileKey(location))).rejects.toThrow();
  await expect(stranger.deletePrefix(clientPrefix(location))).rejects.toThrow();
  await expect(keysOf(stranger, clientPrefix(location))).rejects.toThrow();
});

test('what a killed process left on disk while it was arriving is removed a day later, what arrives now is not', async () => {
  const directory = join(folder, 'killed');
  const arriving = join(directory, '.arriving');
  await mkdir(arriving, { recursive: true });
  for (const name of ['abandoned', 'of another process']) await writeFile(join(arriving, name), 'x');
  const theDayBefore = new Date(Date.now() - 25 * 60 * 60 * 1000);
  await utimes(join(arriving, 'abandoned'), theDayBefore, theDayBefore);
  const started = openStorage(readConfig({ NODE_ENV: 'test', FILES_DIRECTORY: directory }));
  await started.write(fileKey(newLocation()), Readable.from([Buffer.from('x')]));
  expect(await readdir(arriving)).toEqual(['of another process']);
});

function* chunksOf(content: Buffer): Generator<Buffer> {
  for (let start = 0; start < content.length; start += 64 * 1024)
    yield content.subarray(start, start + 64 * 1024);
}

function* breakingAfter(size: number): Generator<Buffer> {
  yield* chunksOf(Buffer.alloc(size));
  throw new Error('it broke');
}
