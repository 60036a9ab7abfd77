// A server process that is killed (SIGKILL) while it does a mutation, and the same mutation sent again to another one.
import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { newSecretKey } from '../support/another-server';
import { Caller } from '../support/client';
import { environmentOf, finished, printed, startMain } from '../support/command';
import { CreateClientDocument } from '../support/documents.generated';
import { replayedIn } from '../support/idempotency';
import { startTestServer, type TestServer } from '../support/server';
import { startSession } from '../support/sessions';
import { Arrange, type TestMember } from '../support/arrange';

interface Process {
  caller: Caller;
  kill(): Promise<void>;
}

const secretKey = newSecretKey('killed');
const kills = 12;
let server: TestServer;
let member: TestMember;
let current: Process;
let next: Promise<Process>;

beforeAll(async () => {
  server = await startTestServer();
  const arrange = new Arrange(server.owner);
  member = await arrange.member(await arrange.account('killed'), { role: 'OWNER' });
  next = startProcess();
  current = await startProcess();
});
afterAll(async () => {
  await Promise.all([current.kill(), next.then((process) => process.kill())]);
  await server.close();
});

async function startProcess(): Promise<Process> {
  const { DATABASE_URL: _, ...environment } = environmentOf(server.database, {
    PORT: '0',
    SECRET_KEYS: secretKey,
  });
  const child: ChildProcess = startMain(environment);
  const ended = finished(child);
  const url = /(http:\/\/[\d.:]+)\/graphql/.exec(await printed(child, /Ctrl-C/))?.[1] ?? '';
  const { accessToken } = await startSession(url, member);
  return {
    caller: new Caller(url, accessToken),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Another process takes over; a further one is started meanwhile. */
async function takeOver(): Promise<void> {
  await current.kill();
  current = await next;
  next = startProcess();
}

const create = ({ caller }: Process, name: string) =>
  caller.under(`key of ${name}`).ask(CreateClientDocument, { input: { name } });

async function idsNamed(name: string): Promise<string[]> {
  const { rows } = await server.owner.query<{ id: string }>(
    'select id from ringfence.clients where name = $1',
    [name],
  );
  return rows.map(({ id }) => id);
}

/** Sends it again to whoever took over: there is one effect, and the answer is about it. */
async function expectOneEffect(name: string): Promise<string[]> {
  const [before, again] = [await idsNamed(name), await create(current, name)];
  expect(again.errors).toBeUndefined();
  const ids = await idsNamed(name);
  expect(ids).toEqual([again.data?.createClient.client.id]);
  // Postgres may have finished, after it was looked at, what the killed one had still sent.
  if (before.length > 0) expect(replayedIn(again)).toEqual(['createClient']);
  const { rowCount } = await server.owner.query(
    "select from ringfence.audit_entries where action = 'CLIENT_CREATED' and subject_id = any ($1)",
    [ids],
  );
  expect(rowCount).toBe(1);
  return before;
}

describe('killed at a random moment, and asked again, there is one effect and the first result', () => {
  let latency: number;
  beforeAll(async () => {
    for (const name of ['Warm', 'Warmer', 'Timed']) {
      const start = performance.now();
      expect((await create(current, name)).errors).toBeUndefined();
      latency = performance.now() - start;
    }
  });

  test.each(Array.from({ length: kills }, (_, index) => `Kill ${index + 1}`))(
    '%s',
    async (name) => {
      const answer = create(current, name).catch(() => null);
      await wait(Math.random() * latency * 1.3);
      await takeOver();
      const received = await answer;
      const before = await expectOneEffect(name);
      if (received !== null) expect(before).toEqual([received.data?.createClient.client.id]);
    },
    120_000,
  );
});

test('killed between the commit and the answer, and asked again, there is the effect of the first and its result', async () => {
  await next;
  await server.owner.query('begin; lock table ringfence.client_activity in access exclusive mode');
  // It is saved, and the answer waits for what it reads.
  const answer = create(current, 'Saved').catch(() => null);
  for (let saved: string[] = []; saved.length === 0;) saved = await idsNamed('Saved');
  await current.kill();
  await server.owner.query('rollback');
  await takeOver();
  expect(await answer).toBeNull();
  expect(await expectOneEffect('Saved')).toHaveLength(1);
}, 120_000);
