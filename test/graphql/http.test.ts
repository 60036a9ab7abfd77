// GraphQL over HTTP: the specification, and what every answer carries.
import { serverAudits } from 'graphql-http';
import { getIntrospectionQuery } from 'graphql';
import { startAnotherServer, type AnotherServer } from '../support/another-server';
import { bearer, codeOf, errorsOf, onTheWire, post, type WireAnswer } from '../support/http';
import { startTestServer, type TestServer } from '../support/server';
import { startSession } from '../support/sessions';
import { Arrange } from '../support/arrange';

const frontEnd = 'https://app.example.test';
const json = { 'content-type': 'application/json' };

let server: TestServer;
let production: AnotherServer;
let token: string;

beforeAll(async () => {
  server = await startTestServer({ settings: { CORS_ORIGINS: `${frontEnd}, http://localhost:5173` } });
  const arrange = new Arrange(server.owner);
  const member = await arrange.member(await arrange.account('alpha'), { role: 'OWNER' });
  token = (await startSession(server.url, member)).accessToken;
  production = await startAnotherServer(server.database, { settings: { NODE_ENV: 'production' } });
});
afterAll(async () => {
  await production.close();
  await server.close();
});

describe('the GraphQL-over-HTTP specification', () => {
  // What a server may do and this one does not, because a link or an image of another site could do it too.
  const notices = ['5A70', 'D6D5', '6A70'];

  test.each(serverAudits({ url: 'http://unused.test' }).map(({ id, name }) => [id, name]))(
    '%s: it %s',
    async (id) => {
      const audit = serverAudits({ url: `${server.url}/graphql` }).find((candidate) => candidate.id === id);
      const result = await audit?.fn();
      if (result !== undefined && 'response' in result)
        await result.response.body?.cancel().catch(() => undefined);
      expect([
        result?.status,
        result !== undefined && 'reason' in result ? result.reason : undefined,
      ]).toEqual(notices.includes(id) ? ['notice', 'Response status code is not 200'] : ['ok', undefined]);
    },
  );
});

describe('every answer', () => {
  const answers: [string, () => Promise<WireAnswer>][] = [
    ['to a query', () => post(server.url, { query: '{ account { name } }' }, bearer(token))],
    [
      'to a query over GET',
      () =>
        onTheWire(server.url, {
          method: 'GET',
          path: '/graphql?query=%7B__typename%7D',
          headers: { 'apollo-require-preflight': '1' },
        }),
    ],
    ['to a mutation', () => post(server.url, { query: 'mutation { signOut { signedOut } }' })],
    ['to whoever is not signed in', () => post(server.url, { query: '{ account { name } }' })],
    ['to a document that does not parse', () => post(server.url, { query: '{' })],
    ['to a document that is too large', () => post(server.url, { query: '{ a '.repeat(3000) })],
    ['to a body that is no JSON', () => post(server.url, '{')],
    [
      'to a stored document',
      () => post(server.url, { extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }),
    ],
    [
      'to a request that another site could have sent',
      () => onTheWire(server.url, { method: 'GET', path: '/graphql?query=%7B__typename%7D' }),
    ],
    [
      'to a browser that asks first',
      () =>
        onTheWire(server.url, {
          method: 'OPTIONS',
          headers: { origin: frontEnd, 'access-control-request-method': 'POST' },
        }),
    ],
    ['to a head', () => onTheWire(server.url, { method: 'HEAD' })],
    ['of live', () => onTheWire(server.url, { method: 'GET', path: '/health/live' })],
    ['of ready', () => onTheWire(server.url, { method: 'GET', path: '/health/ready' })],
    ['of the playground', () => onTheWire(server.url, { method: 'GET', path: '/playground' })],
    ['about what is not there', () => onTheWire(server.url, { method: 'GET', path: '/metrics' })],
  ];

  test.each(answers)(
    '%s is kept by nobody, framed by nobody, taken for nothing else, and has an id',
    async (_name, get) => {
      const [{ headers, text }, next] = [await get(), await get()];
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'strict-transport-security': expect.stringContaining('max-age=') as string,
        'content-security-policy': expect.stringMatching(
          /default-src 'none'[^]*frame-ancestors 'none'/,
        ) as string,
      });
      expect(headers['x-powered-by'] ?? headers.server).toBeUndefined();
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      expect(next.headers['x-request-id']).not.toBe(headers['x-request-id']);
      for (const id of text.matchAll(/"requestId":"([^"]*)"/g)) expect(id[1]).toBe(headers['x-request-id']);
    },
  );

  test('with errors names its id in each of them', async () => {
    const query = '{ a: client(id: "x") { id } b: client(id: "y") { id } }';
    const answer = await post(server.url, { query }, bearer(token));
    expect(errorsOf(answer).map(({ extensions }) => extensions.requestId)).toEqual([
      answer.headers['x-request-id'],
      answer.headers['x-request-id'],
    ]);
  });

  test('has an id of this server, not one that the caller brought', async () => {
    const { headers } = await post(
      server.url,
      { query: '{ __typename }' },
      { 'x-request-id': 'forged', 'request-id': 'forged' },
    );
    expect(headers['x-request-id']).not.toBe('forged');
  });
});

describe('other origins', () => {
  const from = (origin: string, method: 'POST' | 'OPTIONS') =>
    method === 'POST'
      ? post(server.url, { query: '{ __typename }' }, { origin })
      : onTheWire(server.url, {
          method,
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'authorization,content-type,idempotency-key',
          },
        });

  test.each([frontEnd, 'http://localhost:5173'])(
    '%s is on the list: a browser lets it read answers and send credentials',
    async (origin) => {
      for (const method of ['POST', 'OPTIONS'] as const) {
        const { headers } = await from(origin, method);
        expect(headers['access-control-allow-origin']).toBe(origin);
        expect(headers['access-control-allow-credentials']).toBe('true');
        expect(headers.vary).toMatch(/origin/i);
      }
    },
  );

  test('on the list may send an Idempotency-Key, and read what an answer says beside its body', async () => {
    const { headers: preflight } = await from(frontEnd, 'OPTIONS');
    expect(preflight['access-control-allow-headers']).toContain('idempotency-key');
    const { headers } = await from(frontEnd, 'POST');
    expect(headers['access-control-expose-headers']?.split(', ')).toEqual([
      'accept-ranges',
      'content-disposition',
      'content-range',
      'etag',
      'idempotency-replayed',
      'retry-after',
      'x-request-id',
    ]);
  });

  test.each([
    'https://evil.test',
    'http://app.example.test',
    'https://app.example.test:8443',
    'https://app.example.test.evil.test',
    'https://sub.app.example.test',
    'HTTPS://APP.EXAMPLE.TEST',
    'null',
    '*',
  ])('%s is not on the list: a browser lets it read nothing', async (origin) => {
    for (const method of ['POST', 'OPTIONS'] as const) {
      expect((await from(origin, method)).headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  test('none is on the list where none is configured', async () => {
    const { headers } = await post(production.url, { query: '{ __typename }' }, { origin: frontEnd });
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('in production', () => {
  const modern = { accept: 'application/graphql-response+json' };

  test('errors do not help to guess the schema', async () => {
    const guesses: [string, object?][] = [
      ['{ vewer { kind } }'],
      ['{ viewer { kin } }'],
      ['{ clients(fist: 1) { totalCount } }'],
      ['{ clients(orderBy: NAME_AS) { totalCount } }'],
      ['{ clients(filter: { statu: ACTIVE }) { totalCount } }'],
      ['query ($o: ClientOrdr) { clients(orderBy: $o) { totalCount } }'],
      ['query ($o: ClientOrder!) { clients(orderBy: $o) { totalCount } }', { o: 'NAME_AS' }],
      ['query ($f: ClientFilter) { clients(filter: $f) { totalCount } }', { f: { statu: 'ACTIVE' } }],
      ['{ viewer { kind @incude(if: true) } }'],
      ['{ viewer { ...A } } fragment A on Viewr { kind }'],
    ];
    for (const [query, variables] of guesses) {
      const answer = await post(production.url, { query, variables });
      expect([query, errorsOf(answer).length > 0, /did you mean/i.test(answer.text)]).toEqual([
        query,
        true,
        false,
      ]);
    }
    // Where one may look around anyway, they do.
    expect((await post(server.url, { query: '{ vewer { kind } }' })).text).toContain('Did you mean');
  });

  test('the schema may not be asked for, and neither is there a playground', async () => {
    for (const query of [
      getIntrospectionQuery(),
      '{ __type(name: "Client") { name } }',
      '{ ...A } fragment A on Query { __schema { types { name } } }',
    ]) {
      const answer = await post(production.url, { query }, modern);
      expect([answer.status, codeOf(answer)]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
      expect(answer.text).not.toContain('"name"');
    }
    for (const path of ['/playground', '/playground/', '/playground/assets/x/playground.js']) {
      const answer = await onTheWire(production.url, { method: 'GET', path });
      expect([answer.status, codeOf(answer)]).toEqual([404, 'NOT_FOUND']);
    }
    expect(
      (await onTheWire(production.url, { method: 'GET', path: '/graphql', headers: { accept: 'text/html' } }))
        .status,
    ).toBe(400);
  });

  test('both are there for those who ask for them in the settings, each by itself', async () => {
    const status = async (other: AnotherServer) => [
      (await onTheWire(other.url, { method: 'GET', path: '/playground' })).status,
      (await post(other.url, { query: '{ __schema { queryType { name } } }' }, modern)).status,
    ];
    const settings: [Record<string, string>, number[]][] = [
      [{ NODE_ENV: 'production', INTROSPECTION: 'true' }, [404, 200]],
      [{ NODE_ENV: 'production', PLAYGROUND: 'true', INTROSPECTION: 'false' }, [200, 400]],
    ];
    for (const [given, expected] of settings) {
      const other = await startAnotherServer(server.database, { settings: given });
      try {
        expect(await status(other)).toEqual(expected);
      } finally {
        await other.close();
      }
    }
  });

  test('no answer shows where in the code something happened', async () => {
    const answers = await Promise.all([
      post(production.url, '{'),
      post(production.url, { query: '{' }),
      post(production.url, { query: '{ nothing }' }),
      post(production.url, { query: '{ account { id } }' }),
      onTheWire(production.url, { method: 'GET', path: '/nothing' }),
      onTheWire(production.url, {
        headers: json,
        body: `{"query":"{ __typename }","variables":${'['.repeat(50_000)}`,
      }),
    ]);
    for (const { text } of answers)
      expect(text).not.toMatch(/stacktrace|node_modules|\.ts\b|\.js\b|\bat \w+ \(/);
  });
});

describe('a proxy in front', () => {
  test('that is not configured is not believed: sessions keep the address of the connection', async () => {
    const arrange = new Arrange(server.owner);
    const member = await arrange.member(await arrange.account('proxied'), { role: 'OWNER' });
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }';
    const variables = { input: { email: member.email, password: 'correct horse battery' } };
    await post(
      server.url,
      { query, variables },
      { 'x-forwarded-for': '192.0.2.1', 'x-real-ip': '192.0.2.1', 'user-agent': 'x'.repeat(2000) },
    );
    const { rows } = await server.owner.query<{ address: string; user_agent: string }>(
      'select address, user_agent from fence.sessions where member_id = $1',
      [member.id],
    );
    expect(rows).toEqual([{ address: '127.0.0.1', user_agent: 'x'.repeat(300) }]);
  });
});
