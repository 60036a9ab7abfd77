// What the database makes of a filter, which comes from the API, and the API is not trusted: nothing but conditions that are known,
// about values of their types.
import { arrangeSegment } from '../support/arrange-plans';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';
import { fieldsOf } from '../leads/people';
import { asDefiner, conditionOf } from './as-definer';

let server: TestServer;
let world: World;
let list: string;
let fields: Record<string, string>;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  list = await world.arrange.list(world.accountId, world.clients.one);
  fields = await fieldsOf(server, list);
  await world.arrange.lead(list);
});
afterAll(() => server.close());

const absent = '00000000-0000-4000-8000-000000000000';
const refused = expect.objectContaining({ code: '23514', constraint: 'segments_filter_check' }) as unknown;

/** The error of making a condition. */
const refusal = async (filter: unknown): Promise<unknown> =>
  conditionOf(server.owner, filter).then(
    (condition) => `accepted: ${condition}`,
    (error: unknown) => error,
  );

const injection = "x' or true; drop table ringfence.leads; --";
const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown;

test.each<[string, unknown]>([
  ['nothing', null],
  ['a text', 'true'],
  ['a number', 1],
  ['an array', [{}]],
  ['an unknown member', { or: [] }],
  ['a member that is SQL', { 'l.state = l.state or true': true }],
  ['a member of a column that is nobody’s', { account_id: absent }],
  ['a list, which is not for a filter to say', { listId: absent }],
  ['another case of a name', { State: ['NEW'] }],
  ['a member of objects', { __proto__: null, constructor: {} }],
  ['a state that is none', { state: ['NEW', injection] }],
  ['a state that is no list', { state: 'NEW' }],
  ['a list with nothing in it', { state: [null] }],
  ['a name that is no object', { name: injection }],
  ['a name with an unknown member', { name: { equals: 'x', or: 'y' } }],
  ['a name that is a number', { name: { equals: 1 } }],
  ['a name that is an object', { name: { contains: { equals: 'x' } } }],
  ['an email with SQL for a member', { email: { [injection]: 'x' } }],
  ['a phone number that is a list', { phone: [injection] }],
  ['truth as text', { isCallBackDue: 'true or true' }],
  ['attempts as text', { attempts: { minimum: '0 or true' } }],
  ['attempts that are no whole number', { attempts: { minimum: 0.5 } }],
  ['more attempts than there are numbers', { attempts: { minimum: 1e30 } }],
  ['a time that is a word', { createdAt: { from: 'now' } }],
  ['a time that is SQL', { createdAt: { from: `2026-01-01T00:00:00Z${injection}` } }],
  ['a time that there is not', { createdAt: { from: '2026-02-30T00:00:00Z' } }],
  ['a time of a day that there is not', { updatedAt: { before: '2026-01-01T99:00:00Z' } }],
  ['a range of the wrong ends', { callBackAt: { minimum: 1 } }],
  ['no days', { updatedWithinDays: 0 }],
  ['days until before time', { updatedWithinDays: 2_000_000_000 }],
  ['days as text', { updatedWithinDays: '1); --' }],
  ['values that are no list', { values: { fieldId: absent } }],
  ['a value that is no object', { values: ['x'] }],
  ['a value without a field', { values: [{ isSet: true }] }],
  ['a field that is no id', { values: [{ fieldId: injection }] }],
  ['a value with an unknown member', { values: [{ fieldId: absent, sql: 'true' }] }],
  ['a number as text', { values: [{ fieldId: absent, number: { minimum: '1' } }] }],
  [
    'a number beyond all',
    { values: [{ fieldId: absent, number: { minimum: 1e308, maximum: 1e308 * 10 } }, 1] },
  ],
  ['a day that is a word', { values: [{ fieldId: absent, date: { from: 'today' } }] }],
  ['a day of year 0', { values: [{ fieldId: absent, date: { from: '0000-01-01' } }] }],
  ['choices that are no texts', { values: [{ fieldId: absent, choices: [['x']] }] }],
  ['truth as a number', { values: [{ fieldId: absent, boolean: 1 }] }],
  ['21 values', { values: Array.from({ length: 21 }, () => ({ fieldId: absent })) }],
  ['something deep', { state: nested(2000) }],
  ['something deep in a value', { values: [{ fieldId: absent, choices: nested(2000) }] }],
])('%s is no filter', async (_, filter) => {
  expect(await refusal(filter)).toEqual(refused);
});

test('a number with more digits than a type has is refused, where JSON can say it', async () => {
  const given = (filter: string) =>
    asDefiner(server.owner, 'select fence.segment_condition($1::jsonb)', [filter]);
  for (const filter of [
    '{"values": [{"fieldId": "00000000-0000-4000-8000-000000000000", "number": {"minimum": 1e400}}]}',
    '{"attempts": {"maximum": 99999999999999999999999999}}',
  ])
    await expect(given(filter)).rejects.toEqual(refused);
});

/** Every place where a text stands, with what would end a literal in one way or another. */
test('a value stays a value, whatever it is', async () => {
  const tricky = [
    injection,
    "'",
    "''",
    "\\'; select 1; --",
    "E'\\\\'",
    '$$; select 1; $$',
    '$1',
    '%s %L %I',
    '*/ or true /*',
    "{'}",
    '{",\\',
    '\u02bc\uff07',
    'x'.repeat(2000),
  ];
  for (const value of tricky) {
    const { TEXT = '', CHOICE = '' } = fields;
    for (const filter of [
      { name: { equals: value } },
      { name: { contains: value } },
      { company: { equals: value, contains: value } },
      { email: { equals: value, contains: value } },
      { phone: value },
      { values: [{ fieldId: TEXT, text: { equals: value, contains: value } }] },
      { values: [{ fieldId: CHOICE, choices: [value, value] }] },
    ]) {
      const rows = await asDefiner(
        server.owner,
        `select l.id from ringfence.leads l where ${await conditionOf(server.owner, filter)}`,
      );
      expect([value, rows]).toEqual([value, []]);
    }
  }
});

test('what is saved and what becomes of the session’s settings do not change what a time means', async () => {
  const condition = await conditionOf(server.owner, { createdAt: { from: '2026-02-01T03:00:00.000Z' } });
  await server.owner.query("set timezone = 'Asia/Tokyo'; set datestyle = 'SQL, DMY'");
  try {
    const again = await conditionOf(server.owner, { createdAt: { from: '2026-02-01T03:00:00.000Z' } });
    expect(again).toBe(condition);
    const { rows } = await server.owner.query<{ same: boolean }>(
      `select ${condition.replaceAll('l.state', "'NEW'").replaceAll('l.created_at', "timestamptz '2026-02-01 03:00:00Z'")} as same`,
    );
    expect(rows).toEqual([{ same: true }]);
  } finally {
    await server.owner.query('reset timezone; reset datestyle');
  }
});

test('a row with a filter that is none, or is very large, cannot be stored', async () => {
  await expect(arrangeSegment(server.owner, list, { filter: [] })).rejects.toEqual(refused);
  const large = { name: { equals: 'x'.repeat(70_000) } };
  await expect(arrangeSegment(server.owner, list, { filter: large })).rejects.toEqual(refused);
});
