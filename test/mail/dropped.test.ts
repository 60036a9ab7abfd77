// Mail is written for how things are when it is sent, not for how they were when it was caused.
import { randomUUID as newId } from 'node:crypto';
import pino from 'pino';
import { readConfig } from '../../src/config';
import { openStorage } from '../../src/files/storage';
import { Links } from '../../src/mail/links';
import { Keyring } from '../../src/sessions/keyring';
import { startWorker } from '../../src/worker/start';
import { newSecretKey } from '../support/another-server';
import {
  ArchiveClientDocument,
  ChangeMemberPasswordDocument,
  ChangeMyPasswordDocument,
  RemoveMemberDocument,
} from '../support/documents.generated';
import { startMailServer, type MailServer } from '../support/mail-server';
import { startTestServer, type TestServer } from '../support/server';
import { password, type TestMember } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';
import { outbox, settled } from './outbox';

let mailServer: MailServer;
let server: TestServer;
let world: World;

beforeAll(async () => {
  mailServer = await startMailServer();
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(async () => {
  await server.close();
  await mailServer.close();
});
beforeEach(async () => {
  await server.owner.query('delete from fence.outbox');
  mailServer.deliveries.length = 0;
});

/** A member whose mail waits, because no worker runs. */
async function mailWaits(): Promise<TestMember> {
  const member = await world.arrange.member(world.accountId);
  await world.asOwner.get(ChangeMemberPasswordDocument, {
    input: { id: member.id, password: 'umbrella teapot lantern' },
  });
  expect(await outbox(server.owner)).toMatchObject([{ state: 'waiting', attempts: 0 }]);
  return member;
}

/** Runs a worker until nothing is left to do. */
async function work() {
  const config = readConfig({
    NODE_ENV: 'test',
    MAIL_FROM: 'hello@ringfence.example',
    SMTP_URL: mailServer.url,
  });
  const worker = startWorker(
    config,
    server.database.workerUrl,
    {
      links: new Links(config, [...new Keyring([newSecretKey('test')]).derive('link').values()]),
      mailbox: null,
      storage: openStorage(config),
    },
    pino({ level: 'silent' }),
  );
  const rows = await settled(server.owner);
  await worker.stop();
  return rows;
}

test('what waited while no worker ran is sent when one does', async () => {
  const member = await mailWaits();
  expect(await work()).toMatchObject([{ state: 'sent' }]);
  expect(mailServer.deliveries).toMatchObject([{ to: [member.email] }]);
});

test.each<[string, (member: TestMember) => Promise<unknown>]>([
  ['somebody who was removed', ({ id }) => world.asOwner.get(RemoveMemberDocument, { input: { id } })],
  [
    'somebody who was deactivated',
    ({ id }) =>
      server.owner.query("update ringfence.member_access set status = 'DISABLED' where member_id = $1", [id]),
  ],
])('%s is not written to', async (_, change) => {
  await change(await mailWaits());
  expect(await work()).toMatchObject([{ state: 'dropped', attempts: 0 }]);
  expect(mailServer.deliveries).toEqual([]);
});

test('a portal user of a client that was archived is not written to', async () => {
  const clientId = await world.arrange.client(world.accountId, 'Archived soon');
  const person = await world.arrange.portalUser(world.accountId, clientId);
  const caller = await signInAs(server, person);
  await caller.get(ChangeMyPasswordDocument, {
    input: { currentPassword: password, newPassword: 'umbrella teapot lantern' },
  });
  await world.asOwner.get(ArchiveClientDocument, { input: { id: clientId } });
  expect(await work()).toMatchObject([{ state: 'dropped' }]);
  expect(mailServer.deliveries).toEqual([]);
});

test('nobody of a suspended account is written to', async () => {
  await mailWaits();
  const become = (status: string) =>
    server.owner.query('update ringfence.accounts set status = $2 where id = $1', [world.accountId, status]);
  await become('SUSPENDED');
  expect(await work()).toMatchObject([{ state: 'dropped' }]);
  await become('ACTIVE');
  expect(mailServer.deliveries).toEqual([]);
});

test('a mail goes to where somebody is reached when it is sent', async () => {
  const { id } = await mailWaits();
  await server.owner.query('update fence.logins set email = $2 where member_id = $1', [id, 'new@x.test']);
  await work();
  expect(mailServer.deliveries).toMatchObject([{ to: ['new@x.test'] }]);
});

test('without a mail server, production keeps mail waiting, and does the jobs that came after it', async () => {
  await mailWaits();
  const config = readConfig({
    NODE_ENV: 'production',
    LOGIN_DATABASE_URL: server.database.loginUrl,
    SIGNIN_DATABASE_URL: server.database.signinUrl,
    WORKER_DATABASE_URL: server.database.workerUrl,
    SECRET_KEYS: newSecretKey('test'),
  });
  await server.owner.query("select graphile_worker.add_job('remove_file', $1)", [
    { accountId: newId(), clientId: newId(), fileId: newId() },
  ]);
  const { links, storage } = server.services;
  const worker = startWorker(
    config,
    server.database.workerUrl,
    { links, mailbox: null, storage },
    pino({ level: 'silent' }),
  );
  await settled(server.owner, 'remove_file');
  await worker.stop();
  expect(await outbox(server.owner)).toMatchObject([{ state: 'waiting', attempts: 0 }]);
});
