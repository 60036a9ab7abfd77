// Further servers on the database of a test: other processes, as far as anything they share is concerned.
import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { readConfig } from '../../src/config';
import { startServer, type RunningServer } from '../../src/server';
import type { TestDatabase } from './database';

export interface AnotherServer extends RunningServer {
  /** What was logged, parsed. */
  log: Record<string, unknown>[];
}

export interface AnotherServerOptions {
  /** Settings over the defaults of tests. */
  settings?: Record<string, string>;
  /** `id:key` pairs; left out: one of its own, so that its tokens are worth nothing elsewhere. */
  secretKeys?: string[];
  /** Where the database is, if not where it is for everybody else. */
  loginUrl?: string;
  signinUrl?: string;
}

export function newSecretKey(id: string): string {
  return `${id}:${randomBytes(32).toString('base64')}`;
}

export async function startAnotherServer(
  database: TestDatabase,
  options: AnotherServerOptions = {},
): Promise<AnotherServer> {
  const {
    settings = {},
    secretKeys = [newSecretKey('test')],
    loginUrl = database.loginUrl,
    signinUrl = database.signinUrl,
  } = options;
  const log: Record<string, unknown>[] = [];
  const write = (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>);
  const config = readConfig({
    NODE_ENV: 'test',
    PORT: '0',
    LOGIN_DATABASE_URL: loginUrl,
    SIGNIN_DATABASE_URL: signinUrl,
    WORKER_DATABASE_URL: database.workerUrl,
    WORKER: 'false',
    DEMO: 'false',
    SIGN_UPS_PER_HOUR: '100000',
    SECRET_KEYS: secretKeys.join(','),
    ...settings,
  });
  const server = await startServer(
    config,
    { loginUrl, signinUrl, workerUrl: database.workerUrl, secretKeys },
    pino({ level: 'debug', base: undefined }, { write }),
  );
  return { ...server, log };
}
