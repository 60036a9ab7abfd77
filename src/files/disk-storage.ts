// Files in a folder. A file appears under its name when all of it is on the disk: it is written elsewhere in the same folder,
// and renamed.
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteRange, Storage } from './storage';
import { requireKey, requirePrefix } from './storage-keys';

/** Where files are while they arrive. A crash leaves them there; a day later nobody writes them any more. */
const arrivals = '.arriving';
const abandonedMilliseconds = 24 * 60 * 60 * 1000;
const ownerAlone = 0o700;
/** What is read ahead of whoever takes it. */
const readBytes = 256 * 1024;

export class DiskStorage implements Storage {
  private tidied: Promise<void> | undefined;

  constructor(private readonly directory: string) {}

  async write(key: string, content: Readable): Promise<void> {
    const path = this.pathOf(key);
    await (this.tidied ??= this.removeAbandoned());
    const arriving = join(this.directory, arrivals, randomUUID());
    try {
      await mkdir(dirname(arriving), { recursive: true, mode: ownerAlone });
      // flush: the bytes are on the disk before the file gets its name.
      await pipeline(content, createWriteStream(arriving, { flags: 'wx', mode: 0o600, flush: true }));
      await mkdir(dirname(path), { recursive: true, mode: ownerAlone });
      await rename(arriving, path);
    } catch (error) {
      content.destroy();
      await rm(arriving, { force: true });
      throw error;
    }
    await flushFolder(dirname(path));
  }

  async read(key: string, range?: ByteRange): Promise<Readable | null> {
    const path = this.pathOf(key);
    try {
      const file = await open(path);
      return file.createReadStream({ ...range, highWaterMark: readBytes });
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  async deletePrefix(prefix: string): Promise<number> {
    let removed = 0;
    for await (const key of this.list(prefix)) {
      await this.delete(key);
      removed += 1;
    }
    await rm(join(this.directory, prefix), { recursive: true, force: true });
    return removed;
  }

  async *list(prefix: string): AsyncIterable<string> {
    requirePrefix(prefix);
    for (const entry of await entriesOf(join(this.directory, prefix))) {
      if (entry.isDirectory()) yield* this.list(`${prefix}${entry.name}/`);
      else yield `${prefix}${entry.name}`;
    }
  }

  /** Once, before the first file that this process writes. */
  private async removeAbandoned(): Promise<void> {
    const folder = join(this.directory, arrivals);
    for (const { name } of await entriesOf(folder)) {
      const path = join(folder, name);
      const { mtimeMs } = await stat(path);
      if (mtimeMs < Date.now() - abandonedMilliseconds) await rm(path, { force: true });
    }
  }

  private pathOf(key: string): string {
    requireKey(key);
    return join(this.directory, key);
  }
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** A new name is safe from a crash when its folder is on the disk too. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
