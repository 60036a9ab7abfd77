// The links of mails, as people use them: from the mailbox to being signed in, in a real Chromium.
import { createServer, type AddressInfo } from 'node:net';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import {
  IdentityDocument,
  InvitePortalUserDocument,
  RequestIdentityVerificationDocument,
  RequestPasswordResetDocument,
  ViewerDocument,
} from '../support/documents.generated';
import { settled } from '../mail/outbox';
import { Caller } from '../support/client';
import { codeNow } from '../support/second-factor';
import { startTestServer, type TestServer } from '../support/server';
import { startSession, viewerOf } from '../support/sessions';
import { createWorld, type World } from '../support/world';
import { inviteMember } from '../invitations/invitations';

const chromiumPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const chosen = 'umbrella teapot lantern';
jest.setTimeout(60_000);

let server: TestServer;
let world: World;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let complaints: string[];
let origin: string;

beforeAll(async () => {
  // Links begin with the address of the settings, so the port has to be known before.
  const port = String(await freePort());
  origin = `http://localhost:${port}`;
  server = await startTestServer({ settings: { PORT: port, WORKER: 'true' } });
  world = await createWorld(server);
  browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});
beforeEach(async () => {
  complaints = [];
  context = await browser.newContext();
  page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  context.on('page', watch);
  watch(page);
});
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

/** A violation of the content security policy is reported as an error too; that the API refuses is meant. */
function watch(watched: Page): void {
  watched.on('console', (message) => {
    if (message.type() === 'error' && !message.location().url.endsWith('/graphql'))
      complaints.push(message.text());
  });
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Opens the last mail in the mailbox, and follows its link. */
async function followLink(label: string): Promise<Page> {
  await settled(server.owner);
  await page.goto(`${origin}/dev/mail`);
  await page.locator('table a').first().click();
  const opened = context.waitForEvent('page');
  await page.frameLocator('iframe').getByRole('link', { name: label }).click();
  return opened;
}

/** Who the session in the browser's cookie is. */
async function signedInAs(opened: Page): Promise<string | undefined> {
  const token = await opened.evaluate(async () => {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'mutation { refreshSession { accessToken } }' }),
    });
    const { data } = (await response.json()) as { data: { refreshSession: { accessToken: string } } };
    return data.refreshSession.accessToken;
  });
  const { viewer } = await new Caller(server.url, token).get(ViewerDocument);
  return viewer.portalUser?.name ?? viewer.member?.name;
}

test('an invitation is opened from the mailbox, the password set, and the person signed in', async () => {
  const email = 'paula@client.test';
  await world.asOwner.get(InvitePortalUserDocument, {
    input: { clientId: world.clients.one, name: 'Paula <b>Portal</b>', email },
  });
  const opened = await followLink('Accept the invitation');
  await opened.getByRole('heading', { name: 'Olga Owner invites you to Account alpha to see One' }).waitFor();
  expect(await opened.getByLabel('Email').inputValue()).toBe(email);
  const button = opened.getByRole('button', { name: 'Accept the invitation' });
  await opened.getByLabel('Password').fill('qwerty123');
  await button.click();
  await opened.getByText('most common passwords').waitFor();
  await opened.getByLabel('Password').fill(chosen);
  await button.click();
  await opened.getByRole('heading', { name: 'Welcome' }).waitFor();
  expect(await signedInAs(opened)).toBe('Paula <b>Portal</b>');
  expect(new URL(opened.url()).hash).toBe('');
  expect(await opened.evaluate('document.cookie')).toBe('');
  await startSession(server.url, { email }, { password: chosen });

  // Once.
  const again = await followLink('Accept the invitation');
  await again.getByRole('heading', { name: 'This link is not valid' }).waitFor();
});

test('where the account asks for a second factor, it is set up on the way', async () => {
  await server.owner.query('update ringfence.accounts set second_factor_required = true where id = $1', [
    world.accountId,
  ]);
  try {
    await inviteMember(world.asOwner, { name: 'Fiona Factor' });
    const opened = await followLink('Accept the invitation');
    await opened.getByLabel('Password').fill(chosen);
    await opened.getByRole('button', { name: 'Accept the invitation' }).click();
    await opened.getByRole('heading', { name: 'One more step' }).waitFor();
    const secret = await opened.locator('#secret').textContent();
    await opened.getByLabel('Code').fill(await codeNow(server.owner, secret ?? ''));
    await opened.getByRole('button', { name: 'Sign in' }).click();
    await opened.getByRole('heading', { name: 'Welcome' }).waitFor();
    expect(await opened.locator('#recovery-codes li').count()).toBe(10);
    expect(await signedInAs(opened)).toBe('Fiona Factor');
  } finally {
    await server.owner.query('update ringfence.accounts set second_factor_required = false where id = $1', [
      world.accountId,
    ]);
  }
});

test('a forgotten password is asked for, and chosen anew from the mailbox', async () => {
  const person = await world.arrange.member(world.accountId, { name: 'Ferdinand Forgot' });
  await page.goto(`${origin}/reset-password`);
  await page.getByLabel('Email').fill(person.email);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await page.getByRole('heading', { name: 'Look into your mail' }).waitFor();
  const opened = await followLink('Choose a new password');
  await opened.getByLabel('New password').fill(chosen);
  await opened.getByRole('button', { name: 'Set the password' }).click();
  await opened.getByRole('heading', { name: 'Your password is set' }).waitFor();
  const { accessToken } = await startSession(server.url, person, { password: chosen });
  expect(await viewerOf(server.url, accessToken)).toBe('MEMBER');
});

test('an address is confirmed from the mailbox, by pressing a button and not by opening the page', async () => {
  const input = { id: world.identity };
  await world.asOwner.get(RequestIdentityVerificationDocument, { input });
  const opened = await followLink('Confirm the address');
  await opened.getByRole('heading', { name: 'May Account alpha send mail from this address?' }).waitFor();
  expect(await opened.getByLabel('Email').inputValue()).toBe('outreach@two.test');
  const verifiedAt = async () => (await world.asOwner.get(IdentityDocument, input)).identity?.verifiedAt;
  expect(await verifiedAt()).toBeNull();
  await opened.getByRole('button', { name: 'Confirm the address' }).click();
  await opened.getByRole('heading', { name: 'The address is confirmed' }).waitFor();
  expect(await verifiedAt()).not.toBeNull();
  expect(new URL(opened.url()).hash).toBe('');

  // Once.
  const again = await followLink('Confirm the address');
  await again.getByRole('heading', { name: 'This link is not valid' }).waitFor();
});

test('a link that is none leads to asking for another one', async () => {
  await page.goto(`${origin}/reset-password#garbage`);
  await page.getByLabel('New password').fill(chosen);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByText('This link is not valid').waitFor();
  await page.getByLabel('Email').waitFor();
  await page.goto(`${origin}/accept-invitation`);
  await page.getByRole('heading', { name: 'This link is not valid' }).waitFor();
});

test('the pages can be used with the keyboard alone, and are named for screen readers', async () => {
  await world.asOwner.get(RequestPasswordResetDocument, { input: { email: world.members.admin.email } });
  const opened = await followLink('Choose a new password');
  await opened.getByRole('heading', { name: 'Choose a new password' }).waitFor();
  expect(await opened.title()).toBe('Choose a new password · Ringfence');
  await opened.keyboard.press('Tab');
  await opened.keyboard.type('five5');
  await opened.keyboard.press('Enter');
  await opened.getByRole('alert').getByText('characters').waitFor();
  expect(await opened.evaluate("document.activeElement.getAttribute('name')")).toBe('password');
  await opened.keyboard.press('Control+A');
  await opened.keyboard.type(chosen);
  await opened.keyboard.press('Enter');
  await opened.getByRole('heading', { name: 'Your password is set' }).waitFor();
});
