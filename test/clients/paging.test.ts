import type { Caller } from '../support/client';
import {
  ClientNamesDocument,
  ClientsDocument,
  OrganizationsDocument,
  type ClientOrder,
  type ClientNamesQueryVariables,
} from '../support/documents.generated';
import { backwards, forwards, type Place } from '../support/pages';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let accountId: string;
let asOwner: Caller;

const orders: ClientOrder[] = [
  'NAME_ASC',
  'NAME_DESC',
  'CREATED_AT_ASC',
  'CREATED_AT_DESC',
  'LAST_ACTIVITY_AT_ASC',
  'LAST_ACTIVITY_AT_DESC',
];

interface Row {
  id: string;
  name: string;
  createdAt: string;
  lastActivityAt: string | null;
}
let rows: Row[];

/** 24 clients of which many share a name but for its case, a moment of creation, and a last activity or none. */
beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  accountId = await world.arrange.account('paged');
  asOwner = await signInAs(server, await world.arrange.member(accountId, { role: 'OWNER' }));
  const inserted = await server.owner.query<Row>(
    `insert into ringfence.clients (account_id, name, created_at)
     select $1, (array['Same', 'same', 'SAME', 'Éclair', 'Zoo', 'apple'])[1 + n % 6] || case when n % 4 = 0 then ' ' || n else '' end,
            timestamptz '2026-01-01Z' + n / 6 * interval '0.000001 seconds'
     from generate_series(1, 24) n returning id, name, created_at::text as "createdAt", null as "lastActivityAt"`,
    [accountId],
  );
  rows = inserted.rows;
  for (const [index, row] of rows.entries()) {
    if (index % 3 === 0) continue;
    row.lastActivityAt = `2026-03-0${1 + (index % 4)} 00:00:00+00`;
    await server.owner.query(
      'insert into ringfence.client_activity (account_id, client_id, last_activity_at) values ($1, $2, $3)',
      [accountId, row.id, row.lastActivityAt],
    );
  }
});
afterAll(() => server.close());

/** Names of the rows in the order promised: the key, then the id, both turned around when descending; no activity before any. */
function expectedIds(order: ClientOrder): string[] {
  const key = (row: Row) =>
    order.startsWith('NAME')
      ? row.name.toLowerCase()
      : order.startsWith('CREATED')
        ? row.createdAt
        : (row.lastActivityAt ?? '');
  const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
  const ascending = [...rows].sort(
    (one, other) => compare(key(one), key(other)) || compare(one.id, other.id),
  );
  return (order.endsWith('ASC') ? ascending : ascending.reverse()).map(({ id }) => id);
}

const read = (caller: Caller, variables: ClientNamesQueryVariables) => async (place: Place) =>
  (await caller.get(ClientNamesDocument, { ...variables, ...place })).clients;
const idsOf = (nodes: { id: string }[]) => nodes.map(({ id }) => id);

describe.each(orders)('ordered by %s', (orderBy) => {
  test('the list is in that order, ties by id', async () => {
    const { nodes } = await read(asOwner, { orderBy })({ first: 100 });
    expect(idsOf(nodes)).toEqual(expectedIds(orderBy));
  });

  test.each([5, 6, 23, 24, 25])(
    'pages of %i, forwards or backwards, are the whole list and no row twice',
    async (size) => {
      expect(idsOf(await forwards({ read: read(asOwner, { orderBy }), size }))).toEqual(expectedIds(orderBy));
      expect(idsOf(await backwards({ read: read(asOwner, { orderBy }), size }))).toEqual(
        expectedIds(orderBy),
      );
    },
  );

  test.each([
    ['forwards', forwards],
    ['backwards', backwards],
  ])(
    'rows that are added while somebody pages %s neither hide nor repeat a row',
    async (_direction, walk) => {
      const added: string[] = [];
      const meanwhile = async () => {
        for (const name of ['aaa', 'same', 'zzz']) added.push(await world.arrange.client(accountId, name));
      };
      const seen = idsOf(await walk({ read: read(asOwner, { orderBy }), size: 6, meanwhile }));
      await server.owner.query('delete from ringfence.clients where id = any ($1)', [added]);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.filter((id) => !added.includes(id))).toEqual(expectedIds(orderBy));
    },
  );
});

test('each row has a cursor of its own, and the page’s cursors are those of its ends', async () => {
  const { clients } = await asOwner.get(ClientsDocument, { first: 5 });
  const cursors = clients.edges.map((edge) => edge.cursor);
  expect(new Set(cursors).size).toBe(5);
  expect(clients.pageInfo).toMatchObject({ startCursor: cursors[0], endCursor: cursors[4] });
  const { nodes } = await read(asOwner, {})({ first: 2, after: cursors[1] });
  expect(idsOf(nodes)).toEqual(idsOf(clients.nodes.slice(2, 4)));
});

test('between two cursors are exactly the rows between them', async () => {
  const { clients } = await asOwner.get(ClientsDocument, { first: 20 });
  const place = { after: clients.edges[3]?.cursor, before: clients.edges[9]?.cursor };
  expect(idsOf((await read(asOwner, {})({ first: 20, ...place })).nodes)).toEqual(
    idsOf(clients.nodes.slice(4, 9)),
  );
  expect(idsOf((await read(asOwner, {})({ last: 2, ...place })).nodes)).toEqual(
    idsOf(clients.nodes.slice(7, 9)),
  );
});

test('a cursor still works when its row is gone', async () => {
  const id = await world.arrange.client(accountId, 'mmm');
  const { clients } = await asOwner.get(ClientsDocument, { first: 50 });
  const index = clients.nodes.findIndex((node) => node.id === id);
  await server.owner.query('delete from ringfence.clients where id = $1', [id]);
  const { nodes } = await read(asOwner, {})({ first: 50, after: clients.edges[index]?.cursor });
  expect(idsOf(nodes)).toEqual(idsOf(clients.nodes.slice(index + 1)));
});

test('without a size a page has 20 rows, and the total counts all pages', async () => {
  const { clients } = await asOwner.get(ClientsDocument);
  expect(clients.nodes).toHaveLength(20);
  expect(clients.totalCount).toBe(24);
  expect(clients.pageInfo.hasNextPage).toBe(true);
});

test('the total is that of search and filter, whatever the page', async () => {
  const { clients: first } = await asOwner.get(ClientsDocument, { first: 1, search: 'apple' });
  expect(first.totalCount).toBe(rows.filter(({ name }) => name.startsWith('apple')).length);
  const { clients: next } = await asOwner.get(ClientsDocument, {
    first: 1,
    search: 'apple',
    after: first.pageInfo.endCursor,
  });
  expect(next.totalCount).toBe(first.totalCount);
});

test('an empty page has no cursors and nothing before or after it', async () => {
  const { clients } = await asOwner.get(ClientsDocument, { search: 'nothing like it' });
  expect(clients).toMatchObject({
    nodes: [],
    edges: [],
    totalCount: 0,
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  });
});

test('search and filters page through what they find, and through nothing else', async () => {
  const expected = rows.filter(({ name }) => /same/i.test(name)).map(({ id }) => id);
  const seen = idsOf(
    await forwards({ read: read(asOwner, { search: 'SAME', orderBy: 'CREATED_AT_ASC' }), size: 3 }),
  );
  expect([...seen].sort()).toEqual([...expected].sort());
});

test('a scoped member pages through the clients of the set only, also from the cursor of somebody who sees more', async () => {
  const set = rows.filter((_row, index) => index % 2 === 0).map(({ id }) => id);
  const asScoped = await signInAs(server, await world.arrange.member(accountId, { clients: set }));
  const expected = expectedIds('LAST_ACTIVITY_AT_DESC').filter((id) => set.includes(id));
  const readScoped = read(asScoped, { orderBy: 'LAST_ACTIVITY_AT_DESC' });
  expect(idsOf(await forwards({ read: readScoped, size: 5 }))).toEqual(expected);

  const { pageInfo } = await read(asOwner, { orderBy: 'LAST_ACTIVITY_AT_DESC' })({ first: 10 });
  const seenByOwner = expectedIds('LAST_ACTIVITY_AT_DESC').slice(0, 10);
  const { nodes } = await readScoped({ first: 100, after: pageInfo.endCursor });
  expect(idsOf(nodes)).toEqual(expected.filter((id) => !seenByOwner.includes(id)));
});

describe('a cursor that was not given for exactly this list', () => {
  let cursor: string;
  beforeAll(async () => {
    cursor = (await read(asOwner, {})({ first: 3 })).pageInfo.endCursor ?? '';
  });

  const middle = () => Math.floor(cursor.length / 2);
  const flipped = (index: number) =>
    cursor.slice(0, index) + (cursor[index] === 'A' ? 'B' : 'A') + cursor.slice(index + 1);
  test.each<[what: string, forged: () => string | Promise<string>]>([
    [
      'of another ordering',
      async () => (await read(asOwner, { orderBy: 'NAME_DESC' })({ first: 1 })).pageInfo.endCursor ?? '',
    ],
    [
      'of an ordering by time',
      async () => (await read(asOwner, { orderBy: 'CREATED_AT_ASC' })({ first: 1 })).pageInfo.endCursor ?? '',
    ],
    [
      'of another list',
      async () => (await world.asOwner.get(OrganizationsDocument)).organizations.pageInfo.endCursor ?? '',
    ],
    [
      'of another account',
      async () => (await read(world.asOwner, {})({ first: 1 })).pageInfo.endCursor ?? '',
    ],
    ['changed at its start', () => flipped(0)],
    ['changed in its middle', () => flipped(middle())],
    ['changed at its end', () => flipped(cursor.length - 1)],
    ['with something appended', () => `${cursor}AAAA`],
    ['with something appended that decoding skips', () => `${cursor}!`],
    ['cut short', () => cursor.slice(0, -4)],
    ['written by hand', () => Buffer.from(JSON.stringify(['a', world.clients.one])).toString('base64url')],
    ['empty', () => ''],
    ['an id', () => rows[0]?.id ?? ''],
    ['garbage', () => '\u0000’; drop table clients --'],
    ['very long', () => 'A'.repeat(100_000)],
  ])('%s is refused, naming after or before', async (_what, forged) => {
    const value = await forged();
    expect(value).not.toBe(cursor);
    expect(await asOwner.refusal(ClientNamesDocument, { after: value })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'after',
    });
    expect(await asOwner.refusal(ClientNamesDocument, { last: 5, before: value })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'before',
    });
  });

  test('is not the one that was given, which is accepted', async () => {
    expect((await read(asOwner, {})({ first: 1, after: cursor })).nodes).toHaveLength(1);
  });
});

test.each<[place: Place, field: string]>([
  [{ first: 0 }, 'first'],
  [{ first: -1 }, 'first'],
  [{ first: 101 }, 'first'],
  [{ last: 0 }, 'last'],
  [{ last: -1 }, 'last'],
  [{ last: 101 }, 'last'],
  [{ first: 5, last: 5 }, 'last'],
])('a page of %j is refused, naming the argument', async (place, field) => {
  expect(await asOwner.refusal(ClientNamesDocument, place)).toEqual({ code: 'VALIDATION_FAILED', field });
});
