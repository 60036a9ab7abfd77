// Lists of calls: to everybody the calls of the clients and agents that they see, page by page, whichever way a page is found
// (src/database/reach.ts).
import { Transaction } from '../../src/database/transaction';
import { allowSleeping } from '../support/activity';
import type { Caller } from '../support/client';
import {
  CallDocument,
  CallsDocument,
  type CallFilter,
  type CallsQueryVariables,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import type { TestAgent } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';
import { asToken } from './reporting';

const clientCount = 20;
const agentsPerClient = 2;
const callsPerAgent = 15;

let server: TestServer;
let world: World;
let accountId: string;
let clients: string[];
let agents: TestAgent[];
/** Went from the first client to the second. */
let moved: TestAgent;

interface Viewer {
  caller: Caller;
  /** SQL of what they see, as the owner of the tables sees it. */
  sees: string;
}
const viewers: Record<string, Viewer> = {};
const viewerNames = [
  'the owner',
  'a member with all clients',
  'a member with all clients and 3 agents',
  'a member with all clients and 30 agents',
  'a member with all clients and no agent',
  'a member with 3 clients',
  'a member with 18 clients',
  'a member with 3 clients and 4 agents, one of them elsewhere',
  'a member with 18 clients and 30 agents',
  'a portal user',
  'a portal user bound to an agent',
  'a token for all clients',
  'a token for 3 clients',
  'a token of a member with 3 agents',
  'the owner of another account',
] as const;

beforeAll(async () => {
  server = await startTestServer();
  await allowSleeping(server.database.adminUrl);
  world = await createWorld(server);
  const { arrange, owner } = { arrange: world.arrange, owner: server.owner };
  accountId = await arrange.account('measured');
  clients = [];
  agents = [];
  for (let client = 0; client < clientCount; client += 1) {
    const id = await arrange.client(accountId, `Client ${client}`);
    clients.push(id);
    for (let agent = 0; agent < agentsPerClient; agent += 1) agents.push(await arrange.agent(accountId, id));
  }
  moved = await arrange.agent(accountId, clients[1] ?? '', { name: 'Moved', movedFrom: clients[0] ?? '' });
  // Times are few, so that many calls share one, across agents and page borders.
  await owner.query(
    `insert into ringfence.calls (account_id, client_id, stay_id, agent_id, external_id, direction, outcome, started_at)
     select s.account_id, s.client_id, s.id, s.agent_id, 'call ' || n, case when n % 5 = 0 then 'OUTBOUND' else 'INBOUND' end,
       case when n % 3 = 0 then null when n % 7 = 0 then 'BUSY' else 'COMPLETED' end,
       timestamptz '2026-01-01 00:00:00Z' + hashint8extended(n, hashtext(s.id::text)) % 61 * interval '1 minute'
     from ringfence.agent_stays s, generate_series(1, $2) n where s.account_id = $1`,
    [accountId, callsPerAgent],
  );
  await owner.query('analyze ringfence.calls');
  const stays = (from: number, count: number) => agents.slice(from, from + count).map(({ stayId }) => stayId);
  const sql = (column: string, ids: string[]) => `${column} = any ('{${ids.join(',')}}')`;
  const member = async (options: Parameters<typeof arrange.member>[1]) =>
    signInAs(server, await arrange.member(accountId, options));
  const narrowed = (ids: string[]) => ({ agentAccess: 'ASSIGNED', agents: ids }) as const;
  const three = clients.slice(0, 3);
  const eighteen = clients.slice(1, 19);
  const add = (name: (typeof viewerNames)[number], caller: Caller, sees: string) => {
    viewers[name] = { caller, sees };
  };
  add('the owner', await member({ role: 'OWNER' }), 'true');
  add('a member with all clients', await member({ clientAccess: 'ALL' }), 'true');
  for (const [name, count] of [
    ['a member with all clients and 3 agents', 3],
    ['a member with all clients and 30 agents', 30],
    ['a member with all clients and no agent', 0],
  ] as const)
    add(
      name,
      await member({ clientAccess: 'ALL', ...narrowed(stays(5, count)) }),
      sql('stay_id', stays(5, count)),
    );
  add('a member with 3 clients', await member({ clients: three }), sql('client_id', three));
  add('a member with 18 clients', await member({ clients: eighteen }), sql('client_id', eighteen));
  const four = [...stays(0, 2), moved.earlierStayId ?? '', ...stays(39, 1)];
  add(
    'a member with 3 clients and 4 agents, one of them elsewhere',
    await member({ clients: three, ...narrowed(four) }),
    `${sql('stay_id', four)} and ${sql('client_id', three)}`,
  );
  add(
    'a member with 18 clients and 30 agents',
    await member({ clients: eighteen, ...narrowed(stays(0, 30)) }),
    `${sql('stay_id', stays(0, 30))} and ${sql('client_id', eighteen)}`,
  );
  const portal = async (ids?: string[]) =>
    signInAs(
      server,
      await arrange.portalUser(accountId, clients[0] ?? '', ids === undefined ? {} : { agents: ids }),
    );
  add('a portal user', await portal(), sql('client_id', clients.slice(0, 1)));
  add('a portal user bound to an agent', await portal(stays(0, 1)), sql('stay_id', stays(0, 1)));
  const permissions = ['VIEW_CLIENTS'];
  const token = (options: object) => asToken({ ...world, accountId }, server, { permissions, ...options });
  add('a token for all clients', await token({}), 'true');
  add('a token for 3 clients', await token({ clients: three }), sql('client_id', three));
  const holder = await arrange.member(accountId, { clientAccess: 'ALL', ...narrowed(stays(7, 3)) });
  add('a token of a member with 3 agents', await token({ memberId: holder.id }), sql('stay_id', stays(7, 3)));
  add('the owner of another account', world.other.asOwner, 'false');
});
afterAll(() => server.close());
afterEach(() => jest.restoreAllMocks());

const viewer = (name: string): Viewer => viewers[name] ?? { caller: world.asAnonymous, sees: 'false' };

/** What the owner of the tables reads. */
async function expectedIds(condition: string, direction: 'asc' | 'desc'): Promise<string[]> {
  const { rows } = await server.owner.query<{ id: string }>(
    `select id from ringfence.calls where account_id = $1 and ${condition} order by started_at ${direction}, id ${direction}`,
    [accountId],
  );
  return rows.map(({ id }) => id);
}

const page = async (caller: Caller, variables: CallsQueryVariables) =>
  (await caller.get(CallsDocument, variables)).calls;

/** All ids of a list, page by page, and its total as every page says it. */
async function walk(
  caller: Caller,
  variables: CallsQueryVariables,
  backwards = false,
): Promise<{ ids: string[]; totals: Set<number> }> {
  const ids: string[] = [];
  const totals = new Set<number>();
  for (let cursor: string | null = null; ;) {
    const calls = await page(caller, {
      ...variables,
      ...(backwards ? { last: 60, before: cursor } : { first: 60, after: cursor }),
    });
    totals.add(calls.totalCount);
    const found = calls.nodes.map(({ id }) => id);
    if (backwards) ids.unshift(...found);
    else ids.push(...found);
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = calls.pageInfo;
    if (!(backwards ? hasPreviousPage : hasNextPage)) return { ids, totals };
    cursor = (backwards ? startCursor : endCursor) ?? null;
  }
}

describe.each(viewerNames)('to %s', (name) => {
  test('the pages are, one after the other, the calls that they see, in either order, from either end', async () => {
    const { caller, sees } = viewer(name);
    const ascending = await expectedIds(sees, 'asc');
    expect(name.includes('no agent') || name.includes('another') ? ascending.length : 1).toBe(
      name.includes('no agent') || name.includes('another') ? 0 : 1,
    );
    const forwards = await walk(caller, { orderBy: 'STARTED_AT_ASC' });
    expect(forwards).toEqual({ ids: ascending, totals: new Set([ascending.length]) });
    const descending = await expectedIds(sees, 'desc');
    expect((await walk(caller, { orderBy: 'STARTED_AT_DESC' }, true)).ids).toEqual(descending);
  });

  test('filters narrow what they see, and show nothing more', async () => {
    const { caller, sees } = viewer(name);
    const filters: [CallFilter, string][] = [
      [{ clientId: clients[0] ?? '' }, `client_id = '${clients[0]}'`],
      [{ clientId: clients[5] ?? '' }, `client_id = '${clients[5]}'`],
      [{ agentId: agents[0]?.id ?? '' }, `agent_id = '${agents[0]?.id}'`],
      [{ agentId: moved.id }, `agent_id = '${moved.id}'`],
      [
        { agentId: agents[8]?.id ?? '', outcome: ['BUSY'] },
        `agent_id = '${agents[8]?.id}' and outcome = 'BUSY'`,
      ],
      [{ outcome: ['BUSY', 'FAILED'] }, "outcome in ('BUSY', 'FAILED')"],
      [{ direction: 'OUTBOUND' }, "direction = 'OUTBOUND'"],
      [
        { startedFrom: '2026-01-01T00:10:00Z', startedBefore: '2026-01-01T00:20:00Z' },
        "started_at >= '2026-01-01T00:10:00Z' and started_at < '2026-01-01T00:20:00Z'",
      ],
    ];
    for (const [filter, condition] of filters) {
      const expected = await expectedIds(`${sees} and ${condition}`, 'desc');
      const found = await walk(caller, { filter });
      expect([condition, found]).toEqual([condition, { ids: expected, totals: new Set([expected.length]) }]);
    }
  });

  test('a call that they do not see is answered like one that does not exist', async () => {
    const { caller, sees } = viewer(name);
    for (const id of (await expectedIds(`not (${sees})`, 'asc')).slice(0, 2))
      expect(await caller.refusal(CallDocument, { id })).toEqual({ code: 'NOT_FOUND', field: 'id' });
  });

  test('the number of statements does not depend on the size of the page', async () => {
    const { caller } = viewer(name);
    const count = (first: number) => statementsOf(() => page(caller, { first }));
    // An empty page has no rows for which anything more would be read.
    if ((await page(caller, { first: 1 })).nodes.length > 0) expect(await count(1)).toBe(await count(100));
  });
});

test('where walking takes too long, the pages are the same', async () => {
  const queryWithin: Transaction['queryWithin'] = Reflect.get(Transaction.prototype, 'queryWithin');
  let cut = 0;
  jest.spyOn(Transaction.prototype, 'queryWithin').mockImplementation(async function (
    this: Transaction,
    settings,
    text,
    values,
  ) {
    const tooLong = `select page.* from pg_sleep(60), (${text}) page`;
    const rows = await queryWithin.call(this, { ...settings, statement_timeout: 20 }, tooLong, values);
    if (rows === null) cut += 1;
    return rows;
  });
  // Those who may sleep.
  for (const name of viewerNames.filter((each) => !/^a (token|portal)/.test(each))) {
    const { caller, sees } = viewer(name);
    expect((await walk(caller, {})).ids).toEqual(await expectedIds(sees, 'desc'));
  }
  expect(cut).toBeGreaterThan(20);
});

test('billable time is shown to who may see it, and null to others', async () => {
  const { arrange } = world;
  const stayId = agents[0]?.stayId ?? '';
  const id = await arrange.call(stayId, { billableSeconds: 120 });
  const seen = async (caller: Caller) => (await caller.get(CallDocument, { id })).call?.billableSeconds;
  const member = (permissions: string[]) =>
    arrange.member(accountId, { permissions, clients: clients.slice(0, 1) });
  expect(await seen(viewer('the owner').caller)).toBe(120);
  expect(await seen(await signInAs(server, await member(['VIEW_CLIENTS', 'VIEW_BILLABLE_MINUTES'])))).toBe(
    120,
  );
  expect(await seen(await signInAs(server, await member(['VIEW_CLIENTS'])))).toBeNull();
  expect(await seen(viewer('a portal user').caller)).toBeNull();
  const allowed = await arrange.portalUser(accountId, clients[0] ?? '', { billableMinutes: true });
  expect(await seen(await signInAs(server, allowed))).toBe(120);
});

test('calls are filtered by portal user', async () => {
  const portalUser = await world.arrange.portalUser(accountId, clients[0] ?? '');
  const id = await world.arrange.call(agents[0]?.stayId ?? '', { portalUserId: portalUser.id });
  for (const name of ['the owner', 'a member with 3 clients', 'a portal user'])
    expect((await walk(viewer(name).caller, { filter: { portalUserId: portalUser.id } })).ids).toEqual([id]);
  expect(
    (await walk(viewer('a member with 18 clients').caller, { filter: { portalUserId: portalUser.id } })).ids,
  ).toEqual([]);
});
