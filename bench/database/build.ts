// Makes the database that is measured, once: it stays, under a name made of its size and of the files that its tables and rows
// come from. Functions and policies are brought up to date each time, so that changing them costs no new rows.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import { catalogDigest, expectedSchema, migrate } from '../../src/database/migrate';
import { benchFolder } from '../paths';
import { say } from '../say';
import { asBenchOwner, urlsOf, withClient, type Cluster, type DatabaseUrls } from './cluster';
import { setSizes, type Size } from './size';

const rowFiles = [
  'tables.sql',
  'rows-accounts.sql',
  'rows-principals.sql',
  'rows-clients.sql',
  'rows-assignments.sql',
  'rows-lists.sql',
  'rows-leads.sql',
  'finish.sql',
];
const fenceFiles = ['peer-roles.sql', 'peer.sql'];

/** Rows written in one statement. */
const batchSize = { clients: 5000, leads: 100_000 };

const sqlFile = (name: string) => readFileSync(join(benchFolder, 'database', name), 'utf8');
const digestOf = (...texts: string[]) => createHash('sha256').update(texts.join('\0')).digest('hex');

export async function prepareDatabase(cluster: Cluster, size: Size): Promise<DatabaseUrls> {
  const name = `ringfence_bench_${digestOf(
    JSON.stringify(size),
    ...expectedSchema().migrations.map(({ digest }) => digest),
    ...rowFiles.map(sqlFile),
  ).slice(0, 12)}`;
  const urls = urlsOf(cluster, name);
  if (!(await exists(cluster, name))) await build(cluster, urls, size);
  await applyFence(urls);
  return urls;
}

async function exists(cluster: Cluster, name: string): Promise<boolean> {
  return withClient(cluster.url, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    return rowCount !== 0;
  });
}

/** Under another name until it is complete, so that what was interrupted is not taken for a database. */
async function build(cluster: Cluster, { name }: DatabaseUrls, size: Size): Promise<void> {
  const startedAt = Date.now();
  const building = urlsOf(cluster, `${name}_building`);
  await withClient(cluster.url, async (client) => {
    await dropOutdated(client, size);
    await client.query(`drop database if exists ${escapeIdentifier(building.name)} with (force)`);
    await client.query(`create database ${escapeIdentifier(building.name)}`);
  });
  await migrate({
    url: building.adminUrl,
    loginUrl: building.loginUrl,
    signinUrl: building.signinUrl,
    workerUrl: null,
  });
  await asBenchOwner(building.adminUrl, (owner) => writeRows(owner, size));
  await withClient(cluster.url, async (client) => {
    await client.query(
      `comment on database ${escapeIdentifier(building.name)} is ${escapeLiteral(JSON.stringify({ size }))}`,
    );
    await client.query(
      `alter database ${escapeIdentifier(building.name)} rename to ${escapeIdentifier(name)}`,
    );
  });
  say(`built ${name} in ${Math.round((Date.now() - startedAt) / 1000)} s`);
}

/** Databases of this size from files that have changed since are of no use to anybody. */
async function dropOutdated(client: Client, size: Size): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select datname as name from pg_database
     where datname like 'ringfence\\_bench\\_%' and shobj_description(oid, 'pg_database') = $1`,
    [JSON.stringify({ size })],
  );
  for (const { name } of rows)
    await client.query(`drop database if exists ${escapeIdentifier(name)} with (force)`);
}

async function writeRows(owner: Client, size: Size): Promise<void> {
  const clients = size.clients + size.otherClients;
  const leads = size.leads + size.otherLeads;
  await owner.query(sqlFile('tables.sql'));
  await owner.query(sqlFile('rows-accounts.sql'), [1, size.accounts]);
  await owner.query(sqlFile('rows-principals.sql'), [size.organizations, setSizes]);
  for (const table of ['clients', 'agents'])
    await owner.query(`alter table ringfence.${table} disable trigger user`);
  await inBatches('clients', clients, (first, last) =>
    owner.query(sqlFile('rows-clients.sql'), [first, last, size.clients, size.accounts]),
  );
  for (const table of ['clients', 'agents'])
    await owner.query(`alter table ringfence.${table} enable trigger user`);
  await owner.query(sqlFile('rows-assignments.sql'));
  await owner.query('alter table ringfence.lists disable trigger user');
  await owner.query(sqlFile('rows-lists.sql'));
  await owner.query('alter table ringfence.lists enable trigger user');
  // Nothing searches them here.
  await owner.query('alter table ringfence.leads disable trigger user');
  await inBatches('leads', leads, (first, last) =>
    owner.query(sqlFile('rows-leads.sql'), [first, last, size.leads]),
  );
  await owner.query('alter table ringfence.leads enable trigger user');
  say('  indexes');
  await owner.query(sqlFile('finish.sql'));
  await owner.query('vacuum (analyze)');
}

async function inBatches(
  what: 'clients' | 'leads',
  total: number,
  write: (first: number, last: number) => Promise<unknown>,
): Promise<void> {
  for (let done = 0; done < total; done += batchSize[what]) {
    const last = Math.min(done + batchSize[what], total);
    await write(done + 1, last);
    say(`  ${last} of ${total} ${what}`);
  }
}

/** Roles, functions and policies of the project and of the benchmark, if any of them is not what its file says. */
async function applyFence(urls: DatabaseUrls): Promise<void> {
  const wanted = digestOf(expectedSchema().fenceDigest, ...fenceFiles.map(sqlFile));
  const before = await asBenchOwner(urls.adminUrl, async (owner) => {
    const { rows } = await owner.query<{ digest: string; untouched: boolean }>(
      `select digest, catalog_digest = (${catalogDigest}) as untouched from fence.applied_fence`,
    );
    const [state] = rows;
    if (state?.untouched && (await appliedBenchFence(owner)) === wanted) return 'current';
    // What the project applies begins from nothing, and leaves nothing of ours.
    await owner.query("update fence.applied_fence set digest = 'outdated'");
    return 'outdated';
  });
  if (before === 'current') return;
  await migrate({ url: urls.adminUrl, loginUrl: urls.loginUrl, signinUrl: urls.signinUrl, workerUrl: null });
  await withClient(urls.adminUrl, async (client) => {
    await client.query('begin');
    await client.query(sqlFile('peer-roles.sql'));
    await client.query(`grant connect on database ${escapeIdentifier(urls.name)} to bench_peer_login`);
    await client.query('set local role ringfence_owner');
    await client.query(
      'set local search_path = pg_catalog, pg_temp; set local client_min_messages = warning',
    );
    await client.query(sqlFile('peer.sql'));
    await client.query(`comment on schema peer is ${escapeLiteral(wanted)}`);
    await client.query(`update fence.applied_fence set catalog_digest = (${catalogDigest})`);
    await client.query('commit');
  });
  say('applied functions and policies');
}

async function appliedBenchFence(owner: Client): Promise<string | null> {
  const { rows } = await owner.query<{ digest: string | null }>(
    `select obj_description(to_regnamespace('peer')::oid, 'pg_namespace') as digest`,
  );
  return rows[0]?.digest ?? null;
}
