import { spawn } from 'node:child_process';

/** An OS account that programs are run as; only root can choose one. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

export interface Outcome {
  exitCode: number | null;
  /** What it wrote to stdout and stderr, in the order it came. */
  output: string;
}

/**
 * Postgres gets nothing of our environment: secrets of the API don't belong where a superuser can read them,
 * and PGDATA, TZ, LD_LIBRARY_PATH or a locale that is not installed would change how it behaves.
 */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' };
}

/** Spawning in `/` because the current folder may be one that the server's user can't enter. */
export function spawnOptions(user: ServerUser | undefined, environment: NodeJS.ProcessEnv = {}) {
  return {
    cwd: '/',
    env: { ...cleanEnvironment(), ...environment },
    ...(user && { uid: user.uid, gid: user.gid }),
  };
}

/** Runs a program to its end. Rejects only when it could not be started at all. */
export function run(program: string, parameters: string[], user: ServerUser | undefined): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    // Some failures throw here and some arrive as an event; without a listener the event would end Node.
    const child = spawn(program, parameters, { ...spawnOptions(user), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, output }));
  });
}
