// Names and addresses that strangers chose: a mail goes to the one stored address or to nobody, and says what they are called
// without letting it mean anything else.
import { ChangeMemberPasswordDocument } from '../support/documents.generated';
import { isDeliverable } from '../../src/mail/address';
import { startMailServer, type MailServer } from '../support/mail-server';
import { startTestServer, type TestServer } from '../support/server';
import { Arrange } from '../support/arrange';
import { signInAs } from '../support/world';
import { outbox, settled } from './outbox';

let mailServer: MailServer;
let server: TestServer;

beforeAll(async () => {
  mailServer = await startMailServer();
  server = await startTestServer({
    settings: { WORKER: 'true', SMTP_URL: mailServer.url, MAIL_FROM: 'hello@ringfence.example' },
  });
});
afterAll(async () => {
  await server.close();
  await mailServer.close();
});
beforeEach(() => {
  mailServer.deliveries.length = 0;
  mailServer.recipients.length = 0;
});

/** Sends the mail about a changed password to a member with this name and email, of an account with this name. */
async function mailTo(slug: string, member: { name?: string; email?: string }, account?: string) {
  const arrange = new Arrange(server.owner);
  const id = await arrange.account(slug);
  if (account !== undefined)
    await server.owner.query('update ringfence.accounts set name = $2 where id = $1', [id, account]);
  const owner = await signInAs(server, await arrange.member(id, { role: 'OWNER' }));
  const { id: changed } = await arrange.member(id, member);
  await owner.get(ChangeMemberPasswordDocument, {
    input: { id: changed, password: 'umbrella teapot lantern' },
  });
}

test.each([
  ['list', 'one@x.test,two'],
  ['list-of-two', 'one,two@x.test'],
  ['list-by-semicolon', 'one;two@x.test'],
  ['group', 'team:one@x.test;'],
  ['comment', 'one(two)@x.test'],
  ['angle-brackets', '<one@x.test>'],
  ['quotes', '"one"@x.test'],
  ['route', '[one]@x.test'],
  ['backslash', 'one\\two@x.test'],
])('an address with a %s is not written to', async (slug, email) => {
  await mailTo(slug, { email });
  const [row] = (await settled(server.owner)).slice(-1);
  expect(row).toMatchObject({ state: 'failed', lastError: 'the address is none' });
  expect(mailServer.recipients).toEqual([]);
});

test.each([
  'one@x.test\r\nRCPT TO:<two@y.test>',
  'one@x.test\n',
  'one@x.test\0',
  ' one@x.test',
  'one@x@y.test',
  'one',
  '',
])('what ends a line, or is no single address, is no address either: %j', (address) => {
  expect(isDeliverable(address)).toBe(false);
});

test.each([
  ['apostrophe', "o'neil+tag@mail.sub.example.test"],
  ['dots', 'first.last_9-x@example.test'],
  ['upper-case', 'Mia.Member@Example.Test'],
])('an unusual address arrives as it is stored: %s', async (slug, email) => {
  await mailTo(slug, { email });
  await mailServer.delivered(1);
  expect(mailServer.recipients.map((recipient) => recipient.toLowerCase())).toEqual([
    `<${email.toLowerCase()}>`,
  ]);
  expect(mailServer.recipients[0]).toContain(email.slice(0, email.indexOf('@')));
});

test.each([
  ['addresses', 'Eve <eve@evil.test>, "x" <x@evil.test>'],
  ['encoded-line', 'Eve =?utf-8?q?=0D=0ABcc:_eve=40evil.test?='],
  ['a-colon', 'Team: eve@evil.test;'],
])('a name that looks like %s adds no recipient and no header', async (slug, name) => {
  await mailTo(slug, { name, email: `${slug}@x.test` }, `${name} Ltd`);
  const [mail] = await mailServer.delivered(1);
  expect(mailServer.recipients).toEqual([`<${slug}@x.test>`]);
  expect([...(mail?.headers.keys() ?? [])].sort()).toEqual(
    ['auto-submitted', 'content-type', 'date', 'from', 'message-id', 'mime-version', 'subject', 'to'].sort(),
  );
  expect(mail?.headers.get('to')).toMatch(new RegExp(`<${slug}@x\\.test>$`));
  expect(mail?.headers.get('to')?.match(/@x\.test>/g)).toHaveLength(1);
});

test('a name cannot hold what ends a header', async () => {
  await expect(mailTo('line-end', { name: 'Eve\r\nBcc: eve@evil.test' })).rejects.toThrow(
    'members_name_check',
  );
});

test('markup in names is shown as text', async () => {
  const script = '<script>alert(1)</script>';
  await mailTo(
    'markup',
    { name: `${script}"'&`, email: 'markup@x.test' },
    `<img src=x onerror=alert(1)> Ltd`,
  );
  const [mail] = await mailServer.delivered(1);
  const html = decoded(mail?.raw ?? '').split('text/html')[1] ?? '';
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;');
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt; Ltd');
  expect(html).not.toMatch(/<script|<img/);
});

test('every mail that was not refused here was sent', async () => {
  await settled(server.owner);
  expect((await outbox(server.owner)).filter(({ state }) => !['sent', 'failed'].includes(state))).toEqual([]);
});

/** Quoted-printable (RFC 2045), undone. */
function decoded(raw: string): string {
  return raw
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
