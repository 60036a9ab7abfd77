// What was answered survives Postgres being killed: its commit does not wait for the disk, the answer does. And of what did not get
// there, nobody is told that it is saved, or that it is not.
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
import { replayedIn } from '../support/idempotency';
import { startTestServer } from '../support/server';
import { createWorld } from '../support/world';
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
  postgres = await startPostgres();
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

test('where waiting for the disk fails, the change is neither confirmed nor denied, and its key tells later', async () => {
  const server = await startTestServer();
  try {
    const { asOwner } = await createWorld(server);
    const caller = new Caller(server.url, asOwner.token).under('unconfirmed');
    const create = () => caller.ask(CreateOrganizationDocument, { input: { name: 'Unconfirmed' } });
    const change = (command: string) =>
      onDatabase(server.database.adminUrl, (client) =>
        client.query(
          `do $$ begin execute (select format('${command}', p.oid::regprocedure) from pg_proc p
           where p.proname = 'pg_logical_emit_message' and p.proargtypes[2] = 'text'::regtype); end $$`,
        ),
      );
    await change('revoke execute on function %s from public');
    const { data, errors } = await create();
    expect(data ?? null).toBeNull();
    expect(errors).toEqual([
      expect.objectContaining({
        message: expect.stringContaining('It may have been') as unknown,
        extensions: expect.objectContaining({ code: 'UNAVAILABLE' }) as unknown,
      }),
    ]);
    await change('grant execute on function %s to public');
    const again = await create();
    expect(again.errors).toBeUndefined();
    expect(replayedIn(again)).toEqual(['createOrganization']);
    const { rows } = await server.owner.query(
      "select id from ringfence.organizations where name = 'Unconfirmed'",
    );
    expect(rows).toEqual([{ id: again.data?.createOrganization.organization.id }]);
  } finally {
    await server.close();
  }
});
