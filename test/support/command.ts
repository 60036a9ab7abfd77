import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { TestDatabase } from './database';

const project = join(__dirname, '../..');

export interface Finished {
  code: number | null;
  out: string;
  err: string;
}

/** The environment of a process of ours: the database, and nothing else that would change what it does. */
export function environmentOf(
  database: TestDatabase,
  settings: Record<string, string> = {},
): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    DATABASE_URL: database.adminUrl,
    LOGIN_DATABASE_URL: database.loginUrl,
    SIGNIN_DATABASE_URL: database.signinUrl,
    WORKER_DATABASE_URL: database.workerUrl,
    WORKER: 'false',
    ...settings,
  };
}

/** Runs the command line to its end. */
export async function ringfence(environment: NodeJS.ProcessEnv, ...words: string[]): Promise<Finished> {
  return finished(startCommand(environment, ...words));
}

/** Starts a command that goes on. */
export function startCommand(environment: NodeJS.ProcessEnv, ...words: string[]): ChildProcess {
  return start('bin/ringfence.js', environment, words);
}

/** Starts the server as `npm start` does. */
export function startMain(environment: NodeJS.ProcessEnv): ChildProcess {
  return start('src/main.ts', environment, []);
}

export function finished(child: ChildProcess): Promise<Finished> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

/** Resolves with everything printed so far as soon as it matches. */
export function printed(child: ChildProcess, expected: RegExp): Promise<string> {
  let out = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (expected.test(out)) resolve(out);
    });
    child.stderr?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.on('close', () => reject(new Error(`it ended before printing ${expected}: ${out}`)));
  });
}

function start(file: string, env: NodeJS.ProcessEnv, words: string[]): ChildProcess {
  return spawn(process.execPath, ['-r', '@swc-node/register', file, ...words], { cwd: project, env });
}
