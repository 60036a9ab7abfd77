// Refresh tokens: each works once, in the body or in a cookie.
import {
  RefreshSessionDocument,
  type RefreshSessionMutation,
  SignInDocument,
  type SignInMutation,
  SignOutDocument,
} from '../support/documents.generated';
import { newSecretKey, startAnotherServer } from '../support/another-server';
import { bearer, codeOf, dataOf, post, postDocument, type WireAnswer } from '../support/http';
import { startTestServer, type TestServer } from '../support/server';
import { refreshCode, refreshed, startSession, viewerOf } from '../support/sessions';
import { Arrange, password, type TestMember } from '../support/arrange';

const refused = 'UNAUTHENTICATED';

let server: TestServer;
let member: TestMember;

beforeAll(async () => {
  server = await startTestServer({ settings: { SESSION_SECONDS: '3000' } });
  const arrange = new Arrange(server.owner);
  member = await arrange.member(await arrange.account('alpha'), { role: 'OWNER' });
});
afterAll(() => server.close());

function refresh(refreshToken: string | null, headers: Record<string, string> = {}): Promise<WireAnswer> {
  return postDocument(
    server.url,
    RefreshSessionDocument,
    refreshToken === null ? {} : { input: { refreshToken } },
    headers,
  );
}

async function lastSession(): Promise<{ id: string; end_reason: string | null }> {
  const { rows } = await server.owner.query<{ id: string; end_reason: string | null }>(
    'select id, end_reason from fence.sessions where member_id = $1 order by created_at desc, id desc limit 1',
    [member.id],
  );
  if (rows[0] === undefined) throw new Error('there is no session');
  return rows[0];
}

describe('a refresh token', () => {
  test('is exchanged for new tokens, with which the session goes on', async () => {
    const first = await startSession(server.url, member);
    const second = await refreshed(server.url, first.refreshToken);
    expect(second.accessToken).not.toBe(first.accessToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(await viewerOf(server.url, second.accessToken)).toBe('MEMBER');
    const third = await refreshed(server.url, second.refreshToken);
    expect(await viewerOf(server.url, third.accessToken)).toBe('MEMBER');
  });

  test('works beside an access token that is worth nothing any more', async () => {
    const { refreshToken } = await startSession(server.url, member);
    const { refreshSession } = dataOf<RefreshSessionMutation>(
      await refresh(refreshToken, bearer('no.longer.valid')),
    );
    expect(refreshSession.viewer.member?.id).toBe(member.id);
  });

  test('that was used before ends its session: the newer tokens are worth nothing at the very next request', async () => {
    const first = await startSession(server.url, member);
    const second = await refreshed(server.url, first.refreshToken);
    expect(await refreshCode(server.url, first.refreshToken)).toBe(refused);
    expect(await viewerOf(server.url, second.accessToken)).toBe(refused);
    expect(await viewerOf(server.url, first.accessToken)).toBe(refused);
    expect(await refreshCode(server.url, second.refreshToken)).toBe(refused);
    expect((await lastSession()).end_reason).toBe('REFRESH_TOKEN_REUSED');
  });

  test('that was used before does not end other sessions of the same person', async () => {
    const stolen = await startSession(server.url, member);
    const other = await startSession(server.url, member);
    await refreshed(server.url, stolen.refreshToken);
    await refresh(stolen.refreshToken);
    expect(await viewerOf(server.url, other.accessToken)).toBe('MEMBER');
    await expect(refreshed(server.url, other.refreshToken)).resolves.toBeDefined();
  });

  test('used twenty times at once succeeds at most once, and its session is over', async () => {
    const { accessToken, refreshToken } = await startSession(server.url, member);
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)));
    // Whoever was first may find the session ended by the second before the answer is complete.
    const issued = answers
      .map((answer) => /"refreshToken":"([\w-]+)"/.exec(answer.text)?.[1])
      .filter((token) => token !== undefined);
    expect(issued.length).toBeLessThanOrEqual(1);
    expect(answers.filter((answer) => codeOf(answer) === refused).length).toBeGreaterThanOrEqual(
      answers.length - 1,
    );
    const { rows } = await server.owner.query('select from fence.refresh_tokens where session_id = $1', [
      (await lastSession()).id,
    ]);
    expect(rows).toHaveLength(2);
    expect((await lastSession()).end_reason).toBe('REFRESH_TOKEN_REUSED');
    expect(await viewerOf(server.url, accessToken)).toBe(refused);
    for (const token of issued) expect(await refreshCode(server.url, token)).toBe(refused);
  });

  test('is worth nothing once its session has expired', async () => {
    const { accessToken, refreshToken } = await startSession(server.url, member);
    await server.owner.query('update fence.sessions set expires_at = now() where id = $1', [
      (await lastSession()).id,
    ]);
    expect(await refreshCode(server.url, refreshToken)).toBe(refused);
    expect(await viewerOf(server.url, accessToken)).toBe(refused);
  });

  test('does not lengthen the session', async () => {
    const answer = await postDocument(server.url, SignInDocument, {
      input: { email: member.email, password },
    });
    const { refreshToken, viewer } = dataOf<SignInMutation>(answer).signIn;
    const { refreshSession } = dataOf<RefreshSessionMutation>(await refresh(refreshToken));
    expect(refreshSession.viewer.sessionExpiresAt).toBe(viewer.sessionExpiresAt);
  });

  test('of nobody answers like one that was used', async () => {
    const { accessToken, refreshToken } = await startSession(server.url, member);
    await refreshed(server.url, refreshToken);
    const used = await refresh(refreshToken);
    const message = (answer: WireAnswer) => answer.text.replace(/"requestId":"[^"]+"/, '');
    for (const token of ['x', 'A'.repeat(43), accessToken.slice(0, 200), '../..', '%', '0']) {
      expect(message(await refresh(token))).toBe(message(used));
    }
    expect(message(await refresh(null))).toBe(message(used));
  });
});

describe('tokens are good for one thing only', () => {
  test('a refresh token is refused where an access token is wanted, and the other way round', async () => {
    const { accessToken, refreshToken } = await startSession(server.url, member);
    const [, claims = ''] = accessToken.split('.');
    const { secret, sid } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
      secret: string;
      sid: string;
    };
    expect(await viewerOf(server.url, refreshToken)).toBe(refused);
    for (const token of [secret, sid]) expect(await refreshCode(server.url, token)).toBe(refused);
    expect(['VALIDATION_FAILED', refused]).toContain(codeOf(await refresh(accessToken)));
    // Trying was no use of them.
    expect(await viewerOf(server.url, accessToken)).toBe('MEMBER');
    await expect(refreshed(server.url, refreshToken)).resolves.toBeDefined();
  });

  test('an access token does not outlive its session', async () => {
    const brief = await startAnotherServer(server.database, {
      settings: { SESSION_SECONDS: '300', ACCESS_TOKEN_SECONDS: '3600' },
    });
    try {
      const answer = await postDocument(brief.url, SignInDocument, {
        input: { email: member.email, password },
      });
      const { accessTokenExpiresAt, viewer } = dataOf<SignInMutation>(answer).signIn;
      expect(Date.parse(accessTokenExpiresAt)).toBeLessThanOrEqual(Date.parse(viewer.sessionExpiresAt ?? ''));
    } finally {
      await brief.close();
    }
  });
});

describe('in a cookie', () => {
  const name = 'ringfence_refresh';

  interface Cookie {
    value: string;
    attributes: string[];
  }

  function cookieOf({ headers }: WireAnswer): Cookie {
    const [cookie, ...more] = headers['set-cookie'] ?? [];
    if (cookie === undefined || more.length > 0)
      throw new Error(`expected one cookie: ${String(headers['set-cookie'])}`);
    const [pair = '', ...attributes] = cookie.split('; ');
    expect(pair.split('=')[0]).toBe(name);
    return { value: pair.slice(name.length + 1), attributes };
  }

  function signInWithCookie(headers: Record<string, string> = {}, url = server.url): Promise<WireAnswer> {
    return postDocument(
      url,
      SignInDocument,
      { input: { email: member.email, password, refreshTokenIn: 'COOKIE' } },
      headers,
    );
  }

  test('a refresh token is out of reach of scripts and of other sites, and is not in the body', async () => {
    const answer = await signInWithCookie();
    const { value, attributes } = cookieOf(answer);
    expect(value).toMatch(/^[\w-]{43}$/);
    expect(attributes).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Strict', 'Path=/graphql']));
    expect(attributes.filter((attribute) => attribute.startsWith('Domain'))).toEqual([]);
    expect(dataOf<SignInMutation>(answer).signIn.refreshToken).toBeNull();
    expect(answer.text).not.toContain(value);
  });

  test('a refresh token lasts as long as the session', async () => {
    const answer = await signInWithCookie();
    const expires = cookieOf(answer).attributes.find((attribute) => attribute.startsWith('Expires='));
    const ends = new Date(dataOf<SignInMutation>(answer).signIn.viewer.sessionExpiresAt ?? '');
    expect(expires).toBe(`Expires=${ends.toUTCString()}`);
  });

  test('a refresh token travels over https alone, but for a browser on the same machine', async () => {
    const secureAt = async (host: string, more: Record<string, string> = {}, url = server.url) =>
      cookieOf(await signInWithCookie({ host, ...more }, url)).attributes.includes('Secure');
    for (const host of ['localhost:4000', 'localhost', '127.0.0.1:4000', '[::1]:4000'])
      expect(await secureAt(host)).toBe(false);
    for (const host of [
      'api.example.test',
      'localhost.example.test:4000',
      'notlocalhost',
      '127.0.0.1.example.test',
    ]) {
      expect(await secureAt(host)).toBe(true);
    }
    // What a caller claims of proxies that are not configured is not believed.
    expect(await secureAt('api.example.test', { 'x-forwarded-host': 'localhost' })).toBe(true);
  });

  test('a refresh token travels over https alone in production, whatever the host is called', async () => {
    const production = await startAnotherServer(server.database, {
      settings: { NODE_ENV: 'production' },
      secretKeys: [newSecretKey('production')],
    });
    try {
      const cookie = cookieOf(await signInWithCookie({ host: 'localhost:4000' }, production.url));
      expect(cookie.attributes).toContain('Secure');
    } finally {
      await production.close();
    }
  });

  test('a refresh token is exchanged for one in a cookie', async () => {
    const first = cookieOf(await signInWithCookie());
    const answer = await refresh(null, { cookie: `theme=dark; ${name}=${first.value}` });
    const { refreshSession } = dataOf<RefreshSessionMutation>(answer);
    expect(refreshSession.refreshToken).toBeNull();
    expect(await viewerOf(server.url, refreshSession.accessToken)).toBe('MEMBER');
    const second = cookieOf(answer);
    expect(second.value).not.toBe(first.value);
    expect(second.attributes).toEqual(
      expect.arrayContaining(['HttpOnly', 'SameSite=Strict', 'Path=/graphql']),
    );
    expect(codeOf(await refresh(null, { cookie: `${name}=${first.value}` }))).toBe(refused);
    expect(codeOf(await refresh(null, { cookie: `${name}=${second.value}` }))).toBe(refused);
  });

  test('a refresh token opens nothing but refreshing and signing out', async () => {
    const { value } = cookieOf(await signInWithCookie());
    const query = { query: '{ viewer { kind } account { id } }' };
    expect(codeOf(await post(server.url, query, { cookie: `${name}=${value}` }))).toBe(refused);
  });

  test('nothing is set where the refresh token was wanted in the body', async () => {
    const answer = await postDocument(server.url, SignInDocument, {
      input: { email: member.email, password },
    });
    expect(answer.headers['set-cookie']).toBeUndefined();
    const { refreshToken } = dataOf<SignInMutation>(answer).signIn;
    const cookie = cookieOf(await signInWithCookie()).value;
    const again = await refresh(refreshToken, { cookie: `${name}=${cookie}` });
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(dataOf<RefreshSessionMutation>(again).refreshSession.refreshToken).toEqual(expect.any(String));
  });

  test('a refresh token is taken back by signing out, also when there is none', async () => {
    const { value } = cookieOf(await signInWithCookie());
    for (const cookie of [`${name}=${value}`, '']) {
      const answer = await postDocument(server.url, SignOutDocument, {}, { cookie });
      const cleared = cookieOf(answer);
      expect(cleared.value).toBe('');
      expect(cleared.attributes).toEqual(
        expect.arrayContaining(['Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'Path=/graphql']),
      );
    }
  });
});
