// Who sees which caller ids and email identities, and lists of them.
import { Caller } from '../support/client';
import {
  ArchiveClientDocument,
  ClientDocument,
  DeleteClientDocument,
  IdentitiesByClientDocument,
  IdentitiesByListDocument,
  IdentitiesDocument,
  type IdentitiesQueryVariables,
  IdentityDocument,
  RestoreClientDocument,
} from '../support/documents.generated';
import { send } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import type { MemberOptions } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let accountId: string;
let clients: Record<'north' | 'south' | 'idle' | 'archived', string>;
let ids: Record<'none' | 'noneEmail' | 'north' | 'northEmail' | 'south' | 'idle' | 'archived', string>;
let asOwner: Caller;

/** An account of its own, so that lists hold what is arranged here and nothing else. */
beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange } = world;
  accountId = await arrange.account('listed');
  clients = {
    north: await arrange.client(accountId, 'North'),
    south: await arrange.client(accountId, 'South'),
    idle: await arrange.client(accountId, 'Idle', { status: 'INACTIVE' }),
    archived: await arrange.client(accountId, 'Archived', { status: 'ARCHIVED' }),
  };
  const { north, south, idle, archived } = clients;
  ids = {
    none: await arrange.identity(
      accountId,
      null,
      { phoneNumber: '+4930901820' },
      { displayName: 'Ours 100%' },
    ),
    noneEmail: await arrange.identity(accountId, null, { email: 'Hello@listed.test' }, { verified: true }),
    north: await arrange.identity(
      accountId,
      north,
      { phoneNumber: '+442071838750' },
      { displayName: 'North' },
    ),
    northEmail: await arrange.identity(accountId, north, { email: 'sales@north.test' }, { verified: true }),
    south: await arrange.identity(accountId, south, { email: 'sales@south.test' }),
    idle: await arrange.identity(accountId, idle, { phoneNumber: '+4930901821' }),
    archived: await arrange.identity(accountId, archived, { email: 'sales@archived.test' }),
  };
  asOwner = await signInAs(server, await arrange.member(accountId, { role: 'OWNER' }));
});
afterAll(() => server.close());

type Name = keyof typeof ids;
const nameOf = (id: string) => Object.keys(ids).find((name) => ids[name as Name] === id) ?? id;
const list = async (caller: Caller, variables: Partial<IdentitiesQueryVariables> = {}) =>
  (await caller.get(IdentitiesDocument, { first: 100, ...variables })).identities;
const listed = async (caller: Caller, variables: Partial<IdentitiesQueryVariables> = {}) => {
  const { nodes, totalCount } = await list(caller, variables);
  expect(totalCount).toBe(nodes.length);
  return nodes.map(({ id }) => nameOf(id));
};
/** What somebody is shown one by one; each id must answer the same as a list. */
const shown = async (caller: Caller) => {
  const found = [];
  for (const [name, id] of Object.entries(ids)) {
    const { data, errors } = await caller.ask(IdentityDocument, { id });
    if (data?.identity?.id === id) found.push(name);
    else expect(errors?.[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
  }
  return found;
};
const asMember = async (options: MemberOptions) =>
  signInAs(server, await world.arrange.member(accountId, options));
const asToken = async (options: Parameters<World['arrange']['accessToken']>[1]) =>
  new Caller(server.url, (await world.arrange.accessToken(accountId, options)).text);

const all: Name[] = ['idle', 'noneEmail', 'north', 'none', 'northEmail', 'south'];
const ofNorthAndIdle: Name[] = ['idle', 'north', 'northEmail'];

describe('who sees them', () => {
  const scoped = () => [clients.north, clients.idle, clients.archived];
  test.each<[string, () => Promise<Caller>, Name[]]>([
    ['an owner', () => Promise.resolve(asOwner), all],
    ['an administrator', () => asMember({ role: 'ADMIN' }), all],
    [
      'a member with all clients and ACCESS_CRM',
      () => asMember({ clientAccess: 'ALL', permissions: ['ACCESS_CRM'] }),
      all,
    ],
    [
      'a member with all clients and MANAGE_IDENTITIES',
      () => asMember({ clientAccess: 'ALL', permissions: ['MANAGE_IDENTITIES'] }),
      all,
    ],
    [
      'a scoped member with ACCESS_CRM',
      () => asMember({ clients: scoped(), permissions: ['ACCESS_CRM'] }),
      ofNorthAndIdle,
    ],
    [
      'a scoped member with MANAGE_IDENTITIES',
      () => asMember({ clients: scoped(), permissions: ['MANAGE_IDENTITIES'] }),
      ofNorthAndIdle,
    ],
    ['a scoped member without clients', () => asMember({ permissions: ['ACCESS_CRM'] }), []],
    ['a token for all clients', () => asToken({ permissions: ['ACCESS_CRM'] }), all],
    [
      'a token for some clients',
      () => asToken({ permissions: ['ACCESS_CRM'], clients: scoped() }),
      ofNorthAndIdle,
    ],
    [
      'a token for all clients of a scoped member',
      async () => {
        const member = await world.arrange.member(accountId, {
          clients: scoped(),
          permissions: ['ACCESS_CRM'],
        });
        return asToken({ memberId: member.id, permissions: ['ACCESS_CRM', 'MANAGE_IDENTITIES'] });
      },
      ofNorthAndIdle,
    ],
    ['the owner of another account', () => Promise.resolve(world.other.asOwner), []],
  ])('%s: by the clients that they reach, in lists and one by one', async (_, arrange, expected) => {
    const caller = await arrange();
    expect(await listed(caller)).toEqual(expected);
    expect((await shown(caller)).sort()).toEqual([...expected].sort());
  });

  test('whoever holds neither permission, portal users and strangers are refused', async () => {
    const others = ['VIEW_CLIENTS', 'EDIT_CLIENTS', 'MANAGE_LISTS', 'MANAGE_MEMBERS'];
    const portalUser = await world.arrange.portalUser(accountId, clients.north);
    for (const caller of [
      await asMember({ clientAccess: 'ALL', permissions: others }),
      await asMember({ clients: [clients.north], permissions: others }),
      await asToken({ permissions: ['VIEW_CLIENTS'] }),
      await signInAs(server, portalUser),
    ]) {
      expect(await caller.refusal(IdentitiesDocument)).toEqual({ code: 'FORBIDDEN' });
      expect(await caller.refusal(IdentityDocument, { id: ids.north })).toEqual({ code: 'FORBIDDEN' });
    }
    expect(await world.asAnonymous.refusal(IdentitiesDocument)).toEqual({ code: 'UNAUTHENTICATED' });
  });

  test('a client that is taken away takes its identities along at once', async () => {
    const member = await world.arrange.member(accountId, {
      clients: [clients.north],
      permissions: ['ACCESS_CRM'],
    });
    const caller = await signInAs(server, member);
    expect(await listed(caller)).toEqual(['north', 'northEmail']);
    await server.owner.query('delete from ringfence.client_assignments where member_id = $1', [member.id]);
    expect(await listed(caller)).toEqual([]);
  });

  test('those of an archived client are hidden from everybody until it is restored, those of one being deleted for good', async () => {
    const client = await world.arrange.client(accountId, 'Coming and going');
    const id = await world.arrange.identity(accountId, client, { phoneNumber: '+4930901822' });
    const sees = async () => (await listed(asOwner)).includes(id);
    expect(await sees()).toBe(true);
    await asOwner.get(ArchiveClientDocument, { input: { id: client } });
    expect(await sees()).toBe(false);
    expect(await asOwner.refusal(IdentityDocument, { id })).toEqual({ code: 'NOT_FOUND', field: 'id' });
    expect(await listed(asOwner, { search: '901822' })).toEqual([]);
    expect(await listed(asOwner, { filter: { clientId: client } })).toEqual(['noneEmail', 'none']);
    await asOwner.get(RestoreClientDocument, { input: { id: client } });
    expect(await sees()).toBe(true);
    await asOwner.get(DeleteClientDocument, { input: { id: client, confirmName: 'Coming and going' } });
    expect(await sees()).toBe(false);
  });
});

describe('lists', () => {
  test.each<[string, Partial<IdentitiesQueryVariables>, Name[]]>([
    ['caller ids', { filter: { kind: ['CALLER_ID'] } }, ['idle', 'north', 'none']],
    ['email identities', { filter: { kind: ['EMAIL'] } }, ['noneEmail', 'northEmail', 'south']],
    ['verified ones', { filter: { verified: true } }, ['noneEmail', 'northEmail']],
    ['addresses that are not verified', { filter: { verified: false } }, ['south']],
    ['what part of the display name finds', { search: 'ours' }, ['none']],
    ['what part of the address finds, in any case', { search: 'HELLO@' }, ['noneEmail']],
    ['what part of the number finds', { search: '030 90182' }, ['idle', 'none']],
    ['nothing by a pattern', { search: '_' }, []],
    ['a percent sign that is one', { search: '100%' }, ['none']],
    [
      'all conditions together',
      { filter: { kind: ['EMAIL'], verified: true }, search: 'sales' },
      ['northEmail'],
    ],
    [
      'the newest first',
      { orderBy: 'CREATED_AT_DESC' },
      ['idle', 'south', 'northEmail', 'north', 'noneEmail', 'none'],
    ],
    ['by name, backwards', { orderBy: 'NAME_DESC' }, [...all].reverse()],
  ])('hold %s', async (_, variables, expected) => {
    expect(await listed(asOwner, variables)).toEqual(expected);
  });

  test('what can be used for a client is its own and what is of no client, as far as each sees it', async () => {
    const filter = { clientId: clients.north };
    expect(await listed(asOwner, { filter })).toEqual(['noneEmail', 'north', 'none', 'northEmail']);
    const scoped = await asMember({ clients: [clients.north], permissions: ['ACCESS_CRM'] });
    expect(await listed(scoped, { filter })).toEqual(['north', 'northEmail']);
  });

  test('a client that is not theirs answers as one that does not exist', async () => {
    const scoped = await asMember({ clients: [clients.north], permissions: ['ACCESS_CRM'] });
    for (const clientId of [clients.south, world.other.clientId, accountId])
      expect(await listed(scoped, { filter: { clientId } })).toEqual([]);
    for (const clientId of [world.other.clientId, accountId])
      expect(await listed(asOwner, { filter: { clientId } })).toEqual(['noneEmail', 'none']);
  });

  test('are read page by page, both ways, without gaps', async () => {
    const forwards: string[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof list>> = await list(asOwner, { first: 2, after });
      forwards.push(...page.nodes.map(({ id }) => nameOf(id)));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    expect(forwards).toEqual(all);
    const { nodes } = await list(asOwner, { first: null, last: 2 });
    expect(nodes.map(({ id }) => nameOf(id))).toEqual(all.slice(-2));
  });

  test('take the same statements for one row and for all', async () => {
    const counts = [];
    for (const first of [1, 100]) counts.push(await statementsOf(() => list(asOwner, { first })));
    // What opens and ends a transaction; the page, its total, and clients.
    expect(counts).toEqual([7, 7]);
  });
});

describe('a client’s own', () => {
  const byClient = async (caller: Caller, first = 100) => {
    const { clients: found } = await caller.get(IdentitiesByClientDocument, { first });
    return Object.fromEntries(
      found.nodes.map(({ id, identities }) => [id, identities?.nodes.map((node) => nameOf(node.id)) ?? null]),
    );
  };

  test('are shown with each client, without those of no client and of archived ones', async () => {
    expect(await byClient(asOwner)).toMatchObject({
      [clients.north]: ['north', 'northEmail'],
      [clients.south]: ['south'],
      [clients.idle]: ['idle'],
      [clients.archived]: [],
    });
  });

  test('it takes the same statements for one client and for all', async () => {
    const counts = [];
    for (const first of [1, 100]) counts.push(await statementsOf(() => byClient(asOwner, first)));
    // What opens and ends a transaction; clients, pages of identities, and their totals.
    expect(counts).toEqual([7, 7]);
  });

  test('are none for whoever holds neither permission, and null for portal users', async () => {
    const viewer = await asMember({ clientAccess: 'ALL', permissions: ['VIEW_CLIENTS'] });
    expect(new Set(Object.values(await byClient(viewer)).flat())).toEqual(new Set());
    const caller = await signInAs(server, await world.arrange.portalUser(accountId, clients.north));
    const { data } = await send(
      server.url,
      caller.token,
      `{ client(id: "${clients.north}") { id identities { totalCount } } }`,
    );
    expect(data).toEqual({ client: { id: clients.north, identities: null } });
  });

  test('the client of an identity is null without VIEW_CLIENTS, and where it is of none', async () => {
    const clientOf = async (caller: Caller, id: string) =>
      (await caller.get(IdentityDocument, { id })).identity?.client?.id ?? null;
    const blind = await asMember({ clientAccess: 'ALL', permissions: ['ACCESS_CRM'] });
    expect(await clientOf(blind, ids.north)).toBeNull();
    expect(await clientOf(asOwner, ids.none)).toBeNull();
    expect(await clientOf(asOwner, ids.north)).toBe(clients.north);
    // That nobody sees the house client is not its doing alone.
    const { rows } = await server.owner.query<{ id: string }>(
      'select id from ringfence.clients where account_id = $1 and is_house',
      [accountId],
    );
    expect(await asOwner.refusal(ClientDocument, { id: rows[0]?.id ?? '' })).toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('what a list can be worked with', () => {
  let lists: Record<'north' | 'closed' | 'none' | 'archived' | 'others', string>;
  const ofNone: Name[] = ['noneEmail', 'none'];
  const ofNorth: Name[] = ['noneEmail', 'north', 'none', 'northEmail'];

  beforeAll(async () => {
    const { arrange } = world;
    lists = {
      north: await arrange.list(accountId, clients.north),
      closed: await arrange.list(accountId, clients.north, { access: 'NAMED' }),
      none: await arrange.list(accountId, null, { access: 'NAMED' }),
      archived: await arrange.list(accountId, clients.archived),
      others: await arrange.list(world.other.accountId, world.other.clientId),
    };
  });
  const byList = async (caller: Caller, first = 100) => {
    const { lists: found } = await caller.get(IdentitiesByListDocument, { first });
    return Object.fromEntries(
      found.nodes.map(({ id, identities }) => [id, identities.nodes.map((node) => nameOf(node.id))]),
    );
  };
  const inOrder = (names: string[]) => all.filter((name) => names.includes(name));

  test('is of its client and of no client; of a list of no client, of none', async () => {
    for (const listId of [lists.north, lists.closed])
      expect(await listed(asOwner, { filter: { listId } })).toEqual(inOrder(ofNorth));
    for (const listId of [lists.none, lists.archived])
      expect(await listed(asOwner, { filter: { listId } })).toEqual(inOrder(ofNone));
    expect(await listed(asOwner, { filter: { listId: lists.north.toUpperCase(), kind: ['EMAIL'] } })).toEqual(
      ['noneEmail', 'northEmail'],
    );
    expect(await listed(asOwner, { filter: { listId: lists.north, clientId: clients.south } })).toEqual(
      inOrder(ofNone),
    );
  });

  test('is of their clients alone, for whoever does not reach all', async () => {
    const scoped = await asMember({ clients: [clients.north], permissions: ['ACCESS_CRM'] });
    expect(await listed(scoped, { filter: { listId: lists.north } })).toEqual(['north', 'northEmail']);
    expect(await byList(scoped)).toEqual({ [lists.north]: ['north', 'northEmail'] });
  });

  test('of a list that is not theirs, or closed to them, is answered as for one that does not exist', async () => {
    const scoped = await asMember({ clients: [clients.north], permissions: ['ACCESS_CRM'] });
    const withAll = await asMember({ clientAccess: 'ALL', permissions: ['ACCESS_CRM'] });
    const identitiesAlone = await asMember({ clientAccess: 'ALL', permissions: ['MANAGE_IDENTITIES'] });
    for (const listId of [lists.closed, lists.none, lists.others, accountId]) {
      expect(await listed(scoped, { filter: { listId } })).toEqual([]);
      expect(await listed(withAll, { filter: { listId } })).toEqual(inOrder(ofNone));
    }
    // Who does not see lists does not learn of which client one is.
    expect(await listed(identitiesAlone, { filter: { listId: lists.north } })).toEqual(inOrder(ofNone));
    expect(await listed(asOwner, { filter: { listId: lists.others } })).toEqual(inOrder(ofNone));
  });

  test('is answered beside each list, by as many statements for one as for all', async () => {
    expect(await byList(asOwner)).toEqual({
      [lists.north]: inOrder(ofNorth),
      [lists.closed]: inOrder(ofNorth),
      [lists.none]: inOrder(ofNone),
      [lists.archived]: inOrder(ofNone),
    });
    const counts = [];
    for (const first of [1, 100]) counts.push(await statementsOf(() => byList(asOwner, first)));
    expect(counts[0]).toBe(counts[1]);
  });
});
