// Files in a folder. A file appears under its name when all of it is on the disk: it is written beside it, and renamed. So what
// never arrived whole lies where the file would, and goes with whatever removes that.
import { createWriteStream } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteRange, Storage } from './storage';
import { isKey, isPrefix, requireKey, requirePrefix } from './storage-keys';

/** Tells the folder from one that is not mounted, which looks like one without files. */
const marker = '.ringfence';
const markerText =
  'Ringfence keeps files here. Without this one nothing is kept, read or removed: the folder may not be mounted.\n';
const ownerAlone = 0o700;
/** What is read ahead of whoever takes it. */
const readBytes = 64 * 1024;

export class DiskStorage implements Storage {
  constructor(private readonly directory: string) {}

  async prepare(filesAreKept: () => Promise<boolean>): Promise<void> {
    if (await exists(join(this.directory, marker))) return;
    const accounts = (await entriesOf(this.directory)).filter(({ name }) => isPrefix(`${name}/`));
    if (accounts.length === 0 && (await filesAreKept())) throw this.notThere();
    await mkdir(this.directory, { recursive: true, mode: ownerAlone });
    await writeFile(join(this.directory, marker), markerText, { mode: 0o600 });
  }

  async write(key: string, content: Readable): Promise<void> {
    const path = this.pathOf(key);
    const arriving = arrivingAt(path);
    try {
      await this.requireMarker();
      await mkdir(dirname(path), { recursive: true, mode: ownerAlone });
      // flush: the bytes are on the disk before the file gets its name.
      await pipeline(content, createWriteStream(arriving, { mode: 0o600, flush: true }));
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
      if (!isMissing(error)) throw error;
      await this.requireMarker();
      return null;
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.pathOf(key);
    await this.requireMarker();
    for (const name of [path, arrivingAt(path)]) await rm(name, { force: true });
  }

  async deletePrefix(prefix: string): Promise<number> {
    let removed = 0;
    for await (const _ of this.list(prefix)) removed += 1;
    // Whatever else lies there goes as well: what was arriving, what a file manager left.
    await rm(join(this.directory, prefix), { recursive: true, force: true });
    return removed;
  }

  async *list(prefix: string): AsyncIterable<string> {
    requirePrefix(prefix);
    await this.requireMarker();
    for (const entry of await entriesOf(join(this.directory, prefix))) {
      const path = `${prefix}${entry.name}`;
      if (entry.isDirectory() && isPrefix(`${path}/`)) yield* this.list(`${path}/`);
      else if (entry.isFile() && isKey(path)) yield path;
    }
  }

  private pathOf(key: string): string {
    requireKey(key);
    return join(this.directory, key);
  }

  private async requireMarker(): Promise<void> {
    if (!(await exists(join(this.directory, marker)))) throw this.notThere();
  }

  private notThere(): Error {
    return new Error(
      `${this.directory} is not where files are kept: there is no ${marker} in it. Is it mounted?`,
    );
  }
}

/** Each try of an upload is a file of its own, so nobody else writes there. */
function arrivingAt(path: string): string {
  return `${path}.arriving`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
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
