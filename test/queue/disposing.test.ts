// How a call ended: what becomes of the lead, and who may say so.
import { randomUUID } from 'node:crypto';
import { asWorker } from '../leads/people';
import type { Caller } from '../support/client';
import {
  ArchiveLeadDocument,
  NextLeadDocument,
  RecordDispositionDocument,
  WorkDocument,
} from '../support/documents.generated';
import { Caller as Program } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, type World } from '../support/world';
import { next, setLead, setWorkflow } from './waiting';

let server: TestServer;
let world: World;
let client: string;
let list: string;
let lead: string;
let worker: Caller;
let other: Caller;
let dispositions: Record<string, string>;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());
beforeEach(async () => {
  client = await world.arrange.client(world.accountId, `Client ${randomUUID().slice(0, 8)}`);
  list = await world.arrange.list(world.accountId, client);
  lead = await world.arrange.lead(list, { name: 'Lea' });
  worker = await asWorker(server, world, { clients: [client], name: 'Wanda Worker' });
  other = await asWorker(server, world, { clients: [client] });
  dispositions = await dispositionsOf(list);
});

/** By the state that each puts a lead into. */
async function dispositionsOf(listId: string): Promise<Record<string, string>> {
  const { rows } = await server.owner.query<{ state: string; id: string }>(
    `insert into ringfence.list_dispositions (account_id, client_id, list_id, name, lead_state, position)
     select account_id, client_id, id, s.state, s.state, 1 + s.place
     from ringfence.lists, unnest('{IN_PROGRESS,CALL_BACK,WON,LOST}'::text[]) with ordinality s (state, place) where id = $1
     returning lead_state as state, id`,
    [listId],
  );
  return Object.fromEntries(rows.map(({ state, id }) => [state, id]));
}

const record = async (caller: Caller, state: string, more: { callBackAt?: string; note?: string } = {}) => {
  const input = { leadId: lead, dispositionId: dispositions[state] ?? '', ...more };
  const { recordDisposition } = await caller.get(RecordDispositionDocument, { input });
  return recordDisposition.lead;
};

describe('a lead is', () => {
  test('won, with the attempt counted, a note, its history, and nobody who holds it', async () => {
    expect(await next(worker, list)).toBe('Lea');
    const answers: Awaited<ReturnType<typeof record>>[] = [];
    const log = await auditedBy(server.owner, async () => {
      answers.push(await record(worker, 'WON', { note: 'They want it.' }));
    });
    const [won] = answers;
    expect(won).toMatchObject({ state: 'WON', attempts: 1, callBackAt: null, hold: null });
    expect(Date.now() - Date.parse(String(won?.lastAttemptAt))).toBeLessThan(60_000);
    expect(won?.notes.nodes[0]).toEqual({ text: 'They want it.', authorName: 'Wanda Worker' });
    expect(won?.history.nodes.slice(0, 2)).toEqual(
      expect.arrayContaining([
        { subject: 'DISPOSITION', from: null, to: 'WON', actorName: 'Wanda Worker' },
        { subject: 'STATE', from: 'NEW', to: 'WON', actorName: 'Wanda Worker' },
      ]),
    );
    expect(log.map(({ action }) => action)).toEqual(['LEAD_DISPOSITION_RECORDED', 'LEAD_NOTE_ADDED']);
    expect(await next(worker, list)).toBeNull();
  });

  test('to be called back at the time that was agreed on, or when it has rested', async () => {
    const callBackAt = '2030-05-01T08:00:00Z';
    expect(await record(worker, 'CALL_BACK', { callBackAt })).toMatchObject({
      state: 'CALL_BACK',
      callBackAt,
    });
    await setWorkflow(server, list, { call_back_delay_minutes: '90' });
    const again = await record(worker, 'CALL_BACK');
    expect(again?.attempts).toBe(2);
    const minutes = (Date.parse(String(again?.callBackAt)) - Date.now()) / 60_000;
    expect(Math.round(minutes)).toBe(90);
    expect(await record(worker, 'LOST')).toMatchObject({ state: 'LOST', callBackAt: null, attempts: 3 });
  });

  test('tried again after it has rested, and counts as an attempt each time, until the list allows no more', async () => {
    await setWorkflow(server, list, { maximum_attempts: '2', call_back_delay_minutes: '10' });
    await record(worker, 'IN_PROGRESS');
    expect(await next(worker, list)).toBeNull();
    await setLead(server, lead, { last_attempt_at: "now() - interval '11 minutes'" });
    expect(await next(worker, list)).toBe('Lea');
    await record(worker, 'IN_PROGRESS');
    await setLead(server, lead, { last_attempt_at: "now() - interval '11 minutes'" });
    expect(await next(worker, list)).toBeNull();
  });
});

describe('it is refused, and nothing is written', () => {
  const refusal = (caller: Caller, input: object = {}) =>
    changingNothing(server.owner, () =>
      caller.refusal(RecordDispositionDocument, {
        input: { leadId: lead, dispositionId: dispositions.WON ?? '', ...input },
      }),
    );

  test('while somebody else holds the lead, also to administrators, not once their time has run out', async () => {
    await next(other, list);
    for (const caller of [worker, world.asAdmin])
      expect(await refusal(caller)).toEqual({ code: 'CONFLICT', reason: 'LEAD_HELD' });
    await server.owner.query(
      "update ringfence.lead_holds set held_since = now() - interval '3 hours', held_until = now() where lead_id = $1",
      [lead],
    );
    expect(await record(worker, 'WON')).toMatchObject({ state: 'WON' });
  });

  test('with a disposition of another list, a time where nobody is called back, or a lead that is archived', async () => {
    const elsewhere = await dispositionsOf(await world.arrange.list(world.accountId, client));
    expect(await refusal(worker, { dispositionId: elsewhere.WON })).toEqual({
      code: 'NOT_FOUND',
      field: 'input.dispositionId',
    });
    expect(await refusal(worker, { callBackAt: '2030-05-01T08:00:00Z' })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.callBackAt',
    });
    await world.asAdmin.get(ArchiveLeadDocument, { input: { id: lead } });
    expect(await refusal(worker)).toEqual({ code: 'CONFLICT', reason: 'LEAD_ARCHIVED' });
  });

  test('to whoever does not see the lead, like for one that is not there, and without the permission', async () => {
    const stranger = await asWorker(server, world, { clients: [world.clients.one] });
    const notFound = { code: 'NOT_FOUND', field: 'input.leadId' };
    for (const caller of [stranger, world.other.asOwner]) {
      expect(await refusal(caller)).toEqual(notFound);
      expect(await refusal(caller, { leadId: randomUUID() })).toEqual(notFound);
    }
    expect(await refusal(world.asScopedMember)).toEqual({ code: 'FORBIDDEN' });
  });
});

describe('the overview of work', () => {
  const work = async (caller: Caller, first = 100) => {
    const answer = await caller.get(WorkDocument, { first });
    if (answer.work == null) throw new Error('no work');
    return answer.work;
  };

  test('counts open leads, call-backs that are due, and those that one tried last, of lists that one works on', async () => {
    const add = async (columns: Record<string, string>) =>
      setLead(server, await world.arrange.lead(list), columns);
    await add({ state: "'CALL_BACK'", call_back_at: "now() - interval '1 minute'" });
    await add({ state: "'CALL_BACK'", call_back_at: "now() + interval '1 hour'" });
    await add({ state: "'LOST'" });
    await add({ state: "'IN_PROGRESS'", attempts: '3' });
    await setWorkflow(server, list, { maximum_attempts: '3' });
    await record(worker, 'IN_PROGRESS');
    const closed = await world.arrange.list(world.accountId, client, { access: 'NAMED', name: 'Closed' });
    await world.arrange.list(world.accountId, client, { status: 'ARCHIVED' });
    const nodes = (mine: number) => [
      { id: list, name: 'Prospects', work: { open: 3, callBacksDue: 1, mine } },
    ];
    expect((await work(worker)).lists).toEqual({ totalCount: 1, nodes: nodes(1) });
    expect((await work(other)).lists.nodes).toEqual(nodes(0));
    const manager = await asWorker(server, world, {
      clients: [client],
      permissions: ['ACCESS_CRM', 'MANAGE_LISTS'],
    });
    expect((await work(manager)).lists.nodes).toEqual(nodes(0));
    expect((await work(world.asAdmin)).lists.nodes.map(({ id }) => id)).toContain(closed);
  });

  test('counts as one’s own what was tried through one’s access token', async () => {
    const member = await world.arrange.member(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'ACCESS_CRM'],
      clients: [client],
    });
    const { text } = await world.arrange.accessToken(world.accountId, {
      memberId: member.id,
      permissions: ['VIEW_CLIENTS', 'ACCESS_CRM'],
    });
    const token = new Program(server.url, text);
    await record(token, 'IN_PROGRESS');
    expect((await work(token)).lists.nodes[0]?.work).toEqual({ open: 1, callBacksDue: 0, mine: 1 });
  });

  test('has the lead that one holds', async () => {
    expect((await work(worker)).heldLead).toBeNull();
    const { nextLead } = await worker.get(NextLeadDocument, { input: { listId: list } });
    expect((await work(worker)).heldLead).toEqual({
      id: lead,
      name: 'Lea',
      hold: { heldUntil: nextLead.heldUntil },
    });
    expect((await work(other)).heldLead).toBeNull();
  });

  test('takes the same statements for few lists and for many', async () => {
    for (let number = 0; number < 5; number += 1) await world.arrange.list(world.accountId, client);
    await next(worker, list);
    const counted = (first: number) => statementsOf(() => work(worker, first));
    expect(await counted(6)).toBe(await counted(2));
  });

  test('is for those who work with leads', async () => {
    for (const caller of [world.asScopedMember, world.asPortalUser])
      expect(await caller.refusal(WorkDocument, {})).toEqual({ code: 'FORBIDDEN' });
  });
});
