// What people wrote comes out as they wrote it, whatever it is; in CSV it is never a formula.
import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { harmless } from '../../src/export/csv';
import { plain, RowReader, type CopiedRow } from '../../src/export/rows';
import { download, filesIn, recordsIn } from '../support/exports';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';

const size = 400;

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

test('any text, any document', async () => {
  // Postgres stores no NUL, and no half of a surrogate pair.
  const text = fc.string({ unit: 'binary', maxLength: 40 }).map((value) => value.replaceAll('\0', ''));
  const tricky = fc.string({
    unit: fc.constantFrom('\\', 'N', '\t', '\n', '\r', '"', "'", ',', '=', '🎧', 'é', '.'),
  });
  const texts = fc.sample(fc.oneof(text, tricky), { numRuns: size, seed: 7 });
  const agent = await world.arrange.agent(world.accountId, world.clients.one);
  await server.owner.query(
    `insert into ringfence.agent_configurations (account_id, client_id, agent_id, stay_id, number, settings, saved_by)
     select $1, $2, $3, $4, n, jsonb_build_object('text', t), t from unnest($5::text[]) with ordinality as u(t, n)`,
    [world.accountId, world.clients.one, agent.id, agent.stayId, texts],
  );
  const records = recordsIn(
    (await download(world.asOwner, `${world.clients.one}/agent-configurations`)).body,
  );
  expect(records.slice(1, -1).map(({ savedBy }) => savedBy)).toEqual(texts);
  expect(records.slice(1, -1).map(({ settings }) => settings)).toEqual(
    texts.map((value) => ({ text: value })),
  );

  const zip = await download(world.asOwner, `${world.clients.one}/agent-configurations?format=csv`);
  const csv = (await filesIn(zip.body)).get('agent-configurations.csv') ?? '';
  const rows = parse<{ savedBy: string; settings: string }>(csv, { columns: true });
  // But for apostrophes, a text is what it was; and it has none where nothing in it can begin a formula.
  const withoutApostrophes = (text: string) => text.replaceAll("'", '');
  expect(rows.map(({ savedBy }) => withoutApostrophes(savedBy))).toEqual(texts.map(withoutApostrophes));
  const mayCompute = (text: string) => /[=+\-@＝＋－＠﹦﹢﹣﹫]/.test(text);
  const plainTexts = texts.filter((value) => !mayCompute(value));
  expect(plainTexts.length).toBeGreaterThan(size / 4);
  expect(rows.map(({ savedBy }) => savedBy).filter((value) => !mayCompute(value))).toEqual(plainTexts);
  expect(rows.map(({ savedBy }) => savedBy).filter((value) => /^\s*=/.test(value))).toEqual([]);
  expect(rows.map(({ settings }) => JSON.parse(settings) as unknown)).toEqual(
    texts.map((value) => ({ text: value })),
  );
});

test('rows are the same, however they are cut into pieces on their way', () => {
  const copied = Buffer.from('é🎧\tzwei\n\\N\t\\\\N ünï\n');
  for (let size = 1; size <= copied.length; size += 1) {
    const reader = new RowReader();
    const rows: CopiedRow[] = [];
    for (let from = 0; from < copied.length; from += size)
      rows.push(...reader.take(copied.subarray(from, from + size)));
    expect(rows.map((row) => row.map(plain))).toEqual([
      ['é🎧', 'zwei'],
      [null, '\\N ünï'],
    ]);
  }
});

test.each([
  ['=1+1', "'=1+1"],
  ['=HYPERLINK("http://evil.test")', `'=HYPERLINK("http://evil.test")`],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['+cmd|calc!A0', "'+cmd|calc!A0"],
  ["-cmd|'/C calc'!A0", "'-cmd|'/C calc'!A0"],
  ['-1+1', "'-1+1"],
  ['+1-1', "'+1-1"],
  ['-1-2', "'-1-2"],
  ['+4930/1', "'+4930/1"],
  ['+4930-1', "'+4930-1"],
  ['+49 (30) 90-18.20', "'+49 (30) 90-18.20"],
  ['-5%', "'-5%"],
  ['- five', "'- five"],
  ['＝1+1', "'＝1+1"],
  ['﹦1+1', "'﹦1+1"],
  // Behind what is not seen, or taken off.
  [' =1+1', "' =1+1"],
  ['\u00a0=1+1', "'\u00a0=1+1"],
  ['\u200b=1+1', "'\u200b=1+1"],
  ['\ufeff=1+1', "'\ufeff=1+1"],
  ['\u2060\u3000 \u0001@A1', "'\u2060\u3000 \u0001@A1"],
  ['\u3164=1', "'\u3164=1"],
  ['"=1+1"', `'"=1+1"`],
  // Where a cell begins for others.
  ['\t=1+1', "\t'=1+1"],
  ['\r=1+1', "\r'=1+1"],
  ['\n\n =1+1', "\n\n' =1+1"],
  ['x;=HYPERLINK(1)', "x;'=HYPERLINK(1)"],
  ['x; "=HYPERLINK(1)"', `x;' "=HYPERLINK(1)"`],
  ['x\t+1-1;-5;@a', "x\t'+1-1;-5;'@a"],
  ['Good\n-A1\n-5', "Good\n'-A1\n-5"],
])('%j would be computed, and is kept from it', (text, expected) => {
  expect(harmless(text)).toBe(expected);
});

test.each([
  '+4930901820',
  '-5',
  '-3.14',
  '-3,14',
  '+1',
  ' -5',
  'a=1',
  'a; b',
  'x;-5',
  'name@client.test',
  'well-known',
  '',
  "'=1",
  '#1',
])('%j computes nothing, and stays', (text) => {
  expect(harmless(text)).toBe(text);
});

test('what another spreadsheet takes for a separator is quoted, and a document is the same document', async () => {
  const { owner } = server;
  const clientId = await world.arrange.client(world.accountId, 'Separators');
  await owner.query("update ringfence.clients set contact_name = 'x;=HYPERLINK(1)' where id = $1", [
    clientId,
  ]);
  const settings = { greeting: 'x;=HYPERLINK(1); "@A1', text: '-5;-5' };
  const { id, stayId } = await world.arrange.agent(world.accountId, clientId);
  await owner.query(
    `insert into ringfence.agent_configurations (account_id, client_id, agent_id, stay_id, number, settings, saved_by)
     values ($1, $2, $3, $4, 1, $5, E'tab\\there')`,
    [world.accountId, clientId, id, stayId, settings],
  );
  const files = await filesIn((await download(world.asOwner, `${clientId}?format=csv`)).body);
  expect(files.get('client.csv')).toContain(`,"x;'=HYPERLINK(1)",`);
  const csv = files.get('agent-configurations.csv') ?? '';
  expect(csv).toContain(',"tab\there",');
  expect(csv).not.toMatch(/;["\s]*[=+\-@]/);
  const [row] = parse<{ settings: string }>(csv, { columns: true });
  expect(JSON.parse(row?.settings ?? '')).toEqual(settings);
});

test('a long text is looked at once, whatever it is made of', () => {
  for (const part of ['\n', ' ', ';', '\u200b', '-', '= ', '"\t'])
    expect(harmless(part.repeat(200_000)).length).toBeGreaterThanOrEqual(200_000);
});
