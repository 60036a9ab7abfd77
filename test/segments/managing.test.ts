// Saving, changing and deleting segments.
import {
  CreateSegmentDocument,
  type CreateSegmentInput,
  DeleteSegmentDocument,
  RemoveMemberDocument,
  SegmentDocument,
  SegmentsDocument,
  UpdateListDocument,
  UpdateSegmentDocument,
  type UpdateSegmentInput,
} from '../support/documents.generated';
import { arrangeCampaign, arrangeSegment } from '../support/arrange-plans';
import { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';
import { asWorker, fieldsOf } from '../leads/people';

const absent = '00000000-0000-4000-8000-000000000000';

let server: TestServer;
let world: World;
let list: string;
let hidden: string;
let fields: Record<string, string>;
/** Work with leads of client one. */
let worker: Caller;
let colleague: Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  list = await arrange.list(accountId, clients.one);
  hidden = await arrange.list(accountId, clients.one, { access: 'NAMED' });
  fields = await fieldsOf(server, list);
  worker = await asWorker(server, world, { clients: [clients.one], name: 'Wanda Worker' });
  colleague = await asWorker(server, world, { clients: [clients.one] });
});
afterAll(() => server.close());

const input = (more: Partial<CreateSegmentInput> = {}): CreateSegmentInput => ({
  listId: list,
  name: 'Due',
  filter: { isCallBackDue: true },
  ...more,
});
const create = async (caller: Caller, more: Partial<CreateSegmentInput> = {}) =>
  (await caller.get(CreateSegmentDocument, { input: input(more) })).createSegment.segment;
const update = async (caller: Caller, id: string, changes: UpdateSegmentInput['changes']) =>
  (await caller.get(UpdateSegmentDocument, { input: { id, changes } })).updateSegment.segment;
const refusedToCreate = (caller: Caller, more: Partial<CreateSegmentInput> = {}) =>
  changingNothing(server.owner, () => caller.refusal(CreateSegmentDocument, { input: input(more) }));
const refusedToUpdate = (
  caller: Caller,
  id: string,
  changes: UpdateSegmentInput['changes'],
  expectedVersion?: number,
) =>
  changingNothing(server.owner, () =>
    caller.refusal(UpdateSegmentDocument, {
      input: { id, changes, ...(expectedVersion === undefined ? {} : { expectedVersion }) },
    }),
  );
const refusedToDelete = (caller: Caller, id: string, expectedVersion?: number) =>
  changingNothing(server.owner, () =>
    caller.refusal(DeleteSegmentDocument, {
      input: { id, ...(expectedVersion === undefined ? {} : { expectedVersion }) },
    }),
  );
const notFound = (field: string) => ({ code: 'NOT_FOUND', field });
const invalid = (field: string) => ({ code: 'VALIDATION_FAILED', field });
const valueOf = (type: string, is: object) => ({ values: [{ fieldId: fields[type] ?? '', ...is }] });

test('a segment keeps its conditions as they were given, typed, and is shared unless it is said not to be', async () => {
  const filter = {
    state: ['NEW' as const, 'CALL_BACK' as const],
    name: { contains: "O'Hara 100%" },
    company: { equals: 'Acme' },
    email: { contains: '@acme' },
    phone: '+49 30 901820',
    isCallBackDue: false,
    callBackAt: { from: '2026-01-01T00:00:00.000Z' },
    attempts: { minimum: 1, maximum: 3 },
    createdAt: { before: '2026-06-01T00:00:00.000Z' },
    updatedWithinDays: 7,
    values: [
      { fieldId: fields.NUMBER ?? '', number: { minimum: 0.5 } },
      { fieldId: fields.DATE ?? '', date: { from: '2026-01-01', until: '2026-12-31' } },
      { fieldId: fields.CHOICE ?? '', choices: ['Red'], isSet: true },
      { fieldId: fields.BOOLEAN ?? '', boolean: true },
    ],
  };
  const entries = await auditedBy(server.owner, async () => {
    expect(await create(worker, { name: '  Warm ones ', filter })).toMatchObject({
      name: 'Warm ones',
      listId: list,
      shared: true,
      owner: null,
      filter: { ...filter, phone: '+4930901820' },
      leadCount: 0,
      version: 1,
    });
  });
  expect(entries.map(({ action, clientId }) => [action, clientId])).toEqual([
    ['SEGMENT_CREATED', world.clients.one],
  ]);
});

test.each<[string, () => Partial<CreateSegmentInput>, object]>([
  [
    'a choice that no field can have',
    () => ({ filter: valueOf('CHOICE', { choices: ['Red', '\u0000'] }) }),
    invalid('input.filter.values.0.choices'),
  ],
  ['a name of nothing', () => ({ name: ' ' }), invalid('input.name')],
  ['a list that there is not', () => ({ listId: absent }), notFound('input.listId')],
  ['a list that is closed to them', () => ({ listId: hidden }), notFound('input.listId')],
  ['a list of another client', () => ({ listId: world.list }), notFound('input.listId')],
  [
    'a field that there is not',
    () => ({ filter: { values: [{ fieldId: absent }] } }),
    notFound('input.filter'),
  ],
  [
    'text of a number',
    () => ({ filter: valueOf('NUMBER', { text: { equals: '1' } }) }),
    invalid('input.filter'),
  ],
  [
    'a day of a text',
    () => ({ filter: valueOf('TEXT', { date: { from: '2026-01-01' } }) }),
    invalid('input.filter'),
  ],
  ['choices of a text', () => ({ filter: valueOf('TEXT', { choices: ['Red'] }) }), invalid('input.filter')],
  [
    'a choice that there is not',
    () => ({ filter: valueOf('CHOICE', { choices: ['Red', 'Blue'] }) }),
    invalid('input.filter'),
  ],
  [
    'a number of truth',
    () => ({ filter: valueOf('BOOLEAN', { number: { minimum: 1 } }) }),
    invalid('input.filter'),
  ],
  ['a phone number that is none', () => ({ filter: { phone: '12' } }), invalid('input.filter.phone')],
  ['no days', () => ({ filter: { updatedWithinDays: 0 } }), invalid('input.filter.updatedWithinDays')],
  [
    'a filter that is very long',
    () => ({
      filter: {
        values: Array.from({ length: 20 }, () => ({
          fieldId: fields.TEXT ?? '',
          text: { equals: 'é'.repeat(2000) },
        })),
      },
    }),
    invalid('input.filter'),
  ],
])('%s is refused, and nothing is saved', async (_, more, refusal) => {
  expect(await refusedToCreate(worker, more())).toEqual(refusal);
});

test('a field of another list is answered like one that there is not', async () => {
  const others = await fieldsOf(server, hidden);
  const filter = { values: [{ fieldId: others.TEXT ?? '', isSet: true }] };
  expect(await refusedToCreate(worker, { filter })).toEqual(notFound('input.filter'));
  expect(await refusedToCreate(world.asAdmin, { filter })).toEqual(notFound('input.filter'));
});

test('a shared segment is changed and deleted by whoever works with the list, each change counted', async () => {
  const { id } = await create(worker);
  const changed = await update(colleague, id, { name: 'Due now', filter: { state: ['CALL_BACK'] } });
  expect(changed).toMatchObject({
    name: 'Due now',
    filter: { state: ['CALL_BACK'], isCallBackDue: null },
    version: 2,
  });
  expect(await refusedToUpdate(worker, id, { name: 'Late' }, 1)).toEqual({
    code: 'CONFLICT',
    reason: 'VERSION',
  });
  expect(await refusedToUpdate(worker, id, { filter: valueOf('NUMBER', { boolean: true }) })).toEqual(
    invalid('input.changes.filter'),
  );
  expect(await refusedToDelete(worker, id, 1)).toEqual({ code: 'CONFLICT', reason: 'VERSION' });
  const entries = await auditedBy(server.owner, () =>
    colleague.get(DeleteSegmentDocument, { input: { id } }),
  );
  expect(entries.map(({ action }) => action)).toEqual(['SEGMENT_DELETED']);
  expect(await worker.refusal(SegmentDocument, { id })).toEqual(notFound('id'));
});

test('one of somebody’s own is theirs and administrators’; to others it does not exist', async () => {
  const { id, owner } = await create(worker, { name: 'Mine', shared: false });
  expect(owner?.name).toBe('Wanda Worker');
  const everywhere = await asWorker(server, world, { clientAccess: 'ALL' });
  for (const other of [colleague, everywhere]) {
    expect(await refusedToUpdate(other, id, { name: 'Yours' })).toEqual(notFound('input.id'));
    expect(await refusedToDelete(other, id)).toEqual(notFound('input.id'));
    expect(await other.refusal(SegmentDocument, { id })).toEqual(notFound('id'));
  }
  expect((await world.asAdmin.get(SegmentDocument, { id })).segment?.shared).toBe(false);
  expect((await update(world.asAdmin, id, { shared: false, name: 'Still hers' })).owner?.name).toBe(
    'Wanda Worker',
  );
  expect(await update(worker, id, { shared: true })).toMatchObject({ shared: true, owner: null });
  expect((await update(colleague, id, { shared: false })).shared).toBe(false);
  expect(await worker.refusal(SegmentDocument, { id })).toEqual(notFound('id'));
});

test('what a program saves is shared, and it sees what is shared alone', async () => {
  const { arrange, accountId, clients } = world;
  const member = await arrange.member(accountId, { permissions: ['ACCESS_CRM'], clients: [clients.one] });
  const { text } = await arrange.accessToken(accountId, { memberId: member.id, permissions: ['ACCESS_CRM'] });
  const program = new Caller(server.url, text);
  const own = await arrangeSegment(server.owner, list, { ownerId: member.id });
  expect(await program.refusal(SegmentDocument, { id: own })).toEqual(notFound('id'));
  expect(await refusedToCreate(program, { shared: false })).toEqual({ code: 'FORBIDDEN' });
  const { id, shared } = await create(program);
  expect(shared).toBe(true);
  expect(await refusedToUpdate(program, id, { shared: false })).toEqual({ code: 'FORBIDDEN' });
});

test('without ACCESS_CRM nobody saves, changes, deletes or sees one', async () => {
  const { id } = await create(worker);
  const manager = await signInAs(
    server,
    await world.arrange.member(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'MANAGE_LISTS'],
      clients: [world.clients.one],
    }),
  );
  const forbidden = { code: 'FORBIDDEN' };
  expect(await refusedToCreate(manager)).toEqual(forbidden);
  expect(await refusedToUpdate(manager, id, { name: 'No' })).toEqual(forbidden);
  expect(await refusedToDelete(manager, id)).toEqual(forbidden);
  expect(await manager.refusal(SegmentDocument, { id })).toEqual(forbidden);
  expect(await manager.refusal(SegmentsDocument)).toEqual(forbidden);
});

test('of an archived list nothing is saved, changed or deleted', async () => {
  const archived = await world.arrange.list(world.accountId, world.clients.one, { status: 'ARCHIVED' });
  const id = await arrangeSegment(server.owner, archived);
  const conflict = { code: 'CONFLICT', reason: 'LIST_ARCHIVED' };
  expect(await refusedToCreate(worker, { listId: archived })).toEqual(conflict);
  expect(await refusedToUpdate(worker, id, { name: 'No' })).toEqual(conflict);
  expect(await refusedToDelete(worker, id)).toEqual(conflict);
  expect((await worker.get(SegmentDocument, { id })).segment?.id).toBe(id);
});

test('one that a campaign is about stays, and stays shared', async () => {
  const { id } = await create(worker);
  await arrangeCampaign(server.owner, list, { segmentId: id });
  const conflict = { code: 'CONFLICT', reason: 'SEGMENT_IN_USE' };
  expect(await refusedToDelete(worker, id)).toEqual(conflict);
  expect(await refusedToUpdate(worker, id, { shared: false })).toEqual(conflict);
  expect((await update(worker, id, { filter: {}, shared: true })).version).toBe(2);
});

test('with a member go their own segments, and what they shared stays', async () => {
  const { arrange, accountId, clients } = world;
  const leaving = await arrange.member(accountId, { permissions: ['ACCESS_CRM'], clients: [clients.one] });
  const caller = await signInAs(server, leaving);
  const own = await create(caller, { shared: false, name: 'Own of somebody who leaves' });
  const shared = await create(caller, { name: 'Shared by somebody who leaves' });
  await world.asOwner.get(RemoveMemberDocument, { input: { id: leaving.id } });
  expect(await world.asAdmin.refusal(SegmentDocument, { id: own.id })).toEqual(notFound('id'));
  expect((await world.asAdmin.get(SegmentDocument, { id: shared.id })).segment?.name).toBe(shared.name);
});

test('when a field of it is deleted, a segment stays, finds nothing by it, and is not saved with it again', async () => {
  const { arrange, accountId, clients } = world;
  const changing = await arrange.list(accountId, clients.one);
  await arrange.lead(changing);
  await server.owner.query('delete from ringfence.lead_values where list_id = $1', [changing]);
  const { TEXT = '', NUMBER = '' } = await fieldsOf(server, changing);
  const withValue = {
    values: [
      { fieldId: TEXT, isSet: true },
      { fieldId: NUMBER, isSet: false },
    ],
  };
  const without = { values: [{ fieldId: TEXT, isSet: false }] };
  const first = await create(worker, { listId: changing, filter: withValue });
  const second = await create(worker, { listId: changing, filter: without });
  expect([first.leadCount, second.leadCount]).toEqual([0, 1]);
  expect(first.fields).toHaveLength(2);
  await world.asAdmin.get(UpdateListDocument, {
    input: { id: changing, changes: { fields: [{ id: NUMBER, name: 'Renamed', type: 'NUMBER' }] } },
  });
  const { segment } = await worker.get(SegmentDocument, { id: first.id });
  expect(segment).toMatchObject({
    leadCount: 0,
    filter: { values: [{ fieldId: TEXT }, { fieldId: NUMBER }] },
  });
  expect(segment?.fields).toEqual([{ id: NUMBER, name: 'Renamed' }]);
  expect((await worker.get(SegmentDocument, { id: second.id })).segment?.leadCount).toBe(1);
  expect((await update(worker, first.id, { name: 'Still there' })).leadCount).toBe(0);
  expect(await refusedToUpdate(worker, first.id, { filter: withValue })).toEqual(
    notFound('input.changes.filter'),
  );
});

test('when a choice is taken away, leads that had it are still found by it', async () => {
  const { arrange, accountId, clients } = world;
  const changing = await arrange.list(accountId, clients.one);
  await arrange.lead(changing);
  const { CHOICE = '' } = await fieldsOf(server, changing);
  const filter = { values: [{ fieldId: CHOICE, choices: ['Red'] }] };
  const { id } = await create(worker, { listId: changing, filter });
  await server.owner.query("update ringfence.list_fields set choices = '{Green}' where id = $1", [CHOICE]);
  expect((await worker.get(SegmentDocument, { id })).segment?.leadCount).toBe(1);
  expect(await refusedToUpdate(worker, id, { filter })).toEqual(invalid('input.changes.filter'));
});
