/** Finds the server of a cluster or launches one, whoever else does the same at this moment. */
import { spawn } from 'node:child_process';
import { closeSync, fchownSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { claimServer, type Claim } from './claim';
import { POLL_MILLISECONDS, readPostmaster } from './postmaster';
import { spawnOptions, type ServerUser } from './program';

export interface ServerOptions {
  binariesFolder: string;
  dataFolder: string;
  password: string;
  logFile: string;
  durable: boolean;
  maximumConnections: number;
  user: ServerUser | undefined;
}

interface LaunchedServer {
  /** Set when it has ended or could not be started. */
  ending?: string;
  /** What it has logged since it was launched. */
  readLog(): string;
  stop(): void;
}

/** Long, because a durable server that was killed recovers first, and stopping that would only prolong it. */
const START_DEADLINE_MILLISECONDS = 180_000;
const MAXIMUM_LAUNCHES = 10;
const LOG_LINES_SHOWN = 15;
/** A log of this size is put aside at the next launch, in place of the one put aside before. */
const LOG_BYTES = 20_000_000;
const LOG_FILE_MODE = 0o600;

/** Endings that come from a race: another postmaster was faster, or another program took the port. */
const WORTH_ANOTHER_LAUNCH = /lock file "postmaster\.pid" (already exists|is empty)|Address already in use/;

export async function joinServer(options: ServerOptions, choosePort = freePort): Promise<Claim> {
  let launched: LaunchedServer | undefined;
  let launches = 0;
  try {
    for (
      const end = Date.now() + START_DEADLINE_MILLISECONDS;
      Date.now() < end;
      await delay(POLL_MILLISECONDS)
    ) {
      const { running, unsettled, stalePid } = await readPostmaster(options.dataFolder);
      if (running?.ready) {
        const claim = await claimServer(running.port, options.password);
        if (claim) return claim;
      } else if (!running && !unsettled && (launched === undefined || launched.ending !== undefined)) {
        if (launched) assertWorthAnotherLaunch(launched, launches, options.logFile);
        launches += 1;
        launched = launch(options, await choosePort(), stalePid);
      }
    }
    throw startError('did not get ready in time', launched, options.logFile);
  } catch (error) {
    launched?.stop();
    throw error;
  }
}

function launch(options: ServerOptions, port: number, stalePid: number | undefined): LaunchedServer {
  const { logFile, user } = options;
  const log = openLog(options);
  const logStart = statSync(logFile).size;
  // In a session of its own: Ctrl-C in a terminal must not reach it before the API has drained.
  const child = spawn(join(options.binariesFolder, 'postgres'), parameters(options, port), {
    ...spawnOptions(user, stalePid ? forgiving(stalePid) : {}),
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const launched: LaunchedServer = {
    readLog: () => readFileSync(logFile).subarray(logStart).toString(),
    stop: () => void child.kill('SIGINT'),
  };
  child.once('error', (error) => (launched.ending = `could not be started: ${error.message}`));
  child.once(
    'exit',
    (code, signal) => (launched.ending = `ended at once (${signal ?? `exit code ${code}`})`),
  );
  return launched;
}

/**
 * Postgres takes a lock file for alive when any process of the same user has its number, but not if that is
 * its own grandparent, of which pg_ctl tells it so. Its check that no old server shares the memory still runs,
 * which would not be so had we deleted the file.
 */
function forgiving(stalePid: number) {
  return { PG_GRANDPARENT_PID: String(stalePid) };
}

function parameters({ dataFolder, durable, maximumConnections }: ServerOptions, port: number): string[] {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: maximumConnections,
    shared_buffers: '128MB',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    log_destination: 'stderr',
    logging_collector: 'off',
    log_statement: 'none',
    log_parameter_max_length: 0,
    log_parameter_max_length_on_error: 0,
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return [
    '-D',
    dataFolder,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

function openLog({ logFile, dataFolder, user }: ServerOptions): number {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES) renameSync(logFile, `${logFile}.previous`);
  const log = openSync(logFile, 'a', LOG_FILE_MODE);
  if (user) {
    // To whom the cluster belongs: the next start may be theirs.
    const owner = statSync(join(dataFolder, '..'));
    fchownSync(log, owner.uid, owner.gid);
  }
  return log;
}

function assertWorthAnotherLaunch(launched: LaunchedServer, launches: number, logFile: string): void {
  if (launches < MAXIMUM_LAUNCHES && WORTH_ANOTHER_LAUNCH.test(launched.readLog())) return;
  throw startError(launched.ending ?? 'did not start', launched, logFile);
}

function startError(what: string, launched: LaunchedServer | undefined, logFile: string): Error {
  const lines = launched?.readLog().trimEnd().split('\n').slice(-LOG_LINES_SHOWN) ?? [];
  return new Error([`Postgres ${what}. The end of its log, ${logFile}:`, ...lines].join('\n'));
}

/** Free now; somebody may take it before Postgres does, which is why launching is repeated. */
async function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
