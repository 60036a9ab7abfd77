// Many leads are edited, archived and restored in one request: each by itself, so that one that is rejected takes no other with it.
import {
  ArchiveLeadsDocument,
  RestoreLeadsDocument,
  UpdateLeadsDocument,
  type LeadResultsFragment,
  type UpdateLeadInput,
} from '../support/documents.generated';
import type { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, type World } from '../support/world';
import { asWorker, blindMode, create, fieldsOf } from './people';

let server: TestServer;
let world: World;
let list: string;
let asMember: Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  list = await world.arrange.list(world.accountId, world.clients.one);
  asMember = await asWorker(server, world, { clients: [world.clients.one] });
});
afterAll(() => server.close());

const absent = '00000000-0000-4000-8000-000000000000';
const update = async (leads: UpdateLeadInput[], caller = asMember) =>
  (await caller.get(UpdateLeadsDocument, { input: { leads } })).updateLeads.results;
const said = (results: readonly LeadResultsFragment[]) =>
  results.map(({ outcome, error, id }) =>
    error === null ? [outcome, id] : [outcome, error.code, error.field ?? error.reason],
  );

test('each is changed or rejected by itself, in the order of the input, and the answer says why', async () => {
  const { arrange, accountId, clients } = world;
  const { TEXT = '', DATE = '' } = await fieldsOf(server, list);
  const [one, two] = [await arrange.lead(list, { name: 'One' }), await arrange.lead(list, { name: 'Two' })];
  const archived = await arrange.lead(list, { state: 'ARCHIVED' });
  const elsewhere = await arrange.lead(await arrange.list(accountId, clients.two));
  const ofArchived = await arrange.lead(await arrange.list(accountId, clients.one, { status: 'ARCHIVED' }));
  const results = await update([
    { id: one, changes: { state: 'IN_PROGRESS', emails: ['one@many.test'] }, expectedVersion: 1 },
    { id: one, changes: { company: 'Late' }, expectedVersion: 1 },
    { id: one, changes: { company: 'Many' }, expectedVersion: 2 },
    { id: two, changes: { values: [{ fieldId: DATE, text: 'soon' }], name: 'Not this' } },
    { id: two, changes: { values: [{ fieldId: TEXT, text: 'Written' }], phones: ['+49 30 902100'] } },
    { id: two, changes: { phones: ['12'] } },
    { id: two, changes: { state: 'CALL_BACK' } },
    { id: two, changes: { callBackAt: '2300-01-01T00:00:00.000Z' } },
    { id: two, changes: { values: [{ fieldId: absent, text: 'Nowhere' }] } },
    { id: archived, changes: { name: 'No' } },
    { id: ofArchived, changes: { name: 'No' } },
    { id: elsewhere, changes: { name: 'No' } },
    { id: absent, changes: { name: 'No' } },
    { id: 'nothing', changes: { name: 'No' } },
  ]);
  expect(results.map(({ index }) => index)).toEqual(results.map((_, index) => index));
  expect(said(results)).toEqual([
    ['UPDATED', one],
    ['REJECTED', 'CONFLICT', 'VERSION'],
    ['UPDATED', one],
    ['REJECTED', 'VALIDATION_FAILED', 'values'],
    ['UPDATED', two],
    ['REJECTED', 'VALIDATION_FAILED', 'phones'],
    ['REJECTED', 'VALIDATION_FAILED', 'callBackAt'],
    ['REJECTED', 'VALIDATION_FAILED', 'callBackAt'],
    ['REJECTED', 'NOT_FOUND', 'values'],
    ['REJECTED', 'CONFLICT', 'LEAD_ARCHIVED'],
    ['REJECTED', 'CONFLICT', 'LIST_ARCHIVED'],
    ['REJECTED', 'NOT_FOUND', 'id'],
    ['REJECTED', 'NOT_FOUND', 'id'],
    ['REJECTED', 'VALIDATION_FAILED', 'id'],
  ]);
  expect(results[0]?.lead).toMatchObject({
    name: 'One',
    company: 'Many',
    state: 'IN_PROGRESS',
    emails: ['one@many.test'],
    version: 3,
  });
  expect(results[4]?.lead).toMatchObject({ name: 'Two', state: 'NEW', phones: ['+4930902100'], version: 2 });
  // What is not seen and what is not there are told in the same words.
  expect(new Set(results.slice(11, 13).map(({ error }) => error?.message)).size).toBe(1);
});

test('a state is given to many, and who does it again is told of each', async () => {
  const leads: { id: string }[] = [];
  for (let n = 0; n < 3; n += 1) leads.push({ id: await world.arrange.lead(list, { state: 'WON' }) });
  const rows = [...leads, { id: absent }];
  const change = async (document: typeof ArchiveLeadsDocument | typeof RestoreLeadsDocument) => {
    const answer = await asMember.get(document as typeof ArchiveLeadsDocument, { input: { leads: rows } });
    const [payload] = Object.values(answer);
    return payload?.results ?? [];
  };
  const unknown = ['REJECTED', 'NOT_FOUND', 'id'];
  const done = [...leads.map(({ id }) => ['UPDATED', id]), unknown];
  const entries = await auditedBy(server.owner, async () => {
    expect(said(await change(ArchiveLeadsDocument))).toEqual(done);
  });
  expect(entries.map(({ action }) => action)).toEqual(leads.map(() => 'LEAD_ARCHIVED'));
  expect(said(await change(ArchiveLeadsDocument))).toEqual([
    ...leads.map(() => ['REJECTED', 'CONFLICT', 'LEAD_ARCHIVED']),
    unknown,
  ]);
  const restored = await change(RestoreLeadsDocument);
  expect(said(restored)).toEqual(done);
  expect(restored.map(({ lead }) => lead?.state)).toEqual(['WON', 'WON', 'WON', undefined]);
});

test('500 are edited in one request, with as many statements as one, and one more is refused', async () => {
  const { rows } = await server.owner.query<{ id: string }>(
    `insert into ringfence.leads (account_id, client_id, list_id, name)
     select account_id, client_id, id, 'Bulk ' || n from ringfence.lists, generate_series(1, 501) n where id = $1 returning id`,
    [list],
  );
  const leads = rows.map(({ id }) => ({ id, changes: { state: 'IN_PROGRESS' as const, company: 'Bulk' } }));
  expect(await asMember.refusal(UpdateLeadsDocument, { input: { leads } })).toEqual({
    code: 'VALIDATION_FAILED',
    field: 'input.leads',
  });
  const counted = (some: typeof leads) =>
    statementsOf(async () => {
      expect((await update(some)).every(({ outcome }) => outcome === 'UPDATED')).toBe(true);
    });
  const one = await counted(leads.slice(0, 1));
  expect(await counted(leads.slice(1))).toBe(one);
  expect(await asMember.refusal(UpdateLeadsDocument, { input: { leads: [] } })).toMatchObject({
    code: 'VALIDATION_FAILED',
  });
});

test('under an Idempotency-Key they are edited once, and each is answered the same again', async () => {
  const id = await world.arrange.lead(list, { name: 'Once' });
  const variables = {
    input: {
      leads: [
        { id, changes: { name: 'Twice' }, expectedVersion: 1 },
        { id: absent, changes: {} },
        { id, changes: { emails: ['nothing'] } },
        { id, changes: {}, expectedVersion: 9 },
      ],
    },
  };
  const again = asMember.under('many leads, once');
  const first = await again.ask(UpdateLeadsDocument, variables);
  expect(said(first.data?.updateLeads.results ?? [])).toEqual([
    ['UPDATED', id],
    ['REJECTED', 'NOT_FOUND', 'id'],
    ['REJECTED', 'VALIDATION_FAILED', 'emails'],
    ['REJECTED', 'CONFLICT', 'VERSION'],
  ]);
  expect((await again.ask(UpdateLeadsDocument, variables)).data).toEqual(first.data);
});

test('in blind mode, or without ACCESS_CRM, none is changed', async () => {
  const id = await world.arrange.lead(list);
  const leads = [{ id, changes: { name: 'No' } }];
  await blindMode(server, world.clients.one, 'ON');
  await changingNothing(server.owner, async () => {
    expect(said(await update(leads))).toEqual([['REJECTED', 'NOT_FOUND', 'id']]);
    for (const caller of [world.asPowerless, world.asPortalUser])
      expect(await caller.refusal(UpdateLeadsDocument, { input: { leads } })).toEqual({ code: 'FORBIDDEN' });
  });
  await blindMode(server, world.clients.one, 'INHERIT');
});

test('a duplicate that would get more than ten emails is rejected, and gets none', async () => {
  const emails = (from: number) => Array.from({ length: 6 }, (_, n) => `${from + n}@full.test`);
  await server.owner.query("update ringfence.lists set duplicate_handling = 'UPDATE' where id = $1", [list]);
  const { lead } = await create(asMember, { listId: list, name: 'Full', emails: emails(0) });
  await changingNothing(server.owner, () =>
    expect(create(asMember, { listId: list, name: 'Fuller', emails: emails(5) })).rejects.toThrow(
      /more than 10 emails/,
    ),
  );
  expect((await create(asMember, { listId: list, name: 'Fuller', emails: emails(4) })).lead).toMatchObject({
    id: lead.id,
  });
});
