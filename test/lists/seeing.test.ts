// Who sees which lists, pages of them, and how many statements that takes.
import {
  ClientListsDocument,
  ListDocument,
  ListsByClientDocument,
  ListsDocument,
  type ListsQueryVariables,
  UpdateAccountDocument,
  UpdateClientDocument,
  ClientDocument,
} from '../support/documents.generated';
import { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import type { TestMember } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let accountId: string;
let north: string;
let south: string;
let asOwner: Caller;
/** Named on `closed` and, without a client, on `house`. */
let named: TestMember;
let clientless: TestMember;
let lists: Record<'open' | 'closed' | 'south' | 'archived' | 'house' | 'cellar', string>;

/** An account of its own, so that lists hold what is arranged here and nothing else. */
beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange } = world;
  accountId = await arrange.account('listed');
  north = await arrange.client(accountId, 'North');
  south = await arrange.client(accountId, 'South');
  named = await arrange.member(accountId, {
    permissions: ['VIEW_CLIENTS', 'ACCESS_CRM'],
    clients: [north],
    name: 'Nina Named',
  });
  clientless = await arrange.member(accountId, { permissions: ['ACCESS_CRM'] });
  lists = {
    open: await arrange.list(accountId, north, { name: 'alpha 100%' }),
    closed: await arrange.list(accountId, north, { name: 'Beta', access: 'NAMED', members: [named.id] }),
    south: await arrange.list(accountId, south, { name: 'Gamma' }),
    archived: await arrange.list(accountId, north, { name: 'Old', status: 'ARCHIVED' }),
    house: await arrange.list(accountId, null, { name: 'House', members: [clientless.id] }),
    cellar: await arrange.list(accountId, null, { name: 'Zed' }),
  };
  asOwner = await signInAs(server, await arrange.member(accountId, { role: 'OWNER' }));
});
afterAll(() => server.close());

const page = async (caller: Caller, variables: ListsQueryVariables = {}) =>
  (await caller.get(ListsDocument, variables)).lists;
const names = async (caller: Caller, variables: ListsQueryVariables = {}) =>
  (await page(caller, variables)).nodes.map(({ name }) => name);
const member = async (options: Parameters<World['arrange']['member']>[1]) =>
  signInAs(server, await world.arrange.member(accountId, options));
const asToken = async (options: Parameters<World['arrange']['accessToken']>[1]) =>
  new Caller(server.url, (await world.arrange.accessToken(accountId, options)).text);
const absent = { code: 'NOT_FOUND', field: 'id' };
const all = ['alpha 100%', 'Beta', 'Gamma', 'House', 'Zed'];

describe('lists', () => {
  test.each<[string, ListsQueryVariables, string[]]>([
    ['all, but archived ones', {}, all],
    ['archived ones when asked for', { filter: { status: ['ARCHIVED'] } }, ['Old']],
    ['of no client', { filter: { ofNoClient: true } }, ['House', 'Zed']],
    ['of clients', { filter: { ofNoClient: false } }, ['alpha 100%', 'Beta', 'Gamma']],
    ['by access', { filter: { access: ['NAMED'], ofNoClient: false } }, ['Beta']],
    ['by part of the name in any case', { search: ' AL ' }, ['alpha 100%']],
    ['by what stands for itself', { search: '%' }, ['alpha 100%']],
    ['by name, backwards', { orderBy: 'NAME_DESC', first: 2 }, ['Zed', 'House']],
    ['newest first', { orderBy: 'CREATED_AT_DESC', first: 2 }, ['Zed', 'House']],
    ['oldest first', { orderBy: 'CREATED_AT_ASC', first: 2 }, ['alpha 100%', 'Beta']],
  ])('%s', async (_, variables, expected) => {
    expect(await names(asOwner, variables)).toEqual(expected);
  });

  test('of one client; of one that is not within reach, none', async () => {
    expect(await names(asOwner, { filter: { clientId: north } })).toEqual(['alpha 100%', 'Beta']);
    expect(await names(asOwner, { filter: { clientId: world.clients.two } })).toEqual([]);
  });

  test('pages fit together, forwards and backwards', async () => {
    const first = await page(asOwner, { first: 2 });
    expect([first.totalCount, first.pageInfo.hasNextPage]).toEqual([5, true]);
    const rest = await page(asOwner, { first: 5, after: first.pageInfo.endCursor });
    expect(rest.nodes.map(({ name }) => name)).toEqual(['Gamma', 'House', 'Zed']);
    const back = await page(asOwner, { last: 2, before: rest.pageInfo.startCursor });
    expect(back.nodes).toEqual(first.nodes);
    expect(
      await asOwner.refusal(ListsDocument, { after: first.pageInfo.endCursor, orderBy: 'NAME_DESC' }),
    ).toEqual({ code: 'VALIDATION_FAILED', field: 'after' });
  });

  test('with everything about them they take the same statements for few and for all', async () => {
    const counts = [];
    for (const first of [2, 5]) counts.push(await statementsOf(() => page(asOwner, { first })));
    // What opens and ends a transaction; the page, its total, clients, fields, dispositions, names, and members.
    expect(counts).toEqual([11, 11]);
  });

  test('each client has its own, in the same statements for one client and for all', async () => {
    const { clients } = await asOwner.get(ListsByClientDocument);
    expect(clients.nodes).toMatchObject([
      { name: 'North', lists: { totalCount: 2, nodes: [{ name: 'alpha 100%' }, { name: 'Beta' }] } },
      { name: 'South', lists: { totalCount: 1, nodes: [{ name: 'Gamma' }] } },
    ]);
    const filter = { status: ['ARCHIVED' as const] };
    const { client } = await asOwner.get(ClientListsDocument, { id: north, filter });
    expect(client?.lists).toMatchObject({ totalCount: 1, nodes: [{ id: lists.archived }] });
    // What opens and ends a transaction; clients, pages of lists, and their totals.
    expect(await statementsOf(() => asOwner.get(ListsByClientDocument))).toBe(7);
  });
});

describe('who sees which', () => {
  const invisible = async (caller: Caller, ...ids: string[]) => {
    for (const id of ids) expect(await caller.refusal(ListDocument, { id })).toEqual(absent);
  };
  const ids = () => Object.values(lists);

  test('owners and administrators see all, with who is named', async () => {
    const admin = await member({ role: 'ADMIN' });
    expect(await names(admin)).toEqual(all);
    expect((await admin.get(ListDocument, { id: lists.closed })).list).toMatchObject({
      client: { id: north },
      members: [{ name: 'Nina Named' }],
    });
    expect((await admin.get(ListDocument, { id: lists.house })).list).toMatchObject({ client: null });
    expect((await admin.get(ListDocument, { id: lists.archived })).list).toMatchObject({
      status: 'ARCHIVED',
    });
  });

  test('a member with assigned clients sees open lists of these, and closed ones where they are named', async () => {
    const caller = await member({ permissions: ['ACCESS_CRM'], clients: [north] });
    expect([await names(caller), (await page(caller)).totalCount]).toEqual([['alpha 100%'], 1]);
    await invisible(caller, lists.closed, lists.south, lists.house, lists.cellar);
    const asNamed = await signInAs(server, named);
    expect(await names(asNamed)).toEqual(['alpha 100%', 'Beta']);
    expect((await asNamed.get(ListDocument, { id: lists.closed })).list).toMatchObject({
      client: { id: north },
      members: null,
    });
    expect((await asNamed.get(ClientListsDocument, { id: north })).client?.lists?.totalCount).toBe(2);
  });

  test('a member with all clients sees open lists of all of them, and of no client those where they are named', async () => {
    const person = await world.arrange.member(accountId, {
      permissions: ['ACCESS_CRM'],
      clientAccess: 'ALL',
    });
    const caller = await signInAs(server, person);
    expect(await names(caller)).toEqual(['alpha 100%', 'Gamma']);
    await invisible(caller, lists.closed, lists.house, lists.cellar);
    await world.arrange.nameOnList(lists.cellar, person.id);
    await world.arrange.nameOnList(lists.closed, person.id);
    expect(await names(caller)).toEqual(['alpha 100%', 'Beta', 'Gamma', 'Zed']);
    await server.owner.query('delete from ringfence.list_members where member_id = $1', [person.id]);
    expect(await names(caller)).toEqual(['alpha 100%', 'Gamma']);
  });

  test('a member who works for no client sees lists of no client where they are named, until they are given one', async () => {
    const caller = await signInAs(server, clientless);
    expect(await names(caller)).toEqual(['House']);
    await invisible(caller, lists.cellar, lists.open, lists.closed);
    const other = await member({ permissions: ['ACCESS_CRM', 'MANAGE_LISTS'] });
    expect(await names(other)).toEqual([]);
    await invisible(other, ...ids());
  });

  test('who manages lists sees closed ones of the clients within reach, with who is named, and no others of no client', async () => {
    const scoped = await member({ permissions: ['MANAGE_LISTS'], clients: [north] });
    expect(await names(scoped)).toEqual(['alpha 100%', 'Beta']);
    expect((await page(scoped)).nodes[1]?.members).toEqual([{ name: 'Nina Named' }]);
    await invisible(scoped, lists.south, lists.house);
    expect(await names(await member({ permissions: ['MANAGE_LISTS'], clientAccess: 'ALL' }))).toEqual([
      'alpha 100%',
      'Beta',
      'Gamma',
    ]);
  });

  test('a token sees no more than its member; one of the account all of its clients, and with all clients those of none', async () => {
    const permissions = ['ACCESS_CRM'];
    const ofMember = await asToken({ memberId: named.id, permissions: [...permissions, 'MANAGE_LISTS'] });
    // Its member does not manage lists.
    expect(await names(ofMember)).toEqual(['alpha 100%', 'Beta']);
    expect(await names(await asToken({ memberId: clientless.id, permissions }))).toEqual(['House']);
    expect(await names(await asToken({ permissions, clients: [north] }))).toEqual(['alpha 100%', 'Beta']);
    expect(await names(await asToken({ permissions }))).toEqual(all);
    const narrowed = await asToken({ permissions, allLists: false });
    expect(await names(narrowed)).toEqual(['alpha 100%', 'Gamma']);
  });

  test('without ACCESS_CRM and MANAGE_LISTS nobody sees any, nor does a portal user, nor another account', async () => {
    const viewer = await member({ clientAccess: 'ALL' });
    expect(await viewer.refusal(ListsDocument)).toEqual({ code: 'FORBIDDEN' });
    expect(await viewer.refusal(ListDocument, { id: lists.open })).toEqual({ code: 'FORBIDDEN' });
    expect((await viewer.get(ClientListsDocument, { id: north })).client?.lists).toEqual({
      totalCount: 0,
      nodes: [],
    });
    const portal = await signInAs(server, await world.arrange.portalUser(accountId, north));
    expect(await portal.refusal(ListsDocument)).toEqual({ code: 'FORBIDDEN' });
    expect((await portal.get(ClientListsDocument, { id: north })).client?.lists).toBeNull();
    await invisible(world.asOwner, ...ids());
    expect(await names(world.asAdmin)).toEqual(['Prospects']);
    expect(await world.asAnonymous.refusal(ListsDocument)).toEqual({ code: 'UNAUTHENTICATED' });
  });
});

test('blind mode is on where the client says so, or where it leaves it to the account, which does', async () => {
  const effective = async (id: string) =>
    (await asOwner.get(ClientDocument, { id })).client?.effectiveBlindMode;
  await asOwner.get(UpdateClientDocument, { input: { id: south, changes: { blindMode: 'ON' } } });
  expect([await effective(north), await effective(south)]).toEqual([false, true]);
  await asOwner.get(UpdateAccountDocument, { input: { changes: { blindMode: true } } });
  await asOwner.get(UpdateClientDocument, { input: { id: south, changes: { blindMode: 'OFF' } } });
  expect([await effective(north), await effective(south)]).toEqual([true, false]);
});
