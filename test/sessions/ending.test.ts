// Whatever ends a session ends it at the very next request, wherever that arrives.
import {
  RefreshSessionDocument,
  SignOutDocument,
  type SignOutMutation,
} from '../support/documents.generated';
import { newSecretKey, startAnotherServer, type AnotherServer } from '../support/another-server';
import { bearer, dataOf, postDocument } from '../support/http';
import { startTestServer, type TestServer } from '../support/server';
import { refreshCode, refreshed, startSession, viewerOf, type Tokens } from '../support/sessions';
import { Arrange, type TestMember } from '../support/arrange';

const gone = 'UNAUTHENTICATED';
const secretKeys = [newSecretKey('shared')];

let database: TestServer;
let here: AnotherServer;
let elsewhere: AnotherServer;
let arrange: Arrange;
let alpha: string;
let member: TestMember;
let tokens: Tokens;

beforeAll(async () => {
  database = await startTestServer();
  here = await startAnotherServer(database.database, { secretKeys });
  elsewhere = await startAnotherServer(database.database, { secretKeys });
  arrange = new Arrange(database.owner);
  alpha = await arrange.account('alpha');
});
afterAll(async () => {
  await here.close();
  await elsewhere.close();
  await database.close();
});
beforeEach(async () => {
  member = await arrange.member(alpha);
  tokens = await startSession(here.url, member);
  // Both have seen the token, so that neither has it to learn of.
  expect(await everywhere(tokens)).toEqual(['MEMBER', 'MEMBER']);
});

/** What the access token is worth at both servers. */
function everywhere({ accessToken }: Tokens): Promise<(string | undefined)[]> {
  return Promise.all([here, elsewhere].map(({ url }) => viewerOf(url, accessToken)));
}

async function signOut(
  input: { refreshToken: string } | null,
  headers: Record<string, string>,
): Promise<boolean> {
  const answer = await postDocument(here.url, SignOutDocument, input === null ? {} : { input }, headers);
  return dataOf<SignOutMutation>(answer).signOut.signedOut;
}

describe('signing out', () => {
  const ways: [string, (tokens: Tokens) => Promise<boolean>][] = [
    ['with the access token', ({ accessToken }) => signOut(null, bearer(accessToken))],
    ['with the refresh token', ({ refreshToken }) => signOut({ refreshToken }, {})],
    ['with the cookie', ({ refreshToken }) => signOut(null, { cookie: `ringfence_refresh=${refreshToken}` })],
    ['with both tokens', ({ accessToken, refreshToken }) => signOut({ refreshToken }, bearer(accessToken))],
    [
      'with the refresh token and a stale access token',
      ({ refreshToken }) => signOut({ refreshToken }, bearer('stale')),
    ],
  ];

  test.each(ways)('%s ends the session on every server, with all of its tokens', async (_name, way) => {
    const newer = await refreshed(here.url, tokens.refreshToken);
    expect(await way(newer)).toBe(true);
    expect(await everywhere(newer)).toEqual([gone, gone]);
    expect(await everywhere(tokens)).toEqual([gone, gone]);
    expect(await refreshCode(elsewhere.url, newer.refreshToken)).toBe(gone);
  });

  test('ends that session alone', async () => {
    const other = await startSession(here.url, member);
    expect(await signOut(null, bearer(tokens.accessToken))).toBe(true);
    expect(await everywhere(other)).toEqual(['MEMBER', 'MEMBER']);
    await expect(refreshed(here.url, other.refreshToken)).resolves.toBeDefined();
  });

  test('ends both sessions where the tokens are of two', async () => {
    const other = await startSession(here.url, member);
    expect(await signOut({ refreshToken: other.refreshToken }, bearer(tokens.accessToken))).toBe(true);
    expect(await everywhere(tokens)).toEqual([gone, gone]);
    expect(await everywhere(other)).toEqual([gone, gone]);
  });

  test('without a session, or with one that has ended, succeeds and says so', async () => {
    expect(await signOut(null, {})).toBe(false);
    expect(await signOut(null, bearer('stale'))).toBe(false);
    expect(await signOut({ refreshToken: 'unknown' }, {})).toBe(false);
    expect(await signOut(null, bearer(tokens.accessToken))).toBe(true);
    expect(await signOut(null, bearer(tokens.accessToken))).toBe(false);
    expect(await signOut({ refreshToken: tokens.refreshToken }, bearer(tokens.accessToken))).toBe(false);
  });
});

describe('a session ends', () => {
  const causes: [string, string][] = [
    [
      'when its access token expires',
      `update fence.access_credentials set expires_at = now() where session_id = $1`,
    ],
    ['when it expires', `update fence.sessions set expires_at = now() where id = $1`],
    [
      'when it is revoked',
      `update fence.sessions set ended_at = now(), end_reason = 'REVOKED' where id = $1`,
    ],
    ['when its access token is withdrawn', `delete from fence.access_credentials where session_id = $1`],
  ];

  async function sessionId(): Promise<string> {
    const { rows } = await database.owner.query<{ id: string }>(
      'select id from fence.sessions where member_id = $1',
      [member.id],
    );
    return rows[0]?.id ?? '';
  }

  test.each(causes)('%s', async (_name, statement) => {
    const { rowCount } = await database.owner.query(statement, [await sessionId()]);
    expect(rowCount).toBe(1);
    expect(await everywhere(tokens)).toEqual([gone, gone]);
  });

  test('when the account is suspended', async () => {
    const account = await arrange.account(`suspended-${member.id.slice(-8)}`);
    const theirs = await startSession(here.url, await arrange.member(account, { role: 'OWNER' }));
    await database.owner.query(`update ringfence.accounts set status = 'SUSPENDED' where id = $1`, [account]);
    expect(await everywhere(theirs)).toEqual([gone, gone]);
    expect(await refreshCode(elsewhere.url, theirs.refreshToken)).toBe(gone);
  });

  const changes: [string, string, boolean][] = [
    ['disabled', `update ringfence.member_access set status = 'DISABLED' where member_id = $1`, false],
    [
      'set back to invited',
      `update ringfence.member_access set status = 'INVITED' where member_id = $1`,
      false,
    ],
    ['removed', `delete from ringfence.members where id = $1`, false],
    [
      'promoted to administrator',
      `update ringfence.member_access set role = 'ADMIN', client_access = 'ALL' where member_id = $1`,
      true,
    ],
    [
      'given all clients',
      `update ringfence.member_access set client_access = 'ALL' where member_id = $1`,
      true,
    ],
  ];

  test.each(changes)('for a member who is %s', async (_name, statement, mayRefresh) => {
    await database.owner.query(statement, [member.id]);
    expect(await everywhere(tokens)).toEqual([gone, gone]);
    expect(await refreshCode(elsewhere.url, tokens.refreshToken)).toBe(mayRefresh ? undefined : gone);
  });

  test('for an administrator who is demoted: refreshing gives the rights of today', async () => {
    const admin = await arrange.member(alpha, { role: 'ADMIN' });
    const before = await startSession(here.url, admin);
    await database.owner.query(
      `update ringfence.member_access set role = 'MEMBER', client_access = 'ASSIGNED' where member_id = $1`,
      [admin.id],
    );
    expect(await everywhere(before)).toEqual([gone, gone]);
    const after = await refreshed(here.url, before.refreshToken);
    const [, claims = ''] = after.accessToken.split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      kind: 'M',
      permissions: [],
    });
    const answer = await postDocument(here.url, RefreshSessionDocument, {
      input: { refreshToken: after.refreshToken },
    });
    expect(dataOf<{ refreshSession: { viewer: unknown } }>(answer).refreshSession.viewer).toMatchObject({
      role: 'MEMBER',
      permissions: [],
      clientAccess: 'ASSIGNED',
    });
  });
});
