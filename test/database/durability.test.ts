// What was answered survives Postgres being killed: its commit does not wait for the disk, the answer does.
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { dataFolderOf } from '../../src/database/embedded/cluster';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded';
import { demoPassword } from '../../src/demo/sign-ins';
import { Caller } from '../support/client';
import { environmentOf, finished, printed, startMain } from '../support/command';
import { onDatabase } from '../support/database';
import { CreateOrganizationDocument } from '../support/documents.generated';
import { startSession } from '../support/sessions';

const kills = 3;
const callersAtOnce = 6;
let workspace: string;
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'ringfence-durability-'));
  // As root, Postgres runs as somebody else, who must get in.
  await chmod(workspace, 0o755);
});
afterAll(async () => {
  await postgres.stop();
  await rm(workspace, { recursive: true, force: true });
});

/** With the durability of `npm start`. */
const startPostgres = () => startEmbeddedPostgres({ directory: join(workspace, 'postgres'), durable: true });

async function killPostgres(): Promise<void> {
  const [pid] = (
    await readFile(join(dataFolderOf(join(workspace, 'postgres')), 'postmaster.pid'), 'utf8')
  ).split('\n');
  process.kill(Number(pid), 'SIGKILL');
}

function databaseUrl(login?: string): string {
  const url = new URL(postgres.url);
  url.pathname = '/durable';
  if (login !== undefined) [url.username, url.password] = [login, `${login}-password`];
  return url.href;
}

const serverEnvironment = () =>
  environmentOf(
    {
      name: 'durable',
      adminUrl: databaseUrl(),
      loginUrl: databaseUrl('ringfence_login'),
      signinUrl: databaseUrl('ringfence_signin'),
      workerUrl: databaseUrl('ringfence_worker'),
      drop: () => Promise.resolve(),
    },
    { PORT: '0', DEMO: 'true' },
  );

/** Creates one organization after the other until Postgres is gone; answers the ids that were answered. */
async function createUntilGone(caller: Caller, prefix: string): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const { data } = await caller.ask(CreateOrganizationDocument, {
      input: { name: `${prefix} ${ids.length}` },
    });
    if (data == null) return ids;
    ids.push(data.createOrganization.organization.id);
  }
}

test('what was answered before Postgres was killed is there afterwards', async () => {
  postgres = await startPostgres();
  await onDatabase(postgres.url, (client) => client.query('create database durable'));
  for (let kill = 1; kill <= kills; kill += 1) {
    const server = startMain(serverEnvironment());
    const ended = finished(server);
    const url = /(http:\/\/[\d.:]+)\/graphql/.exec(await printed(server, /Ctrl-C/))?.[1] ?? '';
    const { accessToken } = await startSession(url, { email: 'owner@demo.test' }, { password: demoPassword });
    const creating = Array.from({ length: callersAtOnce }, (_, index) =>
      createUntilGone(new Caller(url, accessToken), `Kill ${kill}, caller ${index},`),
    );
    await wait(500);
    await killPostgres();
    const answered = (await Promise.all(creating)).flat();
    server.kill('SIGKILL');
    await ended;

    expect(answered.length).toBeGreaterThan(callersAtOnce);
    postgres = await startPostgres();
    const found = await onDatabase(databaseUrl(), (client) =>
      client.query<{ id: string }>('select id from ringfence.organizations where id = any ($1)', [answered]),
    );
    expect(found.rows.map(({ id }) => id).sort()).toEqual(answered.sort());
  }
});
