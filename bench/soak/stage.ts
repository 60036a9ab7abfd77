// The database of a soak, and what each of its principals may see of it, as the owner of the tables reads it.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeIdentifier, type Client } from 'pg';
import { catalogDigest, migrate } from '../../src/database/migrate';
import { SealedKind } from '../../src/database/transaction';
import { AccessTokens, newSecret } from '../../src/sessions/access-token';
import { Keyring } from '../../src/sessions/keyring';
import { asBenchOwner, urlsOf, withClient, type Cluster, type DatabaseUrls } from '../database/cluster';
import { benchFolder } from '../paths';

/** Guards nothing but made-up rows. */
export const secretKeys = [`soak:${randomBytes(32).toString('base64')}`];

const validHours = 12;

export interface SeenClient {
  id: string;
  name: string;
  status: 'ACTIVE' | 'INACTIVE';
  organization: { id: string; name: string } | null;
  accountManager: { id: string; name: string } | null;
  agents: { nodes: { name: string }[] };
}

export interface SeenLead {
  id: string;
  name: string;
  state: string;
}

export interface SoakPrincipal {
  /** `a1 owner`. */
  name: string;
  account: string;
  accessToken: string;
  mayEdit: boolean;
  /** By name. */
  clients: SeenClient[];
  /** By name. */
  organizations: { id: string; name: string }[];
  /** By creation and id. */
  leads: SeenLead[];
  /** Of the account: everybody sees the team. */
  memberNames: string[];
  /** Ids of everything that may be answered to them. */
  ids: string[];
}

export async function createSoakDatabase(cluster: Cluster): Promise<DatabaseUrls> {
  const urls = urlsOf(cluster, `ringfence_soak_${randomBytes(4).toString('hex')}`);
  await withClient(cluster.url, (client) => client.query(`create database ${escapeIdentifier(urls.name)}`));
  await migrate({ url: urls.adminUrl, loginUrl: urls.loginUrl, signinUrl: urls.signinUrl, workerUrl: null });
  await asBenchOwner(urls.adminUrl, async (owner) => {
    for (const file of ['database/tables.sql', 'soak/rows.sql', 'database/finish.sql'])
      await owner.query(readFileSync(join(benchFolder, file), 'utf8'));
    await owner.query(`update fence.applied_fence set catalog_digest = (${catalogDigest})`);
    await owner.query('analyze ringfence.leads; analyze ringfence.clients');
  });
  return urls;
}

export async function dropSoakDatabase(cluster: Cluster, { name }: DatabaseUrls): Promise<void> {
  await withClient(cluster.url, (client) =>
    client.query(`drop database if exists ${escapeIdentifier(name)} with (force)`),
  );
}

const kinds: Record<string, SealedKind> = {
  owner: SealedKind.OWNER,
  admin: SealedKind.ADMIN,
  all: SealedKind.MEMBER_ALL,
  scoped: SealedKind.MEMBER,
  looking: SealedKind.MEMBER,
};

export function readPrincipals(urls: DatabaseUrls): Promise<SoakPrincipal[]> {
  return asBenchOwner(urls.adminUrl, async (owner) => {
    const { rows } = await owner.query<{
      accountId: string;
      memberId: string;
      name: string;
      account: string;
    }>(
      `select m.account_id as "accountId", m.id as "memberId", m.name, a.slug as account
       from ringfence.members m join ringfence.accounts a on a.id = m.account_id order by m.name`,
    );
    const principals: SoakPrincipal[] = [];
    for (const row of rows) {
      const role = row.name.slice(3);
      const isScoped = role === 'scoped' || role === 'looking';
      const seen = await readSeen(owner, row.accountId, row.memberId, isScoped);
      const members = await rowsOf<{ id: string; name: string }>(
        owner,
        'select id, name from ringfence.members where account_id = $1',
        [row.accountId],
      );
      const ids = [seen.clients, seen.organizations, seen.leads, members, seen.agents].flatMap((list) =>
        list.map(({ id }) => id),
      );
      principals.push({
        name: row.name,
        account: row.account,
        accessToken: await signIn(owner, row.accountId, row.memberId, kinds[role] ?? SealedKind.MEMBER),
        mayEdit: role !== 'looking',
        clients: seen.clients,
        organizations: seen.organizations,
        leads: seen.leads,
        memberNames: members.map(({ name }) => name),
        ids: [...ids, row.accountId],
      });
    }
    return principals;
  });
}

async function rowsOf<Row extends object>(owner: Client, text: string, values: unknown[]): Promise<Row[]> {
  return (await owner.query<Row>(text, values)).rows;
}

async function readSeen(owner: Client, accountId: string, memberId: string, isScoped: boolean) {
  const set = isScoped
    ? 'select client_id from ringfence.client_assignments where account_id = $1 and member_id = $2'
    : 'select id from ringfence.clients where account_id = $1 and not is_house and $2::uuid is not null';
  const values = [accountId, memberId];
  const clients = await rowsOf<SeenClient>(
    owner,
    `select c.id, c.name, c.status,
       case when o.id is not null then json_build_object('id', o.id, 'name', o.name) end as organization,
       case when m.id is not null then json_build_object('id', m.id, 'name', m.name) end as "accountManager",
       (select json_build_object('nodes', json_agg(json_build_object('name', g.name) order by g.name)) from ringfence.agents g where g.client_id = c.id) as agents
     from ringfence.clients c left join ringfence.organizations o on o.id = c.organization_id
     left join ringfence.members m on m.id = c.account_manager_id
     where c.id in (${set}) order by c.name`,
    values,
  );
  const agents = await rowsOf<{ id: string }>(
    owner,
    `select id from ringfence.agents where client_id in (${set})`,
    values,
  );
  const leads = await rowsOf<SeenLead>(
    owner,
    `select id, name, state from ringfence.leads where client_id in (${set}) order by created_at, id`,
    values,
  );
  const organizations = await rowsOf<{ id: string; name: string }>(
    owner,
    isScoped
      ? `select id, name from ringfence.organizations o where id in
           (select organization_id from ringfence.clients where id in (${set})) order by name`
      : 'select id, name from ringfence.organizations where account_id = $1 and $2::uuid is not null order by name',
    values,
  );
  return { clients, agents, leads, organizations };
}

/** A session as signing in makes one, but valid as long as a soak takes. */
async function signIn(owner: Client, accountId: string, memberId: string, kind: SealedKind): Promise<string> {
  const { secret, digest } = newSecret();
  const { rows } = await owner.query<{ sessionId: string; expiresAt: Date; permissions: string[] }>(
    `with session as (
       insert into fence.sessions (account_id, member_id, expires_at)
       values ($1, $2, now() + make_interval(hours => $3)) returning account_id, id, member_id, expires_at
     ), credential as (
       insert into fence.access_credentials (account_id, session_id, digest, expires_at)
       select account_id, id, sha256($4), expires_at from session
     )
     select id as "sessionId", expires_at as "expiresAt", array(
       select permission from ringfence.member_permissions p
       where p.account_id = session.account_id and p.member_id = session.member_id) as permissions
     from session`,
    [accountId, memberId, validHours, digest],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`no session was started for ${memberId}`);
  // Owners and administrators hold every permission; the token's are only a hint.
  const permissions =
    kind === SealedKind.OWNER || kind === SealedKind.ADMIN
      ? ['VIEW_CLIENTS', 'ACCESS_CRM', 'EDIT_CLIENTS']
      : row.permissions;
  return new AccessTokens(new Keyring(secretKeys)).sign(
    { sid: row.sessionId, secret, kind, account: accountId, principal: memberId, permissions },
    row.expiresAt,
  );
}
