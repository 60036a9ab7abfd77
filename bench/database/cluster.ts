// The Postgres of the benchmark: the embedded one with the durability of `npm start`, or BENCH_DATABASE, the URL of somebody
// who may create databases and roles. Never one that serves anybody: the logins get passwords of their own.
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../src/database/embedded';
import { workFolder } from '../paths';

export interface Cluster {
  /** Connection URL of somebody who may create databases and roles. */
  url: string;
  stop(): Promise<void>;
}

export interface DatabaseUrls {
  name: string;
  adminUrl: string;
  loginUrl: string;
  signinUrl: string;
  /** As the login of PostGraphile. */
  peerUrl: string;
}

/** As bench/database/peer-roles.sql has it. */
const peerPassword = 'peer-for-bench';

export async function startCluster(): Promise<Cluster> {
  const given = process.env.BENCH_DATABASE;
  if (given !== undefined && given !== '') return { url: given, stop: () => Promise.resolve() };
  return startEmbeddedPostgres({ directory: join(workFolder, 'postgres'), durable: true });
}

export function urlsOf(cluster: Cluster, name: string): DatabaseUrls {
  const as = (user?: string, password = '') => {
    const url = new URL(cluster.url);
    url.pathname = `/${name}`;
    if (user !== undefined) {
      url.username = user;
      url.password = password;
    }
    return url.href;
  };
  return {
    name,
    adminUrl: as(),
    loginUrl: as('ringfence_login', 'login-for-bench'),
    signinUrl: as('ringfence_signin', 'signin-for-bench'),
    peerUrl: as('bench_peer_login', peerPassword),
  };
}

export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Works as ringfence_owner, who sees every row. */
export function asBenchOwner<T>(adminUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  return withClient(adminUrl, async (client) => {
    await client.query('set role ringfence_owner');
    return work(client);
  });
}
