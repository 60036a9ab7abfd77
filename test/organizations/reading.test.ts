import type { Caller } from '../support/client';
import {
  ClientDocument,
  ClientNamesDocument,
  OrganizationDocument,
  OrganizationsDocument,
  type OrganizationFilter,
  type OrganizationOrder,
  type OrganizationsQueryVariables,
} from '../support/documents.generated';
import { backwards, forwards, type Place } from '../support/pages';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;

const nobodys = '01900000-0000-7000-8000-000000000000';

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const list = async (caller: Caller, variables: OrganizationsQueryVariables = {}) =>
  (await caller.get(OrganizationsDocument, variables)).organizations;
const namesSeenBy = async (caller: Caller, variables: OrganizationsQueryVariables = {}) => {
  const { nodes, totalCount } = await list(caller, variables);
  expect(totalCount).toBe(nodes.length);
  return nodes.map(({ name }) => name);
};

describe('who sees an organization', () => {
  test('is everybody whose set has a client of it, and those who see all clients', async () => {
    expect(await namesSeenBy(world.asOwner)).toEqual(['North', 'South']);
    expect(await namesSeenBy(world.asAdmin)).toEqual(['North', 'South']);
    expect(await namesSeenBy(world.asMemberWithAll)).toEqual(['North', 'South']);
    expect(await namesSeenBy(world.asScopedMember)).toEqual(['North', 'South']);
    const asNorthern = await signInAs(
      server,
      await world.arrange.member(world.accountId, { clients: [world.clients.two] }),
    );
    expect(await namesSeenBy(asNorthern)).toEqual(['North']);
    expect(await namesSeenBy(world.other.asOwner)).toEqual(['Beta Group']);
  });

  test('is a scoped member with MANAGE_CLIENT_ORGANIZATIONS, for all of the account, without a single client', async () => {
    const member = await world.arrange.member(world.accountId, {
      permissions: ['MANAGE_CLIENT_ORGANIZATIONS'],
    });
    const asManager = await signInAs(server, member);
    expect(await namesSeenBy(asManager)).toEqual(['North', 'South']);
    expect((await list(asManager)).nodes.map(({ clientCount, tags }) => [clientCount, tags])).toEqual([
      [0, ['priority', 'retail']],
      [0, ['retail']],
    ]);
    expect(await asManager.refusal(ClientNamesDocument)).toEqual({ code: 'FORBIDDEN' });
  });

  test('is nobody without VIEW_CLIENTS and MANAGE_CLIENT_ORGANIZATIONS, and nobody who is not signed in', async () => {
    expect(await world.asPowerless.refusal(OrganizationsDocument)).toEqual({ code: 'FORBIDDEN' });
    expect(await world.asPowerless.refusal(OrganizationDocument, { id: world.organizations.north })).toEqual({
      code: 'FORBIDDEN',
    });
    expect(await world.asAnonymous.refusal(OrganizationsDocument)).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await world.asAnonymous.refusal(OrganizationDocument, { id: world.organizations.north })).toEqual({
      code: 'UNAUTHENTICATED',
    });
  });

  test('cannot be told apart from none at all by those who do not', async () => {
    const asNorthern = await signInAs(
      server,
      await world.arrange.member(world.accountId, { clients: [world.clients.two] }),
    );
    for (const id of [world.organizations.south, world.other.organizationId, world.clients.two, nobodys]) {
      const { data, errors } = await asNorthern.ask(OrganizationDocument, { id });
      expect(data).toEqual({ organization: null });
      expect(
        errors?.map(({ message, extensions: { requestId: _, ...rest } }) => ({ message, ...rest })),
      ).toEqual([{ message: 'There is nothing here by that id.', code: 'NOT_FOUND', field: 'id' }]);
    }
    for (const caller of [world.asOwner, world.asMemberWithAll]) {
      expect(await caller.refusal(OrganizationDocument, { id: world.other.organizationId })).toEqual({
        code: 'NOT_FOUND',
        field: 'id',
      });
    }
  });

  test('no longer sees it when the last client of it leaves the set', async () => {
    const client = await world.arrange.client(world.accountId, 'Passing', {
      organization_id: world.organizations.south,
    });
    const member = await world.arrange.member(world.accountId, { clients: [client] });
    const caller = await signInAs(server, member);
    expect(await namesSeenBy(caller)).toEqual(['South']);
    await server.owner.query('update ringfence.clients set organization_id = null where id = $1', [client]);
    expect(await namesSeenBy(caller)).toEqual([]);
    await server.owner.query('delete from ringfence.clients where id = $1', [client]);
  });
});

test('an organization shows all of itself', async () => {
  await server.owner.query(
    `update ringfence.organizations set description = E'Two\\nlines', website = 'https://south.test', address = 'Southbank 1', account_manager_id = $2
     where id = $1`,
    [world.organizations.south, world.members.all.id],
  );
  const { organization } = await world.asScopedMember.get(OrganizationDocument, {
    id: world.organizations.south.toUpperCase(),
  });
  expect(organization).toEqual({
    id: world.organizations.south,
    name: 'South',
    description: 'Two\nlines',
    website: 'https://south.test',
    address: 'Southbank 1',
    status: 'ACTIVE',
    tags: ['retail'],
    clientCount: 1,
    version: 2,
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    accountManager: { id: world.members.all.id, name: 'Alma All' },
  });
});

test('the number of clients is that of the clients the viewer sees, archived ones not counted', async () => {
  const { arrange, accountId, organizations } = world;
  const archived = await arrange.client(accountId, 'Shelved', {
    organization_id: organizations.north,
    status: 'ARCHIVED',
  });
  const inactive = await arrange.client(accountId, 'Resting', {
    organization_id: organizations.north,
    status: 'INACTIVE',
  });
  const count = async (caller: Caller) =>
    (await caller.get(OrganizationDocument, { id: organizations.north })).organization?.clientCount;
  expect(await count(world.asOwner)).toBe(3);
  expect(await count(world.asMemberWithAll)).toBe(3);
  expect(await count(world.asScopedMember)).toBe(1);
  const asArchivist = await signInAs(server, await arrange.member(accountId, { clients: [archived] }));
  expect(await count(asArchivist)).toBe(0);
  const { client } = await world.asScopedMember.get(ClientDocument, { id: world.clients.one });
  expect(client?.organization).toMatchObject({ name: 'North', clientCount: 1 });
  await server.owner.query('delete from ringfence.clients where id = any ($1)', [[archived, inactive]]);
});

describe('the list', () => {
  let asOwner: Caller;
  let asScoped: Caller;
  const ids: Record<string, string> = {};

  /** Name, tags, manager, how many clients it has, how many of those are in the scoped member's set. */
  const rows: [name: string, tags: string[], manager: string | null, clients: number, seen: number][] = [
    ['Ärzte & Co', ['Health', 'priority'], 'Mia', 2, 1],
    ['alpha 50% off', [], 'Mia', 0, 0],
    ['Alpha 500', ['retail'], 'Max', 5, 0],
    ['beta_max', ['Retail', 'health'], null, 2, 2],
    ['betaXmax', [], null, 0, 0],
    ['gamma', ['PRIORITY'], 'Max', 3, 3],
    ['Old', ['health'], 'Mia', 0, 0],
  ];
  const live = ['alpha 50% off', 'Alpha 500', 'beta_max', 'betaXmax', 'gamma', 'Ärzte & Co'];

  beforeAll(async () => {
    const accountId = await world.arrange.account('listed');
    for (const name of ['Mia', 'Max']) ids[name] = (await world.arrange.member(accountId, { name })).id;
    const set: string[] = [];
    for (const [name, tags, manager, clients, seen] of rows) {
      const id = await world.arrange.organization(accountId, name, tags);
      ids[name] = id;
      await server.owner.query('update ringfence.organizations set account_manager_id = $2 where id = $1', [
        id,
        manager && ids[manager],
      ]);
      for (let number = 1; number <= clients; number += 1) {
        const client = await world.arrange.client(accountId, `${name} ${number}`, { organization_id: id });
        if (number <= seen) set.push(client);
      }
      await world.arrange.client(accountId, `${name} archived`, { organization_id: id, status: 'ARCHIVED' });
    }
    await server.owner.query("update ringfence.organizations set status = 'ARCHIVED' where id = $1", [
      ids.Old,
    ]);
    asOwner = await signInAs(server, await world.arrange.member(accountId, { role: 'OWNER' }));
    const permissions = ['VIEW_CLIENTS', 'MANAGE_CLIENT_ORGANIZATIONS'];
    asScoped = await signInAs(server, await world.arrange.member(accountId, { clients: set, permissions }));
  });

  test.each<[what: string, search: string, names: string[]]>([
    ['part of the name in any case', 'ALPHA', ['alpha 50% off', 'Alpha 500']],
    ['letters with accents in any case', 'äRZTE', ['Ärzte & Co']],
    ['a percent sign, which stands for itself', '50%', ['alpha 50% off']],
    ['an underscore, which stands for itself', 'beta_', ['beta_max']],
    ['a backslash, which stands for itself', '\\', []],
    ['an archived one, which is not searched', 'old', []],
    ['only spaces, which is no search', '  ', live],
  ])('is searched for %s', async (_what, search, names) => {
    expect(await namesSeenBy(asOwner, { search })).toEqual(names);
  });

  type Filter = Omit<OrganizationFilter, 'accountManagerId'> & { manager?: string };
  test.each<[what: string, filter: Filter, names: string[]]>([
    ['nothing, which leaves archived ones out', {}, live],
    ['the archived state', { status: ['ARCHIVED'] }, ['Old']],
    ['both states', { status: ['ACTIVE', 'ARCHIVED'], tag: 'health' }, ['beta_max', 'Old', 'Ärzte & Co']],
    ['no state', { status: [] }, []],
    ['a tag in any case', { tag: 'hEALTH' }, ['beta_max', 'Ärzte & Co']],
    ['part of a tag, which is no tag', { tag: 'heal' }, []],
    ['the account manager', { manager: 'Max' }, ['Alpha 500', 'gamma']],
    ['tag and account manager', { tag: 'retail', manager: 'Max' }, ['Alpha 500']],
    ['all three', { tag: 'health', manager: 'Mia', status: ['ARCHIVED'] }, ['Old']],
  ])('is filtered by %s', async (_what, { manager, ...filter }, names) => {
    expect(
      await namesSeenBy(asOwner, { filter: { ...filter, accountManagerId: manager && ids[manager] } }),
    ).toEqual(names);
  });

  test('is filtered by nobody of another account', async () => {
    expect(await namesSeenBy(asOwner, { filter: { accountManagerId: world.members.all.id } })).toEqual([]);
  });

  const orders: [order: OrganizationOrder, names: string[], scoped?: string[]][] = [
    ['NAME_ASC', live],
    ['NAME_DESC', [...live].reverse()],
    ['CREATED_AT_ASC', ['Ärzte & Co', 'alpha 50% off', 'Alpha 500', 'beta_max', 'betaXmax', 'gamma']],
    ['CREATED_AT_DESC', ['gamma', 'betaXmax', 'beta_max', 'Alpha 500', 'alpha 50% off', 'Ärzte & Co']],
    [
      'CLIENT_COUNT_ASC',
      ['alpha 50% off', 'betaXmax', 'Ärzte & Co', 'beta_max', 'gamma', 'Alpha 500'],
      ['alpha 50% off', 'Alpha 500', 'betaXmax', 'Ärzte & Co', 'beta_max', 'gamma'],
    ],
    [
      'CLIENT_COUNT_DESC',
      ['Alpha 500', 'gamma', 'beta_max', 'Ärzte & Co', 'betaXmax', 'alpha 50% off'],
      ['gamma', 'beta_max', 'Ärzte & Co', 'betaXmax', 'Alpha 500', 'alpha 50% off'],
    ],
  ];
  test.each(orders)(
    'ordered by %s pages forwards and backwards through the same order, as the viewer sees it',
    async (orderBy, names, scoped = names) => {
      for (const [caller, expected] of [
        [asOwner, names],
        [asScoped, scoped],
      ] as const) {
        const read = async (place: Place) => list(caller, { orderBy, ...place });
        for (const size of [2, 4, 100]) {
          expect((await forwards({ read, size })).map(({ name }) => name)).toEqual(expected);
          expect((await backwards({ read, size })).map(({ name }) => name)).toEqual(expected);
        }
      }
    },
  );

  test('refuses the cursor of another order, another list or another account', async () => {
    const cursors = await Promise.all([
      list(asOwner, { orderBy: 'CLIENT_COUNT_DESC', first: 1 }),
      list(world.asOwner, { first: 1 }),
      asOwner.get(ClientNamesDocument, { first: 1 }).then(({ clients }) => clients),
    ]);
    for (const { pageInfo } of cursors) {
      const refusal = { code: 'VALIDATION_FAILED', field: 'after' };
      expect(await asOwner.refusal(OrganizationsDocument, { after: pageInfo.endCursor })).toEqual(refusal);
    }
  });

  test.each<[variables: OrganizationsQueryVariables, field: string]>([
    [{ first: 0 }, 'first'],
    [{ first: 101 }, 'first'],
    [{ last: -1 }, 'last'],
    [{ first: 1, last: 1 }, 'last'],
    [{ before: 'x' }, 'before'],
    [{ search: '\u0000' }, 'search'],
    [{ filter: { tag: '' } }, 'filter.tag'],
    [{ filter: { tag: 'x'.repeat(51) } }, 'filter.tag'],
    [{ filter: { accountManagerId: 'Mia' } }, 'filter.accountManagerId'],
  ])('is refused with %j', async (variables, field) => {
    expect(await asOwner.refusal(OrganizationsDocument, variables)).toEqual({
      code: 'VALIDATION_FAILED',
      field,
    });
  });

  test('is not asked for an id that is none', async () => {
    expect(await asOwner.refusal(OrganizationDocument, { id: 'North' })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'id',
    });
  });
});
