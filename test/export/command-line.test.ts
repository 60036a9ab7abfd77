// The operator's export: the same kinds and the same records, of every client, into a file.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportToFile } from '../../src/export/export.operator';
import { environmentOf, ringfence, type Finished } from '../support/command';
import { download, filesIn, recordsIn } from '../support/exports';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy } from '../support/stored';
import { createWorld, type World } from '../support/world';

let server: TestServer;
let world: World;
let directory: string;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  await world.arrange.agent(world.accountId, world.clients.one);
  directory = mkdtempSync(join(tmpdir(), 'ringfence-export-'));
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await server.close();
});

const run = (...words: string[]): Promise<Finished> =>
  ringfence(environmentOf(server.database), 'export', 'client', ...words);

test('it writes what an owner exports over HTTP, for its reader alone, and the log says that it did', async () => {
  const output = join(directory, 'one.ndjson');
  let finished: Finished | undefined;
  const entries = await auditedBy(server.owner, async () => {
    finished = await run('alpha', world.clients.one, '--output', output);
  });
  const records = recordsIn(readFileSync(output));
  // Nobody looks, so that no progress is shown.
  expect(finished).toEqual({ code: 0, out: `${output} is complete: ${records.length - 2} rows.\n`, err: '' });
  expect(statSync(output).mode & 0o777).toBe(0o600);
  const overHttp = recordsIn((await download(world.asOwner, world.clients.one)).body);
  expect(records.slice(1)).toEqual(overHttp.slice(1));
  const timeless = { snapshotAt: expect.stringMatching(/^\d{4}-.*T.*Z$/) as string };
  expect(records[0]).toEqual({ ...overHttp[0], ...timeless });
  expect(entries).toMatchObject([
    {
      action: 'CLIENT_EXPORT_ENDED',
      actorKind: 'SYSTEM',
      subjectId: world.clients.one,
      details: { complete: true },
    },
    { action: 'CLIENT_EXPORT_STARTED', actorKind: 'SYSTEM', details: { format: 'NDJSON' } },
  ]);
});

/** As the command does, in this process: starting one takes seconds. */
const write = (clientId: string, output: string, format: 'NDJSON' | 'CSV' = 'NDJSON') =>
  exportToFile(server.database.adminUrl, { slug: 'alpha', clientId, format, output });

test('it writes a zip of CSVs', async () => {
  const output = join(directory, 'one.zip');
  await write(world.clients.one, output, 'CSV');
  const files = await filesIn(readFileSync(output));
  expect(JSON.parse(files.get('manifest.json') ?? '')).toMatchObject({
    complete: true,
    counts: { client: 1 },
  });
  expect(files.get('portal-users.csv')).toContain(world.portalUsers.one.email);
});

test('a client of another account, one that is being deleted, and a file that is there are refused', async () => {
  const output = join(directory, 'refused.ndjson');
  await expect(write(world.other.clientId, output)).rejects.toThrow('there is no client');
  await expect(write('nothing', output)).rejects.toThrow('there is no client');
  await server.owner.query("update ringfence.clients set status = 'DELETING' where id = $1", [
    world.clients.two,
  ]);
  await expect(write(world.clients.two, output)).rejects.toThrow('Two is being deleted for good');
  expect(existsSync(output)).toBe(false);
  writeFileSync(output, 'mine');
  await expect(write(world.clients.one, output)).rejects.toThrow('EEXIST');
  expect(readFileSync(output, 'utf8')).toBe('mine');
});
