/**
 * The cluster of a place: the folder `cluster` with the data and the superuser's password, which appear
 * together, by one rename, and are never deleted here.
 */
import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries';
import { errorCode, giveTo, ifThere, isThere, PASSABLE } from './files';
import { run, type ServerUser } from './program';

export const SUPERUSER = 'postgres';

const PASSWORD_BYTES = 32;
const PRIVATE_FOLDER_MODE = 0o700;
const PRIVATE_FILE_MODE = 0o600;

/** The same cluster on every platform and under every locale: initdb would take LC_ALL=C for SQL_ASCII. */
const LOCALE = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];

export interface ClusterOptions {
  place: string;
  binaries: Binaries;
  durable: boolean;
  user: ServerUser | undefined;
}

export interface Cluster {
  dataFolder: string;
  password: string;
}

export function dataFolderOf(place: string): string {
  return join(place, 'cluster', 'data');
}

export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const { place, binaries, user } = options;
  await sweepUnfinished(place);
  if (!(await isThere(join(place, 'cluster')))) await createCluster(options);

  const dataFolder = dataFolderOf(place);
  await assertVersion(dataFolder, binaries.majorVersion);
  // Data that root copied or restored belongs to root, which Postgres refuses.
  if (user && (await stat(dataFolder)).uid === 0) await giveTo(user, dataFolder);

  const password = await ifThere(readFile(passwordFileOf(place), 'utf8'));
  if (password === undefined) {
    throw new Error(
      `${passwordFileOf(place)} is gone, without which nobody can connect: put it back, ` +
        `or move ${join(place, 'cluster')} away to begin with an empty database.`,
    );
  }
  return { dataFolder, password: password.trim() };
}

function passwordFileOf(place: string): string {
  return join(place, 'cluster', 'password');
}

/** Made beside and renamed: killed half-way leaves nothing that the next start could take for a cluster. */
async function createCluster({ place, binaries, durable, user }: ClusterOptions): Promise<void> {
  const unfinished = await mkdtemp(join(place, `unfinished-${process.pid}-`));
  try {
    await chmod(unfinished, PASSABLE);
    const dataFolder = join(unfinished, 'data');
    const passwordFile = join(unfinished, 'password');
    await mkdir(dataFolder, { mode: PRIVATE_FOLDER_MODE });
    await writeFile(passwordFile, randomBytes(PASSWORD_BYTES).toString('hex'), { mode: PRIVATE_FILE_MODE });
    if (user) {
      // The user gets the data folder only: where it could write, root's own steps could be misled.
      await chown(dataFolder, user.uid, user.gid);
      await chown(passwordFile, user.uid, user.gid);
    }

    const { exitCode, output } = await run(
      join(binaries.folder, 'initdb'),
      [
        `--pgdata=${dataFolder}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--no-instructions',
        ...LOCALE,
        ...(durable ? [] : ['--no-sync']),
      ],
      user,
    );
    if (exitCode !== 0) {
      throw new Error(`Postgres could not create its cluster in ${place}; initdb says:\n${output.trim()}`);
    }

    if (user) await chown(passwordFile, 0, 0);
    await moveIntoPlace(unfinished, join(place, 'cluster'));
    if (durable) await flushFolder(place);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function moveIntoPlace(unfinished: string, cluster: string): Promise<void> {
  try {
    await rename(unfinished, cluster);
  } catch (error) {
    // Another process that starts at the same time was faster; its cluster is used and ours thrown away.
    if (errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'EEXIST') throw error;
  }
}

/** A rename outlives a power cut only when its folder is flushed as well. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  await handle.sync();
  await handle.close();
}

/** Removes what killed starts left behind, which is never a whole cluster. Those of living processes stay. */
async function sweepUnfinished(place: string): Promise<void> {
  for (const name of await readdir(place)) {
    const pid = Number(/^unfinished-(\d+)-/.exec(name)?.[1]);
    // An orphaned initdb may still write there; then the next start gets it.
    if (pid && !isAlive(pid))
      await rm(join(place, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

async function assertVersion(dataFolder: string, majorVersion: string): Promise<void> {
  const found = (await ifThere(readFile(join(dataFolder, 'PG_VERSION'), 'utf8')))?.trim();
  if (found === majorVersion) return;
  if (found === undefined) {
    throw new Error(
      `${dataFolder} does not hold the data of a Postgres: ` +
        'move the folder above it away to begin with an empty database.',
    );
  }
  throw new Error(
    `${dataFolder} was made by Postgres ${found}, and this is Postgres ${majorVersion}, which can't read it: ` +
      `dump it with Postgres ${found} (pg_dumpall) and load that into a new one, ` +
      `move the folder above it away to begin with an empty database, ` +
      `or set DATABASE_URL to a Postgres ${found} that serves it.`,
  );
}
