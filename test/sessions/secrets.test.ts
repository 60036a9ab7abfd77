// What a copy of the database or of the log gives away: nothing that opens anything.
import { createHash } from 'node:crypto';
import {
  RefreshSessionDocument,
  RotateAccessTokenDocument,
  SignInDocument,
  type SignInMutation,
  SignOutDocument,
  SignUpDocument,
  type SignUpMutation,
} from '../support/documents.generated';
import { parseToken } from '../../src/access-tokens/token-text';
import { Transaction } from '../../src/database/transaction';
import { mint, tokenInput } from '../support/access-tokens';
import { Caller } from '../support/client';
import { newSecretKey, startAnotherServer, type AnotherServer } from '../support/another-server';
import { dumpDatabase } from '../support/dump';
import { bearer, dataOf, post, postDocument } from '../support/http';
import { startTestServer, type TestServer } from '../support/server';
import { refreshed, viewerOf } from '../support/sessions';

const password = 'an unmistakable passphrase';
const wrongPassword = 'an unmistakable mistake';
const email = 'sandra@secrets.test';
const secretKeys = [newSecretKey('first'), newSecretKey('second')];

let database: TestServer;
let server: AnotherServer;
/** Whatever was secret in what follows. */
const secrets = new Map<string, string>();

function remember(what: string, secret: string): void {
  secrets.set(what, secret);
  const bytes = Buffer.from(secret, 'base64url');
  secrets.set(`${what}, as bytes`, bytes.toString('hex'));
  // Its digest is what Node gives to the database: whoever has that opens the session.
  const digest = createHash('sha256').update(bytes).digest();
  for (const encoding of ['hex', 'base64', 'base64url'] as const)
    secrets.set(`${what}, its digest in ${encoding}`, digest.toString(encoding));
}

function rememberTokens(
  what: string,
  { accessToken, refreshToken }: { accessToken: string; refreshToken: string | null },
): void {
  const [, claims = '', signature = ''] = accessToken.split('.');
  secrets.set(`${what}: access token`, accessToken);
  secrets.set(`${what}: claims`, claims);
  secrets.set(`${what}: signature`, signature);
  remember(
    `${what}: secret of the access token`,
    (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { secret: string }).secret,
  );
  if (refreshToken !== null) remember(`${what}: refresh token`, refreshToken);
}

beforeAll(async () => {
  database = await startTestServer();
  server = await startAnotherServer(database.database, { secretKeys, settings: { LOG_LEVEL: 'debug' } });
  secrets.set('password', password);
  secrets.set('wrong password', wrongPassword);
  for (const key of secretKeys) {
    const [id = '', secret = ''] = key.split(':');
    secrets.set(`key ${id}`, secret);
    secrets.set(`key ${id}, as bytes`, Buffer.from(secret, 'base64').toString('hex'));
  }
  await useEverything();
});
afterAll(async () => {
  await server.close();
  await database.close();
});

/** Every way that a secret travels, and every way that goes wrong. */
async function useEverything(): Promise<void> {
  const account = { accountName: 'Secrets', name: 'Sandra', email, password };
  const signedUp = dataOf<SignUpMutation>(
    await postDocument(server.url, SignUpDocument, { input: account }),
  ).signUp;
  rememberTokens('sign-up', signedUp);
  const signedIn = dataOf<SignInMutation>(
    await postDocument(server.url, SignInDocument, { input: { email, password } }),
  ).signIn;
  rememberTokens('sign-in', signedIn);
  const inCookie = await postDocument(server.url, SignInDocument, {
    input: { email, password, refreshTokenIn: 'COOKIE' },
  });
  remember('cookie', /ringfence_refresh=([\w-]+)/.exec(inCookie.headers['set-cookie']?.[0] ?? '')?.[1] ?? '');
  rememberTokens('cookie', dataOf<SignInMutation>(inCookie).signIn);
  const next = await refreshed(server.url, signedIn.refreshToken ?? '');
  rememberTokens('refresh', next);

  await usePartnerToken(signedUp.accessToken);
  await postDocument(server.url, SignInDocument, { input: { email, password: wrongPassword } });
  await post(server.url, {
    query: `mutation { signIn(input: { email: "${email}", password: "${wrongPassword}" }) { accessToken } }`,
  });
  await postDocument(server.url, SignUpDocument, { input: { ...account, password: `${wrongPassword}\0` } });
  await postDocument(server.url, RefreshSessionDocument, { input: { refreshToken: signedIn.refreshToken } });
  await postDocument(
    server.url,
    SignOutDocument,
    { input: { refreshToken: next.refreshToken } },
    bearer(next.accessToken),
  );
  await viewerOf(server.url, next.accessToken);
  // Secrets inside the document itself, while something of ours breaks.
  const query = jest
    .spyOn(Transaction.prototype, 'query')
    .mockRejectedValueOnce(new Error('broken for the test'));
  const document = `query { viewer { kind } __type(name: "${password}") { name } }`;
  await post(server.url, { query: document }, bearer(signedUp.accessToken));
  expect(query).toHaveBeenCalledTimes(1);
  query.mockRestore();
  await post(server.url, `{ "query": "mutation { signIn(password: \\"${password}\\"`);
  await post(server.url, { query: `mutation { signIn(password: "${password}") }` });
}

async function usePartnerToken(accessToken: string): Promise<void> {
  const owner = new Caller(server.url, accessToken);
  const minted = await mint(owner.under('mint'), tokenInput(['VIEW_CLIENTS']));
  const { token } = (
    await owner.get(RotateAccessTokenDocument, { input: { id: minted.id, overlapSeconds: 60 } })
  ).rotateAccessToken;
  for (const [what, text] of [
    ['token', minted.text],
    ['rotated token', token ?? ''],
  ] as const) {
    secrets.set(what, text);
    secrets.set(`${what}: secret`, text.slice(minted.accessToken.prefix.length, -6));
    const digest = parseToken(text)?.secretDigest ?? Buffer.alloc(0);
    for (const encoding of ['hex', 'base64', 'base64url'] as const)
      secrets.set(`${what}: digest in ${encoding}`, digest.toString(encoding));
    await viewerOf(server.url, text);
    await viewerOf(server.url, `${text.slice(0, -1)}0`);
  }
}

function findings(text: string): string[] {
  return [...secrets].flatMap(([what, secret]) => (secret.length > 8 && text.includes(secret) ? [what] : []));
}

test('the search finds what is there', () => {
  expect(secrets.size).toBeGreaterThan(40);
  for (const [what, secret] of secrets) {
    expect(`${what}: ${secret.length > 8}`).toBe(`${what}: true`);
    expect(findings(`… ${secret} …`)).toContain(what);
  }
});

test('no token, secret or password is anywhere in the database', async () => {
  const dumped = await dumpDatabase(database.owner);
  // The dump has what it must: sessions, credentials, refresh tokens, and who signed in.
  for (const table of [
    'fence.sessions',
    'fence.access_credentials',
    'fence.refresh_tokens',
    'fence.access_token_secrets',
    'fence.rate_limits',
    'ringfence.audit_entries',
  ]) {
    expect(`${table}: ${(dumped.get(table)?.length ?? 0) > 0 ? 'has rows' : 'is empty'}`).toBe(
      `${table}: has rows`,
    );
  }
  expect(dumped.get('fence.logins')?.join()).toContain(email);
  expect(dumped.get('fence.logins')?.join()).toContain('$argon2id$');
  expect(findings([...dumped.values()].flat().join('\n'))).toEqual([]);
});

test('no token, secret or password is in the log, nor who signs in', () => {
  const log = JSON.stringify(server.log);
  expect(log).toContain('broken for the test');
  expect(findings(log)).toEqual([]);
  expect(log).not.toContain(email);
});
