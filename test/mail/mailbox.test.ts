// The mailbox of development: mails can be read and their links followed, and nothing in a mail can do anything.
import { get } from 'node:http';
import { readConfig } from '../../src/config';
import { showsMail } from '../../src/mail/mailbox';
import { newSecretKey } from '../support/another-server';
import { ChangeMemberPasswordDocument } from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import type { TestMember } from '../support/arrange';
import { createWorld, type World } from '../support/world';
import { settled } from './outbox';

let server: TestServer;
let world: World;
let member: TestMember;

beforeAll(async () => {
  server = await startTestServer({ settings: { WORKER: 'true', PUBLIC_URL: 'https://app.test' } });
  world = await createWorld(server);
  member = await world.arrange.member(world.accountId, { name: '<script>alert(1)</script>' });
  await world.asOwner.get(ChangeMemberPasswordDocument, {
    input: { id: member.id, password: 'umbrella teapot lantern' },
  });
  await settled(server.owner);
});
afterAll(() => server.close());

async function open(path: string) {
  const response = await fetch(`${server.url}${path}`);
  return {
    status: response.status,
    policy: response.headers.get('content-security-policy') ?? '',
    frames: response.headers.get('x-frame-options'),
    body: await response.text(),
  };
}

test('the list shows who was written to, and leads to the mail', async () => {
  const { status, policy, body } = await open('/dev/mail');
  expect(status).toBe(200);
  expect(body).toContain(member.email);
  expect(body).toContain('href="/dev/mail/1"');
  expect(policy).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
});

test('a mail is shown as HTML in a frame that runs nothing, and as text', async () => {
  const { body, policy } = await open('/dev/mail/1');
  expect(body).toContain('Your password at Account alpha was changed');
  expect(body).toMatch(
    /<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox" src="\/dev\/mail\/1\/html">/,
  );
  expect(body).toContain('&lt;script&gt;');
  expect(body).not.toContain('<script');
  expect(policy).not.toMatch(/script-src|unsafe/);

  const frame = await open('/dev/mail/1/html');
  expect(frame.frames).toBe('SAMEORIGIN');
  expect(frame.policy).toMatch(/^default-src 'none'; .*sandbox allow-popups allow-popups-to-escape-sandbox$/);
  expect(frame.body).not.toContain('<script');
  expect(frame.body).toContain('<a href="https://app.test/"');
  expect(frame.body).toContain('<base target="_blank">');
});

test.each([
  '/dev/mail/0',
  '/dev/mail/2',
  '/dev/mail/2/html',
  '/dev/mail/x',
  '/dev/mail/__proto__',
  '/dev/mail/1.5',
])('there is nothing at %s', async (path) => {
  expect((await open(path)).status).toBe(404);
});

test('it is shown under no name that leads here by chance or design', async () => {
  const { port } = new URL(server.url);
  const status = await new Promise((resolve, reject) => {
    get(
      { host: '127.0.0.1', port, path: '/dev/mail', headers: { host: `rebound.test:${port}` } },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    ).on('error', reject);
  });
  expect(status).toBe(404);
});

test('there is none in production, with a mail server, or without a worker', () => {
  const production = {
    NODE_ENV: 'production',
    LOGIN_DATABASE_URL: server.database.loginUrl,
    SIGNIN_DATABASE_URL: server.database.signinUrl,
    WORKER_DATABASE_URL: server.database.workerUrl,
    SECRET_KEYS: newSecretKey('test'),
  };
  const shown = (settings: Record<string, string>) => showsMail(readConfig(settings));
  expect(shown({})).toBe(true);
  expect(shown(production)).toBe(false);
  expect(shown({ SMTP_URL: 'smtp://localhost', MAIL_FROM: 'a@b.test' })).toBe(false);
  expect(shown({ WORKER: 'false' })).toBe(false);
});
