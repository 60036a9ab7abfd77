// Where the database is: the one of the settings, or the embedded one, started here.
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import type { Config } from '../config';
import { projectRoot } from '../project';
import { generatedSecrets } from '../secrets';
import { startEmbeddedPostgres } from './embedded';

export interface DatabaseLocation {
  /** For migrations and the command line; null: only the logins are known, somebody else migrates. */
  adminUrl: string | null;
  loginUrl: string;
  signinUrl: string;
  /** Null: no worker is to run. */
  workerUrl: string | null;
  secretKeys: string[];
  /** Stops the embedded database; does nothing for any other. */
  stop(): Promise<void>;
}

const embeddedDatabase = 'ringfence';

export async function locateDatabase(config: Config): Promise<DatabaseLocation> {
  const directory = resolve(projectRoot, config.DATA_DIRECTORY);
  const secretKeys = config.SECRET_KEYS ?? generatedSecrets(directory).secretKeys;
  const { LOGIN_DATABASE_URL: loginUrl, SIGNIN_DATABASE_URL: signinUrl } = config;
  if (loginUrl !== undefined && signinUrl !== undefined) {
    return {
      adminUrl: config.DATABASE_URL ?? null,
      loginUrl,
      signinUrl,
      workerUrl: config.WORKER_DATABASE_URL ?? null,
      secretKeys,
      stop: () => Promise.resolve(),
    };
  }

  const { loginPassword, signinPassword, workerPassword } = generatedSecrets(directory);
  const server = await startEmbeddedPostgres({ directory: join(directory, 'postgres'), durable: true });
  try {
    await ensureDatabase(server.url);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    adminUrl: as(server.url, undefined, undefined),
    loginUrl: as(server.url, 'ringfence_login', loginPassword),
    signinUrl: as(server.url, 'ringfence_signin', signinPassword),
    workerUrl: as(server.url, 'ringfence_worker', workerPassword),
    secretKeys,
    stop: () => server.stop(),
  };
}

async function ensureDatabase(serverUrl: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [embeddedDatabase]);
    if (rowCount === 0) await client.query(`create database ${embeddedDatabase}`);
  } finally {
    await client.end();
  }
}

/** The server's URL for our database, as another user if one is given. */
function as(serverUrl: string, user: string | undefined, password: string | undefined): string {
  const url = new URL(serverUrl);
  url.pathname = `/${embeddedDatabase}`;
  if (user !== undefined && password !== undefined) {
    url.username = user;
    url.password = password;
  }
  return url.href;
}
