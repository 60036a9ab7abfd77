// Both storages keep the same promises: on disk, and in a bucket.
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  for (const storage of Object.values(storages)) await storage.prepare(nothingIsKept);
});
afterAll(async () => {
  await s3.close();
  await rm(folder, { recursive: true });
});

const nothingIsKept = () => Promise.resolve(false);
const somethingIsKept = () => Promise.resolve(true);
const onDisk = (directory: string) =>
  openStorage(readConfig({ NODE_ENV: 'test', FILES_DIRECTORY: directory }));
const aFile = () => Readable.from([Buffer.from('x')]);
/** Names of the files in a folder and those below. */
const filesIn = async (directory: string) =>
  (await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
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
      if (where === 'on disk')
        expect(await filesIn(join(folder, clientPrefix(location)))).toEqual([location.fileId]);
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

describe('a service that takes requests and then', () => {
  const ways: [string, (response: ServerResponse) => void][] = [
    ['says nothing', () => undefined],
    [
      'begins an answer and says no more',
      (response) => void response.writeHead(500, { 'content-type': 'application/xml' }).write('<Er'),
    ],
  ];
  test.each(ways)('%s, is not waited for without limit', async (_, answer) => {
    const silent = createServer((request, response) => {
      request.resume();
      answer(response);
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const storage = openStorage(
      readConfig({
        NODE_ENV: 'test',
        ...s3.settings,
        S3_ENDPOINT: `http://127.0.0.1:${port}`,
        S3_ANSWER_MILLISECONDS: '100',
      }),
    );
    const location = newLocation();
    await expect(storage.delete(fileKey(location))).rejects.toThrow();
    await expect(storage.deletePrefix(clientPrefix(location))).rejects.toThrow();
    await expect(storage.read(fileKey(location))).rejects.toThrow();
    await expect(storage.write(fileKey(location), aFile())).rejects.toThrow();
    await expect(
      storage.write(fileKey(location), Readable.from(chunksOf(Buffer.alloc(12 * megabyte)))),
    ).rejects.toThrow();
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });
});

test('readers who take nothing do not keep files in a bucket from being removed', async () => {
  const storage = storages['in a bucket'];
  if (storage === undefined) throw new Error('there is no such storage');
  const [held, doomed] = [newLocation(), newLocation()];
  for (const location of [held, doomed]) await storage.write(fileKey(location), aFile());
  const untaken = await Promise.all(Array.from({ length: 500 }, () => storage.read(fileKey(held))));
  await storage.delete(fileKey(doomed));
  expect(await storage.deletePrefix(clientPrefix(held))).toBe(1);
  for (const content of untaken) content?.destroy();
});

describe('what a process that was killed left of a file that was arriving', () => {
  /** A storage in a folder of its own, and the half of a file in it. */
  async function withHalfAFile() {
    const directory = await mkdtemp(join(folder, 'killed-'));
    const location = newLocation();
    const storage = onDisk(directory);
    await storage.prepare(nothingIsKept);
    const arriving = Promise.withResolvers<void>();
    const killed = storage.write(
      fileKey(location),
      Readable.from(
        (async function* () {
          yield Buffer.from('half of a recording');
          await arriving.promise;
          throw new Error('never heard of again');
        })(),
      ),
    );
    const left = join(directory, clientPrefix(location));
    while ((await filesIn(left)).length === 0) await new Promise((resolve) => setImmediate(resolve));
    // It cannot tidy up behind itself: what it wrote lies elsewhere meanwhile.
    await rename(left, `${left.slice(0, -1)}.aside`);
    arriving.resolve();
    await expect(killed).rejects.toThrow('never heard of again');
    await rename(`${left.slice(0, -1)}.aside`, left);
    expect(await filesIn(left)).toHaveLength(1);
    return { storage, location, left };
  }

  test('is no file', async () => {
    const { storage, location } = await withHalfAFile();
    expect(await storage.read(fileKey(location))).toBeNull();
    expect(await keysOf(storage, clientPrefix(location))).toEqual([]);
  });

  test('goes when that file is removed', async () => {
    const { storage, location, left } = await withHalfAFile();
    await storage.delete(fileKey(location));
    expect(await filesIn(left)).toEqual([]);
  });

  test("goes with the client's files", async () => {
    const { storage, location, left } = await withHalfAFile();
    await storage.deletePrefix(clientPrefix(location));
    expect(await filesIn(left)).toEqual([]);
  });

  test('does not keep it from being written again', async () => {
    const { storage, location } = await withHalfAFile();
    await storage.write(fileKey(location), aFile());
    expect(String(await bytesOf(await storage.read(fileKey(location))))).toBe('x');
  });
});

test('files of others in the folder of a client do not stop its deletion, and go with it', async () => {
  const location = newLocation();
  const storage = onDisk(folder);
  await storage.write(fileKey(location), aFile());
  const directory = join(folder, clientPrefix(location));
  await writeFile(join(directory, '.DS_Store'), '');
  await mkdir(join(directory, '.snapshot', 'of yesterday'), { recursive: true });
  expect(await keysOf(storage, clientPrefix(location))).toEqual([fileKey(location)]);
  expect(await keysOf(storage, `${location.accountId}/`)).toEqual([fileKey(location)]);
  expect(await storage.deletePrefix(clientPrefix(location))).toBe(1);
  expect(await readdir(join(folder, location.accountId))).toEqual([]);
});

describe('a folder that is not there, or is empty because nothing is mounted', () => {
  test.each(['missing', 'empty'])('%s: nothing is kept, read or removed', async (state) => {
    const directory = join(folder, `unmounted-${state}`);
    if (state === 'empty') await mkdir(directory);
    const storage = onDisk(directory);
    const location = newLocation();
    const attempts = [
      () => storage.write(fileKey(location), aFile()),
      () => storage.read(fileKey(location)),
      () => storage.delete(fileKey(location)),
      () => storage.deletePrefix(clientPrefix(location)),
      () => keysOf(storage, clientPrefix(location)),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow('Is it mounted?');
    await expect(storage.prepare(somethingIsKept)).rejects.toThrow('Is it mounted?');
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow('Is it mounted?');
    expect(await filesIn(directory)).toEqual([]);
  });

  test('is used where nothing is kept yet, and where there are files from before', async () => {
    const fresh = onDisk(join(folder, 'fresh', 'files'));
    await fresh.prepare(nothingIsKept);
    await fresh.prepare(somethingIsKept);
    const location = newLocation();
    await fresh.write(fileKey(location), aFile());
    expect(await fresh.deletePrefix(clientPrefix(location))).toBe(1);

    const directory = join(folder, 'from before');
    await mkdir(join(directory, clientPrefix(location)), { recursive: true });
    await writeFile(join(directory, fileKey(location)), 'x');
    const before = onDisk(directory);
    await before.prepare(somethingIsKept);
    expect(String(await bytesOf(await before.read(fileKey(location))))).toBe('x');
  });
});

function* chunksOf(content: Buffer): Generator<Buffer> {
  for (let start = 0; start < content.length; start += 64 * 1024)
    yield content.subarray(start, start + 64 * 1024);
}

function* breakingAfter(size: number): Generator<Buffer> {
  yield* chunksOf(Buffer.alloc(size));
  throw new Error('it broke');
}
