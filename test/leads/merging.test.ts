// Leads of one client are merged into one, which is afterwards all that they were: nothing is lost, and nothing is of two.
import {
  AddLeadNoteDocument,
  CreateLeadDocument,
  LeadDocument,
  LeadsDocument,
  MergeLeadsDocument,
  UpdateLeadDocument,
  UpdateLeadNoteDocument,
  type CreateLeadInput,
} from '../support/documents.generated';
import { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, type World } from '../support/world';
import { asWorker, blindMode, create, fieldsOf, handleDuplicates } from './people';

let server: TestServer;
let world: World;
/** Lists of client one. */
let here: string;
let there: string;
let asMember: Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  here = await arrange.list(accountId, clients.one, { name: 'Here' });
  there = await arrange.list(accountId, clients.one, { name: 'There' });
  for (const list of [here, there]) await handleDuplicates(server, list, 'KEEP');
  asMember = await asWorker(server, world, { clients: [clients.one], name: 'Wanda Worker' });
});
afterAll(() => server.close());

const added = async (input: Omit<CreateLeadInput, 'listId'>, listId = here) =>
  (await create(asMember, { listId, ...input })).lead.id;
const merge = async (id: string, mergedIds: string[], caller = asMember) =>
  (await caller.get(MergeLeadsDocument, { input: { id, mergedIds } })).mergeLeads.lead;
const gone = { code: 'NOT_FOUND', field: 'id' };
/** Numbers for emails and phones that no other test has. */
let numbers = 6_100_000;
const number = () => (numbers += 1);
const someEmails = (count: number) => Array.from({ length: count }, () => `some${number()}@merged.test`);
const somePhones = (count: number) => Array.from({ length: count }, () => `+4930${number()}`);

test('the one that stays gets what it lacks, and the others are gone', async () => {
  const [phone = '', other = ''] = somePhones(2);
  const kept = await added({
    name: 'Kay Kept',
    emails: ['Kay@Kept.test'],
    phones: [phone],
    timeZone: 'Europe/Paris',
  });
  const first = await added({
    name: 'Fay First',
    company: 'First GmbH',
    emails: ['kay@kept.test', 'fay@first.test'],
    phones: [other],
    timeZone: 'Asia/Tokyo',
  });
  const second = await added({
    name: 'Sue Second',
    company: 'Second GmbH',
    phones: [phone],
    emails: ['sue@second.test'],
  });
  await asMember.get(AddLeadNoteDocument, { input: { leadId: kept, text: 'About Kay' } });
  const { addLeadNote } = await asMember.get(AddLeadNoteDocument, {
    input: { leadId: first, text: 'About Fay' },
  });

  const entries = await auditedBy(server.owner, () => merge(kept, [second, first]));
  expect(entries.map(({ action, subjectId, details }) => [action, subjectId, details])).toEqual(
    expect.arrayContaining([
      ['LEAD_MERGED', first, { into: kept }],
      ['LEAD_MERGED', second, { into: kept }],
      ['LEAD_UPDATED', kept, { merged: [second, first] }],
    ]),
  );
  expect(entries).toHaveLength(3);

  const { lead } = await asMember.get(LeadDocument, { id: kept });
  expect(lead).toMatchObject({
    name: 'Kay Kept',
    listId: here,
    // Of the older one of the two.
    company: 'First GmbH',
    timeZone: 'Europe/Paris',
    emails: ['Kay@Kept.test', 'fay@first.test', 'sue@second.test'],
    phones: [phone, other],
    version: 2,
    duplicates: [],
  });
  // To be of another lead is no change of a note.
  expect(lead?.notes.nodes).toMatchObject([
    { id: addLeadNote.note.id, text: 'About Fay', authorName: 'Wanda Worker', version: 1 },
    { text: 'About Kay', version: 1 },
  ]);
  expect(
    lead?.history.nodes.map(({ subject, from, to, mergedFrom }) => [subject, from, to, mergedFrom]),
  ).toEqual(
    expect.arrayContaining([
      ['CREATED', null, 'Kay Kept', null],
      ['CREATED', null, 'Fay First', 'Fay First'],
      ['CREATED', null, 'Sue Second', 'Sue Second'],
      ['MERGED', null, 'Fay First', null],
      ['MERGED', null, 'Sue Second', null],
      ['COMPANY', null, 'First GmbH', null],
      ['COMPANY', 'Second GmbH', null, 'Sue Second'],
      ['TIME_ZONE', 'Asia/Tokyo', null, 'Fay First'],
      ['EMAILS', 'Kay@Kept.test', 'Kay@Kept.test, fay@first.test, sue@second.test', null],
      ['PHONES', phone, `${phone}, ${other}`, null],
    ]),
  );
  expect(lead?.history.nodes).toHaveLength(10);
  for (const id of [first, second]) {
    for (const caller of [asMember, world.asOwner])
      expect(await caller.refusal(LeadDocument, { id })).toEqual(gone);
    expect(
      (await asMember.refusal(UpdateLeadDocument, { input: { id, changes: { name: 'No' } } })).code,
    ).toBe('NOT_FOUND');
  }
  const found = await asMember.get(LeadsDocument, { search: 'second.test' });
  expect(found.leads.nodes.map(({ id }) => id)).toEqual([kept]);
  // What is merged again says whose it was at first.
  const last = await added({ name: 'Lena Last' });
  const again = await merge(last, [kept]);
  const created = again.history.nodes.filter(({ subject }) => subject === 'CREATED');
  expect(created.map(({ mergedFrom }) => mergedFrom).sort()).toEqual(
    ['Fay First', 'Kay Kept', 'Sue Second', null].sort(),
  );
  expect(
    await asMember.refusal(UpdateLeadNoteDocument, { input: { id: addLeadNote.note.id, text: ' ' } }),
  ).toMatchObject({ code: 'VALIDATION_FAILED' });
});

test('the state is the furthest, the call-back the earliest, the last attempt the latest, and attempts add up', async () => {
  const tried = async (state: string, attempts: number, day: number, callBack: number | null) => {
    const id = await world.arrange.lead(here, { name: `${state} ${day}`, company: null });
    await server.owner.query(
      `update ringfence.leads set state = $2, attempts = $3, last_attempt_at = timestamptz '2026-01-01Z' + $4 * interval '1 day',
         call_back_at = timestamptz '2027-01-01Z' + $5 * interval '1 day' where id = $1`,
      [id, state, attempts, day, callBack],
    );
    return id;
  };
  const day = (text: string | null) => new Date(text ?? '').getUTCDate();
  const lead = await merge(await tried('LOST', 2, 3, null), [
    await tried('IN_PROGRESS', 5, 9, 8),
    await tried('CALL_BACK', 1, 4, 5),
    await tried('NEW', 0, 1, null),
  ]);
  expect(lead).toMatchObject({ state: 'CALL_BACK', attempts: 8 });
  expect([day(lead.lastAttemptAt), day(lead.callBackAt)]).toEqual([10, 6]);
  expect(
    lead.history.nodes.map(({ subject, from, to, mergedFrom }) => [subject, from, to, mergedFrom]),
  ).toEqual(
    expect.arrayContaining([
      ['STATE', 'LOST', 'CALL_BACK', null],
      ['STATE', 'IN_PROGRESS', null, 'IN_PROGRESS 9'],
      ['CALL_BACK_AT', null, '2027-01-06T00:00:00Z', null],
      ['CALL_BACK_AT', '2027-01-09T00:00:00Z', null, 'IN_PROGRESS 9'],
    ]),
  );
  const won = await merge(await tried('WON', 0, 1, null), [await tried('CALL_BACK', 0, 1, 2)]);
  expect([won.state, day(won.callBackAt)]).toEqual(['WON', 3]);
  const lost = await merge(await tried('IN_PROGRESS', 0, 1, null), [await tried('LOST', 0, 1, null)]);
  expect(lost.state).toBe('LOST');
});

describe('values', () => {
  const said = (lead: Awaited<ReturnType<typeof merge>>) => ({
    values: lead.values.map(({ field, text, number: numeric, date, boolean }) => [
      field?.name,
      text ?? numeric ?? date ?? boolean,
    ]),
    kept: lead.history.nodes
      .filter(({ subject, mergedFrom }) => subject === 'VALUE' && mergedFrom !== null)
      .map(({ fieldName, from, to }) => [fieldName, from, to]),
  });

  test('of the same list, and of fields of the same name and type, go where there is none, and else into the history', async () => {
    const [ofHere, ofThere] = [await fieldsOf(server, here), await fieldsOf(server, there)];
    const value = (fields: Record<string, string>, name: string, rest: object) => ({
      fieldId: fields[name] ?? '',
      ...rest,
    });
    const kept = await added({ name: 'Kept', values: [value(ofHere, 'TEXT', { text: 'Here' })] });
    const same = await added({
      name: 'Same list',
      values: [value(ofHere, 'TEXT', { text: 'Other' }), value(ofHere, 'NUMBER', { number: 1.5 })],
    });
    const elsewhere = await added(
      {
        name: 'Other list',
        values: [
          value(ofThere, 'TEXT', { text: 'Here' }),
          value(ofThere, 'NUMBER', { number: 2 }),
          value(ofThere, 'DATE', { date: '2026-02-28' }),
          value(ofThere, 'BOOLEAN', { boolean: false }),
          value(ofThere, 'CHOICE', { text: 'Green' }),
        ],
      },
      there,
    );
    expect(said(await merge(kept, [elsewhere, same]))).toEqual({
      values: [
        ['TEXT', 'Here'],
        ['NUMBER', 1.5],
        ['DATE', '2026-02-28'],
        ['BOOLEAN', false],
        ['CHOICE', 'Green'],
      ],
      // What was the same is there once.
      kept: expect.arrayContaining([
        ['TEXT', 'Other', null],
        ['NUMBER', '2', null],
      ]) as unknown,
    });
  });

  test('that no field takes are kept in the history: none of the name, another type, another choice', async () => {
    const odd = await world.arrange.list(world.accountId, world.clients.one, { name: 'Odd' });
    const ofOdd = await fieldsOf(server, odd);
    await server.owner.query("delete from ringfence.list_fields where list_id = $1 and type = 'DATE'", [odd]);
    await server.owner.query(
      `update ringfence.list_fields set name = case type when 'TEXT' then 'Unheard of' when 'NUMBER' then 'date' else name end,
         choices = case type when 'CHOICE' then '{Purple}'::text[] end where list_id = $1`,
      [odd],
    );
    const elsewhere = await added(
      {
        name: 'Odd one',
        values: [
          { fieldId: ofOdd.TEXT ?? '', text: 'Two\nlines' },
          { fieldId: ofOdd.CHOICE ?? '', text: 'Purple' },
          { fieldId: ofOdd.NUMBER ?? '', number: 7 },
          { fieldId: ofOdd.BOOLEAN ?? '', boolean: true },
        ],
      },
      odd,
    );
    const { values, kept } = said(await merge(await added({ name: 'Kept' }), [elsewhere]));
    expect(values).toEqual([['BOOLEAN', true]]);
    expect(kept.sort()).toEqual([
      ['CHOICE', 'Purple', null],
      ['Unheard of', 'Two\nlines', null],
      ['date', '7', null],
    ]);
  });

  test('of a field that is unique are not given where a third lead has them, and are where only merged ones had', async () => {
    const unique = await world.arrange.list(world.accountId, world.clients.one, { name: 'Unique' });
    await handleDuplicates(server, unique, 'KEEP');
    await server.owner.query(
      "update ringfence.list_fields set unique_in_client = true where list_id = $1 and type = 'NUMBER'",
      [unique],
    );
    const [ofUnique, ofHere] = [await fieldsOf(server, unique), await fieldsOf(server, here)];
    const numbered = (fields: Record<string, string>, numeric: number, list: string) =>
      added({ name: `Number ${numeric}`, values: [{ fieldId: fields.NUMBER ?? '', number: numeric }] }, list);
    const moved = await merge(await added({ name: 'Kept' }, unique), [await numbered(ofUnique, 41, unique)]);
    expect(said(moved)).toEqual({ values: [['NUMBER', 41]], kept: [] });
    const another = await merge(await added({ name: 'Another' }, unique), [await numbered(ofHere, 41, here)]);
    expect(said(another)).toEqual({ values: [], kept: [['NUMBER', '41', null]] });
    // It is unique also where it came from a field that is not.
    await merge(await added({ name: 'Third' }, unique), [await numbered(ofHere, 42, here)]);
    const input = { listId: unique, name: 'Late', values: [{ fieldId: ofUnique.NUMBER ?? '', number: 42 }] };
    expect(await asMember.refusal(CreateLeadDocument, { input })).toMatchObject({
      reason: 'LEAD_VALUE_TAKEN',
    });
  });
});

describe('is refused, and changes nothing', () => {
  const refused = (id: string, mergedIds: string[], caller = asMember, expectedVersion?: number) =>
    changingNothing(server.owner, () =>
      caller.refusal(MergeLeadsDocument, { input: { id, mergedIds, expectedVersion } }),
    );

  test('for leads of two clients: as for ids of nobody, where one is not seen', async () => {
    const { arrange, accountId, clients, other } = world;
    const mine = await added({ name: 'Mine' });
    const elsewhere = await arrange.lead(await arrange.list(accountId, clients.two));
    const closed = await arrange.lead(await arrange.list(accountId, clients.one, { access: 'NAMED' }));
    const foreign = await arrange.lead(await arrange.list(other.accountId, other.clientId));
    const absent = '00000000-0000-4000-8000-000000000000';
    for (const id of [elsewhere, closed, foreign, absent]) {
      expect(await refused(mine, [id])).toEqual({ code: 'NOT_FOUND', field: 'input.mergedIds' });
      expect(await refused(id, [mine])).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
    }
    expect(await refused(mine, [elsewhere], world.asOwner)).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.mergedIds',
    });
    await merge(mine, [closed], world.asOwner);
  });

  test('for none, for more than ten, for one twice, and for itself', async () => {
    const [kept, other] = [await added({ name: 'Kept' }), await added({ name: 'Other' })];
    const eleven = Array.from(
      { length: 11 },
      (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    );
    for (const mergedIds of [[], eleven, [other, other], [kept], [other, kept], ['nothing']])
      expect(await refused(kept, mergedIds)).toEqual({ code: 'VALIDATION_FAILED', field: 'input.mergedIds' });
    expect(await refused(kept, [other], asMember, 7)).toEqual({ code: 'CONFLICT', reason: 'VERSION' });
  });

  test('where one, or its list, or the client is archived', async () => {
    const { arrange, accountId, clients } = world;
    const kept = await added({ name: 'Kept' });
    const archived = await arrange.lead(here, { state: 'ARCHIVED' });
    const ofArchived = await arrange.lead(await arrange.list(accountId, clients.one, { status: 'ARCHIVED' }));
    for (const [one, reason] of [
      [archived, 'LEAD_ARCHIVED'],
      [ofArchived, 'LIST_ARCHIVED'],
    ] as const) {
      expect(await refused(kept, [one])).toEqual({ code: 'CONFLICT', reason });
      expect(await refused(one, [kept])).toEqual({ code: 'CONFLICT', reason });
    }
    const list = await arrange.list(accountId, clients.six);
    expect(await refused(await arrange.lead(list), [await arrange.lead(list)], world.asOwner)).toEqual({
      code: 'CONFLICT',
      reason: 'CLIENT_ARCHIVED',
    });
  });

  test('in blind mode, as if there were none', async () => {
    const [kept, other] = [await added({ name: 'Kept' }), await added({ name: 'Other' })];
    await blindMode(server, world.clients.one, 'ON');
    expect(await refused(kept, [other])).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
    await merge(kept, [other], world.asAdmin);
    await blindMode(server, world.clients.one, 'INHERIT');
  });

  test('where they have more than ten emails, or phone numbers: none is left out', async () => {
    const shared = somePhones(1);
    const kept = await added({ name: 'Kept', emails: someEmails(6), phones: [...shared, ...somePhones(5)] });
    const emails = await added({ name: 'Emails', emails: someEmails(5) });
    const phones = await added({ name: 'Phones', phones: [...shared, ...somePhones(5)] });
    expect(await refused(kept, [emails])).toEqual({ code: 'CONFLICT', reason: 'TOO_MANY_EMAILS' });
    expect(await refused(kept, [phones])).toEqual({ code: 'CONFLICT', reason: 'TOO_MANY_PHONES' });
    await asMember.get(UpdateLeadDocument, {
      input: { id: phones, changes: { phones: [...shared, ...somePhones(4)] } },
    });
    expect((await merge(kept, [phones])).phones).toHaveLength(10);
  });

  test('without ACCESS_CRM', async () => {
    const [kept, other] = [await added({ name: 'Kept' }), await added({ name: 'Other' })];
    for (const caller of [world.asPowerless, world.asPortalUser])
      expect(await refused(kept, [other], caller)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(kept, [other], world.asAnonymous)).toEqual({ code: 'UNAUTHENTICATED' });
  });
});

test('a token of the account merges where it may, and bears no name', async () => {
  const { text } = await world.arrange.accessToken(world.accountId, {
    permissions: ['ACCESS_CRM'],
    clients: [world.clients.one],
  });
  const lead = await merge(
    await added({ name: 'Kept' }),
    [await added({ name: 'Other' })],
    new Caller(server.url, text),
  );
  expect(lead.history.nodes.find(({ subject }) => subject === 'MERGED')).toMatchObject({
    to: 'Other',
    actorName: null,
  });
});
