// Leads are added, edited, archived and written about by those who see them, and by nobody else.
import {
  AddLeadNoteDocument,
  ArchiveLeadDocument,
  CreateLeadDocument,
  CreateLeadsDocument,
  DeleteLeadNoteDocument,
  LeadDocument,
  LeadsDocument,
  RestoreLeadDocument,
  UpdateLeadDocument,
  UpdateLeadNoteDocument,
  type LeadChanges,
} from '../support/documents.generated';
import { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing } from '../support/stored';
import { createWorld, type World } from '../support/world';
import { asWorker, create, fieldsOf } from './people';

let server: TestServer;
let world: World;
let list: string;
let asMember: Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  list = await world.arrange.list(world.accountId, world.clients.one, { name: 'Autumn' });
  asMember = await asWorker(server, world, { clients: [world.clients.one], name: 'Wanda Worker' });
});
afterAll(() => server.close());

const update = async (caller: Caller, id: string, changes: LeadChanges) =>
  (await caller.get(UpdateLeadDocument, { input: { id, changes } })).updateLead.lead;

test('a name is enough; everything else is kept as it is said, in its normal form', async () => {
  const { outcome, lead } = await create(asMember, { listId: list, name: ' Nora New ' });
  expect(outcome).toBe('CREATED');
  expect(lead).toMatchObject({
    name: 'Nora New',
    company: null,
    state: 'NEW',
    attempts: 0,
    emails: [],
    phones: [],
    values: [],
    list: { id: list },
    client: { id: world.clients.one },
    version: 1,
  });
  expect(lead.history.nodes).toMatchObject([
    { subject: 'CREATED', to: 'Nora New', actorName: 'Wanda Worker' },
  ]);

  const fields = await fieldsOf(server, list);
  const full = await create(asMember, {
    listId: list,
    name: 'Fred Full',
    company: 'Full GmbH',
    emails: [' fred@full.test', 'Other@Full.test'],
    phones: ['+49 (30) 901820', '+1 202 555 0123'],
    state: 'CALL_BACK',
    callBackAt: '2027-01-02T03:04:05.000Z',
    timeZone: 'Europe/Berlin',
    values: [
      { fieldId: fields.TEXT ?? '', text: 'Some text' },
      { fieldId: fields.NUMBER ?? '', number: 1.5 },
      { fieldId: fields.DATE ?? '', date: '2026-02-28' },
      { fieldId: fields.BOOLEAN ?? '', boolean: false },
      { fieldId: fields.CHOICE ?? '', text: 'Green' },
    ],
  });
  expect(full.lead).toMatchObject({
    company: 'Full GmbH',
    emails: ['fred@full.test', 'Other@Full.test'],
    phones: ['+4930901820', '+12025550123'],
    state: 'CALL_BACK',
    timeZone: 'Europe/Berlin',
  });
  expect(Date.parse(full.lead.callBackAt ?? '')).toBe(Date.UTC(2027, 0, 2, 3, 4, 5));
  expect(
    full.lead.values.map(({ field, text, number, date, boolean }) => [
      field?.type,
      text ?? number ?? date ?? boolean,
    ]),
  ).toEqual([
    ['TEXT', 'Some text'],
    ['NUMBER', 1.5],
    ['DATE', '2026-02-28'],
    ['BOOLEAN', false],
    ['CHOICE', 'Green'],
  ]);
});

test('what is left out stays, null clears, and the history says who changed what from what to what', async () => {
  const { lead } = await create(asMember, {
    listId: list,
    name: 'Ed Edited',
    company: 'Before',
    emails: ['ed@edited.test'],
    state: 'IN_PROGRESS',
  });
  const { TEXT = '' } = await fieldsOf(server, list);
  const changed = await update(world.asOwner, lead.id, {
    company: null,
    phones: ['+4930901821'],
    state: 'CALL_BACK',
    callBackAt: '2027-01-01T00:00:00.000Z',
    values: [{ fieldId: TEXT, text: 'Noted' }],
  });
  expect(changed).toMatchObject({
    name: 'Ed Edited',
    company: null,
    emails: ['ed@edited.test'],
    phones: ['+4930901821'],
    state: 'CALL_BACK',
    version: 2,
  });
  const said = changed.history.nodes.map(({ subject, fieldName, from, to, actorName }) => [
    subject,
    fieldName,
    from,
    to,
    actorName,
  ]);
  const by = 'Olga Owner';
  expect(said).toEqual(
    expect.arrayContaining([
      ['COMPANY', null, 'Before', null, by],
      ['PHONES', null, null, '+4930901821', by],
      ['STATE', null, 'IN_PROGRESS', 'CALL_BACK', by],
      ['CALL_BACK_AT', null, null, '2027-01-01T00:00:00Z', by],
      ['VALUE', 'TEXT', null, 'Noted', by],
    ]),
  );
  expect(said).toHaveLength(6);
  // Another state takes the time of the call-back with it.
  const won = await update(asMember, lead.id, { state: 'WON', values: [{ fieldId: TEXT }] });
  expect(won).toMatchObject({ state: 'WON', callBackAt: null, values: [] });
});

test('what does not fit is refused, and nothing is written', async () => {
  const fields = await fieldsOf(server, list);
  const { DATE = '', CHOICE = '', TEXT = '' } = fields;
  const elsewhere = await fieldsOf(server, world.list);
  const refused = (input: object) =>
    changingNothing(server.owner, () =>
      asMember.refusal(CreateLeadDocument, { input: { listId: list, name: 'Nobody', ...input } }),
    );
  for (const [input, field] of [
    [{ name: ' ' }, 'input.name'],
    [{ emails: ['nothing'] }, 'input.emails'],
    [{ phones: ['0301234'] }, 'input.phones'],
    [{ state: 'ARCHIVED' }, 'input.state'],
    [{ state: 'CALL_BACK' }, 'input.callBackAt'],
    [{ timeZone: '+01:00' }, 'input.timeZone'],
    [{ timeZone: 'CET' }, 'input.timeZone'],
    [{ values: [{ fieldId: DATE, text: 'soon' }] }, 'input.values'],
    [{ values: [{ fieldId: CHOICE, text: 'Blue' }] }, 'input.values'],
    [{ values: [{ fieldId: TEXT, text: 'two', number: 2 }] }, 'input.values'],
  ] as const)
    expect(await refused(input)).toEqual({ code: 'VALIDATION_FAILED', field });
  for (const fieldId of [elsewhere.TEXT ?? '', world.clients.one])
    expect(await refused({ values: [{ fieldId, text: 'Not here' }] })).toEqual({
      code: 'NOT_FOUND',
      field: 'input.values',
    });
  const { lead } = await create(asMember, { listId: list, name: 'Sure' });
  expect(
    await asMember.refusal(UpdateLeadDocument, { input: { id: lead.id, changes: { state: 'CALL_BACK' } } }),
  ).toEqual({ code: 'VALIDATION_FAILED', field: 'callBackAt' });
  expect(
    await asMember.refusal(UpdateLeadDocument, {
      input: { id: lead.id, changes: { name: 'Other' }, expectedVersion: 7 },
    }),
  ).toEqual({ code: 'CONFLICT', reason: 'VERSION' });
});

test('a required field must have a value when a lead is added, and keep one when values are edited', async () => {
  const strict = await world.arrange.list(world.accountId, world.clients.one);
  const { TEXT = '', NUMBER = '' } = await fieldsOf(server, strict);
  await server.owner.query('update ringfence.list_fields set required = true where id = $1', [TEXT]);
  const invalid = (field: string) => ({ code: 'VALIDATION_FAILED', field });
  expect(await asMember.refusal(CreateLeadDocument, { input: { listId: strict, name: 'Lacking' } })).toEqual(
    invalid('values'),
  );
  const { lead } = await create(asMember, {
    listId: strict,
    name: 'Complete',
    values: [{ fieldId: TEXT, text: 'There' }],
  });
  const change = (values: LeadChanges['values']) => ({
    input: { id: lead.id, changes: { values: values ?? [] } },
  });
  expect(await asMember.refusal(UpdateLeadDocument, change([{ fieldId: TEXT }]))).toEqual(
    invalid('input.changes.values'),
  );
  await asMember.get(UpdateLeadDocument, change([{ fieldId: NUMBER, number: 2 }]));
});

test('an archived lead is absent from lists unless asked for, does not change, and comes back as it was', async () => {
  const { lead } = await create(asMember, { listId: list, name: 'Ann Archived', state: 'WON' });
  const { id } = lead;
  await asMember.get(ArchiveLeadDocument, { input: { id } });
  const seen = async (state?: 'ARCHIVED'[]) =>
    (
      await asMember.get(LeadsDocument, { first: 100, filter: { listId: list, ...(state && { state }) } })
    ).leads.nodes.map((node) => node.id);
  expect(await seen()).not.toContain(id);
  expect(await seen(['ARCHIVED'])).toEqual([id]);
  const archived = { code: 'CONFLICT', reason: 'LEAD_ARCHIVED' };
  expect(await asMember.refusal(UpdateLeadDocument, { input: { id, changes: { name: 'No' } } })).toEqual(
    archived,
  );
  expect(await asMember.refusal(AddLeadNoteDocument, { input: { leadId: id, text: 'No' } })).toEqual(
    archived,
  );
  expect(await asMember.refusal(ArchiveLeadDocument, { input: { id } })).toEqual(archived);
  const { restoreLead } = await asMember.get(RestoreLeadDocument, { input: { id } });
  expect(restoreLead.lead.state).toBe('WON');
  expect(await asMember.refusal(RestoreLeadDocument, { input: { id } })).toEqual({
    code: 'CONFLICT',
    reason: 'LEAD_NOT_ARCHIVED',
  });
});

test('of an archived list, and of an archived client, no lead is added or changed', async () => {
  const closed = await world.arrange.list(world.accountId, world.clients.one, { status: 'ARCHIVED' });
  const id = await world.arrange.lead(closed);
  const archived = { code: 'CONFLICT', reason: 'LIST_ARCHIVED' };
  expect(await asMember.refusal(CreateLeadDocument, { input: { listId: closed, name: 'No' } })).toEqual(
    archived,
  );
  expect(await asMember.refusal(UpdateLeadDocument, { input: { id, changes: { name: 'No' } } })).toEqual(
    archived,
  );
  const ofArchived = await world.arrange.list(world.accountId, world.clients.six);
  expect(
    await world.asOwner.refusal(CreateLeadDocument, { input: { listId: ofArchived, name: 'No' } }),
  ).toEqual({
    code: 'CONFLICT',
    reason: 'CLIENT_ARCHIVED',
  });
});

test('a note is its author’s to change, and administrators’', async () => {
  const { lead } = await create(asMember, { listId: list, name: 'Noted' });
  const colleague = await asWorker(server, world, { clients: [world.clients.one] });
  const { addLeadNote } = await asMember.get(AddLeadNoteDocument, {
    input: { leadId: lead.id, text: ' First line\r\nSecond ' },
  });
  const { note } = addLeadNote;
  expect(note).toMatchObject({ text: 'First line\nSecond', authorName: 'Wanda Worker', version: 1 });
  const input = { id: note.id, text: 'Otherwise' };
  const ofAnother = { code: 'CONFLICT', reason: 'NOTE_OF_ANOTHER' };
  expect(await colleague.refusal(UpdateLeadNoteDocument, { input })).toEqual(ofAnother);
  expect(await colleague.refusal(DeleteLeadNoteDocument, { input: { id: note.id } })).toEqual(ofAnother);
  const changed = await asMember.get(UpdateLeadNoteDocument, { input });
  expect(changed.updateLeadNote.note).toMatchObject({ text: 'Otherwise', version: 2 });
  const { deleteLeadNote } = await world.asAdmin.get(DeleteLeadNoteDocument, { input: { id: note.id } });
  expect(deleteLeadNote).toEqual({ deletedId: note.id, lead: { notes: { nodes: [] } } });
});

describe('many at once', () => {
  test('each is added or rejected by itself, and the answer says why', async () => {
    const { DATE = '' } = await fieldsOf(server, list);
    const leads = [
      { name: 'Many One', phones: ['+4930901900'] },
      { name: '' },
      { name: 'Many Two', phones: ['12'] },
      { name: 'Many Three', values: [{ fieldId: DATE, text: 'soon' }] },
      { name: 'Many One again', phones: ['+49 30 901900'] },
      { name: 'Many Four', state: 'CALL_BACK' as const },
      // Half of a character.
      { name: 'Many Five', emails: ['five\ud800@many.test'] },
    ];
    const { createLeads } = await asMember.get(CreateLeadsDocument, { input: { listId: list, leads } });
    expect(
      createLeads.results.map(({ outcome, error, lead }) => [outcome, error?.code, error?.field, lead?.name]),
    ).toEqual([
      ['CREATED', undefined, undefined, 'Many One'],
      ['REJECTED', 'VALIDATION_FAILED', 'name', undefined],
      ['REJECTED', 'VALIDATION_FAILED', 'phones', undefined],
      ['REJECTED', 'VALIDATION_FAILED', 'values', undefined],
      ['SKIPPED', undefined, undefined, 'Many One'],
      ['REJECTED', 'VALIDATION_FAILED', 'callBackAt', undefined],
      ['REJECTED', 'VALIDATION_FAILED', 'emails', undefined],
    ]);
  });

  test('500 are added in one request, and one more is refused', async () => {
    const leads = Array.from({ length: 501 }, (_, n) => ({
      name: `Bulk ${n}`,
      phones: [`+4930${5_000_000 + n}`],
    }));
    expect(await asMember.refusal(CreateLeadsDocument, { input: { listId: list, leads } })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.leads',
    });
    const { createLeads } = await asMember.get(CreateLeadsDocument, {
      input: { listId: list, leads: leads.slice(1) },
    });
    expect(createLeads.results.filter(({ outcome }) => outcome === 'CREATED')).toHaveLength(500);
  });
});

describe('who may not', () => {
  test('is told NOT_FOUND by whatever id of another client, another account, or nobody', async () => {
    const elsewhere = await asWorker(server, world, { clients: [world.clients.three] });
    const foreign = await world.arrange.list(world.other.accountId, world.other.clientId);
    const foreignLead = await world.arrange.lead(foreign);
    const mine = await world.arrange.lead(list);
    const note = await world.arrange.leadNote(mine);
    const absent = '00000000-0000-4000-8000-000000000000';
    for (const [caller, listId, id, noteId] of [
      [elsewhere, list, mine, note],
      [world.asOwner, foreign, foreignLead, await world.arrange.leadNote(foreignLead)],
      [asMember, absent, absent, absent],
    ] as const) {
      const input = { id };
      const nothing = { code: 'NOT_FOUND', field: 'id' };
      await changingNothing(server.owner, async () => {
        expect(await caller.refusal(LeadDocument, { id })).toEqual(nothing);
        expect(await caller.refusal(CreateLeadDocument, { input: { listId, name: 'No' } })).toEqual({
          code: 'NOT_FOUND',
          field: 'input.listId',
        });
        expect(
          await caller.refusal(CreateLeadsDocument, { input: { listId, leads: [{ name: 'No' }] } }),
        ).toEqual({
          code: 'NOT_FOUND',
          field: 'input.listId',
        });
        const inInput = { code: 'NOT_FOUND', field: 'input.id' };
        expect(await caller.refusal(UpdateLeadDocument, { input: { id, changes: { name: 'No' } } })).toEqual(
          inInput,
        );
        expect(await caller.refusal(ArchiveLeadDocument, { input })).toEqual(inInput);
        expect(await caller.refusal(RestoreLeadDocument, { input })).toEqual(inInput);
        expect((await caller.refusal(AddLeadNoteDocument, { input: { leadId: id, text: 'No' } })).code).toBe(
          'NOT_FOUND',
        );
        expect(
          (await caller.refusal(UpdateLeadNoteDocument, { input: { id: noteId, text: 'No' } })).code,
        ).toBe('NOT_FOUND');
        expect((await caller.refusal(DeleteLeadNoteDocument, { input: { id: noteId } })).code).toBe(
          'NOT_FOUND',
        );
      });
      expect((await caller.get(LeadsDocument, { filter: { listId } })).leads).toMatchObject({
        totalCount: 0,
        nodes: [],
      });
    }
  });

  test('without ACCESS_CRM, or as a portal user, is forbidden', async () => {
    const id = await world.arrange.lead(list);
    const manager = await asWorker(server, world, {
      clients: [world.clients.one],
      permissions: ['VIEW_CLIENTS', 'MANAGE_LISTS'],
    });
    for (const caller of [manager, world.asPortalUser, world.asPowerless]) {
      expect(await caller.refusal(LeadDocument, { id })).toEqual({ code: 'FORBIDDEN' });
      expect(await caller.refusal(LeadsDocument)).toEqual({ code: 'FORBIDDEN' });
      expect(await caller.refusal(CreateLeadDocument, { input: { listId: list, name: 'No' } })).toEqual({
        code: 'FORBIDDEN',
      });
    }
    expect(await world.asAnonymous.refusal(LeadsDocument)).toEqual({ code: 'UNAUTHENTICATED' });
  });

  test('a token of the account works with leads where it may, and bears no name', async () => {
    const { text } = await world.arrange.accessToken(world.accountId, {
      permissions: ['ACCESS_CRM'],
      clients: [world.clients.one],
    });
    const program = new Caller(server.url, text);
    const { lead } = await create(program, { listId: list, name: 'By a program' });
    expect(lead).toMatchObject({
      client: null,
      history: { nodes: [{ subject: 'CREATED', actorName: null }] },
    });
    expect(await program.refusal(CreateLeadDocument, { input: { listId: world.list, name: 'No' } })).toEqual({
      code: 'NOT_FOUND',
      field: 'input.listId',
    });
  });
});
