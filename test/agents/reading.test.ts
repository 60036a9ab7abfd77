// Who sees which agents, and lists of them.
import {
  AgentAccessDocument,
  AgentDocument,
  AgentsByClientDocument,
  type AgentsByClientQueryVariables,
  AgentsDocument,
  type AgentsQueryVariables,
  ClientDocument,
  DeactivateClientDocument,
  ActivateClientDocument,
} from '../support/documents.generated';
import { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import type { TestAgent } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let accountId: string;
let clients: Record<'north' | 'south' | 'idle' | 'archived', string>;
let agents: Record<'ada' | 'bob' | 'cyd' | 'dan' | 'idle' | 'archived', TestAgent>;
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
  agents = {
    ada: await arrange.agent(accountId, clients.north, { name: 'ada 100%' }),
    bob: await arrange.agent(accountId, clients.north, { name: 'Bob', kind: 'CHAT', status: 'DRAFT' }),
    cyd: await arrange.agent(accountId, clients.south, { name: 'Cyd', status: 'PAUSED', isPublic: true }),
    dan: await arrange.agent(accountId, clients.south, { name: 'Dan', movedFrom: clients.north }),
    idle: await arrange.agent(accountId, clients.idle, { name: 'Idle' }),
    archived: await arrange.agent(accountId, clients.archived, { name: 'Archived' }),
  };
  for (const [agent, number] of [
    [agents.ada, '+4930901820'],
    [agents.cyd, '+442071838750'],
  ] as const) {
    await server.owner.query(
      'insert into fence.phone_numbers (account_id, phone_number, agent_id) values ($1, $2, $3)',
      [accountId, number, agent.id],
    );
    await server.owner.query(
      `insert into ringfence.agent_phone_numbers (account_id, client_id, agent_id, stay_id, phone_number)
       select account_id, client_id, id, stay_id, $2 from ringfence.agents where id = $1`,
      [agent.id, number],
    );
  }
  asOwner = await signInAs(server, await arrange.member(accountId, { role: 'OWNER' }));
});
afterAll(() => server.close());

const list = async (caller: Caller, variables: AgentsQueryVariables = {}) =>
  (await caller.get(AgentsDocument, variables)).agents;
const names = async (caller: Caller, variables: AgentsQueryVariables = {}) =>
  (await list(caller, variables)).nodes.map(({ name }) => name);
const byClient = async (caller: Caller, variables: AgentsByClientQueryVariables = {}) =>
  (await caller.get(AgentsByClientDocument, variables)).clients.nodes;
const member = async (options: Parameters<World['arrange']['member']>[1]) =>
  signInAs(server, await world.arrange.member(accountId, options));
const asToken = async (options: Parameters<World['arrange']['accessToken']>[1]) =>
  new Caller(server.url, (await world.arrange.accessToken(accountId, options)).text);

describe('lists', () => {
  test.each<[string, AgentsQueryVariables, string[]]>([
    ['all, but of archived clients', {}, ['ada 100%', 'Bob', 'Cyd', 'Dan', 'Idle']],
    ['of archived clients when asked for', { filter: { clientStatus: ['ARCHIVED'] } }, ['Archived']],
    ['of inactive clients', { filter: { clientStatus: ['INACTIVE'] } }, ['Idle']],
    ['by kind', { filter: { kind: ['CHAT'] } }, ['Bob']],
    ['by status', { filter: { status: ['PAUSED', 'DRAFT'] } }, ['Bob', 'Cyd']],
    ['public ones', { filter: { isPublic: true } }, ['Cyd']],
    ['by part of the name in any case', { search: ' DA ' }, ['ada 100%', 'Dan']],
    ['by what stands for itself', { search: '%' }, ['ada 100%']],
    ['by part of a phone number', { search: '90 18-20' }, ['ada 100%']],
    ['by a phone number as it is written at home', { search: '020 7183 8750' }, ['Cyd']],
    ['combined', { search: 'a', filter: { kind: ['VOICE'], status: ['ACTIVE'] } }, ['ada 100%', 'Dan']],
    ['by name, backwards', { orderBy: 'NAME_DESC', first: 2 }, ['Idle', 'Dan']],
    ['newest first', { orderBy: 'CREATED_AT_DESC', first: 2 }, ['Idle', 'Dan']],
    ['oldest first', { orderBy: 'CREATED_AT_ASC', first: 2 }, ['ada 100%', 'Bob']],
  ])('%s', async (_, variables, expected) => {
    expect(await names(asOwner, variables)).toEqual(expected);
  });

  test('of one client, in whatever state it is', async () => {
    expect(await names(asOwner, { filter: { clientId: clients.south } })).toEqual(['Cyd', 'Dan']);
    expect(await names(asOwner, { filter: { clientId: clients.archived } })).toEqual(['Archived']);
    expect(await names(asOwner, { filter: { clientId: world.clients.two } })).toEqual([]);
  });

  test('pages fit together, forwards and backwards', async () => {
    const first = await list(asOwner, { first: 2 });
    expect([first.totalCount, first.pageInfo.hasNextPage]).toEqual([5, true]);
    const rest = await list(asOwner, { first: 5, after: first.pageInfo.endCursor });
    expect(rest.nodes.map(({ name }) => name)).toEqual(['Cyd', 'Dan', 'Idle']);
    const back = await list(asOwner, { last: 2, before: rest.pageInfo.startCursor });
    expect(back.nodes).toEqual(first.nodes);
    expect(
      await asOwner.refusal(AgentsDocument, { after: first.pageInfo.endCursor, orderBy: 'NAME_DESC' }),
    ).toEqual({ code: 'VALIDATION_FAILED', field: 'after' });
  });

  test('it needs VIEW_CLIENTS', async () => {
    const powerless = await member({ permissions: [], clients: [clients.north] });
    expect(await powerless.refusal(AgentsDocument)).toEqual({ code: 'FORBIDDEN' });
    expect(await world.asAnonymous.refusal(AgentsDocument)).toEqual({ code: 'UNAUTHENTICATED' });
  });
});

describe('grouped by client', () => {
  test('each client has its own, counted, paged, filtered and searched', async () => {
    expect(await byClient(asOwner, { agents: 1 })).toMatchObject([
      { name: 'Idle', agentCount: 1, agents: { totalCount: 1, nodes: [{ name: 'Idle' }] } },
      { name: 'North', agentCount: 2, agents: { totalCount: 2, nodes: [{ name: 'ada 100%' }] } },
      { name: 'South', agentCount: 2, agents: { totalCount: 2, nodes: [{ name: 'Cyd' }] } },
    ]);
    const found = await byClient(asOwner, { search: 'a', filter: { kind: ['VOICE'] }, orderBy: 'NAME_DESC' });
    expect(
      found.map(({ agents: { nodes, totalCount } }) => [totalCount, nodes.map(({ name }) => name)]),
    ).toEqual([
      [0, []],
      [1, ['ada 100%']],
      [1, ['Dan']],
    ]);
  });

  test('the next page of one client begins where the one before ended', async () => {
    const north = (await byClient(asOwner, { agents: 1 }))[1]?.agents;
    expect(north?.pageInfo.hasNextPage).toBe(true);
    const after = north?.pageInfo.endCursor ?? '';
    const pages = await byClient(asOwner, { agents: 1, after });
    expect(pages[1]?.agents).toMatchObject({ nodes: [{ name: 'Bob' }], pageInfo: { hasNextPage: false } });
  });

  test('it takes the same statements for one client and for all', async () => {
    const [one, all] = [
      await statementsOf(() => byClient(asOwner, { first: 1 })),
      await statementsOf(() => byClient(asOwner, { first: 100 })),
    ];
    // What opens and ends a transaction; clients, agents counted, pages of agents, and their totals.
    expect([one, all]).toEqual([8, 8]);
  });
});

test('agents with everything about them take the same statements for one row and for all', async () => {
  const counts = [];
  for (const first of [1, 5]) counts.push(await statementsOf(() => list(asOwner, { first })));
  // What opens and ends a transaction; the page, its total, numbers, clients, and their states.
  expect(counts).toEqual([9, 9]);
});

describe('whether an agent works', () => {
  const effective = async (id: string) => (await asOwner.get(AgentDocument, { id })).agent?.effectiveStatus;

  test('it is paused while its client is not active, and its own status comes back with it', async () => {
    expect(await effective(agents.idle.id)).toBe('PAUSED');
    expect(await effective(agents.archived.id)).toBe('PAUSED');
    expect([await effective(agents.bob.id), await effective(agents.cyd.id)]).toEqual(['DRAFT', 'PAUSED']);
    const input = { id: clients.north };
    await asOwner.get(DeactivateClientDocument, { input });
    expect([await effective(agents.ada.id), await effective(agents.bob.id)]).toEqual(['PAUSED', 'PAUSED']);
    await asOwner.get(ActivateClientDocument, { input });
    expect([await effective(agents.ada.id), await effective(agents.bob.id)]).toEqual(['ACTIVE', 'DRAFT']);
  });
});

describe('seeing', () => {
  const countOf = async (caller: Caller, id: string) =>
    (await caller.get(ClientDocument, { id })).client?.agentCount;
  const access = async (caller: Caller) => (await caller.get(AgentAccessDocument)).viewer.agentAccess;
  const absent = { code: 'NOT_FOUND', field: 'id' };

  test('a member sees those of the assigned clients, and counts no others', async () => {
    const caller = await member({ clients: [clients.south] });
    expect(await names(caller)).toEqual(['Cyd', 'Dan']);
    expect(await access(caller)).toBe('ALL');
    expect(await caller.refusal(AgentDocument, { id: agents.ada.id })).toEqual(absent);
    expect(await names(caller, { filter: { clientId: clients.north } })).toEqual([]);
  });

  test('with agent access ASSIGNED they see the assigned ones alone, of clients within reach', async () => {
    const assigned = [agents.ada.stayId, agents.cyd.stayId, agents.dan.earlierStayId ?? ''];
    const scoped = await member({ clients: [clients.north], agentAccess: 'ASSIGNED', agents: assigned });
    const all = await member({ clientAccess: 'ALL', agentAccess: 'ASSIGNED', agents: assigned });
    expect([await names(scoped), await names(all)]).toEqual([['ada 100%'], ['ada 100%', 'Cyd']]);
    expect([await countOf(scoped, clients.north), await countOf(all, clients.south)]).toEqual([1, 1]);
    expect(await access(scoped)).toBe('ASSIGNED');
    for (const { id } of [agents.bob, agents.dan, agents.cyd])
      expect(await scoped.refusal(AgentDocument, { id })).toEqual(absent);
    const nothing = await member({ clients: [clients.north], agentAccess: 'ASSIGNED' });
    expect([await names(nothing), await countOf(nothing, clients.north)]).toEqual([[], 0]);
  });

  test('a token sees what its member sees, the account’s all of its clients', async () => {
    const narrowed = await world.arrange.member(accountId, {
      clients: [clients.north, clients.south],
      agentAccess: 'ASSIGNED',
      agents: [agents.bob.stayId, agents.cyd.stayId],
    });
    const ofMember = await asToken({ memberId: narrowed.id });
    expect([await names(ofMember), await access(ofMember)]).toEqual([['Bob', 'Cyd'], 'ASSIGNED']);
    const forSouth = await asToken({ memberId: narrowed.id, clients: [clients.south] });
    expect(await names(forSouth)).toEqual(['Cyd']);
    const ofAccount = await asToken({ clients: [clients.south] });
    expect([await names(ofAccount), await access(ofAccount)]).toEqual([['Cyd', 'Dan'], 'ALL']);
  });

  test('a portal user sees those of their client, or the ones they are bound to; not what they are configured to be', async () => {
    const whole = await signInAs(server, await world.arrange.portalUser(accountId, clients.south));
    expect([await names(whole), await access(whole)]).toEqual([['Cyd', 'Dan'], 'ALL']);
    const bound = await signInAs(
      server,
      await world.arrange.portalUser(accountId, clients.south, { agents: [agents.dan.stayId] }),
    );
    expect([await names(bound), await access(bound)]).toEqual([['Dan'], 'ASSIGNED']);
    expect(await countOf(bound, clients.south)).toBe(1);
    expect((await bound.get(AgentDocument, { id: agents.dan.id })).agent).toMatchObject({
      configuration: null,
      advancedConfiguration: null,
      stays: [{ client: { id: clients.south } }],
    });
    for (const { id } of [agents.cyd, agents.ada])
      expect(await bound.refusal(AgentDocument, { id })).toEqual(absent);
  });

  test('nobody sees those of another account', async () => {
    expect(await world.asOwner.refusal(AgentDocument, { id: agents.ada.id })).toEqual(absent);
    expect(await names(world.other.asOwner)).toEqual([]);
    expect(await access(asOwner)).toBe('ALL');
    expect(await access(world.asAnonymous)).toBeNull();
  });
});
