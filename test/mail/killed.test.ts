// Workers that end in the middle: what they had taken is done by others, soon, and what is done is not done twice.
import type { ChildProcess } from 'node:child_process';
import { ChangeMemberPasswordDocument } from '../support/documents.generated';
import { environmentOf, finished, printed, startCommand } from '../support/command';
import { startMailServer, type MailServer } from '../support/mail-server';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';
import { outbox, settled } from './outbox';

let mailServer: MailServer;
let server: TestServer;
let world: World;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  mailServer = await startMailServer();
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await server.close();
  await mailServer.close();
});

async function startWorkerProcess(): Promise<ChildProcess> {
  const environment = environmentOf(server.database, {
    SMTP_URL: mailServer.url,
    MAIL_FROM: 'hello@ringfence.example',
    SECRET_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    LOG_LEVEL: 'silent',
  });
  const worker = startCommand(environment, 'worker');
  workers.push(worker);
  await printed(worker, /works off jobs/);
  return worker;
}

async function causeMails(count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const { id } = await world.arrange.member(world.accountId);
    await world.asOwner.get(ChangeMemberPasswordDocument, {
      input: { id, password: 'umbrella teapot lantern' },
    });
  }
}

/** As long as a mail may be late because its worker was killed. */
const resumedWithinMilliseconds = 60_000;

test('two workers send 200 mails, each once', async () => {
  const [first] = await Promise.all([startWorkerProcess(), startWorkerProcess()]);
  const { id } = await world.arrange.member(world.accountId);
  await server.owner.query('reset role; set role ringfence_definer');
  await server.owner.query(
    `select fence.post_mail($1, 'PASSWORD_CHANGED', l.id) from fence.logins l, generate_series(1, 200) where l.member_id = $2`,
    [world.accountId, id],
  );
  await server.owner.query('reset role; set role ringfence_owner');
  await mailServer.delivered(200);
  const rows = await settled(server.owner);
  expect(rows.filter(({ state, attempts }) => state === 'sent' && attempts === 1)).toHaveLength(200);
  const ids = mailServer.deliveries.map(({ headers }) => headers.get('message-id'));
  expect(ids).toHaveLength(200);
  expect(new Set(ids).size).toBe(200);
  expect(first).toBeDefined();
});

test(
  'the mails of a worker that is killed with SIGKILL are sent by another within a minute',
  async () => {
    const [first, second] = workers;
    second?.kill('SIGSTOP');
    mailServer.plan('stalled');
    const before = mailServer.deliveries.length;
    await causeMails(1);
    // The first one has handed the mail over and waits for the answer, which never comes.
    await mailServer.delivered(before + 1);
    first?.kill('SIGKILL');
    const killedAt = Date.now();
    second?.kill('SIGCONT');
    const deliveries = await mailServer.delivered(before + 2);
    expect(Date.now() - killedAt).toBeLessThan(resumedWithinMilliseconds);
    const copies = deliveries.slice(before).map(({ headers }) => headers.get('message-id'));
    expect(copies).toHaveLength(2);
    expect(new Set(copies).size).toBe(1);
    expect((await settled(server.owner)).at(-1)).toMatchObject({ state: 'sent' });
  },
  2 * resumedWithinMilliseconds,
);

test('a worker that is told to end finishes the mail it is at, and ends with 0', async () => {
  const [, second] = workers;
  if (second === undefined) throw new Error('there is no second worker');
  mailServer.plan('stalled');
  const before = mailServer.deliveries.length;
  await causeMails(1);
  await mailServer.delivered(before + 1);
  const ended = finished(second);
  second.kill('SIGTERM');
  mailServer.release();
  expect(await ended).toMatchObject({ code: 0 });
  expect((await outbox(server.owner)).at(-1)).toMatchObject({ state: 'sent', attempts: 1 });
  expect(mailServer.deliveries).toHaveLength(before + 1);
});
