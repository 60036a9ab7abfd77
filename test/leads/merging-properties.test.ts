// Whatever leads are merged: everything that was said of them is found afterwards, and what they share does not depend on the order.
import fc from 'fast-check';
import {
  AddLeadNoteDocument,
  CreateLeadsDocument,
  LeadDocument,
  MergeLeadsDocument,
  type LeadDetailsFragment,
  type LeadInput,
} from '../support/documents.generated';
import type { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';
import { asWorker, fieldsOf, handleDuplicates } from './people';

let server: TestServer;
let world: World;
/** Two lists of one client, each with its own fields of the same names. */
let lists: { id: string; fields: Record<string, string> }[];
let asMember: Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  lists = [];
  for (const name of ['Here', 'There']) {
    const id = await arrange.list(accountId, clients.one, { name });
    await handleDuplicates(server, id, 'KEEP');
    lists.push({ id, fields: await fieldsOf(server, id) });
  }
  asMember = await asWorker(server, world, { clients: [clients.one] });
});
afterAll(() => server.close());

/** What is said of a lead; few words, so that leads have some in common. */
interface Said {
  list: number;
  about: Omit<LeadInput, 'values'>;
  values: { type: string; value: object }[];
  notes: string[];
}

const callBack = fc.integer({ min: 1, max: 5 }).map((day) => `2027-01-0${day}T00:00:00.000Z`);
const said: fc.Arbitrary<Said> = fc.record({
  list: fc.nat(1),
  about: fc
    .record({
      name: fc.constantFrom('Ann', 'Bob', 'Cyd'),
      company: fc.constantFrom(null, 'Acme', 'Bolt GmbH'),
      timeZone: fc.constantFrom(null, 'Europe/Berlin', 'Asia/Tokyo'),
      state: fc.constantFrom('NEW' as const, 'IN_PROGRESS' as const, 'LOST' as const, 'WON' as const),
      callBackAt: fc.option(callBack),
      emails: fc.uniqueArray(fc.constantFrom('a@one.test', 'B@one.test', 'c@two.test', 'd@two.test'), {
        maxLength: 3,
      }),
      phones: fc.uniqueArray(fc.constantFrom('+4930902201', '+4930902202', '+4930902203'), { maxLength: 2 }),
    })
    .map(({ state, ...rest }) => ({
      ...rest,
      state: state === 'NEW' && rest.callBackAt !== null ? ('CALL_BACK' as const) : state,
    })),
  values: fc.uniqueArray(
    fc.oneof(
      fc.constantFrom('red', 'blue').map((text) => ({ type: 'TEXT', value: { text } })),
      fc.integer({ min: 1, max: 3 }).map((number) => ({ type: 'NUMBER', value: { number } })),
      fc.boolean().map((boolean) => ({ type: 'BOOLEAN', value: { boolean } })),
      fc.constantFrom('2026-01-01', '2026-02-02').map((date) => ({ type: 'DATE', value: { date } })),
    ),
    { selector: ({ type }) => type, maxLength: 4 },
  ),
  notes: fc.array(fc.constantFrom('Called.', 'Asked for a price.'), { maxLength: 2 }),
});

async function detailsOf(id: string): Promise<LeadDetailsFragment> {
  const { lead } = await asMember.get(LeadDocument, { id });
  if (lead === null) throw new Error('no lead');
  return lead;
}

/** Adds leads, and answers their ids. */
async function added(leads: readonly Said[]): Promise<string[]> {
  const ids: string[] = [];
  for (const { list, about, values, notes } of leads) {
    const { id: listId = '', fields = {} } = lists[list] ?? {};
    const lead = {
      ...about,
      values: values.map(({ type, value }) => ({ fieldId: fields[type] ?? '', ...value })),
    };
    const { createLeads } = await asMember.get(CreateLeadsDocument, { input: { listId, leads: [lead] } });
    const leadId = createLeads.results[0]?.id ?? '';
    for (const text of notes) await asMember.get(AddLeadNoteDocument, { input: { leadId, text } });
    ids.push(leadId);
  }
  return ids;
}

const merge = async (id: string, mergedIds: string[]) =>
  (await asMember.get(MergeLeadsDocument, { input: { id, mergedIds } })).mergeLeads.lead;

const key = (...parts: unknown[]) => JSON.stringify(parts);
const valueOf = ({ text, number, date, boolean }: LeadDetailsFragment['values'][number]) =>
  String(text ?? number ?? date ?? boolean);

/** Everything that is said of a lead now, or was of one that is merged. */
function everythingIn(lead: LeadDetailsFragment): Set<string> {
  const { notes, history, values, emails, phones, name, company, timeZone, callBackAt, state } = lead;
  const all = new Set<string>();
  for (const email of emails) all.add(key('email', email.toLowerCase()));
  for (const phone of phones) all.add(key('phone', phone));
  for (const { id, text } of notes.nodes) all.add(key('note', id, text));
  for (const { subject, fieldName, from, to, changedAt } of history.nodes)
    all.add(key('change', subject, fieldName, from, to, changedAt));
  for (const value of values) all.add(key('VALUE', value.field?.name, valueOf(value)));
  const now = { COMPANY: company, TIME_ZONE: timeZone, CALL_BACK_AT: callBackAt, STATE: state, NAME: name };
  for (const [subject, is] of Object.entries(now))
    if (is !== null) all.add(key(subject, null, is.replace('.000Z', 'Z')));
  return all;
}

/** What is said of merged leads in the history alone. */
function keptIn({ history }: LeadDetailsFragment): string[] {
  return history.nodes.flatMap(({ subject, fieldName, from, to }) => [
    ...(from === null ? [] : [key(subject, fieldName, from)]),
    ...(subject === 'MERGED' ? [key('NAME', null, to)] : []),
  ]);
}

test('everything that was said of any of them is found afterwards', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(said, { minLength: 2, maxLength: 4 }), async (leads) => {
      const [kept = '', ...others] = await added(leads);
      const before = await Promise.all([kept, ...others].map(detailsOf));
      const merged = await merge(kept, others);
      const found = new Set([...everythingIn(merged), ...keptIn(merged)]);
      expect(before.flatMap((lead) => [...everythingIn(lead)]).filter((one) => !found.has(one))).toEqual([]);
      expect(merged.notes.nodes).toHaveLength(leads.flatMap(({ notes }) => notes).length);
      expect(merged.name).toBe(leads[0]?.about.name);
    }),
    { numRuns: 8 },
  );
});

test('emails, phone numbers, notes, state, call-back and attempts are the same in whichever order they are merged', async () => {
  const shared = ({ emails, phones, notes, state, callBackAt, attempts }: LeadDetailsFragment) => ({
    emails: emails.map((email) => email.toLowerCase()).sort(),
    phones: [...phones].sort(),
    notes: notes.nodes.map(({ text }) => text).sort(),
    state,
    callBackAt,
    attempts,
  });
  const orders = fc
    .array(said, { minLength: 3, maxLength: 4 })
    .chain((leads) =>
      fc.tuple(
        fc.constant(leads),
        fc.shuffledSubarray([...leads.keys()].slice(1), { minLength: leads.length - 1 }),
      ),
    );
  await fc.assert(
    fc.asyncProperty(orders, async ([leads, order]) => {
      const [kept = '', ...others] = await added(leads);
      const atOnce = await merge(kept, others);
      const again = await added(leads);
      let oneByOne = atOnce;
      for (const place of order) oneByOne = await merge(again[0] ?? '', [again[place] ?? '']);
      expect(shared(oneByOne)).toEqual(shared(atOnce));
    }),
    { numRuns: 5 },
  );
});
