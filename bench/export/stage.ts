// A database of its own, made anew each time and dropped in the end, and whom the exports act as.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import { migrate } from '../../src/database/migrate';
import { SealedKind } from '../../src/database/transaction';
import { AccessTokens, newSecret } from '../../src/sessions/access-token';
import { Keyring } from '../../src/sessions/keyring';
import { asBenchOwner, urlsOf, withClient, type Cluster, type DatabaseUrls } from '../database/cluster';
import { benchFolder } from '../paths';

const validHours = 12;

export interface ExportStage {
  urls: DatabaseUrls;
  accountId: string;
  /** The one with many calls. */
  clientId: string;
  accessToken: string;
  drop(): Promise<void>;
}

export async function setExportStage(
  cluster: Cluster,
  secretKeys: string[],
  calls: number,
): Promise<ExportStage> {
  const urls = urlsOf(cluster, `ringfence_export_${randomBytes(4).toString('hex')}`);
  await withClient(cluster.url, (client) => client.query(`create database ${escapeIdentifier(urls.name)}`));
  await migrate({ url: urls.adminUrl, loginUrl: urls.loginUrl, signinUrl: urls.signinUrl, workerUrl: null });
  const rows = readFileSync(join(benchFolder, 'export/rows.sql'), 'utf8').replaceAll('$calls', String(calls));
  const { secret, digest } = newSecret();
  const found = await asBenchOwner(urls.adminUrl, async (owner) => {
    await owner.query(rows);
    await owner.query('vacuum (analyze)');
    const answer = await owner.query<{
      accountId: string;
      clientId: string;
      memberId: string;
      sessionId: string;
      expiresAt: Date;
    }>(
      `with session as (
         insert into fence.sessions (account_id, member_id, expires_at)
         select account_id, id, now() + make_interval(hours => $1) from ringfence.members returning account_id, id, member_id, expires_at
       ), credential as (
         insert into fence.access_credentials (account_id, session_id, digest, expires_at)
         select account_id, id, sha256($2), expires_at from session
       )
       select s.account_id as "accountId", c.id as "clientId", s.member_id as "memberId", s.id as "sessionId", s.expires_at as "expiresAt"
       from session s join ringfence.clients c on c.account_id = s.account_id and c.name = 'Client 1'`,
      [validHours, digest],
    );
    return answer.rows[0];
  });
  if (found === undefined) throw new Error('there is nobody who could export');
  const { accountId, clientId, memberId, sessionId, expiresAt } = found;
  const accessToken = new AccessTokens(new Keyring(secretKeys)).sign(
    {
      sid: sessionId,
      secret,
      kind: SealedKind.MEMBER,
      account: accountId,
      principal: memberId,
      permissions: [],
    },
    expiresAt,
  );
  const drop = () =>
    withClient(cluster.url, async (client) => {
      await client.query(`drop database if exists ${escapeIdentifier(urls.name)} with (force)`);
    });
  return { urls, accountId, clientId, accessToken, drop };
}
