// Workers that end in the middle: what they had taken is done by others, soon, and what is done is not done twice.
import { ChangeMemberPasswordDocument } from '../support/documents.generated';
import { finished } from '../support/command';
import { onDatabase } from '../support/database';
import { startMailServer, type MailServer } from '../support/mail-server';
import { startTestServer, type TestServer } from '../support/server';
import { WorkerProcesses } from '../support/worker-processes';
import { createWorld, type World } from '../support/world';
import { outbox, settled } from './outbox';

let mailServer: MailServer;
let server: TestServer;
let world: World;
let workers: WorkerProcesses;

beforeAll(async () => {
  mailServer = await startMailServer();
  server = await startTestServer();
  world = await createWorld(server);
  workers = new WorkerProcesses(server, {
    SMTP_URL: mailServer.url,
    MAIL_FROM: 'hello@ringfence.example',
  });
});
afterAll(async () => {
  workers.killAll();
  await server.close();
  await mailServer.close();
});

/** A mail whose job is in the hands of that worker. */
async function causeMailAs(worker: string): Promise<void> {
  const { id } = world.members.powerless;
  await server.owner.query('reset role; set local role ringfence_definer');
  await server.owner.query(
    "select fence.post_mail($1, 'PASSWORD_CHANGED', l.id) from fence.logins l where l.member_id = $2",
    [world.accountId, id],
  );
  await server.owner.query('set local role ringfence_owner');
  await server.owner.query(
    'update graphile_worker._private_jobs set locked_by = $1, locked_at = now(), attempts = 1 where locked_by is null',
    [worker],
  );
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
  await Promise.all([workers.start(), workers.start()]);
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
});

test(
  'a worker that stands still for a while keeps its mail; one that is gone loses it to others',
  async () => {
    const [first, second] = workers.started;
    second?.kill('SIGSTOP');
    mailServer.plan('stalled');
    const before = mailServer.deliveries.length;
    await causeMails(1);
    await mailServer.delivered(before + 1);
    first?.kill('SIGSTOP');
    // The job of a worker that nobody is; by when it is given to somebody else, the first one has been looked for too.
    await server.owner.query('begin');
    await causeMailAs('pool-nobody');
    await server.owner.query('commit');
    second?.kill('SIGCONT');
    await mailServer.delivered(before + 2);
    expect((await outbox(server.owner)).slice(-2)).toMatchObject([{ state: 'waiting' }, {}]);
    first?.kill('SIGCONT');
    mailServer.release();
    expect((await settled(server.owner)).slice(-2)).toMatchObject([
      { state: 'sent', attempts: 1 },
      { state: 'sent', attempts: 1 },
    ]);
    expect(mailServer.deliveries).toHaveLength(before + 2);
  },
  2 * resumedWithinMilliseconds,
);

test(
  'the mails of a worker that is killed with SIGKILL are sent by another within a minute',
  async () => {
    const [first, second] = workers.started;
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

test('a forged notification stops no worker', async () => {
  await onDatabase(server.database.loginUrl, (login) =>
    login.query(`notify "worker:migrate", '{"migrationNumber": 99, "breaking": true}'`),
  );
  const before = mailServer.deliveries.length;
  await causeMails(1);
  await mailServer.delivered(before + 1);
  expect((await settled(server.owner)).at(-1)).toMatchObject({ state: 'sent', attempts: 1 });
});

test('a worker that is told to end finishes the mail it is at, and ends with 0', async () => {
  const [, second] = workers.started;
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
