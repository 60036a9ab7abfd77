// The copy of a database that G1 compares with: rows and indexes alike, no seal and no row security.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { closeDatabase } from '../../src/database/migrate';
import { urlsOf, withClient, type Cluster, type DatabaseUrls } from '../database/cluster';
import { benchFolder, compiledFolder } from '../paths';
import type { Stage } from '../stage';

export const plainServer = join(compiledFolder, 'bench/growth/plain-server.js');

const nobody = '00000000-0000-0000-0000-000000000000';

export interface PlainCopy {
  urls: DatabaseUrls;
  drop(): Promise<void>;
}

export async function makePlainCopy(cluster: Cluster, { urls, principal }: Stage): Promise<PlainCopy> {
  const copy = urlsOf(cluster, `${urls.name}_plain`);
  const drop = () =>
    withClient(cluster.url, async (client) => {
      await client.query(`drop database if exists ${escapeIdentifier(copy.name)} with (force)`);
    });
  await drop();
  await withClient(cluster.url, (client) =>
    client.query(`create database ${escapeIdentifier(copy.name)} template ${escapeIdentifier(urls.name)}`),
  );
  const identity =
    `10000M${principal.accountId}${principal.memberId}${nobody}` +
    ',ACCESS_CRM,CREATE_CLIENTS,EDIT_CLIENTS,MANAGE_LISTS,RECORD_ACTIVITY,VIEW_CLIENTS,';
  const sql = readFileSync(join(benchFolder, 'growth/plain.sql'), 'utf8');
  await withClient(copy.adminUrl, async (client) => {
    await closeDatabase(client);
    await client.query('begin');
    await client.query(sql.replace('$identity,', () => `${escapeLiteral(identity)},`));
    await client.query('commit');
    await client.query('vacuum (analyze)');
  });
  return { urls: copy, drop };
}
