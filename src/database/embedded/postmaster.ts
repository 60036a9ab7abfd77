/**
 * Postgres's own lock file, postmaster.pid in the data folder: the only word on whether a server runs there.
 * Our process may have been killed and the server not, or both, or the machine; and in a container the number
 * of a dead postmaster soon belongs to something else.
 */
import { readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode, ifThere } from './files';
import { run } from './program';

export interface RunningPostmaster {
  pid: number;
  port: number;
  /** False while it starts, recovers, or stops. */
  ready: boolean;
}

export interface PostmasterState {
  running?: RunningPostmaster;
  /** The lock file has no number: a server starts at this instant, or it is the remnant of a crash. */
  unsettled?: boolean;
  /** The process that a left-over lock file names, which is dead or something else. */
  stalePid?: number;
}

export const POLL_MILLISECONDS = 20;

/** Postgres writes its number at once; a file that stays without one this long is a remnant of a crash. */
const EMPTY_FILE_MILLISECONDS = 2_000;

/** A fast shutdown takes 0.1 s. The second step ends it at once and leaves recovery to its next start. */
const SHUTDOWN_STEPS = [
  { signal: 'SIGINT', patienceMilliseconds: 30_000 },
  { signal: 'SIGQUIT', patienceMilliseconds: 10_000 },
] as const;

export async function readPostmaster(dataFolder: string): Promise<PostmasterState> {
  const file = join(dataFolder, 'postmaster.pid');
  const content = await ifThere(readFile(file, 'utf8'));
  if (content === undefined) return {};
  // Lines: process, data folder, start, port, socket folder, address, shared memory, state.
  const [pidLine, , , portLine, , , , stateLine] = content.split('\n');
  const pid = Number(pidLine);
  if (!Number.isInteger(pid) || pid <= 0) {
    return { unsettled: !(await removeIfRemnant(file)) };
  }
  if (!(await isPostmasterOf(pid, dataFolder))) return { stalePid: pid };
  return { running: { pid, port: Number(portLine), ready: stateLine?.trim() === 'ready' } };
}

/** Stops the server of a data folder, if one runs, without waiting for its clients. */
export async function shutDown(dataFolder: string): Promise<void> {
  const { running } = await readPostmaster(dataFolder);
  if (!running) return;
  for (const { signal, patienceMilliseconds } of SHUTDOWN_STEPS) {
    if (!sendSignal(running.pid, signal)) return;
    for (const end = Date.now() + patienceMilliseconds; Date.now() < end; await delay(POLL_MILLISECONDS)) {
      // The lock file goes last. The process itself may stay as a zombie where nobody collects orphans.
      if ((await readPostmaster(dataFolder)).running?.pid !== running.pid) return;
    }
  }
  throw new Error(`Postgres (process ${running.pid}) does not stop; end it with kill -9 ${running.pid}.`);
}

async function isPostmasterOf(pid: number, dataFolder: string): Promise<boolean> {
  return (await commandLine(pid)).includes(` -D ${dataFolder} `);
}

async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    // Not from `ps`, which small images lack. Whatever can't be read is no process of ours.
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
  }
  return (await run('/bin/ps', ['-ww', '-o', 'args=', '-p', String(pid)], undefined)).output;
}

async function removeIfRemnant(file: string): Promise<boolean> {
  const found = await ifThere(stat(file));
  if (found && Date.now() - found.mtimeMs < EMPTY_FILE_MILLISECONDS) return false;
  await ifThere(unlink(file));
  return true;
}

function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    throw error;
  }
}
