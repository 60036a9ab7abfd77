// Two accounts with rows in every table and somebody of every kind with every set of permissions that matters, each with
// a session: what the isolation suites let loose on each other. Below the API; shield is not involved.
import { randomBytes, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { closeDatabase } from '../../src/database/migrate';
import { createTestDatabase, onDatabase, type TestDatabase } from '../support/database';
import {
  Arrange,
  type MemberOptions,
  type TestAccessToken,
  type TestAgent,
  type TestMember,
} from '../support/arrange';
import { clientPermissions } from '../support/world';
import { createIdentities, createLists } from './arena-outreach';
import { LoginConnection } from './login-connection';
import { everyPermission, openTokens, startSessions, tokenPermissions, type Session } from './sessions';

/** Whatever decides that something of a client is seen. */
const seeingPermissions = [
  'VIEW_CLIENTS',
  'CREATE_CLIENTS',
  'MANAGE_MEMBERS',
  'EDIT_AGENTS',
  'USE_ADVANCED_EDITOR',
  'RECORD_ACTIVITY',
  'DELETE_CLIENTS',
  'VIEW_RECORDINGS',
  'VIEW_BILLABLE_MINUTES',
  'ACCESS_CRM',
  'MANAGE_LISTS',
] as const;

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

const tokenPermissionSets = {
  viewing: ['VIEW_CLIENTS'],
  'editing blindly': ['EDIT_CLIENTS'],
  'working with clients': clientPermissions,
  'seeing all of a client': seeingPermissions.filter((permission) => tokenPermissions.includes(permission)),
  'working with leads': ['VIEW_CLIENTS', 'ACCESS_CRM'],
  'managing organizations': ['MANAGE_CLIENT_ORGANIZATIONS'],
  'managing identities': ['MANAGE_IDENTITIES'],
  everything: tokenPermissions,
} as const;
type TokenPermissionSet = keyof typeof tokenPermissionSets;

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

const tokenSetNames = Object.keys(tokenPermissionSets) as TokenPermissionSet[];
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

export interface ArenaAccount {
  id: string;
  /** `one` to `three` are of `north`, `four` of `south`; `archived` is archived, `deleting` is being deleted. */
  clients: Record<'one' | 'two' | 'three' | 'four' | 'five' | 'six' | 'archived' | 'deleting', string>;
  /** `empty` has no client; `closed` is archived. */
  organizations: Record<'north' | 'south' | 'empty' | 'closed', string>;
  /** `settled` and `second` are of client one, `moved` went from one to two, `other` is of four. */
  agents: Record<'settled' | 'second' | 'moved' | 'other', TestAgent>;
  /**
   * `open`, `closed` (for those who are named) and `archived` are of client one, `hidden` is a closed one of two, `blind` an open
   * one of five, which is in blind mode, `other` an open one of four; `house` and `cellar` are of the house client.
   */
  lists: Record<'open' | 'closed' | 'archived' | 'hidden' | 'blind' | 'other' | 'house' | 'cellar', string>;
  /** An email identity of each client, and of none. */
  identities: Record<keyof ArenaAccount['clients'] | 'none', string>;
}

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

/** Who is named where it decides something, and where it must not: by one who no longer reaches the list. */
async function nameOnLists(
  arrange: Arrange,
  { alpha, beta }: Pick<Arena, 'alpha' | 'beta'>,
  members: Record<string, TestMember>,
  strangerId: string,
): Promise<void> {
  const { closed, hidden, house, cellar } = alpha.lists;
  const named: [list: string, who: PrincipalName][] = [
    [closed, 'a scoped member, working with leads'],
    [closed, 'a scoped member, managing lists'],
    [hidden, 'a scoped member, working with leads'],
    [house, 'a scoped member, working with leads'],
    [hidden, 'a member with all clients, working with leads'],
    [house, 'a member with all clients, working with leads'],
    [closed, 'a member with all clients, viewing'],
    [cellar, 'a member with all clients, managing lists'],
    [house, 'a member without clients who is named on a list'],
    [closed, 'a member without clients who is named on a list'],
  ];
  for (const [list, who] of named) await arrange.nameOnList(list, members[who]?.id ?? '');
  await arrange.nameOnList(beta.lists.closed, strangerId);
}

/** Those for some clients have the clients of scoped members, and belong to the account unless they say otherwise. */
async function createTokens(
  arrange: Arrange,
  { alpha, beta }: Pick<Arena, 'alpha' | 'beta'>,
  members: Record<string, TestMember>,
): Promise<Record<string, TestAccessToken>> {
  const { one, two, four, five, archived } = alpha.clients;
  const of = (name: PrincipalName) => ({ memberId: members[name]?.id ?? '' });
  const tokens: Record<string, TestAccessToken> = {
    'a token for all clients of the account': await arrange.accessToken(alpha.id, {
      permissions: tokenPermissions,
    }),
    'a token for all clients of a scoped member': await arrange.accessToken(alpha.id, {
      ...of('a scoped member, everything'),
      permissions: tokenPermissions,
    }),
    'a token of a member with some agents': await arrange.accessToken(alpha.id, {
      ...of('a scoped member with some agents'),
      permissions: tokenPermissions,
    }),
    // Of which its member sees one alone.
    'a token that kept some agents': await arrange.accessToken(alpha.id, {
      ...of('a member with all clients and some agents'),
      permissions: tokenPermissions,
      clients: [one, four],
      agents: [alpha.agents.settled.stayId, alpha.agents.second.stayId, alpha.agents.other.stayId],
    }),
    'a token that was given more than its member has': await arrange.accessToken(alpha.id, {
      ...of('a scoped member, viewing'),
      permissions: tokenPermissions,
      clients: [one, two, five],
    }),
    'a token of a member without clients': await arrange.accessToken(alpha.id, {
      ...of('a member without clients who is named on a list'),
      permissions: tokenPermissions,
    }),
    'a token of a member who works with leads': await arrange.accessToken(alpha.id, {
      ...of('a member with all clients, working with leads'),
      permissions: tokenPermissions,
    }),
    // Its member is named, it is not any more.
    'a token that came from a member who was named': await arrange.accessToken(alpha.id, {
      ...of('an administrator'),
      permissions: tokenPermissions,
      allLists: false,
    }),
    'a token of another account': await arrange.accessToken(beta.id, {
      permissions: tokenPermissions,
      clients: [beta.clients.one, beta.clients.five],
      agents: [beta.agents.settled.stayId],
    }),
  };
  for (const set of tokenSetNames) {
    const permissions = tokenPermissionSets[set];
    tokens[`a token for all clients, ${set}`] = await arrange.accessToken(alpha.id, {
      ...of('a member with all clients, everything'),
      permissions,
    });
    tokens[`a token for some clients, ${set}`] = await arrange.accessToken(alpha.id, {
      permissions,
      clients: [one, four, archived],
    });
  }
  // Of which its member, who manages tokens, reaches one client.
  await arrange.accessToken(alpha.id, { ...of('a scoped member, everything'), clients: [one, two] });
  return tokens;
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

async function connectAsOwner(database: TestDatabase): Promise<Client> {
  const owner = new Client({ connectionString: database.adminUrl });
  await owner.connect();
  await owner.query('set role ringfence_owner');
  return owner;
}

/** Both accounts are alike but for their names, so that nothing is told apart by its shape. */
async function createAccount(arrange: Arrange, owner: Client, slug: string): Promise<ArenaAccount> {
  const id = await arrange.account(slug);
  const organizations = {
    north: await arrange.organization(id, `${slug} north`, ['priority', `${slug} only`]),
    south: await arrange.organization(id, `${slug} south`, ['priority']),
    empty: await arrange.organization(id, `${slug} empty`, ['quiet']),
    closed: await arrange.organization(id, `${slug} closed`),
  };
  const client = (name: string, organization?: string, status = 'ACTIVE') =>
    arrange.client(id, `${slug} ${name}`, {
      ...(organization === undefined ? {} : { organization_id: organization }),
      contact_email: `${name}@${slug}.test`,
      status,
    });
  const clients = {
    one: await client('one', organizations.north),
    two: await client('two', organizations.north),
    three: await client('three', organizations.north),
    four: await client('four', organizations.south),
    five: await client('five'),
    six: await client('six', undefined, 'INACTIVE'),
    archived: await client('archived', organizations.south, 'ARCHIVED'),
    deleting: await client('deleting', undefined, 'DELETING'),
  };
  await owner.query("update ringfence.organizations set status = 'ARCHIVED' where id = $1", [
    organizations.closed,
  ]);
  await owner.query(
    `insert into ringfence.client_activity (account_id, client_id, last_activity_at)
     select account_id, id, date_trunc('hour', now(), 'UTC') from ringfence.clients where account_id = $1`,
    [id],
  );
  const agents = {
    settled: await arrange.agent(id, clients.one, { name: `${slug} settled` }),
    second: await arrange.agent(id, clients.one, { name: `${slug} second`, kind: 'CHAT' }),
    moved: await arrange.agent(id, clients.two, { name: `${slug} moved`, movedFrom: clients.one }),
    other: await arrange.agent(id, clients.four, { name: `${slug} other` }),
  };
  await owner.query(
    `with numbered as (
       insert into fence.phone_numbers (account_id, phone_number, agent_id)
       select account_id, '+4930' || 1000000 + row_number() over (order by id), id from ringfence.agents where account_id = $1
       returning *)
     insert into ringfence.agent_phone_numbers (account_id, client_id, agent_id, stay_id, phone_number)
     select a.account_id, a.client_id, a.id, a.stay_id, n.phone_number
     from numbered n join ringfence.agents a on a.account_id = n.account_id and a.id = n.agent_id`,
    [id],
  );
  for (const table of ['agent_configurations', 'agent_advanced_configurations']) {
    await owner.query(
      `insert into ringfence.${table} (account_id, client_id, agent_id, stay_id, number, settings, saved_by)
       select account_id, client_id, id, stay_id, 1, '{}', 'Somebody' from ringfence.agents where account_id = $1`,
      [id],
    );
  }
  const stays = Object.values(agents).flatMap(({ stayId, earlierStayId }) => [earlierStayId ?? [], stayId]);
  for (const stayId of stays.flat()) {
    const callId = await arrange.call(stayId);
    await arrange.recording(callId);
    await arrange.upload(callId, randomUUID());
    await arrange.call(stayId, { direction: 'OUTBOUND', outcome: null, billableSeconds: null });
    await arrange.conversation(stayId, { texts: ['Hello', 'Good morning'] });
  }
  const lists = await createLists(arrange, owner, id, clients);
  return {
    id,
    clients,
    organizations,
    agents,
    lists,
    identities: await createIdentities(arrange, id, slug, clients),
  };
}
