import { randomBytes } from 'node:crypto';
import pino, { type Logger } from 'pino';
import type { Client } from 'pg';
import { readConfig } from '../../src/config';
import { loadDemo } from '../../src/demo/load';
import { features, type Feature } from '../../src/graphql/features';
import { startServer, type RunningServer } from '../../src/server';
import { connectAsOwner, createTestDatabase, type TestDatabase } from './database';

export interface TestServer extends RunningServer {
  database: TestDatabase;
  /** Acts as ringfence_owner: sees every row, for arranging and for checking. */
  owner: Client;
  /** What was logged, parsed. */
  log: Record<string, unknown>[];
}

export interface TestServerOptions {
  /** Settings over the defaults of tests. */
  settings?: Record<string, string>;
  /** Load the demo accounts. */
  demo?: boolean;
  /** Features besides those that are served, for what none of these does yet. */
  features?: readonly Feature[];
}

/** A server over HTTP on a database of its own; close it after the suite. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = await createTestDatabase();
  const owner = await connectAsOwner(database);
  if (options.demo) await loadDemo(database.adminUrl);

  const log: Record<string, unknown>[] = [];
  const config = readConfig({
    NODE_ENV: 'test',
    PORT: '0',
    LOGIN_DATABASE_URL: database.loginUrl,
    SIGNIN_DATABASE_URL: database.signinUrl,
    WORKER_DATABASE_URL: database.workerUrl,
    // It costs connections, and most tests send nothing.
    WORKER: 'false',
    DEMO: options.demo ? 'true' : 'false',
    SIGN_UPS_PER_HOUR: '100000',
    PASSWORD_RESETS_PER_HOUR: '100000',
    COMPILE_QUERIES: 'always',
    ...options.settings,
  });
  const location = { ...database, secretKeys: [`test:${randomBytes(32).toString('base64')}`] };
  const leave = async () => {
    await owner.end();
    await database.drop();
  };
  try {
    const server = await startServer(config, location, collectingLogger(log), [
      ...features,
      ...(options.features ?? []),
    ]);
    const close = async () => {
      await server.close();
      await leave();
    };
    return { ...server, database, owner, log, close };
  } catch (error) {
    await leave();
    throw error;
  }
}

function collectingLogger(log: Record<string, unknown>[]): Logger {
  return pino(
    { level: 'debug', base: undefined },
    { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) },
  );
}
