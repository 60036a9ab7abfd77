// The copy of a database that G1 compares with: rows and indexes alike, no seal and no row security.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { closeDatabase } from '../../src/database/migrate';
import { urlsOf, withClient, type Cluster, type DatabaseUrls } from '../database/cluster';
import { benchFolder, compiledFolder } from '../paths';
import type { Server } from '../processes';
import { stageOn } from '../stage';

const plainServer = join(compiledFolder, 'bench/growth/plain-server.js');

const nobody = '00000000-0000-0000-0000-000000000000';
const permissions = 'ACCESS_CRM,CREATE_CLIENTS,EDIT_CLIENTS,MANAGE_LISTS,RECORD_ACTIVITY,VIEW_CLIENTS';

export interface PlainCopy {
  urls: DatabaseUrls;
  drop(): Promise<void>;
}

export async function makePlainCopy(cluster: Cluster, { name }: DatabaseUrls): Promise<PlainCopy> {
  const copy = urlsOf(cluster, `${name}_plain`);
  const drop = () =>
    withClient(cluster.url, async (client) => {
      await client.query(`drop database if exists ${escapeIdentifier(copy.name)} with (force)`);
    });
  await drop();
  await withClient(cluster.url, (client) =>
    client.query(`create database ${escapeIdentifier(copy.name)} template ${escapeIdentifier(name)}`),
  );
  await withClient(copy.adminUrl, async (client) => {
    await closeDatabase(client);
    await client.query('begin');
    await client.query(readFileSync(join(benchFolder, 'growth/plain.sql'), 'utf8'));
    await client.query('commit');
    await client.query('vacuum (analyze)');
  });
  return { urls: copy, drop };
}

/** The server on such a copy, for the member with a set of that size: one at a time, because who asks is a setting of the database. */
export async function startPlain(
  urls: DatabaseUrls,
  setSize: number,
): Promise<Server & { accessToken: string }> {
  const { principal, accessToken, start } = await stageOn(urls, setSize);
  const identity = `10000M${principal.accountId}${principal.memberId}${nobody},${permissions},`;
  await withClient(urls.adminUrl, (client) =>
    client.query(
      `alter database ${escapeIdentifier(urls.name)} set bench.identity = ${escapeLiteral(identity)}`,
    ),
  );
  const server = await start('ringfence', { script: plainServer });
  return { ...server, accessToken };
}
