import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { closeDatabase, migrate } from '../../src/database/migrate';

/** The logins of the test cluster; roles belong to the cluster, so all test databases share them. */
const loginPasswords = {
  ringfence_login: 'login-for-tests',
  ringfence_signin: 'signin-for-tests',
  ringfence_worker: 'worker-for-tests',
};

const closingMilliseconds = 3000;

/** Of its own for each run, so that runs on one cluster do not meet. */
const templateName = () => `ringfence_template_${process.env.RINGFENCE_TEST_RUN ?? ''}`;

export interface TestDatabase {
  name: string;
  adminUrl: string;
  loginUrl: string;
  signinUrl: string;
  workerUrl: string;
  drop(): Promise<void>;
}

/** Makes the migrated template that every test database is a copy of. */
export async function makeTemplate(): Promise<void> {
  process.env.RINGFENCE_TEST_RUN = randomBytes(4).toString('hex');
  await onCluster((client) => client.query(`create database ${templateName()}`));
  await migrate(urls(templateName()));
  await onCluster((client) =>
    client.query(`alter database ${templateName()} with is_template true allow_connections false`),
  );
}

export async function dropTemplate(): Promise<void> {
  await onCluster(async (client) => {
    await client.query(`alter database ${templateName()} with is_template false`);
    await client.query(`drop database ${templateName()} with (force)`);
  });
}

/** A migrated database without accounts. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `ringfence_test_${randomBytes(6).toString('hex')}`;
  await onCluster((client) => client.query(`create database ${name} template ${templateName()}`));
  const { url: adminUrl, ...logins } = urls(name);
  // A copy of a template is open again; what the gate would refuse.
  await onDatabase(adminUrl, closeDatabase);
  return { name, adminUrl, ...logins, drop: () => dropDatabase(name) };
}

/** An empty database, not migrated. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const name = `ringfence_empty_${randomBytes(6).toString('hex')}`;
  await onCluster((client) => client.query(`create database ${name}`));
  const { url: adminUrl, ...logins } = urls(name);
  return { name, adminUrl, ...logins, drop: () => dropDatabase(name) };
}

/** Waits until the connections that are being closed are gone: a forced one would be an error of its client. */
async function dropDatabase(name: string): Promise<void> {
  await onCluster(async (client) => {
    for (
      let connected = 1, deadline = Date.now() + closingMilliseconds;
      connected > 0 && Date.now() < deadline;
    ) {
      const { rows } = await client.query<{ count: number }>(
        'select count(*)::int as count from pg_stat_activity where datname = $1',
        [name],
      );
      connected = rows[0]?.count ?? 0;
    }
    await client.query(`drop database ${name} with (force)`);
  });
}

/** A connection as ringfence_owner, who sees every row; end it. */
export async function connectAsOwner(database: TestDatabase): Promise<Client> {
  const owner = new Client({ connectionString: database.adminUrl });
  await owner.connect();
  // Processes that help would read the policies of all tables first, for a few rows.
  await owner.query('set role ringfence_owner; set max_parallel_workers_per_gather = 0');
  return owner;
}

export async function onDatabase<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function onCluster(work: (client: Client) => Promise<unknown>): Promise<void> {
  await onDatabase(process.env.RINGFENCE_TEST_CLUSTER ?? '', work);
}

function urls(database: string): { url: string; loginUrl: string; signinUrl: string; workerUrl: string } {
  const of = (user?: keyof typeof loginPasswords) => {
    const url = new URL(process.env.RINGFENCE_TEST_CLUSTER ?? '');
    url.pathname = `/${database}`;
    if (user !== undefined) {
      url.username = user;
      url.password = loginPasswords[user];
    }
    return url.href;
  };
  return {
    url: of(),
    loginUrl: of('ringfence_login'),
    signinUrl: of('ringfence_signin'),
    workerUrl: of('ringfence_worker'),
  };
}
