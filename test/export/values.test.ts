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
  expect(rows.map(({ savedBy }) => savedBy)).toEqual(texts.map(harmless));
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
  '=1+1',
  '=HYPERLINK("http://evil.test")',
  '@SUM(A1)',
  '+cmd|calc!A0',
  "-cmd|'/C calc'!A0",
  '\t=1+1',
  '\r=1+1',
  '\n=1+1',
  '＝1+1',
  '-1+1',
  '+4930/1',
])('%j would be computed, and is kept from it', (text) => {
  expect(harmless(text)).toBe(`'${text}`);
});

test.each(['+4930901820', '+49 (30) 90-18.20', '-5', '-3.14', '+1', 'a=1', 'name@client.test', '', "'=1"])(
  '%j computes nothing, and stays',
  (text) => {
    expect(harmless(text)).toBe(text);
  },
);
