import {
  AccountDocument,
  ClientNamesDocument,
  CreateClientDocument,
  SignInDocument,
  SignUpDocument,
  type SignUpMutation,
  type SignUpMutationVariables,
} from '../support/documents.generated';
import { startAnotherServer, type AnotherServer } from '../support/another-server';
import { Caller } from '../support/client';
import { codeOf, dataOf, errorsOf, postDocument, type WireAnswer } from '../support/http';
import { startTestServer, type TestServer } from '../support/server';
import { password } from '../support/arrange';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

type Input = SignUpMutationVariables['input'];
type SignedUp = SignUpMutation['signUp'];

const given: Input = { accountName: 'Bright Ideas', name: 'Bea Bright', email: 'bea@bright.test', password };

function signUp(
  changes: Partial<Input> = {},
  headers: Record<string, string> = {},
  url = server.url,
): Promise<WireAnswer> {
  return postDocument(url, SignUpDocument, { input: { ...given, ...changes } }, headers);
}

async function signedUp(changes: Partial<Input> = {}): Promise<SignedUp> {
  return dataOf<SignUpMutation>(await signUp(changes)).signUp;
}

async function rows<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await server.owner.query<Row>(text, values)).rows;
}

describe('signing up', () => {
  test('opens an account on the smallest plan, whose owner is signed in', async () => {
    const { accessToken, viewer } = await signedUp({
      timeZone: 'Europe/Berlin',
      locale: 'de-DE',
      currency: 'CHF',
    });
    expect(viewer).toMatchObject({
      kind: 'MEMBER',
      role: 'OWNER',
      clientAccess: 'ALL',
      account: { name: given.accountName },
      member: { name: given.name, email: given.email },
    });
    const { account } = await new Caller(server.url, accessToken).get(AccountDocument);
    expect(account).toMatchObject({
      plan: { id: 'STARTER', clientLimit: 3 },
      timeZone: 'Europe/Berlin',
      locale: 'de-DE',
      currency: 'CHF',
      clientCount: 0,
      canCreateClient: true,
    });
  });

  test('makes the house client, which nobody sees and no plan counts', async () => {
    const { accessToken, viewer } = await signedUp();
    const houses = await rows<{ is_house: boolean }>(
      'select is_house from ringfence.clients where account_id = $1',
      [viewer.account?.id],
    );
    expect(houses).toEqual([{ is_house: true }]);
    const caller = new Caller(server.url, accessToken);
    expect((await caller.get(ClientNamesDocument)).clients.nodes).toEqual([]);
    for (const name of ['One', 'Two', 'Three']) await caller.get(CreateClientDocument, { input: { name } });
    expect((await caller.refusal(CreateClientDocument, { input: { name: 'Four' } })).code).toBe(
      'PLAN_LIMIT_REACHED',
    );
  });

  test('makes an account that one can sign in to again', async () => {
    const { viewer } = await signedUp({ email: 'again@bright.test' });
    const answer = await postDocument(server.url, SignInDocument, {
      input: { email: 'AGAIN@bright.test', password },
    });
    expect(dataOf<{ signIn: SignedUp }>(answer).signIn.viewer.account?.id).toBe(viewer.account?.id);
  });

  test('puts the refresh token where it is wanted', async () => {
    const answer = await signUp({ refreshTokenIn: 'COOKIE' });
    expect(dataOf<SignUpMutation>(answer).signUp.refreshToken).toBeNull();
    expect(answer.headers['set-cookie']?.[0]).toMatch(
      /^ringfence_refresh=[\w-]{43};.*HttpOnly.*SameSite=Strict/,
    );
    expect((await signUp()).headers['set-cookie']).toBeUndefined();
  });

  test('gives a slug that tells the name and nothing else: two accounts of one name never meet', async () => {
    const slugs = await Promise.all(
      Array.from({ length: 5 }, async () => (await signedUp()).viewer.account?.slug),
    );
    for (const slug of slugs) expect(slug).toMatch(/^bright-ideas-[0-9a-f]{8}$/);
    expect(new Set(slugs).size).toBe(slugs.length);
  });

  test.each([
    '日本',
    '---',
    '🔑',
    'Ä',
    'x'.repeat(200),
    'a-'.repeat(60),
    `'; drop table accounts; --`,
    '%_\\',
  ])('takes the account name %s', async (accountName) => {
    const { viewer } = await signedUp({ accountName });
    expect(viewer.account?.name).toBe(accountName);
    expect(viewer.account?.slug).toMatch(/^[a-z0-9](-?[a-z0-9]){1,49}$/);
  });
});

describe('an email that has signed up before', () => {
  test('signs up again, and neither the answer nor the old account shows anything of it', async () => {
    const email = 'twice@bright.test';
    const shape = ({ viewer }: SignedUp) => ({
      ...viewer,
      account: { ...viewer.account, id: '', slug: '' },
      member: { ...viewer.member, id: '' },
      sessionExpiresAt: '',
    });
    const first = await signedUp({ email });
    const second = await signedUp({ email });
    const never = await signedUp({ email: 'never@bright.test' });
    expect(shape(second)).toEqual(shape(first));
    expect(shape(never)).toEqual({
      ...shape(first),
      member: { ...shape(first).member, email: 'never@bright.test' },
    });
    expect(second.viewer.account?.id).not.toBe(first.viewer.account?.id);
  });

  test('signs in to each account by its slug, and to neither with the password of the other', async () => {
    const email = 'both@bright.test';
    const other = 'quite another one';
    const first = await signedUp({ email });
    const second = await signedUp({ email, password: other });
    const signIn = async (account: string | undefined, typed: string) =>
      postDocument(server.url, SignInDocument, { input: { email, account, password: typed } });
    expect(codeOf(await signIn(second.viewer.account?.slug, password))).toBe('UNAUTHENTICATED');
    const answer = await signIn(first.viewer.account?.slug, password);
    expect(dataOf<{ signIn: SignedUp }>(answer).signIn.viewer.account?.id).toBe(first.viewer.account?.id);
  });
});

describe('what is refused, with nothing made', () => {
  const refusals: [string, Partial<Input>, string][] = [
    ['a password shorter than the minimum', { password: '12345' }, 'input.password'],
    ['a password of 129 characters', { password: 'x'.repeat(129) }, 'input.password'],
    ['a password with NUL', { password: `long enough\0` }, 'input.password'],
    ['an empty password', { password: '' }, 'input.password'],
    ['an email without a domain', { email: 'bea' }, 'input.email'],
    ['an empty email', { email: '' }, 'input.email'],
    ['two emails', { email: 'a@bright.test, b@bright.test' }, 'input.email'],
    ['an email with a header in it', { email: 'a@bright.test\r\nbcc: b@bright.test' }, 'input.email'],
    ['an email with a name', { email: 'Bea <bea@bright.test>' }, 'input.email'],
    ['an email with a comment', { email: 'bea(comment)@bright.test' }, 'input.email'],
    ['an email with NUL', { email: 'bea\0@bright.test' }, 'input.email'],
    ['an email that never ends', { email: `${'x'.repeat(50_000)}@bright.test` }, 'input.email'],
    ['an empty account name', { accountName: ' ' }, 'input.accountName'],
    ['an account name of 201 characters', { accountName: 'x'.repeat(201) }, 'input.accountName'],
    ['an account name with a control character', { accountName: 'Bright\nIdeas' }, 'input.accountName'],
    ['an empty name', { name: '' }, 'input.name'],
    ['a name with NUL', { name: 'Bea\0' }, 'input.name'],
    ['a time zone that does not exist', { timeZone: 'Mars/Olympus' }, 'input.timeZone'],
    ['a locale that is none', { locale: 'not a locale' }, 'input.locale'],
    ['a currency that is none', { currency: 'euro' }, 'input.currency'],
  ];

  test.each(refusals)('%s', async (_name, changes, field) => {
    const count = async () =>
      (await rows<{ count: string }>('select count(*) from ringfence.accounts'))[0]?.count;
    const before = await count();
    const answer = await signUp(changes);
    expect(errorsOf(answer)[0]?.extensions).toMatchObject({ code: 'VALIDATION_FAILED', field });
    expect(answer.text).not.toContain('accessToken');
    expect(await count()).toBe(before);
  });

  test('nothing of a password of 128 characters of any script, which signs in too', async () => {
    const email = 'keys@bright.test';
    const long = '🔑'.repeat(128);
    await signedUp({ email, password: long });
    expect(
      codeOf(await postDocument(server.url, SignInDocument, { input: { email, password: long } })),
    ).toBeUndefined();
    expect(
      codeOf(
        await postDocument(server.url, SignInDocument, { input: { email, password: '🔑'.repeat(127) } }),
      ),
    ).toBe('UNAUTHENTICATED');
  });
});

describe('settings', () => {
  let other: AnotherServer;
  afterEach(() => other.close());

  test('can turn signing up off, whatever is sent', async () => {
    other = await startAnotherServer(server.database, { settings: { SIGN_UP: 'false' } });
    const before = await rows('select from ringfence.accounts');
    const answer = await signUp({}, {}, other.url);
    expect(codeOf(answer)).toBe('FORBIDDEN');
    expect(await rows('select from ringfence.accounts')).toHaveLength(before.length);
  });

  test('turn signing up off in production unless they say otherwise', async () => {
    other = await startAnotherServer(server.database, { settings: { NODE_ENV: 'production' } });
    expect(codeOf(await signUp({}, {}, other.url))).toBe('FORBIDDEN');
  });

  test('say how long a password must be', async () => {
    other = await startAnotherServer(server.database, { settings: { PASSWORD_MINIMUM: '12' } });
    const answer = await signUp({ password: '11character' }, {}, other.url);
    expect(errorsOf(answer)[0]?.extensions).toMatchObject({
      code: 'VALIDATION_FAILED',
      field: 'input.password',
    });
    expect(codeOf(await signUp({ password: '12 character' }, {}, other.url))).toBeUndefined();
  });

  test('limit the accounts opened from one address, whatever address it claims', async () => {
    await server.owner.query('delete from fence.rate_limits');
    other = await startAnotherServer(server.database, { settings: { SIGN_UPS_PER_HOUR: '2' } });
    const codes: (string | undefined)[] = [];
    let last: WireAnswer | undefined;
    for (const claimed of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) {
      last = await signUp({}, { 'x-forwarded-for': claimed, forwarded: `for=${claimed}` }, other.url);
      codes.push(codeOf(last));
    }
    expect(codes).toEqual([undefined, undefined, 'RATE_LIMITED']);
    expect(last?.status).toBe(429);
    expect(errorsOf(last as WireAnswer)[0]?.extensions.retryAfterSeconds).toBeGreaterThan(0);
  });

  test('believe one proxy about the address, and not what came before it', async () => {
    await server.owner.query('delete from fence.rate_limits');
    other = await startAnotherServer(server.database, {
      settings: { SIGN_UPS_PER_HOUR: '1', TRUSTED_PROXIES: '1' },
    });
    const from = async (forwarded: string) =>
      codeOf(await signUp({}, { 'x-forwarded-for': forwarded }, other.url));
    expect(await from('192.0.2.1')).toBeUndefined();
    expect(await from('192.0.2.2')).toBeUndefined();
    expect(await from('192.0.2.3, 192.0.2.1')).toBe('RATE_LIMITED');
  });
});
