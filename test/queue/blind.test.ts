// Blind mode: who is no administrator has the one lead that they were given, whole, and no other.
import {
  asWorker,
  blindMode,
  fieldsOf,
  narrowedKinds,
  narrowedWorkers,
  type NarrowedKind,
} from '../leads/people';
import { type Caller } from '../support/client';
import {
  AddLeadNoteDocument,
  ArchiveLeadDocument,
  AssignClientsDocument,
  CreateLeadDocument,
  LeadDocument,
  LeadsDocument,
  LeadsOfClientDocument,
  LeadsOfListDocument,
  NextLeadWholeDocument,
  RecordDispositionDocument,
  ReleaseLeadDocument,
  UpdateLeadDocument,
  UpdateListDocument,
  WorkDocument,
} from '../support/documents.generated';
import { download, recordsIn } from '../support/exports';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing } from '../support/stored';
import { createWorld, type World } from '../support/world';
import type { TestMember } from '../support/arrange';
import { next } from './waiting';

const phone = '+4930901999';

let server: TestServer;
let world: World;
let list: string;
/** The lead that is next, and another one of the same company with the same phone number. */
let held: string;
let other: string;
let scoped: TestMember;
let as: (kind: NarrowedKind) => Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  list = await arrange.list(accountId, clients.one, { name: 'Blind' });
  await arrange.list(accountId, clients.three, { name: 'Open' });
  held = await arrange.lead(list, { name: 'Berta Blind', phone, createdAt: '2026-01-01T00:00:00Z' });
  other = await arrange.lead(list, { name: 'Otto Other', phone, createdAt: '2026-01-02T00:00:00Z' });
  await blindMode(server, clients.one, 'ON');
  ({ scoped, as } = await narrowedWorkers(server, world, [clients.one, clients.three]));
});
afterAll(() => server.close());
beforeEach(() => server.owner.query('delete from ringfence.lead_holds'));

const take = async (caller: Caller) => {
  const { nextLead } = await caller.get(NextLeadWholeDocument, { input: { listId: list } });
  return nextLead.lead;
};

describe.each(narrowedKinds)('%s', (kind) => {
  test('is given a lead and reads it whole, but for leads that are related to it', async () => {
    const caller = as(kind);
    const lead = await take(caller);
    expect(lead).toMatchObject({
      id: held,
      name: 'Berta Blind',
      phones: [phone],
      duplicates: [],
      colleagues: [],
    });
    expect(lead?.emails).toHaveLength(1);
    expect(lead?.values).toHaveLength(5);
    expect(lead?.notes.nodes).not.toEqual([]);
    expect(lead?.history.nodes).not.toEqual([]);
    expect((await caller.get(LeadDocument, { id: held })).lead).toEqual(lead);
    expect((await world.asAdmin.get(LeadDocument, { id: held })).lead?.duplicates).toEqual([
      { id: other, name: 'Otto Other' },
    ]);
  });

  test('finds it in no list, count, search or export, and no other lead by its id', async () => {
    const caller = as(kind);
    await take(caller);
    const ids = (await caller.get(LeadsDocument, { first: 100 })).leads;
    expect(ids.nodes.map(({ id }) => id)).not.toContain(held);
    expect(ids.totalCount).toBe(ids.nodes.length);
    const nothing = { totalCount: 0, nodes: [] };
    for (const filter of [{ listId: list }, { clientId: world.clients.one }, { phone }])
      expect((await caller.get(LeadsDocument, { filter })).leads).toMatchObject(nothing);
    expect((await caller.get(LeadsDocument, { search: 'Berta' })).leads).toMatchObject(nothing);
    expect((await caller.get(LeadsOfClientDocument, { id: world.clients.one })).client?.leads).toEqual(
      nothing,
    );
    expect((await caller.get(LeadsOfListDocument, { id: list })).list).toEqual({
      leadCount: 0,
      leads: nothing,
    });
    const types = recordsIn((await download(caller, world.clients.one)).body).map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('lead'))).toEqual([]);
    const { work } = await caller.get(WorkDocument, { first: 100 });
    expect(work?.heldLead?.id).toBe(held);
    expect(work?.lists.nodes.find(({ id }) => id === list)).toEqual({ id: list, name: 'Blind', work: null });
    expect(await caller.refusal(LeadDocument, { id: other })).toEqual({ code: 'NOT_FOUND', field: 'id' });
  });

  test('edits it, without being told of values that others have, and neither archives it nor adds to its list', async () => {
    const caller = as(kind);
    await take(caller);
    const { TEXT = '' } = await fieldsOf(server, list);
    await server.owner.query('update ringfence.list_fields set unique_in_client = true where id = $1', [
      TEXT,
    ]);
    await server.owner.query(
      "update ringfence.lead_values set text_value = 'Taken', unique_key = 'taken' where lead_id = $1 and field_id = $2",
      [other, TEXT],
    );
    const changes = { company: `Of ${kind}`, values: [{ fieldId: TEXT, text: 'Taken' }] };
    const { updateLead } = await caller.get(UpdateLeadDocument, { input: { id: held, changes } });
    expect(updateLead.lead.company).toBe(`Of ${kind}`);
    await caller.get(AddLeadNoteDocument, { input: { leadId: held, text: 'They are kind.' } });
    await changingNothing(server.owner, async () => {
      expect(await caller.refusal(ArchiveLeadDocument, { input: { id: held } })).toEqual({
        code: 'NOT_FOUND',
        field: 'input.id',
      });
      expect(await caller.refusal(CreateLeadDocument, { input: { listId: list, name: 'New' } })).toEqual({
        code: 'FORBIDDEN',
      });
    });
    await server.owner.query('update ringfence.list_fields set unique_in_client = false where id = $1', [
      TEXT,
    ]);
  });

  test('sees it no more when it is given back, disposed of, or its time has run out', async () => {
    const caller = as(kind);
    const gone = async () => (await caller.ask(LeadDocument, { id: held })).errors?.[0]?.extensions.code;
    await take(caller);
    await caller.get(ReleaseLeadDocument, { input: { leadId: held } });
    expect(await gone()).toBe('NOT_FOUND');
    await take(caller);
    await server.owner.query(
      "update ringfence.lead_holds set held_since = now() - interval '3 hours', held_until = now()",
    );
    expect(await gone()).toBe('NOT_FOUND');
    await take(caller);
    const { rows } = await server.owner.query<{ id: string }>(
      'select id from ringfence.list_dispositions where list_id = $1',
      [list],
    );
    const input = { leadId: held, dispositionId: rows[0]?.id ?? '' };
    const { recordDisposition } = await caller.get(RecordDispositionDocument, { input });
    expect(recordDisposition).toEqual({ leadId: held, lead: null });
    expect(await gone()).toBe('NOT_FOUND');
    await server.owner.query(
      "update ringfence.leads set state = 'NEW', attempts = 0, last_attempt_at = null where id = $1",
      [held],
    );
  });
});

test('on a list that is on its way to another client, a value that is taken there is not told', async () => {
  const { arrange, accountId } = world;
  const client = await arrange.client(accountId, 'Blind, and left');
  const [here, leaving] = [await arrange.list(accountId, client), await arrange.list(accountId, client)];
  const [mine, theirs] = [await arrange.lead(here), await arrange.lead(leaving)];
  const caller = await asWorker(server, world, { clients: [client] });
  const field = (await fieldsOf(server, here)).TEXT ?? '';
  await server.owner.query(
    "update ringfence.list_fields set unique_in_client = true where client_id = $1 and type = 'TEXT'",
    [client],
  );
  await server.owner.query(
    "update ringfence.lead_values set text_value = 'Taken', unique_key = 'taken' where lead_id = $1 and text_value is not null",
    [theirs],
  );
  await blindMode(server, client, 'ON');
  await next(caller, here);
  await server.owner.query("update ringfence.lists set client_id = $2, status = 'MOVING' where id = $1", [
    leaving,
    await arrange.client(accountId, 'Where it goes'),
  ]);
  const changes = { values: [{ fieldId: field, text: 'Taken' }] };
  const { updateLead } = await caller.get(UpdateLeadDocument, { input: { id: mine, changes } });
  expect(updateLead.lead.values).toContainEqual(expect.objectContaining({ text: 'Taken' }));
});

test('a lead that somebody else holds is no nearer than any other', async () => {
  await take(as('a scoped member'));
  expect(await as('a member with all clients').refusal(LeadDocument, { id: held })).toEqual({
    code: 'NOT_FOUND',
    field: 'id',
  });
  expect(await next(as('a member with all clients'), list)).toBe('Otto Other');
  expect((await as('a token of the scoped member').get(LeadDocument, { id: held })).lead?.id).toBe(held);
});

test('whoever loses the client, or the list, loses the lead at once', async () => {
  const caller = as('a scoped member');
  await take(caller);
  await world.asAdmin.get(UpdateListDocument, {
    input: { id: list, changes: { access: 'NAMED', memberIds: [] } },
  });
  expect(await caller.refusal(LeadDocument, { id: held })).toMatchObject({ code: 'NOT_FOUND' });
  await world.asAdmin.get(UpdateListDocument, { input: { id: list, changes: { access: 'ALL' } } });
  // It was given back.
  expect(await caller.refusal(LeadDocument, { id: held })).toMatchObject({ code: 'NOT_FOUND' });
  await take(caller);
  await world.asAdmin.get(AssignClientsDocument, {
    input: { memberId: scoped.id, remove: [world.clients.one] },
  });
  expect(await caller.refusal(LeadDocument, { id: held })).toMatchObject({ code: 'NOT_FOUND' });
});
