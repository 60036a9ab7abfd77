// What agents did, summed up by client, agent and month, as far as whoever asks sees it.
import type { Caller } from '../support/client';
import {
  ClientActivityDocument,
  RecordCallsDocument,
  UsageDocument,
  type UsageGroup,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import type { TestAgent, TestMember } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';
import { asToken } from './reporting';

let server: TestServer;
let world: World;
/** `settled` works for one, `moved` went from one to two, `returned` from one to two and back to one. */
let agents: Record<'settled' | 'moved' | 'returned', TestAgent>;

const permissions = ['VIEW_CLIENTS', 'VIEW_BILLABLE_MINUTES'];

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  await server.owner.query("update ringfence.accounts set time_zone = 'Europe/Berlin' where id = $1", [
    accountId,
  ]);
  agents = {
    settled: await arrange.agent(accountId, clients.one, { name: 'Settled' }),
    moved: await arrange.agent(accountId, clients.two, { name: 'Moved', movedFrom: clients.one }),
    returned: await arrange.agent(accountId, clients.one, { name: 'Returned', movedFrom: clients.one }),
  };
  const { settled, moved, returned } = agents;
  const call = (stayId: string | undefined, startedAt: string, billableSeconds: number | null) =>
    arrange.call(stayId ?? '', { startedAt, billableSeconds });
  // In Berlin: 31 March 23:59:59 by summer time, 1 April 0:00, 30 April, 1 May.
  await call(settled.stayId, '2026-03-31T21:59:59Z', 1);
  await call(settled.stayId, '2026-03-31T22:00:00Z', 10);
  await call(settled.stayId, '2026-04-30T21:59:59Z', 100);
  await call(settled.stayId, '2026-04-30T22:00:00Z', null);
  // 28 February 23:59:59 and 1 March 0:00 by winter time.
  await call(settled.stayId, '2026-02-28T22:59:59Z', 2);
  await call(settled.stayId, '2026-02-28T23:00:00Z', 20);
  await call(moved.earlierStayId, '2026-04-10T10:00:00Z', 1000);
  await call(moved.stayId, '2026-04-11T10:00:00Z', 2000);
  await call(returned.earlierStayId, '2026-04-12T10:00:00Z', 30);
  await call(returned.stayId, '2026-04-13T10:00:00Z', 40);
  await arrange.conversation(settled.stayId, { startedAt: '2026-03-31T21:59:00Z', texts: ['a', 'b', 'c'] });
  // In the other account, which must not be summed up with this one.
  const other = await arrange.agent(world.other.accountId, world.other.clientId);
  await call(other.stayId, '2026-04-10T10:00:00Z', 9999);
});
afterAll(() => server.close());

const usage = async (caller: Caller, groupBy: UsageGroup[], more: object = {}) =>
  (await caller.get(UsageDocument, { from: '2026-01-01', to: '2026-12-01', groupBy, ...more })).usage;
const total = async (caller: Caller, more: object = {}) => {
  const [line] = await usage(caller, [], more);
  return line && [line.calls, line.billableSeconds, line.conversations, line.messages];
};

test('usage is summed up by month of the account’s time zone, summer and winter', async () => {
  const lines = await usage(world.asOwner, ['MONTH'], { filter: { agentId: agents.settled.id } });
  expect(lines.map(({ month, calls, billableSeconds }) => [month, calls, billableSeconds])).toEqual([
    ['2026-02', 1, 2],
    ['2026-03', 2, 21],
    ['2026-04', 2, 110],
    ['2026-05', 1, 0],
  ]);
});

test('a day begins and ends where it does in the account’s time zone', async () => {
  const filter = { agentId: agents.settled.id };
  expect(await total(world.asOwner, { from: '2026-03-31', to: '2026-04-01', filter })).toEqual([1, 1, 1, 1]);
  expect(await total(world.asOwner, { from: '2026-04-01', to: '2026-04-02', filter })).toEqual([1, 10, 0, 2]);
  await server.owner.query("update ringfence.accounts set time_zone = 'UTC' where id = $1", [
    world.accountId,
  ]);
  expect(await total(world.asOwner, { from: '2026-03-31', to: '2026-04-01', filter })).toEqual([2, 11, 1, 3]);
  await server.owner.query("update ringfence.accounts set time_zone = 'Europe/Berlin' where id = $1", [
    world.accountId,
  ]);
});

test.each([
  // Summer time ends at 1:00, and it is 0:00 of 1 November again.
  ['comes twice', 'America/Havana', '2020-11-01', ['2020-11-01T03:59:59Z', '2020-11-01T04:00:00Z']],
  // Summer time begins at 0:00, which is 1:00 of 1 October.
  ['is left out', 'America/Asuncion', '2017-10-01', ['2017-10-01T03:59:59Z', '2017-10-01T04:00:00Z']],
])(
  'a day and a month begin with the first hour of theirs where midnight %s',
  async (_, timeZone, day, [before = '', at = '']) => {
    const { arrange, accountId } = world;
    const clientId = await arrange.client(accountId, timeZone);
    const { stayId } = await arrange.agent(accountId, clientId);
    await arrange.call(stayId, { startedAt: before, billableSeconds: 1 });
    await arrange.call(stayId, { startedAt: at, billableSeconds: 10 });
    const dayBefore = new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
    const dayAfter = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
    const filter = { clientId };
    const inZone = async (zone: string) =>
      server.owner.query('update ringfence.accounts set time_zone = $2 where id = $1', [accountId, zone]);
    await inZone(timeZone);
    const seconds = async (from: string, to: string, groupBy: UsageGroup[] = []) =>
      (await usage(world.asOwner, groupBy, { from, to, filter })).map(({ month, billableSeconds }) => [
        month,
        billableSeconds,
      ]);
    expect(await seconds(dayBefore, day)).toEqual([[null, 1]]);
    expect(await seconds(day, dayAfter)).toEqual([[null, 10]]);
    expect(await seconds(dayBefore, dayAfter, ['MONTH'])).toEqual([
      [dayBefore.slice(0, 7), 1],
      [day.slice(0, 7), 10],
    ]);
    await inZone('Europe/Berlin');
  },
);

test('what an agent did is summed up with the client it was for; one that came back has one line', async () => {
  const lines = await usage(world.asOwner, ['CLIENT', 'AGENT', 'MONTH'], {
    from: '2026-04-02',
    to: '2026-04-30',
  });
  expect(
    lines.map(({ client, agentId, agentName, month, calls, billableSeconds }) => [
      client?.name,
      agentId,
      agentName,
      month,
      calls,
      billableSeconds,
    ]),
  ).toEqual(
    expect.arrayContaining([
      ['One', agents.moved.id, 'Moved', '2026-04', 1, 1000],
      ['One', agents.returned.id, 'Returned', '2026-04', 2, 70],
      ['Two', agents.moved.id, 'Moved', '2026-04', 1, 2000],
    ]),
  );
  expect(lines).toHaveLength(3);
  const ofClients = await usage(world.asOwner, ['CLIENT'], { from: '2026-04-02', to: '2026-04-30' });
  expect(ofClients.map(({ client, billableSeconds }) => [client?.name, billableSeconds])).toEqual([
    ['One', 1070],
    ['Two', 2000],
  ]);
  const filter = { clientId: world.clients.two };
  expect(await total(world.asOwner, { filter })).toEqual([1, 2000, 0, 0]);
});

test('everybody gets the sums of what they see', async () => {
  const { arrange, accountId, clients } = world;
  const as = async (options: object) =>
    signInAs(server, await arrange.member(accountId, { permissions, ...options }));
  const ofOne = [9, 1203, 1, 3];
  expect(await total(world.asOwner)).toEqual([10, 3203, 1, 3]);
  expect(await total(world.asAdmin)).toEqual([10, 3203, 1, 3]);
  expect(await total(await as({ clientAccess: 'ALL' }))).toEqual([10, 3203, 1, 3]);
  expect(await total(await as({ clients: [clients.one] }))).toEqual(ofOne);
  const some = { agentAccess: 'ASSIGNED', agents: [agents.moved.stayId, agents.returned.stayId] };
  expect(await total(await as({ clientAccess: 'ALL', ...some }))).toEqual([2, 2040, 0, 0]);
  expect(await total(await as({ clients: [clients.one], ...some }))).toEqual([1, 40, 0, 0]);
  expect(await total(await as({ clients: [clients.three] }))).toEqual([0, 0, 0, 0]);
  expect(await usage(await as({ clients: [clients.three] }), ['CLIENT'])).toEqual([]);
  expect(await total(await asToken(world, server, { permissions, clients: [clients.one] }))).toEqual(ofOne);
  const portalUser = await arrange.portalUser(accountId, clients.one, { billableMinutes: true });
  expect(await total(await signInAs(server, portalUser))).toEqual(ofOne);
  const bound = await arrange.portalUser(accountId, clients.one, {
    billableMinutes: true,
    agents: [agents.returned.stayId],
  });
  expect(await total(await signInAs(server, bound))).toEqual([1, 40, 0, 0]);
});

test('needs VIEW_BILLABLE_MINUTES, portal users their flag', async () => {
  const variables = { from: '2026-01-01', to: '2026-12-01', groupBy: [] };
  for (const caller of [world.asMemberWithAll, world.asScopedMember, world.asPowerless, world.asPortalUser])
    expect(await caller.refusal(UsageDocument, variables)).toEqual({ code: 'FORBIDDEN' });
  expect(await world.asAnonymous.refusal(UsageDocument, variables)).toEqual({ code: 'UNAUTHENTICATED' });
});

test('is of a bounded time', async () => {
  for (const [from, to] of [
    ['2026-01-01', '2026-01-01'],
    ['2026-02-01', '2026-01-01'],
    ['2025-01-01', '2026-06-01'],
  ] as const)
    expect(await world.asOwner.refusal(UsageDocument, { from, to, groupBy: [] })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'to',
    });
});

test('is not of a year that no calendar has', async () => {
  const variables = { from: '0000-01-01', to: '0000-06-01', groupBy: [] };
  expect(await world.asOwner.refusal(UsageDocument, variables)).toEqual({
    code: 'VALIDATION_FAILED',
    field: 'from',
  });
  expect(await total(world.asOwner, { from: '0001-01-01', to: '0001-06-01' })).toEqual([0, 0, 0, 0]);
});

test('takes one statement, and one more for the names of all clients', async () => {
  const ask = (groupBy: UsageGroup[]) => statementsOf(() => usage(world.asOwner, groupBy));
  const around = 4;
  expect(await ask([])).toBe(around + 1);
  expect(await ask(['CLIENT', 'AGENT', 'MONTH'])).toBe(around + 2);
});

describe('a client shows', () => {
  test('how many calls it had within 30 days, as many as the viewer sees', async () => {
    const { arrange, accountId, clients } = world;
    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
    const client = await arrange.client(accountId, 'Active');
    const [one, two] = [await arrange.agent(accountId, client), await arrange.agent(accountId, client)];
    for (const [stayId, days] of [
      [one.stayId, 1],
      [one.stayId, 29],
      [one.stayId, 31],
      [two.stayId, 2],
    ] as const)
      await arrange.call(stayId, { startedAt: daysAgo(days) });
    const count = async (caller: Caller, id = client) =>
      (await caller.get(ClientActivityDocument, { id })).client?.callsLast30Days;
    expect(await count(world.asOwner)).toBe(3);
    const some = await arrange.member(accountId, {
      clients: [client],
      agentAccess: 'ASSIGNED',
      agents: [two.stayId],
    });
    expect(await count(await signInAs(server, some))).toBe(1);
    expect(await count(world.asOwner, clients.four)).toBe(0);
  });

  test('when something last happened: a call, a message, a portal user who signed in; to the hour, never backwards', async () => {
    const { arrange, accountId } = world;
    const client = await arrange.client(accountId, 'Watched');
    const { stayId } = await arrange.agent(accountId, client);
    const last = async () =>
      (await world.asOwner.get(ClientActivityDocument, { id: client })).client?.lastActivityAt ?? null;
    expect(await last()).toBeNull();
    await arrange.call(stayId, { startedAt: '2026-02-03T04:59:59Z' });
    expect(await last()).toBe('2026-02-03T04:00:00Z');
    await arrange.conversation(stayId, { startedAt: '2026-02-03T10:30:00Z', texts: ['a'] });
    expect(await last()).toBe('2026-02-03T10:00:00Z');
    await arrange.call(stayId, { startedAt: '2026-02-03T05:00:00Z' });
    expect(await last()).toBe('2026-02-03T10:00:00Z');
    await signInAs(server, await arrange.portalUser(accountId, client));
    expect(Date.parse((await last()) ?? '')).toBeGreaterThan(Date.now() - 2 * 3_600_000);
  });

  test('when something last happened, to those alone who see all agents, and to no portal user', async () => {
    const { arrange, accountId } = world;
    const client = await arrange.client(accountId, 'Quiet');
    const [quiet, busy] = [await arrange.agent(accountId, client), await arrange.agent(accountId, client)];
    await arrange.call(busy.stayId, { startedAt: '2026-02-03T04:59:59Z' });
    const member = (more: object) => arrange.member(accountId, { clients: [client], ...more });
    const seeing = [await member({ agentAccess: 'ALL' }), await member({ clientAccess: 'ALL' })];
    const narrowed = [
      await member({ agentAccess: 'ASSIGNED', agents: [quiet.stayId] }),
      await member({ agentAccess: 'ASSIGNED', agents: [quiet.stayId, busy.stayId] }),
      await arrange.portalUser(accountId, client, { agents: [quiet.stayId] }),
      await arrange.portalUser(accountId, client),
    ];
    const last = async (person: TestMember) =>
      (await (await signInAs(server, person)).get(ClientActivityDocument, { id: client })).client
        ?.lastActivityAt;
    for (const person of narrowed) expect(await last(person)).toBeNull();
    for (const person of seeing) expect(await last(person)).not.toBeNull();
  });
});

test('whoever follows changes is told once for each stay, not for each call', async () => {
  const agent = await world.arrange.agent(world.accountId, world.clients.one);
  const caller = await asToken(world, server, { permissions: ['RECORD_ACTIVITY'] });
  const startedAt = new Date(Date.now() - 60_000).toISOString();
  const calls = Array.from({ length: 10 }, (_, index) => ({
    agentId: agent.id,
    externalId: `call ${index}`,
    direction: 'INBOUND' as const,
    startedAt,
  }));
  await caller.get(RecordCallsDocument, { input: { calls } });
  const { rows } = await server.owner.query(
    'select client_id, kind, action from fence.events where subject_id = $1',
    [agent.stayId],
  );
  expect(rows).toEqual([{ client_id: world.clients.one, kind: 'AGENT_STAY', action: 'CALLS_RECORDED' }]);
});
