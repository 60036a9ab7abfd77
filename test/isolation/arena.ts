// Two accounts with rows in every table and somebody of every kind with every set of permissions that matters, each with
// a session: what the isolation suites let loose on each other. Below the API; shield is not involved.
import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { closeDatabase } from '../../src/database/migrate';
import { connectAsOwner, createTestDatabase, onDatabase, type TestDatabase } from '../support/database';
import { Arrange, type MemberOptions, type TestMember } from '../support/arrange';
import { clientPermissions } from '../support/world';
import { createAccount, type ArenaAccount } from './arena-account';
import { createListJobs, createPlans, holdLeads, nameOnLists } from './arena-outreach';
import { createTokens, tokenSetNames, type TokenPermissionSet } from './arena-tokens';
import { LoginConnection } from './login-connection';
import { everyPermission, openTokens, seeingPermissions, startSessions, type Session } from './sessions';

const permissionSets = {
  nothing: [],
  viewing: ['VIEW_CLIENTS'],
  editing: ['VIEW_CLIENTS', 'EDIT_CLIENTS'],
  'editing blindly': ['EDIT_CLIENTS'],
  'working with clients': clientPermissions,
  'seeing all of a client': seeingPermissions,
  'working with leads': ['VIEW_CLIENTS', 'ACCESS_CRM'],
  'managing lists': ['MANAGE_LISTS'],
  'managing organizations': ['MANAGE_CLIENT_ORGANIZATIONS'],
  'managing identities': ['MANAGE_IDENTITIES'],
  'managing members': ['VIEW_CLIENTS', 'MANAGE_MEMBERS'],
  'inviting everybody': ['VIEW_CLIENTS', 'CREATE_CLIENTS', 'MANAGE_MEMBERS'],
  'managing the account': ['MANAGE_ACCOUNT'],
  everything: everyPermission,
} as const;
type PermissionSet = keyof typeof permissionSets;

export type PrincipalName =
  | 'the owner'
  | 'an administrator'
  | 'the owner of another account'
  | 'a portal user'
  | 'a portal user who hears recordings'
  | 'a portal user bound to an agent'
  | 'a portal user of another account'
  | 'a token for all clients of the account'
  | 'a token for all clients of a scoped member'
  | 'a token of a member with some agents'
  | 'a token that kept some agents'
  | 'a token that was given more than its member has'
  | 'a member without clients who is named on a list'
  | 'a token of a member without clients'
  | 'a token of a member who works with leads'
  | 'a token that came from a member who was named'
  | 'a token of another account'
  | `a token for all clients, ${TokenPermissionSet}`
  | `a token for some clients, ${TokenPermissionSet}`
  | 'a member with all clients and some agents'
  | 'a scoped member with some agents'
  | `a member with all clients, ${PermissionSet}`
  | `a scoped member, ${PermissionSet}`;

const setNames = Object.keys(permissionSets) as PermissionSet[];

export const principalNames: PrincipalName[] = [
  'the owner',
  'an administrator',
  'the owner of another account',
  'a portal user',
  'a portal user who hears recordings',
  'a portal user bound to an agent',
  'a portal user of another account',
  'a member with all clients and some agents',
  'a scoped member with some agents',
  'a token for all clients of the account',
  'a token for all clients of a scoped member',
  'a token of a member with some agents',
  'a token that kept some agents',
  'a token that was given more than its member has',
  'a member without clients who is named on a list',
  'a token of a member without clients',
  'a token of a member who works with leads',
  'a token that came from a member who was named',
  'a token of another account',
  ...tokenSetNames.map((set) => `a token for all clients, ${set}` as const),
  ...tokenSetNames.map((set) => `a token for some clients, ${set}` as const),
  ...setNames.map((set) => `a member with all clients, ${set}` as const),
  ...setNames.map((set) => `a scoped member, ${set}` as const),
];

export interface Arena {
  database: TestDatabase;
  /** ringfence_owner: sees every row. */
  owner: Client;
  login: LoginConnection;
  alpha: ArenaAccount;
  beta: ArenaAccount;
  /** Scoped members of alpha have the clients `one`, `four` and `archived`. */
  principals: Record<PrincipalName, Session>;
  /** Leaves the database, so that it can be copied. */
  disconnect(): Promise<void>;
  close(): Promise<void>;
}

export async function createArena(): Promise<Arena> {
  const database = await createTestDatabase();
  const owner = await connectAsOwner(database);
  try {
    return await populate(database, owner);
  } catch (error) {
    await owner.end();
    await database.drop();
    throw error;
  }
}

async function populate(database: TestDatabase, owner: Client): Promise<Arena> {
  const arrange = new Arrange(owner);
  const alpha = await createAccount(arrange, owner, 'alpha');
  const beta = await createAccount(arrange, owner, 'beta');
  await owner.query("insert into fence.rate_limits (key, points) values ('somebody', 1)");
  await owner.query(
    `insert into fence.idempotency_keys (account_id, principal_id, key_digest, position, input_digest, outcome)
     select a, gen_random_uuid(), sha256('somebody'), 0, sha256('something'), '{"done": null}' from unnest($1::uuid[]) a`,
    [[alpha.id, beta.id]],
  );

  await owner.query(
    `insert into fence.outbox (account_id, kind, subject_id)
     select a, 'PASSWORD_CHANGED', gen_random_uuid() from unnest($1::uuid[]) a`,
    [[alpha.id, beta.id]],
  );
  await owner.query("select graphile_worker.add_job('send_mail', '{}', queue_name => 'mails')");
  await owner.query("insert into graphile_worker._private_known_crontabs values ('daily', now(), now())");

  const assigned = [alpha.clients.one, alpha.clients.four, alpha.clients.archived];
  const members: Record<string, TestMember> = {
    'the owner': await arrange.member(alpha.id, { role: 'OWNER' }),
    'an administrator': await arrange.member(alpha.id, { role: 'ADMIN' }),
    'the owner of another account': await arrange.member(beta.id, { role: 'OWNER' }),
    'a portal user': await arrange.portalUser(alpha.id, alpha.clients.one),
    'a portal user who hears recordings': await arrange.portalUser(alpha.id, alpha.clients.four, {
      recordings: true,
    }),
    'a portal user bound to an agent': await arrange.portalUser(alpha.id, alpha.clients.one, {
      billableMinutes: true,
      agents: [alpha.agents.settled.stayId],
    }),
    'a portal user of another account': await arrange.portalUser(beta.id, beta.clients.one, {
      agents: [beta.agents.settled.stayId],
    }),
  };
  // They see what the agent that moved did at one, not what it does at two; a scoped member doesn't reach two.
  const { settled, moved, other } = alpha.agents;
  const someAgents = {
    agentAccess: 'ASSIGNED',
    agents: [settled.stayId, moved.earlierStayId ?? '', other.stayId, alpha.agents.moved.stayId],
    permissions: everyPermission,
    clients: assigned,
  } as const satisfies MemberOptions;
  members['a member without clients who is named on a list'] = await arrange.member(alpha.id, {
    permissions: ['ACCESS_CRM'],
  });
  members['a member with all clients and some agents'] = await arrange.member(alpha.id, {
    ...someAgents,
    agents: [settled.stayId, moved.earlierStayId ?? ''],
    clientAccess: 'ALL',
  });
  members['a scoped member with some agents'] = await arrange.member(alpha.id, someAgents);
  for (const set of setNames) {
    // Assignments of a member with all clients are left from when they were scoped, and must not count.
    const options = { permissions: [...permissionSets[set]], clients: assigned };
    members[`a member with all clients, ${set}`] = await arrange.member(alpha.id, {
      ...options,
      clientAccess: 'ALL',
    });
    members[`a scoped member, ${set}`] = await arrange.member(alpha.id, options);
  }
  const { id: strangerId } = await arrange.member(beta.id, {
    clients: [beta.clients.one, beta.clients.four],
    agents: [beta.agents.settled.stayId],
  });
  await nameOnLists(arrange, { alpha, beta }, members, strangerId);
  await createPlans(owner, { alpha, beta }, members);

  // What a portal user sees of the team.
  await owner.query(
    `update ringfence.clients c set account_manager_id = (
       select m.id from ringfence.members m where m.account_id = c.account_id order by m.id limit 1)
     where c.id = any ($1)`,
    [[alpha.clients.one, beta.clients.one]],
  );

  await owner.query(
    `insert into ringfence.invitations (account_id, client_id, member_id, portal_user_id, kind, name, email, expires_at)
     select l.account_id, coalesce(p.client_id, c.id), l.member_id, l.portal_user_id,
       case when l.member_id is null then 'PORTAL_USER' else 'MEMBER' end, 'Somebody', l.email, now() + interval '1 day'
     from fence.logins l
     join ringfence.clients c on c.account_id = l.account_id and c.is_house
     left join ringfence.portal_users p on p.account_id = l.account_id and p.id = l.portal_user_id`,
  );

  // One for each client, as if those that are there had been deleted; and one that each principal asked for, of a client that
  // is gone.
  await owner.query(
    `insert into ringfence.client_deletions (account_id, client_id, client_name, requested_by, state, total, finished_at)
     select account_id, id, name, gen_random_uuid(), case status when 'DELETING' then 'QUEUED' else 'DONE' end, 1,
       case when status <> 'DELETING' then now() end
     from ringfence.clients where not is_house`,
  );

  const sessions = await startSessions(database, owner, Object.values(members));
  const tokens = await createTokens(arrange, { alpha, beta }, members);
  await holdLeads(arrange, owner, { alpha, beta }, members, tokens, strangerId);
  const opened = await openTokens(database, Object.values(tokens));
  const principals = {
    ...Object.fromEntries(Object.keys(members).map((name, index) => [name, sessions[index]])),
    ...Object.fromEntries(Object.keys(tokens).map((name, index) => [name, opened[index]])),
  };
  await owner.query(
    `insert into ringfence.client_deletions (account_id, client_id, client_name, requested_by, state, total, finished_at)
     select account_id, gen_random_uuid(), 'Gone', id, 'DONE', 1, now()
     from (select account_id, id from ringfence.members union all select account_id, id from ringfence.access_tokens) principals`,
  );
  await createListJobs(owner);
  // Everybody has a second factor; afterwards, because nobody here is asked for a code.
  await owner.query(
    `insert into fence.second_factors (account_id, login_id, secret, confirmed_at)
     select account_id, id, sha256('1') || sha256(id::text::bytea), now() from fence.logins`,
  );
  await owner.query(
    `insert into fence.recovery_codes (account_id, login_id, digest)
     select account_id, login_id, sha256('somebody') from fence.second_factors`,
  );
  return connectArena(database, owner, {
    alpha,
    beta,
    principals: principals as Record<PrincipalName, Session>,
  });
}

/** A copy of an arena that nobody is connected to, with its sessions; `prepare` is run on it as the migrating user. */
export async function copyOfArena(
  arena: Arena,
  prepare: (client: Client) => Promise<unknown>,
): Promise<Arena> {
  const name = `${arena.database.name}_${randomBytes(3).toString('hex')}`;
  const cluster = process.env.RINGFENCE_TEST_CLUSTER ?? '';
  await onDatabase(cluster, (client) =>
    client.query(`create database ${name} template ${arena.database.name}`),
  );
  const renamed = (url: string) => url.replace(arena.database.name, name);
  const { adminUrl, loginUrl, signinUrl, workerUrl } = arena.database;
  const database: TestDatabase = {
    name,
    adminUrl: renamed(adminUrl),
    loginUrl: renamed(loginUrl),
    signinUrl: renamed(signinUrl),
    workerUrl: renamed(workerUrl),
    drop: () =>
      onDatabase(cluster, async (client) => void (await client.query(`drop database ${name} with (force)`))),
  };
  await onDatabase(database.adminUrl, async (client) => {
    await closeDatabase(client);
    await prepare(client);
  }).catch(async (error: unknown) => {
    await database.drop();
    throw error;
  });
  return connectArena(database, await connectAsOwner(database), arena);
}

async function connectArena(
  database: TestDatabase,
  owner: Client,
  people: Pick<Arena, 'alpha' | 'beta' | 'principals'>,
): Promise<Arena> {
  const login = await LoginConnection.open(database.loginUrl);
  const { alpha, beta, principals } = people;
  const disconnect = async () => {
    await login.close();
    await owner.end();
  };
  const close = async () => {
    await disconnect();
    await database.drop();
  };
  return { database, owner, login, alpha, beta, principals, disconnect, close };
}
