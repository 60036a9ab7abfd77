// A segment is compiled twice: by the API, for reading under the policies, and by the database, for the queue. Both mean the same.
import fc from 'fast-check';
import { arrangeSegment } from '../support/arrange-plans';
import { LeadsDocument, LeadsOfSegmentsDocument } from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';
import { create, fieldsOf } from '../leads/people';
import { asDefiner } from './as-definer';

/** Values that a careless compiler would take for SQL, for a pattern or for another letter. */
const texts = [
  "O'Hara",
  "o'hara",
  '100%',
  '1_0',
  'a\\b',
  "'); drop table ringfence.leads; --",
  '$1',
  '%L',
  'Straße',
  'STRASSE',
  'İstanbul',
  'Lea',
  'lea',
  '🎧',
];
const states = ['NEW', 'IN_PROGRESS', 'CALL_BACK', 'WON', 'LOST', 'ARCHIVED'] as const;
const moments = ['2026-01-01T00:00:00.000Z', '2026-06-01T12:30:00.500Z', '2099-01-01T00:00:00.000Z'];
const days = ['2026-01-01', '2026-02-28', '2028-02-29'];
const numbers = [-1.5, 0, 0.1, 1, 1e15];

let server: TestServer;
let world: World;
let list: string;
let fields: Record<string, string>;

/** Draws without a generator of its own, so that the leads are the same in every run. */
const pick = <Value>(values: readonly Value[], at: number): Value => values[at % values.length] as Value;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  list = await world.arrange.list(world.accountId, world.clients.one);
  await server.owner.query("update ringfence.lists set duplicate_handling = 'KEEP' where id = $1", [list]);
  fields = await fieldsOf(server, list);
  const value = (type: string, is: object) => ({ fieldId: fields[type] ?? '', ...is });
  for (let lead = 0; lead < 40; lead += 1) {
    const state = pick(states.slice(0, 5), lead);
    await create(world.asAdmin, {
      listId: list,
      name: pick(texts, lead),
      company: lead % 3 === 0 ? null : pick(texts, lead * 5),
      emails: lead % 2 === 0 ? [`lead${lead % 5}@one.test`] : [],
      phones: lead % 4 === 0 ? [`+493090100${lead % 3}`] : [],
      state,
      callBackAt: state === 'CALL_BACK' ? pick(moments, lead) : null,
      values: [
        ...(lead % 2 === 0 ? [value('TEXT', { text: pick(texts, lead * 7) })] : []),
        ...(lead % 3 === 0 ? [value('NUMBER', { number: pick(numbers, lead) })] : []),
        ...(lead % 4 === 0 ? [value('DATE', { date: pick(days, lead) })] : []),
        ...(lead % 5 === 0 ? [value('BOOLEAN', { boolean: lead % 2 === 0 })] : []),
        ...(lead % 3 === 1 ? [value('CHOICE', { text: pick(['Red', 'Green'], lead) })] : []),
      ],
    });
  }
  await server.owner.query(`alter table ringfence.leads disable trigger user`);
  await server.owner.query(
    `update ringfence.leads l set attempts = p.place % 4, created_at = ($2::timestamptz[])[p.place % 3 + 1],
       updated_at = case when p.place % 3 = 0 then now() - interval '5 days' else now() end,
       state = case when p.place % 10 = 0 then 'ARCHIVED' else l.state end,
       state_before_archive = case when p.place % 10 = 0 then 'NEW' end
     from (select id, row_number() over (order by id) as place from ringfence.leads where list_id = $1) p where p.id = l.id`,
    [list, moments],
  );
  await server.owner.query(`alter table ringfence.leads enable trigger user`);
});
afterAll(() => server.close());

const text = fc.record(
  { equals: fc.constantFrom(...texts), contains: fc.constantFrom(...texts, 'a', '%', '_', '\\', "'") },
  { requiredKeys: [] },
);
const ends = <Value>(first: string, last: string, values: readonly Value[]) =>
  fc.record(
    { [first]: fc.constantFrom(...values), [last]: fc.constantFrom(...values) },
    { requiredKeys: [] },
  );
const orNull = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { freq: 6 });
const partsByType: Record<string, Record<string, fc.Arbitrary<unknown>>> = {
  TEXT: { text },
  NUMBER: { number: ends('minimum', 'maximum', numbers) },
  DATE: { date: ends('from', 'until', days) },
  BOOLEAN: { boolean: fc.boolean() },
  CHOICE: { choices: fc.subarray(['Red', 'Green']), text },
};
const valueConditions = () =>
  fc.oneof(
    ...Object.entries(partsByType).map(([type, parts]) =>
      fc.record<Record<string, unknown>>(
        { fieldId: fc.constant(fields[type] ?? ''), isSet: orNull(fc.boolean()), ...parts },
        { requiredKeys: ['fieldId'] },
      ),
    ),
  );
const filters = () =>
  fc.record(
    {
      state: orNull(fc.subarray([...states])),
      name: orNull(text),
      company: orNull(text),
      email: orNull(
        fc.record(
          {
            equals: fc.constantFrom('LEAD1@one.test', 'lead2@one.test'),
            contains: fc.constantFrom('1@', 'one'),
          },
          { requiredKeys: [] },
        ),
      ),
      phone: fc.constantFrom('+4930901000', '+4930901001'),
      isCallBackDue: fc.boolean(),
      callBackAt: ends('from', 'before', moments),
      attempts: ends('minimum', 'maximum', [0, 1, 2, 3]),
      createdAt: ends('from', 'before', moments),
      updatedAt: ends('from', 'before', moments),
      updatedWithinDays: fc.constantFrom(1, 7, 3650),
      values: orNull(fc.array(valueConditions(), { maxLength: 3 })),
    },
    { requiredKeys: [] },
  );

/** What the API finds for each of these filters, and what the database's condition does. */
async function bothOf(given: object[]): Promise<{ found: string[][]; expected: string[][] }> {
  const ids: string[] = [];
  for (const filter of given) ids.push(await arrangeSegment(server.owner, list, { filter }));
  const { segments } = await world.asAdmin.get(LeadsOfSegmentsDocument, { listId: list });
  const [first] = ids;
  const { leads } = await world.asAdmin.get(LeadsDocument, { first: 50, filter: { segmentId: first } });
  const conditions = await asDefiner<{ condition: string }>(
    server.owner,
    'select fence.segment_condition(s.filter) as condition from ringfence.segments s where s.id = any ($1) order by array_position($1, s.id)',
    [ids],
  );
  const columns = conditions.map(
    ({ condition }, place) => `array_agg(l.id order by l.id) filter (where ${condition}) as "${place}"`,
  );
  const [row] = await asDefiner<Record<string, string[] | null>>(
    server.owner,
    `select ${columns.join(', ')} from ringfence.leads l where l.list_id = $1`,
    [list],
  );
  await server.owner.query('delete from ringfence.segments where list_id = $1', [list]);
  const idsOf = (nodes: { id: string }[]) => nodes.map(({ id }) => id).sort();
  return {
    found: [
      ...ids.map((id) => idsOf(segments.nodes.find((segment) => segment.id === id)?.leads.nodes ?? [])),
      idsOf(leads.nodes),
    ],
    expected: [...given.keys(), 0].map((place) => row?.[place] ?? []),
  };
}

test('the leads of a segment are those of the condition that the database makes of it, whatever the filter', async () => {
  let leads = 0;
  const agree = async (given: object[]) => {
    const { found, expected } = await bothOf(given);
    expect(found).toEqual(expected);
    leads += expected.flat().length;
  };
  const some = { minLength: 1, maxLength: 20, size: 'max' } as const;
  await fc.assert(fc.asyncProperty(fc.array(filters(), some), agree), { numRuns: 5, seed: 16 });
  // One condition at a time finds more than many together.
  const single = filters().chain((filter) =>
    fc
      .constantFrom(...Object.entries(filter), ['state', null] as const)
      .map(([name, part]) => ({ [name]: part })),
  );
  await fc.assert(fc.asyncProperty(fc.array(single, some), agree), { numRuns: 10, seed: 16 });
  expect(leads).toBeGreaterThan(500);
});
