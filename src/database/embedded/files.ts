import { lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerUser } from './program';

/** For folders that the server's user must pass, whatever the umask; what is secret inside guards itself. */
export const PASSABLE = 0o755;

/** Of an error of Node or of Postgres. Not by instanceof: under jest Node's errors are of another realm. */
export function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** Waits for a file operation and gives undefined when what it needs is not there. */
export async function ifThere<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** True also for a link that points nowhere. */
export async function isThere(path: string): Promise<boolean> {
  return (await ifThere(lstat(path))) !== undefined;
}

/** Gives a folder with all it holds to a user; links themselves, never what they point at. */
export async function giveTo(user: ServerUser, folder: string): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    await lchown(join(folder, name), user.uid, user.gid);
  }
  await lchown(folder, user.uid, user.gid);
}
