/**
 * Where a cluster lives. Normally that is the folder the caller names. When we are root, Postgres runs as
 * another user (see server-user.ts), and that user often can't enter the folder: a project in a home or in a
 * temporary folder of mode 0700. Then a fallback place is made and the folder becomes a link to it, so that
 * every later start finds it in the same way and deleting the link means beginning anew, as it would without.
 */
import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, mkdtemp, realpath, rm, rmdir, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { errorCode, ifThere, isThere, PASSABLE } from './files';
import { run, type ServerUser } from './program';

const HASH_LENGTH = 12;

export interface PlaceOptions {
  directory: string;
  durable: boolean;
  user: ServerUser | undefined;
}

/** Gives the real path of the folder to use. It exists afterwards, and the server's user can enter it. */
export async function settle({ directory, durable, user }: PlaceOptions): Promise<string> {
  if ((await ifThere(realpath(directory))) === undefined && (await isThere(directory))) {
    await forgetLostPlace(directory, durable);
  }
  if (user && !(await canLiveIn(await nearestFolder(directory), user))) {
    await linkToFallback(directory, user);
  } else {
    await makeFolder(directory);
  }
  return realpath(directory);
}

/** The link is there and its target is gone, as after a restart that emptied /tmp. */
async function forgetLostPlace(directory: string, durable: boolean): Promise<void> {
  if (durable) {
    throw new Error(
      `${directory} is a link to the folder that held the database, and that folder is gone: ` +
        'put it back, or delete the link to begin with an empty database.',
    );
  }
  await unlink(directory);
}

/** Tried for real, since modes alone don't tell: there are access lists, and file systems without owners. */
async function canLiveIn(folder: string, user: ServerUser): Promise<boolean> {
  const probe = await mkdtemp(join(folder, '.ringfence-probe-')).catch(() => undefined);
  if (probe === undefined) return false;
  try {
    await chown(probe, user.uid, user.gid);
    return (await run('/bin/sh', ['-c', 'cd "$1" && : > file', 'sh', probe], user)).exitCode === 0;
  } catch {
    return false;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

async function nearestFolder(path: string): Promise<string> {
  const found = await ifThere(lstat(path));
  return found ? realpath(path) : nearestFolder(dirname(path));
}

async function makeFolder(path: string): Promise<void> {
  const topmost = await mkdir(path, { recursive: true });
  if (topmost === undefined) return;
  for (let folder = path; folder.length >= topmost.length; folder = dirname(folder)) {
    await chmod(folder, PASSABLE);
  }
}

async function linkToFallback(directory: string, user: ServerUser): Promise<void> {
  // Only an empty folder gives way. What holds something is somebody's data, and stays where it is.
  await ifThere(rmdir(directory)).catch((cause: unknown) => {
    throw new Error(
      `The OS user ${user.name}, which runs Postgres because we are root, can't enter ${directory} ` +
        'or a folder above it: allow that (chmod o+x), or move that folder away to begin with an empty database.',
      { cause },
    );
  });
  const fallback = await makeFallback(directory, user);
  await mkdir(dirname(directory), { recursive: true });
  await symlink(fallback, directory).catch(async (error: unknown) => {
    await rmdir(fallback);
    // Another process that starts at the same time made its own link first; its place is as good.
    if (errorCode(error) !== 'EEXIST') throw error;
  });
}

/** A random end of the name, so that nobody can lie in wait there, nor old data come back by itself. */
async function makeFallback(directory: string, user: ServerUser): Promise<string> {
  const hash = createHash('sha256').update(directory).digest('hex').slice(0, HASH_LENGTH);
  const prefixes = ['/var/lib/ringfence/', join(tmpdir(), 'ringfence-'), '/tmp/ringfence-'];
  for (const prefix of prefixes.map((start) => `${start}${hash}-`)) {
    const parent = dirname(prefix);
    const usable = await makeFolder(parent).then(
      () => canLiveIn(parent, user),
      () => false,
    );
    if (!usable) continue;
    const folder = await mkdtemp(prefix);
    await chmod(folder, PASSABLE);
    return folder;
  }
  throw new Error(
    `The OS user ${user.name}, which runs Postgres because we are root, can enter neither ${directory} nor ` +
      `/var/lib/ringfence nor ${tmpdir()}: start as another user, or set DATABASE_URL to a database of your own.`,
  );
}
