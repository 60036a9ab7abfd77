// What a mail is and what becomes of it, with a real mail server that takes, puts off, refuses, stalls and cuts.
import { ChangeMemberPasswordDocument, ChangeMyPasswordDocument } from '../support/documents.generated';
import { environmentOf, ringfence } from '../support/command';
import { startMailServer, type MailServer } from '../support/mail-server';
import { startTestServer, type TestServer } from '../support/server';
import { password, type TestMember } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';
import { send } from '../support/client';
import { outbox, settled } from './outbox';

let mailServer: MailServer;
let server: TestServer;
let world: World;
const chosen = 'umbrella teapot lantern';

beforeAll(async () => {
  mailServer = await startMailServer();
  server = await startTestServer({
    settings: {
      WORKER: 'true',
      SMTP_URL: mailServer.url,
      MAIL_FROM: 'hello@ringfence.example',
      PUBLIC_URL: 'https://app.example',
    },
  });
  world = await createWorld(server);
});
afterAll(async () => {
  await server.close();
  await mailServer.close();
});
beforeEach(async () => {
  await settled(server.owner);
  await server.owner.query('delete from fence.outbox');
  mailServer.deliveries.length = 0;
  mailServer.recipients.length = 0;
});

const newMember = (name = 'Mia Member') => world.arrange.member(world.accountId, { name });
const changePassword = ({ id }: TestMember) =>
  world.asOwner.get(ChangeMemberPasswordDocument, { input: { id, password: chosen } });

test('a changed password is told to the stored address and nobody else, with the name of the account', async () => {
  const member = await newMember();
  await changePassword(member);
  const [mail] = await mailServer.delivered(1);
  const [row] = await settled(server.owner);
  expect(row).toMatchObject({ kind: 'PASSWORD_CHANGED', state: 'sent', attempts: 1, lastError: null });
  expect(mailServer.recipients).toEqual([`<${member.email}>`]);
  expect(mail).toMatchObject({ from: 'hello@ringfence.example', to: [member.email] });
  expect(Object.fromEntries(mail?.headers ?? [])).toMatchObject({
    from: 'hello@ringfence.example',
    to: `Mia Member <${member.email}>`,
    subject: 'Your password at Account alpha was changed',
    'message-id': `<${row?.id ?? ''}@ringfence.example>`,
    'auto-submitted': 'auto-generated',
  });
  expect(mail?.raw).toMatch(/^Content-Type: text\/plain/m);
  expect(mail?.raw).toMatch(/^Content-Type: text\/html/m);
  expect(mail?.raw).not.toContain(chosen);
});

test("one's own change of the password is told too, a refused one is not", async () => {
  const member = await newMember();
  const caller = await signInAs(server, member);
  const change = (currentPassword: string) =>
    caller.ask(ChangeMyPasswordDocument, { input: { currentPassword, newPassword: chosen } });
  expect((await change('not it')).errors).toBeDefined();
  expect(await outbox(server.owner)).toEqual([]);
  expect((await change(password)).errors).toBeUndefined();
  expect(await mailServer.delivered(1)).toMatchObject([{ to: [member.email] }]);
});

test('a portal user is told of a changed password like a member', async () => {
  const person = await world.arrange.portalUser(world.accountId, world.clients.one, { name: 'Petra Portal' });
  const caller = await signInAs(server, person);
  await caller.get(ChangeMyPasswordDocument, { input: { currentPassword: password, newPassword: chosen } });
  const [mail] = await mailServer.delivered(1);
  expect(mail?.headers.get('to')).toBe(`Petra Portal <${person.email}>`);
});

test('links lead to PUBLIC_URL, whatever host a request names', async () => {
  const { id } = await newMember();
  const query =
    'mutation ($input: ChangeMemberPasswordInput!) { changeMemberPassword(input: $input) { __typename } }';
  const variables = { input: { id, password: chosen } };
  await send(server.url, world.asOwner.token, query, variables, { 'x-forwarded-host': 'evil.example' });
  const [mail] = await mailServer.delivered(1);
  expect(mail?.raw).toContain('https://app.example/');
  expect(mail?.raw).not.toMatch(/evil\.example|127\.0\.0\.1/);
});

test('a mail that is put off is sent later, the same one', async () => {
  mailServer.plan('put off');
  await changePassword(await newMember());
  const [mail] = await mailServer.delivered(1);
  const [row] = await settled(server.owner);
  expect(row).toMatchObject({ state: 'sent', attempts: 2, lastError: null });
  expect(mail?.headers.get('message-id')).toContain(row?.id);
});

test('a connection that is cut before the server said yes makes a second copy with the same Message-ID', async () => {
  mailServer.plan('cut');
  await changePassword(await newMember());
  const copies = await mailServer.delivered(2);
  expect(new Set(copies.map(({ headers }) => headers.get('message-id'))).size).toBe(1);
  expect(new Set(copies.map(({ headers }) => headers.get('date'))).size).toBe(1);
  expect(await settled(server.owner)).toMatchObject([{ state: 'sent', attempts: 2 }]);
});

test('a mail that is refused for good is not tried again, is listed with codes alone, and can be retried by hand', async () => {
  mailServer.plan('refused');
  const member = await newMember();
  await changePassword(member);
  const [row] = await settled(server.owner);
  expect(row).toMatchObject({
    state: 'failed',
    attempts: 1,
    lastError: expect.stringMatching(/^SMTP EENVELOPE 550 at RCPT TO$/) as string,
  });
  expect(server.log).toContainEqual(
    expect.objectContaining({ msg: 'a mail was given up', mail: row?.id, reason: row?.lastError }),
  );

  const environment = environmentOf(server.database);
  const listed = await ringfence(environment, 'mail', 'failed');
  expect(listed.out).toContain(row?.id);
  expect(listed.out).toContain('alpha  PASSWORD_CHANGED  attempts: 1  SMTP EENVELOPE 550 at RCPT TO');
  expect(listed.out + JSON.stringify(server.log)).not.toContain(member.email);

  expect((await ringfence(environment, 'mail', 'retry', row?.id ?? '')).code).toBe(0);
  const [mail] = await mailServer.delivered(1);
  expect(mail?.headers.get('message-id')).toContain(row?.id);
  expect(await settled(server.owner)).toMatchObject([{ state: 'sent', attempts: 2 }]);
  const again = await ringfence(environment, 'mail', 'retry', row?.id ?? '');
  expect(again).toMatchObject({ code: 1, err: `ringfence: no mail ${row?.id ?? ''} was given up\n` });
  expect((await ringfence(environment, 'mail', 'failed')).out).toBe('No mail was given up.\n');
});

test('a mutation answers while the mail server keeps silent, and its mail arrives when that ends', async () => {
  mailServer.plan('stalled', 'stalled', 'stalled', 'stalled');
  const members: TestMember[] = [];
  while (members.length < 6) members.push(await newMember());
  for (const member of members.slice(0, 4)) await changePassword(member);
  // Every hand of the worker is held by the silent server now.
  await mailServer.delivered(4);
  for (const member of members.slice(4)) await changePassword(member);
  expect((await outbox(server.owner)).map(({ state }) => state)).toEqual(Array(6).fill('waiting'));
  mailServer.release();
  await mailServer.delivered(6);
  expect((await settled(server.owner)).map(({ state }) => state)).toEqual(Array(6).fill('sent'));
});

test('a change that is undone leaves neither mail nor job', async () => {
  const { owner } = server;
  const { rows } = await owner.query<{ id: string }>('select id from fence.logins limit 1');
  await owner.query('reset role');
  await owner.query('begin; set local role ringfence_definer');
  await owner.query("select fence.post_mail($1, 'PASSWORD_CHANGED', $2)", [world.accountId, rows[0]?.id]);
  await owner.query('rollback');
  await owner.query('set role ringfence_owner');
  expect(await settled(owner)).toEqual([]);
});
