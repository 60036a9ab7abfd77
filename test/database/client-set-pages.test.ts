// Ordered pages over a client set, of rows that each client has many of (src/database/reach.ts). Whichever way
// a page is found, by merging the clients of the set, by walking the account, or by merging after a walk that took too long,
// it is the page that the owner of the tables reads of the same clients.
import { randomInt } from 'node:crypto';
import { Transaction } from '../../src/database/transaction';
import { allowSleeping } from '../support/activity';
import { send, type Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import { createWorld, signInAs, type World } from '../support/world';

const allClients = 40;
const leadsPerClient = 50;
/** Every state has this many times that many leads; those of LOST came all at the same moment. */
const states = { NEW: 24, IN_PROGRESS: 12, CALL_BACK: 8, LOST: 4, WON: 2 } as const;
type State = keyof typeof states;
/** On either side of where merging ends and walking begins, for pages of 50 and of 100. */
const setSizes = [0, 1, 3, 7, 8, 15, 16, 30, allClients];
const pageSizes = [1, 7, 50, 100];
const orders = ['CREATED_AT_ASC', 'CREATED_AT_DESC'] as const;
type Order = (typeof orders)[number];

let server: TestServer;
let world: World;
const viewers: Record<string, { caller: Caller; clients: string[] }> = {};
const viewerNames = [
  ...setSizes.map((size) => `a member with ${size} of ${allClients} clients`),
  'a member with all clients',
  'the owner',
  'the owner of another account',
];

beforeAll(async () => {
  server = await startTestServer();
  await allowSleeping(server.database.adminUrl);
  world = await createWorld(server);
  const accounts = [await world.arrange.account('measured'), await world.arrange.account('beside')];
  const clients: string[][] = [];
  for (const accountId of accounts) {
    const { rows } = await server.owner.query<{ id: string }>(
      "insert into ringfence.clients (account_id, name) select $1, 'Client ' || n from generate_series(1, $2) n returning id",
      [accountId, allClients],
    );
    clients.push(rows.map(({ id }) => id));
    // Times are few, so that many leads share one, across clients and page borders.
    await server.owner.query(
      `with listed as (
         insert into ringfence.lists (account_id, client_id, name) select $1, c, 'Prospects' from unnest($2::uuid[]) c
         returning id, client_id)
       insert into ringfence.leads (account_id, client_id, list_id, name, state, call_back_at, created_at)
       select $1, c.id, l.id, 'Lead ' || n, s.state, case s.state when 'CALL_BACK' then now() end,
         timestamptz '2026-01-01 00:00:00Z' + case when s.state = 'LOST' then interval '30 minutes'
           else hashint8extended(n + 1000 * c.place, 7) % 61 * interval '1 minute' end
       from unnest($2::uuid[]) with ordinality c (id, place) join listed l on l.client_id = c.id
       cross join lateral (select row_number() over () as n, state
         from jsonb_each_text($3) e (state, count), generate_series(1, count::int)) s`,
      [accountId, clients.at(-1), states],
    );
  }
  await server.owner.query('analyze ringfence.leads');
  const [ours = [], theirs = []] = clients;
  const [accountId = '', otherAccountId = ''] = accounts;
  const permissions = ['VIEW_CLIENTS', 'ACCESS_CRM'];
  const add = async (name: string, seen: string[], options: object, account = accountId) => {
    const member = await world.arrange.member(account, { permissions, ...options });
    viewers[name] = { caller: await signInAs(server, member), clients: seen };
  };
  for (const size of setSizes) {
    // Sets that overlap, beginning anywhere.
    const start = size * 7;
    const set = Array.from({ length: size }, (_, index) => ours[(start + index) % allClients] ?? '');
    await add(`a member with ${size} of ${allClients} clients`, set, { clients: set });
  }
  await add('a member with all clients', ours, { clientAccess: 'ALL' });
  await add('the owner', ours, { role: 'OWNER' });
  await add('the owner of another account', theirs, { role: 'OWNER' }, otherAccountId);
});
afterAll(() => server.close());
afterEach(() => jest.restoreAllMocks());

interface Page {
  edges: { cursor: string; node: { id: string; listId: string } }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}
interface Place {
  first?: number;
  after?: string | null;
  last?: number;
  before?: string | null;
}
interface List {
  caller: Caller;
  order: Order;
  state?: State | undefined;
}

const document = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: LeadFilter, $orderBy: LeadOrder!) {
  leads(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    edges { cursor node { id listId } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

async function readLeads({ caller, order, state }: List, place: Place): Promise<Page> {
  const filter = state === undefined ? null : { state: [state] };
  const answer = await send<{ leads: Page }>(server.url, caller.token, document, {
    ...place,
    filter,
    orderBy: order,
  });
  if (!answer.data) throw new Error(`unexpected errors: ${JSON.stringify(answer.errors)}`);
  return answer.data.leads;
}

const idsOf = (page: Page) => page.edges.map(({ node }) => node.id);

/** What the owner of the tables reads of these clients. */
async function expectedIds(clients: string[], order: Order, state?: State): Promise<string[]> {
  const direction = order === 'CREATED_AT_ASC' ? 'asc' : 'desc';
  const { rows } = await server.owner.query<{ id: string }>(
    `select id from ringfence.leads where client_id = any ($1) and ($2::text is null or state = $2)
     order by created_at ${direction}, id ${direction}`,
    [clients, state],
  );
  return rows.map(({ id }) => id);
}

/** All edges in the order of the list, read from the start or from the end, and what every page says of where it stands. */
async function walk(list: List, size: number, backwards: boolean): Promise<Page['edges']> {
  const edges: Page['edges'] = [];
  for (let cursor: string | null = null; ;) {
    const page = await readLeads(
      list,
      backwards ? { last: size, before: cursor } : { first: size, after: cursor },
    );
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
    expect(backwards ? hasNextPage : hasPreviousPage).toBe(cursor !== null);
    expect([startCursor, endCursor]).toEqual([
      page.edges[0]?.cursor ?? null,
      page.edges.at(-1)?.cursor ?? null,
    ]);
    if (backwards) edges.unshift(...page.edges);
    else edges.push(...page.edges);
    if (edges.length > 2 * allClients * leadsPerClient) throw new Error('paging does not end');
    if (!(backwards ? hasPreviousPage : hasNextPage)) return edges;
    expect(page.edges).toHaveLength(size);
    cursor = backwards ? startCursor : endCursor;
  }
}

const viewer = (name: string) => viewers[name] ?? { caller: world.asAnonymous, clients: [] };

describe.each(viewerNames)('to %s', (name) => {
  test.each(orders)(
    'the pages %s are, one after the other, what the owner of the tables reads, forwards and backwards',
    async (order) => {
      const { caller, clients } = viewer(name);
      const expected = await expectedIds(clients, order);
      expect(expected).toHaveLength(clients.length * leadsPerClient);
      for (const size of [50, 100]) {
        for (const back of [false, true]) {
          const edges = await walk({ caller, order }, size, back);
          expect(edges.map(({ node }) => node.id)).toEqual(expected);
        }
      }
    },
  );

  test('the pages of one state are that as well, of every size', async () => {
    const { caller, clients } = viewer(name);
    for (const [index, state] of (['WON', 'LOST'] as const).entries()) {
      const order = orders[index] ?? orders[0];
      const expected = await expectedIds(clients, order, state);
      expect(expected).toHaveLength(clients.length * states[state]);
      for (const size of pageSizes) {
        const list = { caller, order, state };
        // One by one takes long.
        if (size === 1 && expected.length > 100) continue;
        for (const back of [false, true])
          expect((await walk(list, size, back)).map(({ node }) => node.id)).toEqual(expected);
      }
    }
  });

  test('a page of any size after, or before, any lead is the leads that follow, or go before', async () => {
    const { caller, clients } = viewer(name);
    for (const order of orders) {
      const expected = await expectedIds(clients, order);
      const cursors = (await walk({ caller, order }, 100, false)).map(({ cursor }) => cursor);
      for (let time = 0; time < 12 && expected.length > 0; time += 1) {
        const at = randomInt(expected.length);
        const size = pageSizes[time % pageSizes.length] ?? 1;
        const after = await readLeads({ caller, order }, { first: size, after: cursors[at] ?? '' });
        expect(idsOf(after)).toEqual(expected.slice(at + 1, at + 1 + size));
        expect(after.pageInfo.hasNextPage).toBe(at + 1 + size < expected.length);
        const before = await readLeads({ caller, order }, { last: size, before: cursors[at] ?? '' });
        expect(idsOf(before)).toEqual(expected.slice(Math.max(0, at - size), at));
        expect(before.pageInfo.hasPreviousPage).toBe(at > size);
        const between = { first: size, after: cursors[at] ?? '', before: cursors[at + 5] ?? null };
        expect(idsOf(await readLeads({ caller, order }, between))).toEqual(
          expected.slice(at + 1, Math.min(at + 1 + size, cursors[at + 5] === undefined ? Infinity : at + 5)),
        );
      }
    }
  });

  test('the number of statements of a page depends neither on its size nor on the set', async () => {
    const { caller } = viewer(name);
    // Begin, open the session, take the role, the page, commit; around a page over a set, settings of its own and their end.
    const expected = /\d+ of/.test(name) ? 7 : 5;
    for (const order of orders)
      for (const size of pageSizes)
        expect(await statementsOf(() => readLeads({ caller, order }, { first: size }))).toBe(expected);
  });
});

describe('where walking takes too long', () => {
  /** Makes what is given a limit of time exceed it. */
  function walkTooLong(): { cut: number; answered: number } {
    const seen = { cut: 0, answered: 0 };
    const queryWithin: Transaction['queryWithin'] = Reflect.get(Transaction.prototype, 'queryWithin');
    jest.spyOn(Transaction.prototype, 'queryWithin').mockImplementation(async function (
      this: Transaction,
      settings,
      text,
      values,
    ) {
      const tooLong = `select page.* from pg_sleep(60), (${text}) page`;
      const rows = await queryWithin.call(this, { ...settings, statement_timeout: 20 }, tooLong, values);
      seen[rows === null ? 'cut' : 'answered'] += 1;
      return rows;
    });
    return seen;
  }

  test.each([16, 30, allClients])('the pages of a set of %s are the same', async (size) => {
    const { caller, clients } = viewer(`a member with ${size} of ${allClients} clients`);
    const seen = walkTooLong();
    for (const order of orders) {
      const expected = await expectedIds(clients, order);
      for (const back of [false, true]) {
        const edges = await walk({ caller, order }, 100, back);
        expect(edges.map(({ node }) => node.id)).toEqual(expected);
      }
    }
    for (const back of [false, true]) {
      const list = { caller, order: 'CREATED_AT_DESC', state: 'LOST' } as const;
      const edges = await walk(list, 50, back);
      expect(edges.map(({ node }) => node.id)).toEqual(await expectedIds(clients, 'CREATED_AT_DESC', 'LOST'));
    }
    expect(seen.cut).toBeGreaterThan(10);
    expect(seen.answered).toBe(0);
  });

  test('the rows are merged in another statement, and no other field of the document notices', async () => {
    const { caller, clients } = viewer(`a member with 30 of ${allClients} clients`);
    walkTooLong();
    const list = { caller, order: 'CREATED_AT_DESC' } as const;
    // What walked was a transaction of its own, of seven statements; what merges is another, of five.
    expect(await statementsOf(() => readLeads(list, { first: 100 }))).toBe(12);
    const answer = await send(
      server.url,
      caller.token,
      `{ leads(first: 50) { totalCount nodes { id } } clients(first: 100) { totalCount nodes { id agents { nodes { id } } } } account { slug } }`,
    );
    expect(answer.errors).toBeUndefined();
    const expected = (await expectedIds(clients, 'CREATED_AT_DESC')).slice(0, 50);
    expect(answer.data).toMatchObject({
      leads: { totalCount: clients.length * leadsPerClient, nodes: expected.map((id) => ({ id })) },
      clients: { totalCount: clients.length },
      account: { slug: 'measured' },
    });
  });
});

test('leads that came at the same moment have a place each: a cursor of one continues behind it, and is of no other order', async () => {
  const { caller, clients } = viewer(`a member with 16 of ${allClients} clients`);
  const list = { caller, order: 'CREATED_AT_ASC', state: 'LOST' } as const;
  const expected = await expectedIds(clients, 'CREATED_AT_ASC', 'LOST');
  const edges = await walk(list, 100, false);
  expect(new Set(edges.map(({ cursor }) => cursor)).size).toBe(expected.length);
  for (const [index, { cursor }] of edges.entries()) {
    if (index % 9 !== 0) continue;
    expect(idsOf(await readLeads(list, { first: 3, after: cursor }))).toEqual(
      expected.slice(index + 1, index + 4),
    );
    const other = { ...list, order: 'CREATED_AT_DESC' } as const;
    await expect(readLeads(other, { first: 3, after: cursor })).rejects.toThrow('VALIDATION_FAILED');
  }
});

test.each(viewerNames.slice(1))('beyond either end the pages of %s are empty', async (name) => {
  const { caller } = viewer(name);
  for (const order of orders) {
    const list = { caller, order };
    const nothing = { startCursor: null, endCursor: null };
    const [last] = (await readLeads(list, { last: 1 })).edges;
    const [first] = (await readLeads(list, { first: 1 })).edges;
    for (const size of pageSizes) {
      expect(await readLeads(list, { first: size, after: last?.cursor ?? '' })).toEqual({
        edges: [],
        pageInfo: { hasNextPage: false, hasPreviousPage: true, ...nothing },
      });
      expect(await readLeads(list, { last: size, before: first?.cursor ?? '' })).toEqual({
        edges: [],
        pageInfo: { hasNextPage: true, hasPreviousPage: false, ...nothing },
      });
    }
  }
});
