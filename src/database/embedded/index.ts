/**
 * A real Postgres from npm, for a machine that has none: persistent for `npm start`, throwaway for tests.
 *
 * The folder holds `cluster/` (data, and the superuser's password), `postgres.log`, and sometimes a copy of
 * the programs. When we are root and the server's user can't enter it, it is a link to a place where it can.
 */
import { join, resolve } from 'node:path';
import { locatePackage, prepareBinaries } from './binaries';
import type { Claim } from './claim';
import { dataFolderOf, openCluster, SUPERUSER } from './cluster';
import { errorCode } from './files';
import { settle } from './place';
import { shutDown } from './postmaster';
import { joinServer } from './server';
import { chooseServerUser } from './server-user';

export interface EmbeddedPostgres {
  /** Connection url of the bootstrap superuser to the database `postgres` on 127.0.0.1. */
  readonly url: string;
  /**
   * Fast shutdown, idempotent. A server that another living process uses as well is left to that process.
   */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Where everything is kept; made when missing. */
  directory: string;
  /** True for data that must survive a crash; false for tests, which trade that for speed. */
  durable: boolean;
  maximumConnections?: number;
}

const DEFAULT_MAXIMUM_CONNECTIONS = 100;

/**
 * Starts the server of a directory, or joins the one that runs there: left by a process that was killed, or in
 * use by another. Rejects with a sentence for the person at the terminal.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const directory = resolve(options.directory);
  try {
    return await start({ ...options, directory });
  } catch (cause) {
    if (errorCode(cause) !== 'EACCES') throw cause;
    throw new Error(
      `This OS user may not use ${directory}; if root or somebody else started Ringfence here first, start it as ` +
        'they did, move that folder away, or set DATABASE_URL to a database of your own.',
      { cause },
    );
  }
}

async function start({
  directory,
  durable,
  maximumConnections = DEFAULT_MAXIMUM_CONNECTIONS,
}: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const packageFolder = locatePackage();
  const user = await chooseServerUser(dataFolderOf(directory));
  const place = await settle({ directory, durable, user });
  const binaries = await prepareBinaries(packageFolder, place, user);
  const { dataFolder, password } = await openCluster({ place, binaries, durable, user });
  const claim = await joinServer({
    binariesFolder: binaries.folder,
    logFile: join(place, 'postgres.log'),
    dataFolder,
    password,
    durable,
    maximumConnections,
    user,
  });
  await assertDurability(claim, durable, directory);

  let stopped: Promise<void> | undefined;
  return {
    url: `postgres://${SUPERUSER}:${password}@127.0.0.1:${claim.port}/postgres`,
    stop: () => (stopped ??= leave(claim, dataFolder)),
  };
}

/** Promise 3: acknowledged means durable. A server that tests left behind does not keep it. */
async function assertDurability(claim: Claim, durable: boolean, directory: string): Promise<void> {
  if (!durable || claim.durable) return;
  await claim.end();
  throw new Error(
    `The Postgres that runs in ${directory} was started for tests and may lose data: stop it first.`,
  );
}

async function leave(claim: Claim, dataFolder: string): Promise<void> {
  // The claim ends last: as long as it is held, nobody can join a server that is about to go.
  if (await claim.isLast()) await shutDown(dataFolder);
  await claim.end();
}
