// Calls that platforms report: filed under the client that the agent worked for when they began, once, whoever reports them.
import type { Caller } from '../support/client';
import { CallDocument, RecordCallsDocument, type CallReport } from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, signInAs, type World } from '../support/world';
import { asToken, type Reporting, startReporting } from './reporting';

let server: TestServer;
let world: World;
let reporting: Reporting;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  reporting = await startReporting(server, world);
});
afterAll(() => server.close());

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
let reported = 0;
/** A call that was not reported before. */
const report = (changes: Partial<CallReport> = {}): CallReport => ({
  agentId: reporting.settled.id,
  externalId: `call ${(reported += 1)}`,
  direction: 'INBOUND',
  startedAt: minutesAgo(10),
  ...changes,
});

const record = async (caller: Caller, ...calls: CallReport[]) =>
  (await caller.get(RecordCallsDocument, { input: { calls } })).recordCalls.results;

/** Which client a call is filed under, and how often it is there. */
async function filedUnder(externalId: string): Promise<string[]> {
  const { rows } = await server.owner.query<{ client_id: string }>(
    'select client_id from ringfence.calls where external_id = $1',
    [externalId],
  );
  return rows.map(({ client_id }) => client_id);
}

describe('a call that is reported', () => {
  test('is recorded with all that was said of it', async () => {
    const call = report({
      direction: 'OUTBOUND',
      outcome: 'TRANSFERRED',
      fromNumber: '+4930901820',
      toNumber: '+4915112345678',
      portalUserId: world.portalUsers.one.id,
      startedAt: '2026-03-01T10:00:00.000Z',
      endedAt: '2026-03-01T10:05:00.000Z',
      durationSeconds: 290,
      billableSeconds: 300,
    });
    const [result] = await record(reporting.asPlatform, call);
    expect(result).toMatchObject({ index: 0, externalId: call.externalId, status: 'CREATED', error: null });
    const { call: shown } = await world.asOwner.get(CallDocument, { id: result?.id ?? '' });
    expect(shown).toEqual({
      ...call,
      id: result?.id,
      agentName: 'Settled',
      portalUserName: 'Petra Portal',
      startedAt: '2026-03-01T10:00:00Z',
      endedAt: '2026-03-01T10:05:00Z',
      client: { id: world.clients.one, name: 'One' },
    });
  });

  test('is answered for in the order of the reports, one that is rejected taking no other with it', async () => {
    const calls = [
      report(),
      report({ externalId: '' }),
      report({ fromNumber: '030 901820' }),
      report({ startedAt: minutesAgo(-60) }),
      report({ startedAt: '1999-12-31T23:59:59.000Z' }),
      report({ endedAt: minutesAgo(11) }),
      report({ startedAt: minutesAgo(3000), endedAt: minutesAgo(10) }),
      report({ durationSeconds: -1 }),
      report({ billableSeconds: 86_401 }),
      report({ agentId: 'nobody' }),
      report({ agentId: reporting.other.id }),
      report({ portalUserId: world.portalUsers.two.id }),
      report({ portalUserId: 'nobody' }),
      report({ externalId: 'one\u0000two' }),
      report({ externalId: 'x'.repeat(201) }),
      report(),
    ];
    const results = await record(reporting.asPlatform, ...calls);
    expect(results.map(({ index, externalId }) => ({ index, externalId }))).toEqual(
      calls.map(({ externalId }, index) => ({ index, externalId })),
    );
    const said = results.map(({ status, error }) =>
      error === null ? status : `${error?.code} ${error?.field}`,
    );
    expect(said).toEqual([
      'CREATED',
      'VALIDATION_FAILED externalId',
      'VALIDATION_FAILED fromNumber',
      'VALIDATION_FAILED startedAt',
      'VALIDATION_FAILED startedAt',
      'VALIDATION_FAILED endedAt',
      'VALIDATION_FAILED endedAt',
      'VALIDATION_FAILED durationSeconds',
      'VALIDATION_FAILED billableSeconds',
      'NOT_FOUND agentId',
      'NOT_FOUND agentId',
      'NOT_FOUND portalUserId',
      'NOT_FOUND portalUserId',
      'VALIDATION_FAILED externalId',
      'VALIDATION_FAILED externalId',
      'CREATED',
    ]);
    for (const { status, id, call } of results)
      expect([status, id === null, call === null]).toEqual([
        status,
        status === 'REJECTED',
        status === 'REJECTED',
      ]);
  });

  test('again is the same call: what is new of it is added, what is known is kept', async () => {
    const call = report({ startedAt: '2026-04-01T10:00:00.000Z' });
    const [first] = await record(reporting.asPlatform, call);
    expect(await record(reporting.asPlatform, call)).toEqual([{ ...first, status: 'UNCHANGED' }]);
    const ended = { ...call, endedAt: '2026-04-01T10:01:00.000Z', outcome: 'COMPLETED' } as const;
    expect(await record(reporting.asPlatform, ended)).toEqual([{ ...first, status: 'UPDATED' }]);
    // The report of its beginning was late.
    expect(await record(reporting.asPlatform, call)).toEqual([{ ...first, status: 'UNCHANGED' }]);
    const billed = { ...call, billableSeconds: 60, durationSeconds: 55 };
    expect(await record(reporting.asPlatform, billed)).toEqual([{ ...first, status: 'UPDATED' }]);
    expect(await record(reporting.asPlatform, { ...billed, billableSeconds: 120 })).toEqual([
      { ...first, status: 'UPDATED' },
    ]);
    const { call: shown } = await world.asOwner.get(CallDocument, { id: first?.id ?? '' });
    expect(shown).toMatchObject({
      outcome: 'COMPLETED',
      endedAt: '2026-04-01T10:01:00Z',
      durationSeconds: 55,
      billableSeconds: 120,
    });
  });

  test('again with numbers and a portal user that were not known: they are added, and stay', async () => {
    const call = report();
    const [first] = await record(reporting.asPlatform, call);
    const known = {
      fromNumber: '+4930901820',
      toNumber: '+4915112345678',
      portalUserId: world.portalUsers.one.id,
    };
    for (const [changes, status] of [
      [{ portalUserId: world.portalUsers.two.id }, 'REJECTED'],
      [{ fromNumber: known.fromNumber }, 'UPDATED'],
      [{ toNumber: known.toNumber }, 'UPDATED'],
      [{ portalUserId: known.portalUserId }, 'UPDATED'],
      [known, 'UNCHANGED'],
      [{ fromNumber: '+4915100000000', toNumber: '+4915100000000' }, 'UNCHANGED'],
    ] as const)
      expect(await record(reporting.asPlatform, { ...call, ...changes })).toMatchObject([{ status }]);
    const { call: shown } = await world.asOwner.get(CallDocument, { id: first?.id ?? '' });
    expect(shown).toMatchObject({ ...known, portalUserName: 'Petra Portal' });
  });

  test('several times in one request is taken one after the other', async () => {
    const call = report({ startedAt: minutesAgo(20) });
    const results = await record(reporting.asPlatform, call, { ...call, outcome: 'BUSY' }, report(), {
      ...call,
      outcome: 'BUSY',
    });
    expect(results.map(({ status }) => status)).toEqual(['CREATED', 'UPDATED', 'CREATED', 'UNCHANGED']);
    expect(new Set(results.map(({ id }) => id)).size).toBe(2);
  });

  test('is kept with the name of a portal user who is deleted', async () => {
    const portalUser = await world.arrange.portalUser(world.accountId, world.clients.one, { name: 'Gone' });
    const [result] = await record(reporting.asPlatform, report({ portalUserId: portalUser.id }));
    await server.owner.query('delete from ringfence.portal_users where id = $1', [portalUser.id]);
    const { call } = await world.asOwner.get(CallDocument, { id: result?.id ?? '' });
    expect(call).toMatchObject({
      portalUserId: null,
      portalUserName: 'Gone',
      client: { id: world.clients.one },
    });
  });

  test('thousands at once are too many, none too few; a thousand are not', async () => {
    const many = (count: number) => ({ input: { calls: Array.from({ length: count }, () => report()) } });
    for (const count of [0, 1001])
      expect(await reporting.asPlatform.refusal(RecordCallsDocument, many(count))).toEqual({
        code: 'VALIDATION_FAILED',
        field: 'input.calls',
      });
    const results = await record(reporting.asPlatform, ...many(1000).input.calls);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['CREATED']));
    expect(new Set(results.map(({ id }) => id)).size).toBe(1000);
  });

  test('under an Idempotency-Key is recorded once, a thousand of them as well, and answered alike', async () => {
    const caller = reporting.asPlatform.under('a thousand calls');
    const calls = Array.from({ length: 1000 }, (_, index) =>
      report(index % 3 === 0 ? { agentId: 'nobody' } : {}),
    );
    const first = await caller.ask(RecordCallsDocument, { input: { calls } });
    const second = await caller.ask(RecordCallsDocument, { input: { calls } });
    expect(first.errors).toBeUndefined();
    expect(second.data).toEqual(first.data);
    expect(second.extensions?.idempotencyReplayed).toEqual(['recordCalls']);
  });
});

describe('a call is filed by when it began', () => {
  test('under the earlier client before the very moment of a move, under the later one from then on', async () => {
    const { moved, movedAt } = reporting;
    const at = (milliseconds: number) => new Date(movedAt.getTime() + milliseconds).toISOString();
    const calls = [-86_400_000, -1, 0, 1, 60_000].map((offset) =>
      report({ agentId: moved.id, startedAt: at(offset) }),
    );
    const results = await record(reporting.asPlatform, ...calls);
    const { one, two } = world.clients;
    expect(results.map(({ call }) => call?.client?.id)).toEqual([one, one, two, two, two]);
  });

  test('and stays there: reported again with another beginning, it is where it was', async () => {
    const { moved, movedAt } = reporting;
    const call = report({ agentId: moved.id, startedAt: new Date(movedAt.getTime() - 60_000).toISOString() });
    await record(reporting.asPlatform, call);
    const [again] = await record(reporting.asPlatform, {
      ...call,
      startedAt: minutesAgo(0),
      outcome: 'FAILED',
    });
    expect(again).toMatchObject({ status: 'UPDATED', call: { client: { id: world.clients.one } } });
    expect(await filedUnder(call.externalId)).toEqual([world.clients.one]);
  });

  test('of an agent that was deleted as well', async () => {
    const agent = await world.arrange.agent(world.accountId, world.clients.one);
    await server.owner.query('delete from ringfence.agents where id = $1', [agent.id]);
    await server.owner.query(
      "update ringfence.agent_stays set ended_at = now() - interval '1 second' where id = $1",
      [agent.stayId],
    );
    const [before, after] = await record(
      reporting.asPlatform,
      report({ agentId: agent.id }),
      report({ agentId: agent.id, startedAt: minutesAgo(0) }),
    );
    expect(before).toMatchObject({ status: 'CREATED', call: { client: { id: world.clients.one } } });
    expect(after).toMatchObject({ status: 'REJECTED', error: { code: 'NOT_FOUND', field: 'agentId' } });
  });

  test('and under no other client when the one it was for is gone', async () => {
    const gone = await world.arrange.client(world.accountId, 'Gone');
    const agent = await world.arrange.agent(world.accountId, world.clients.one, { movedFrom: gone });
    await server.owner.query('delete from ringfence.clients where id = $1', [gone]);
    const call = report({ agentId: agent.id, startedAt: minutesAgo(2 * 24 * 60) });
    const [result] = await record(reporting.asPlatform, call);
    expect(result).toMatchObject({ status: 'REJECTED', error: { code: 'NOT_FOUND', field: 'agentId' } });
    expect(await filedUnder(call.externalId)).toEqual([]);
  });

  test('of a clock that is a little ahead, as if it began now', async () => {
    const [result] = await record(reporting.asPlatform, report({ startedAt: minutesAgo(-1) }));
    expect(result).toMatchObject({ status: 'CREATED', call: { client: { id: world.clients.one } } });
  });

  test('unless the client is archived, or being deleted', async () => {
    const client = await world.arrange.client(world.accountId, 'Closing');
    const agent = await world.arrange.agent(world.accountId, client);
    for (const [status, expected] of [
      ['INACTIVE', { status: 'CREATED', error: null }],
      [
        'ARCHIVED',
        { status: 'REJECTED', error: { code: 'CONFLICT', field: null, reason: 'CLIENT_ARCHIVED' } },
      ],
      [
        'DELETING',
        { status: 'REJECTED', error: { code: 'CONFLICT', field: null, reason: 'CLIENT_DELETING' } },
      ],
    ] as const) {
      await server.owner.query(
        `update ringfence.clients set status = $2, status_before_archive = case when $2 = 'ARCHIVED' then 'ACTIVE' end where id = $1`,
        [client, status],
      );
      expect(await record(reporting.asPlatform, report({ agentId: agent.id }))).toMatchObject([expected]);
    }
  });
});

describe('who reports', () => {
  test('needs RECORD_ACTIVITY, and sees nothing for it', async () => {
    const [result] = await record(reporting.asPlatform, report());
    expect(result?.call).not.toBeNull();
    const blind = await asToken(world, server, { permissions: ['RECORD_ACTIVITY'] });
    const [recorded] = await record(blind, report());
    expect(recorded).toMatchObject({ status: 'CREATED', call: null });
    expect(await blind.refusal(CallDocument, { id: recorded?.id ?? '' })).toMatchObject({
      code: 'FORBIDDEN',
    });
    for (const caller of [world.asMemberWithAll, world.asScopedMember, world.asPortalUser, world.asPowerless])
      expect(await caller.refusal(RecordCallsDocument, { input: { calls: [report()] } })).toEqual({
        code: 'FORBIDDEN',
      });
    expect(await world.asAnonymous.refusal(RecordCallsDocument, { input: { calls: [report()] } })).toEqual({
      code: 'UNAUTHENTICATED',
    });
    for (const caller of [world.asOwner, world.asAdmin])
      expect(await record(caller, report())).toMatchObject([{ status: 'CREATED' }]);
  });

  test('reaches no further than their clients: of the others every agent is answered like none', async () => {
    const member = await world.arrange.member(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'RECORD_ACTIVITY'],
      clients: [world.clients.one],
    });
    const token = await asToken(world, server, {
      permissions: ['RECORD_ACTIVITY'],
      clients: [world.clients.one],
    });
    for (const caller of [await signInAs(server, member), token]) {
      const { moved, movedAt, settled, elsewhere, other } = reporting;
      const results = await record(
        caller,
        report({ agentId: settled.id }),
        // At one then, and at two now.
        report({ agentId: moved.id, startedAt: new Date(movedAt.getTime() - 60_000).toISOString() }),
        report({ agentId: moved.id, startedAt: movedAt.toISOString() }),
        report({ agentId: elsewhere.id }),
        report({ agentId: other.id }),
        report({ agentId: '01900000-0000-7000-8000-000000000000' }),
      );
      expect(results.map(({ status }) => status)).toEqual([
        'CREATED',
        'CREATED',
        ...Array<string>(4).fill('REJECTED'),
      ]);
      expect(new Set(results.slice(2).map(({ error }) => JSON.stringify(error))).size).toBe(1);
      expect(results[2]?.error).toMatchObject({ code: 'NOT_FOUND', field: 'agentId' });
    }
  });

  test('learns nothing by an id that an agent’s call with a hidden client has', async () => {
    const { moved, movedAt } = reporting;
    const hidden = report({ agentId: moved.id, startedAt: movedAt.toISOString() });
    await record(reporting.asPlatform, hidden);
    const caller = await asToken(world, server, {
      permissions: ['RECORD_ACTIVITY'],
      clients: [world.clients.one],
    });
    const startedAt = new Date(movedAt.getTime() - 60_000).toISOString();
    const results = await record(caller, { ...hidden, startedAt }, report({ agentId: moved.id, startedAt }), {
      ...report({ agentId: moved.id, startedAt: hidden.startedAt }),
      externalId: hidden.externalId,
    });
    // The first is known from then on, by its own.
    expect(results.map(({ status }) => status)).toEqual(['CREATED', 'CREATED', 'UNCHANGED']);
    expect((await filedUnder(hidden.externalId)).sort()).toEqual(
      [world.clients.one, world.clients.two].sort(),
    );
  });

  test('reaches no further than their agents', async () => {
    const member = await world.arrange.member(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'RECORD_ACTIVITY'],
      clientAccess: 'ALL',
      agentAccess: 'ASSIGNED',
      agents: [reporting.settled.stayId, reporting.moved.stayId],
    });
    const { moved, movedAt, settled, elsewhere } = reporting;
    const results = await record(
      await signInAs(server, member),
      report({ agentId: settled.id }),
      report({ agentId: moved.id }),
      report({ agentId: moved.id, startedAt: new Date(movedAt.getTime() - 60_000).toISOString() }),
      report({ agentId: elsewhere.id }),
    );
    expect(results.map(({ status }) => status)).toEqual(['CREATED', 'CREATED', 'REJECTED', 'REJECTED']);
  });
});
