import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { demoPassword, demoSignIns } from '../../src/demo/sign-ins';
import { codeNow } from '../support/second-factor';
import { startTestServer } from '../support/server';

const chromiumPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const browserTimeoutMilliseconds = 60_000;

const owner = signInOf('owner@demo.test');
const member = signInOf('member@demo.test');

let server: Awaited<ReturnType<typeof startTestServer>>;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** Every request that the page makes, and everything that it complains of. */
let requests: { url: string; operation: string | null; authorization: string | null }[];
let complaints: string[];

jest.setTimeout(browserTimeoutMilliseconds);

beforeAll(async () => {
  server = await startTestServer({ demo: true });
  browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}, browserTimeoutMilliseconds);

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

describe('the playground, in a real browser', () => {
  beforeEach(async () => {
    requests = [];
    complaints = [];
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    context.on('request', (request) => {
      const body: unknown = request.method() === 'POST' ? request.postDataJSON() : null;
      requests.push({
        url: request.url(),
        operation: operationOf(body),
        authorization: request.headers()['authorization'] ?? null,
      });
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // That the API refuses with a status of 400 or more, the browser calls an error; here it is meant.
      if (message.location().url.endsWith('/graphql')) return;
      // A violation of the content security policy is reported as an error too.
      if (message.type() === 'error') complaints.push(message.text());
    });
  });

  afterEach(async () => {
    await context.close();
    const origins = new Set(
      requests
        .map(({ url }) => url)
        .filter(isNoDataUrl)
        .map(originOf),
    );
    expect([...origins]).toEqual([originOf(server.url)]);
    expect(complaints).toEqual([]);
  });

  test('signs in with the form, puts the token into the headers, and shows the rows of a query', async () => {
    await openPlayground();
    await page.getByLabel('Email').fill(owner.email);
    await page.getByLabel('Password').fill(demoPassword);
    await page.getByRole('button', { name: 'Sign in' }).click();

    await page.getByRole('region', { name: 'Signed in' }).getByText(owner.email).waitFor();
    const answer = await run('MyClients');

    expect(answer.data.clients.nodes.length).toBeGreaterThan(0);
    expect(requestOf('MyClients').authorization).toBe(await shownAuthorization());
    expect(requests.filter(({ operation }) => operation === 'IntrospectionQuery').at(-1)?.authorization).toBe(
      await shownAuthorization(),
    );
  });

  test('one click acts as somebody else: the same query gives only what is theirs, and old rows are gone', async () => {
    await openPlayground();
    await actAs(owner);
    const ofOwner = await run('MyClients');
    await openTab('WhoAmI');
    await actAs(member);
    await openTab('MyClients');
    expect(await textOf(responseEditor())).toBe('');
    const ofMember = await run('MyClients');

    expect(ofMember.data.clients.totalCount).toBeGreaterThan(0);
    expect(ofMember.data.clients.totalCount).toBeLessThan(ofOwner.data.clients.totalCount);
  });

  test('every tab has the token of who is signed in: one from before, a new one, and one from the history', async () => {
    await openPlayground();
    await openTab('Team');
    await actAs(owner);
    const ofOwner = await shownAuthorization();
    await run('WhoAmI');
    await actAs(member);
    const ofMember = await shownAuthorization();
    expect(ofMember).not.toBe(ofOwner);

    await openTab('Team');
    expect(await shownAuthorization()).toBe(ofMember);
    await page.getByRole('button', { name: 'Add tab' }).click();
    expect(await shownAuthorization()).toBe(ofMember);
    await page.getByRole('button', { name: 'Show History' }).click();
    await page.locator('.graphiql-history-item-label').first().click();
    expect(await shownAuthorization()).toBe(ofMember);
  });

  test('headers that somebody wrote stay beside the token, and an authorization of their own is not touched', async () => {
    await openPlayground();
    await openHeaders();
    await write(headerEditor(), '{ "Idempotency-Key": "7" }');
    await actAs(owner);
    const headers = JSON.parse(await textOf(headerEditor())) as Record<string, string>;
    expect(headers['Idempotency-Key']).toBe('7');
    expect(headers.Authorization).toMatch(/^Bearer /);

    await write(headerEditor(), '{ "Authorization": "Bearer rf_of_a_partner" }');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Email').waitFor();
    expect(await shownAuthorization()).toBe('Bearer rf_of_a_partner');
  });

  test('a refused sign-in is said beside the form and leaves no token', async () => {
    await openPlayground();
    await page.getByLabel('Email').fill(owner.email);
    await page.getByLabel('Password').fill('not the password');
    await page.getByLabel('Password').press('Enter');

    await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor();
    expect(await page.evaluate('document.activeElement.name')).toBe('password');
    expect(await shownAuthorization()).toBeNull();
  });

  test('where the account demands a second factor, one is set up with a code, and the next sign-in asks for it', async () => {
    const demand = (required: boolean) =>
      server.owner.query('update ringfence.accounts set second_factor_required = $1', [required]);
    const signInWithPassword = async () => {
      await page.getByLabel('Email').fill(member.email);
      await page.getByLabel('Password').fill(demoPassword);
      await page.getByLabel('Password').press('Enter');
      await page.getByLabel('Code of your app').waitFor();
      expect(await page.evaluate('document.activeElement.name')).toBe('code');
      expect(await page.getByLabel('Password').isVisible()).toBe(false);
    };
    const enter = async (code: string) => {
      await page.getByLabel('Code of your app').fill(code);
      await page.getByLabel('Code of your app').press('Enter');
    };
    await demand(true);
    try {
      await openPlayground();
      await signInWithPassword();
      const notice = page.locator('#second-factor-notice');
      const secret = /: ([A-Z2-7]{32})$/.exec((await notice.textContent()) ?? '')?.[1] ?? '';
      await enter('000000');
      await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor();
      await enter(await codeNow(server.owner, secret));
      await page.getByRole('region', { name: 'Signed in' }).getByText(member.email).waitFor();
      const [recoveryCode = ''] = /\w{4}(-\w{4}){3}/.exec((await notice.textContent()) ?? '') ?? [];

      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('Email').waitFor();
      expect(await notice.textContent()).toBe('');
      await signInWithPassword();
      expect(await notice.textContent()).toBe('');
      await enter(recoveryCode);
      await page.getByRole('region', { name: 'Signed in' }).getByText(member.email).waitFor();
    } finally {
      await demand(false);
      await server.owner.query('delete from fence.second_factors');
    }
  });

  test('signing out takes the token away and ends the session for the API too', async () => {
    await openPlayground();
    await actAs(owner);
    const token = await shownAuthorization();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Email').waitFor();
    expect(await shownAuthorization()).toBeNull();

    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: String(token) },
      body: JSON.stringify({ query: '{ account { name } }' }),
    });
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  test('the token is renewed before it expires', async () => {
    await page.clock.install();
    await openPlayground();
    await actAs(owner);
    const first = await shownAuthorization();
    const renewed = page.waitForResponse((response) =>
      String(response.request().postData()).includes('mutation RefreshSession'),
    );
    await page.clock.fastForward('09:30');
    await renewed;

    await page.waitForFunction(
      `!document.querySelectorAll('.graphiql-editor-tool .CodeMirror')[1].CodeMirror.getValue()
        .includes(${JSON.stringify(first)})`,
    );
    const answer = await run('MyClients');
    expect(answer.data.clients.nodes.length).toBeGreaterThan(0);
    expect(requestOf('MyClients').authorization).not.toBe(first);
  });

  test('a reload keeps the session, and no token is ever in localStorage', async () => {
    await openPlayground();
    await actAs(owner);
    await run('MyClients');
    const authorization = await shownAuthorization();
    await page.reload();
    await page.getByRole('region', { name: 'Signed in' }).getByText(owner.email).waitFor();
    await openHeaders();

    expect(await shownAuthorization()).toBe(authorization);
    const stored = await page.evaluate<string>('JSON.stringify(localStorage)');
    expect(stored).toContain('MyClients');
    expect(stored).not.toContain('Bearer');
    expect(await page.evaluate<string>('JSON.stringify(sessionStorage)')).toBe('{}');
  });

  test('a demo principal can be chosen with the keyboard alone', async () => {
    await page.goto(`${server.url}/playground`);
    await page.getByRole('button', { name: 'Act as' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');

    await page.getByRole('region', { name: 'Signed in' }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('act-as-button');
    await openHeaders();
    expect(await shownAuthorization()).toMatch(/^Bearer /);
  });

  test('every example fits the schema, and answers what its comment says', async () => {
    await openPlayground();
    await actAs(owner);
    const codes: Record<string, string | undefined> = {};
    for (const name of await page.getByRole('tab').allInnerTexts()) {
      codes[name] = (await run(name)).errors?.[0]?.extensions.code;
    }

    expect(codes).toEqual({
      WhoAmI: undefined,
      MyClients: undefined,
      Organizations: undefined,
      Team: undefined,
      CreateClient: undefined,
      // Its variables still hold the place for an id.
      ArchiveClient: 'VALIDATION_FAILED',
      MoveAgent: 'VALIDATION_FAILED',
      CreateLead: 'VALIDATION_FAILED',
      MergeLeads: 'VALIDATION_FAILED',
      NextLead: 'VALIDATION_FAILED',
      NotMine: 'NOT_FOUND',
    });
  });

  test('an operation can be run in the moment its tab is opened', async () => {
    await openPlayground();
    await actAs(owner);
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    // Faster than a hand, and than GraphiQL notices that the document is another one.
    await page.evaluate(`(async () => {
      const tabs = [...document.querySelectorAll('.graphiql-tab-button')];
      tabs.find(({ textContent }) => textContent === 'Team').click();
      await new Promise(requestAnimationFrame);
      document.querySelector('.graphiql-execute-button').click();
    })()`);

    expect(await (await answered).json()).toMatchObject({ data: { members: {} } });
  });

  test("GraphiQL's dialogs open without breaking the content security policy", async () => {
    await openPlayground();
    await page.getByRole('button', { name: 'Open settings dialog' }).click();
    await page.getByRole('dialog').getByText('Theme').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByRole('link', { name: 'Query', exact: true }).click();
    await page.getByRole('link', { name: 'viewer', exact: true }).waitFor();
  });
});

describe('what the playground serves', () => {
  let page: string;
  let files: string[];

  beforeAll(async () => {
    page = await (await fetch(`${server.url}/playground`)).text();
    files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => server.url + path);
  });

  test('the page and its files have the strict policy, and files are cached for good under their version', async () => {
    expect(files.length).toBeGreaterThan(0);
    for (const url of [`${server.url}/playground`, ...files]) {
      const { status, headers } = await answerOf(url);
      expect(status).toBe(200);
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; /);
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      expect(headers.get('cache-control')).toMatch(url.includes('/assets/') ? /immutable/ : /no-store/);
    }
  });

  test('no script stands in the page, and every nonce is used once', async () => {
    expect(page).not.toMatch(/<script(?![^>]*(?:src=|application\/json))/);
    expect(await (await fetch(`${server.url}/playground`)).text()).not.toBe(page);
  });

  test.each([
    '',
    'package.json',
    'react.js/',
    '../react.js',
    'index.ts',
    '%2e%2e/%2e%2e/%2e%2e/package.json',
    '..%2f..%2f..%2fpackage.json',
    '..%2f..%2findex.ts',
  ])('nothing but the listed files can be fetched: not "%s"', async (name) => {
    const react = files.find((url) => url.endsWith('/react.js')) ?? '';
    expect((await answerOf(react)).status).toBe(200);
    expect((await answerOf(react.replace(/react\.js$/, name))).status).toBe(404);
  });
});

type Answer = {
  data: { clients: { totalCount: number; nodes: unknown[] } };
  errors?: { extensions: { code: string } }[];
};

function signInOf(email: string): { label: string; email: string } {
  const found = demoSignIns.find((signIn) => signIn.email === email);
  if (!found) throw new Error(`The demo data has no ${email}.`);
  return found;
}

async function openPlayground(): Promise<void> {
  await page.goto(`${server.url}/playground`);
  await openHeaders();
}

/** GraphiQL makes its editors one after the other; the header editor can be used when it can be seen. */
async function openHeaders(): Promise<void> {
  await page.getByRole('button', { name: 'Headers', exact: true }).click();
  await headerEditor().waitFor();
}

async function openTab(name: string): Promise<void> {
  await page.getByRole('tab').getByRole('button', { name, exact: true }).click();
  await page.locator('.graphiql-query-editor').getByText(name, { exact: true }).waitFor();
}

async function actAs({ email }: { email: string }): Promise<void> {
  await page.getByRole('button', { name: 'Act as' }).click();
  await page.getByRole('menuitemradio', { name: email }).click();
  await page.getByRole('region', { name: 'Signed in' }).getByText(email).waitFor();
}

/** Runs the operation of the tab with this name, and gives what the response pane shows. */
async function run(name: string): Promise<Answer> {
  await openTab(name);
  const answered = page.waitForResponse(
    (response) => operationOf(response.request().postDataJSON()) === name,
  );
  await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
  await answered;
  await responseEditor()
    .getByText(/"(data|errors)"/)
    .first()
    .waitFor();
  return JSON.parse(await textOf(responseEditor())) as Answer;
}

function requestOf(name: string) {
  const found = requests.filter(({ operation }) => operation === name).at(-1);
  if (!found) throw new Error(`No request ran ${name}.`);
  return found;
}

async function shownAuthorization(): Promise<string | null> {
  const text = await textOf(headerEditor());
  if (text === '') return null;
  return (JSON.parse(text) as { Authorization?: string }).Authorization ?? null;
}

function headerEditor(): Locator {
  return page.locator('.graphiql-editor-tool .CodeMirror').nth(1);
}

function responseEditor(): Locator {
  return page.locator('.graphiql-response .CodeMirror');
}

/** The whole text: of a long document the page holds only the lines that can be seen. */
async function textOf(editor: Locator): Promise<string> {
  return editor.evaluate((element) => (element as unknown as Editor).CodeMirror.getValue());
}

/** Types the text, as a person would. */
async function write(editor: Locator, text: string): Promise<void> {
  await editor.click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(text);
}

type Editor = { CodeMirror: { getValue(): string } };

function operationOf(body: unknown): string | null {
  if (body === null || typeof body !== 'object' || !('operationName' in body)) return null;
  return typeof body.operationName === 'string' ? body.operationName : null;
}

/** Reads the answer to its end: an unread one would hold its connection open, and the server with it. */
async function answerOf(url: string): Promise<Response> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response;
}

function originOf(url: string): string {
  return new URL(url).origin;
}

function isNoDataUrl(url: string): boolean {
  return !url.startsWith('data:');
}
