// A query that was compiled is answered without Apollo. Nobody may notice: whichever way a request takes, the answer is the
// same to the byte, and so is what is written into the log.
import { ApolloServer } from '@apollo/server';
import { Transaction } from '../../src/database/transaction';
import { apiError, ErrorCode } from '../../src/graphql/errors';
import { newSecretKey, startAnotherServer, type AnotherServer } from '../support/another-server';
import { bearer, codeOf, dataOf, post, withoutRequestId, type WireAnswer } from '../support/http';
import { startTestServer, type TestServer } from '../support/server';
import { startSession } from '../support/sessions';
import { createWorld, type World } from '../support/world';

const secretKeys = [newSecretKey('shared')];
const settings = { MAXIMUM_COST: '300', POOL_WAIT_MILLISECONDS: '300', POOL_SIZE: '2' };

let server: TestServer;
let world: World;
/** Remembers queries. */
let repeating: AnotherServer;
/** Has Apollo answer everything. */
let plain: AnotherServer;

beforeAll(async () => {
  server = await startTestServer();
  const another = (which: string) =>
    startAnotherServer(server.database, { secretKeys, settings: { ...settings, COMPILE_QUERIES: which } });
  [repeating, plain] = await Promise.all([another('repeated'), another('never')]);
  world = await createWorld({ ...server, url: repeating.url });
});
afterAll(async () => {
  await repeating.close();
  await plain.close();
  await server.close();
});
afterEach(() => jest.restoreAllMocks());

type Body = string | Record<string, unknown>;
type Headers = Record<string, string>;

/** All of an answer but what is different in every answer. */
function seen(answer: WireAnswer): object {
  const { date: _date, 'x-request-id': _id, ...headers } = answer.headers;
  return { status: answer.status, headers: Object.entries(headers), text: withoutRequestId(answer) };
}

/** Whether Apollo was asked meanwhile. */
async function askingApollo(
  work: () => Promise<WireAnswer>,
): Promise<{ answer: WireAnswer; asked: boolean }> {
  const apollo = jest.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest');
  const answer = await work();
  const asked = apollo.mock.calls.length > 0;
  apollo.mockRestore();
  return { answer, asked };
}

/** The third answer, which is the same as the first two and as that of a server that remembers nothing. */
async function third(body: Body, headers: Headers = {}): Promise<{ answer: WireAnswer; asked: boolean }> {
  const expected = seen(await post(plain.url, body, headers));
  for (let time = 1; time <= 2; time += 1)
    expect(seen(await post(repeating.url, body, headers))).toEqual(expected);
  const last = await askingApollo(() => post(repeating.url, body, headers));
  expect(seen(last.answer)).toEqual(expected);
  return last;
}

/** The third answer to a request of which Apollo is not asked any more. */
async function alone(body: Body, headers: Headers = {}): Promise<WireAnswer> {
  const { answer, asked } = await third(body, headers);
  expect(asked).toBe(false);
  return answer;
}

/** Of one that Apollo is always asked. */
async function throughApollo(body: Body, headers: Headers = {}): Promise<WireAnswer> {
  const { answer, asked } = await third(body, headers);
  expect(asked).toBe(true);
  return answer;
}

const asOwner = () => bearer(world.asOwner.token);
const nobodys = '0190a000-0000-7000-8000-000000000000';
const byId = 'query ($id: ID!) { client(id: $id) { id name } }';

describe('a query that was sent before is answered as it was, without Apollo:', () => {
  test.each<[string, Record<string, unknown>]>([
    ['a list', { query: '{ clients(first: 2) { totalCount edges { cursor node { name } } } }' }],
    ['aliases', { query: '{ a: clients(first: 1) { nodes { n: name } } b: viewer { kind } }' }],
    ['a fragment', { query: '{ clients { nodes { ...F } } } fragment F on Client { id name }' }],
    ['its own name', { query: '{ __typename }' }],
    ['introspection', { query: '{ __type(name: "Client") { kind fields { name } } }' }],
    ['an operation that is named', { query: 'query A { viewer { kind } }', operationName: 'A' }],
    ['an operation whose name is null', { query: 'query B { viewer { kind } }', operationName: null }],
    ['variables that are null', { query: '{ viewer { kind } } #1', variables: null }],
    ['no variables', { query: '{ viewer { kind } } #2', variables: {} }],
    ['extensions that are null', { query: '{ viewer { kind } } #3', extensions: null }],
    ['what nobody asks for', { query: '{ viewer { kind } } #4', id: 'x', documentId: 'y' }],
    [
      'defaults of variables',
      { query: 'query ($first: Int = 2) { clients(first: $first) { nodes { name } } }' },
    ],
    ['a variable that is none', { query: '{ viewer { kind } } #5', variables: { none: 1 } }],
    ['what is not there', { query: byId, variables: { id: nobodys } }],
    ['what is no id', { query: byId, variables: { id: 'x' } }],
    [
      'what is there beside what is not',
      { query: `{ client(id: "${nobodys}") { name } clients(first: 1) { nodes { name } } }` },
    ],
    ['an argument that is refused', { query: '{ clients(first: 1000) { nodes { id } } }' }],
    ['an order that is refused', { query: '{ clients(after: "x") { nodes { id } } }' }],
  ])('%s', async (_what, body) => {
    await alone(body, asOwner());
  });

  test('the right operation of a document with several', async () => {
    const query = 'query A { viewer { kind } } query B { clients(first: 1) { nodes { name } } }';
    expect((await alone({ query, operationName: 'A' }, asOwner())).text).toContain('viewer');
    expect((await alone({ query, operationName: 'B' }, asOwner())).text).toContain('clients');
    for (const operationName of ['C', '', 'a', null, undefined, 'A\n', 'constructor', '__proto__'])
      expect(codeOf(await throughApollo({ query, operationName }, asOwner()))).toBe('BAD_REQUEST');
  });

  test('without a token, or with one that is worth nothing', async () => {
    const query = '{ clients { nodes { name } } }';
    const { accessToken } = await startSession(repeating.url, world.members.all);
    const before = bearer(accessToken);
    expect(codeOf(await alone({ query }, before))).toBeUndefined();
    await post(repeating.url, { query: 'mutation { signOut { signedOut } }' }, before);
    for (const headers of [
      {},
      before,
      bearer('x'),
      bearer(`${accessToken}x`),
      { authorization: 'Basic eDp5' },
    ])
      expect(codeOf(await alone({ query }, headers))).toBe('UNAUTHENTICATED');
  });

  test('for everybody what is theirs', async () => {
    const body = { query: byId, variables: { id: world.clients.two } };
    const codes: Record<string, string | undefined> = {};
    for (const [who, token] of Object.entries({
      owner: world.asOwner.token,
      scoped: world.asScopedMember.token,
      powerless: world.asPowerless.token,
      portal: world.asPortalUser.token,
      partner: world.accessToken.text,
      other: world.other.asOwner.token,
      nobody: null,
      guess: world.accessToken.text.replace(/.{4}$/, 'AAAA'),
    }))
      codes[who] = codeOf(await alone(body, bearer(token)));
    expect(codes).toEqual({
      owner: undefined,
      scoped: 'NOT_FOUND',
      powerless: 'FORBIDDEN',
      portal: 'NOT_FOUND',
      partner: undefined,
      other: 'NOT_FOUND',
      nobody: 'UNAUTHENTICATED',
      guess: 'UNAUTHENTICATED',
    });
  });

  test('for each variable what it asks for', async () => {
    const name = async (id: string) =>
      dataOf<{ client: { name: string } }>(await alone({ query: byId, variables: { id } }, asOwner())).client
        .name;
    expect([await name(world.clients.one), await name(world.clients.two)]).toEqual(['One', 'Two']);
  });

  test('what has changed since as it is now', async () => {
    const body = { query: byId, variables: { id: world.clients.four } };
    await alone(body, asOwner());
    await server.owner.query("update ringfence.clients set name = 'Renamed' where id = $1", [
      world.clients.four,
    ]);
    expect((await alone(body, asOwner())).text).toContain('Renamed');
  });

  test('unless the size of the page makes it cost too much', async () => {
    const query =
      'query ($first: Int) { clients(first: $first) { nodes { id name organization { id name } } } }';
    const sized = async (first: number) => alone({ query, variables: { first } }, asOwner());
    expect(codeOf(await sized(3))).toBeUndefined();
    const refused = await sized(100);
    expect([refused.status, codeOf(refused)]).toEqual([400, 'QUERY_TOO_COMPLEX']);
    expect(codeOf(await sized(4))).toBeUndefined();
  });

  test.each<[string | undefined, 'json' | 'graphql-response+json']>([
    [undefined, 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['application/json, text/plain, */*', 'json'],
    [`application/json, ${'text/plain, '.repeat(30)}*/*`, 'json'],
    ['application/graphql-response+json', 'graphql-response+json'],
    ['application/graphql-response+json,application/json;q=0.9', 'graphql-response+json'],
    [
      'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
      'graphql-response+json',
    ],
  ])('to whoever accepts %s, as %s', async (accept, mediaType) => {
    const accepted = { ...asOwner(), ...(accept === undefined ? {} : { accept }) };
    const { headers } = await alone({ query: '{ viewer { kind } }' }, accepted);
    expect(headers['content-type']).toBe(`application/${mediaType}; charset=utf-8`);
    expect((await alone({ query: byId, variables: { id: nobodys } }, accepted)).status).toBe(200);
    const { status } = await alone(
      { query: byId, variables: { id: nobodys } },
      { ...accepted, ...bearer('x') },
    );
    expect(status).toBe(200);
  });

  test('under an Idempotency-Key, which reading has no use for', async () => {
    await alone({ query: '{ viewer { kind } }' }, { ...asOwner(), 'idempotency-key': 'reads' });
  });
});

describe('Apollo is asked as before', () => {
  const kind = { query: '{ viewer { kind } }' };

  test.each<[string, Body, Headers]>([
    ['with a variable of the wrong type', { query: byId, variables: { id: {} } }, {}],
    ['without a variable that is needed', { query: byId }, {}],
    ['with extensions', { ...kind, extensions: { some: 1 } }, {}],
    [
      'with a stored document',
      { ...kind, extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } },
      {},
    ],
    ['with extensions that are none', { ...kind, extensions: 'x' }, {}],
    ['with variables as text', { ...kind, variables: '{}' }, {}],
    ['with a list of variables', { ...kind, variables: [] }, {}],
    ['with a name that is none', { ...kind, operationName: 1 }, {}],
    ['with directives', { query: '{ viewer { kind @skip(if: false) } }' }, {}],
    ['with a document that does not parse', { query: '{' }, {}],
    ['with a document that does not fit', { query: '{ none }' }, {}],
    ['with a batch', JSON.stringify([kind]), {}],
    ['with nothing', {}, {}],
    [
      'as text, which a page of another site may send',
      JSON.stringify(kind),
      { 'content-type': 'text/plain' },
    ],
    ['by whoever accepts parts', kind, { accept: 'multipart/mixed' }],
    ['by whoever accepts pages', kind, { accept: 'text/html' }],
    ['by whoever accepts no JSON', kind, { accept: 'application/json;q=0' }],
    ['by whoever waits to be called back', kind, { accept: 'application/json;callbackSpec=1.0' }],
  ])('%s', async (_what, body, headers) => {
    await alone(kind, asOwner());
    await throughApollo(body, { ...asOwner(), ...headers });
  });

  test('over GET', async () => {
    const ask = ({ url }: AnotherServer) =>
      fetch(`${url}/graphql?query=${encodeURIComponent('{ __typename }')}`, {
        headers: { 'apollo-require-preflight': '1' },
      }).then((response) => response.text());
    expect(await ask(repeating)).toBe(await ask(plain));
    const without = await fetch(`${repeating.url}/graphql?query=${encodeURIComponent('{ __typename }')}`);
    expect(without.status).toBe(400);
  });

  test('about whatever is no request', async () => {
    await alone(kind, asOwner());
    for (const [body, headers] of [
      ['{', {}],
      [JSON.stringify(kind), { 'content-type': 'application/x-www-form-urlencoded' }],
      [JSON.stringify(kind), { 'content-type': 'application/jsonp' }],
      [JSON.stringify(kind), { 'idempotency-key': 'x'.repeat(256) }],
    ] as const)
      expect(seen(await post(repeating.url, body, { ...asOwner(), ...headers }))).toEqual(
        seen(await post(plain.url, body, { ...asOwner(), ...headers })),
      );
  });

  test('where no query is compiled', async () => {
    for (let time = 1; time <= 3; time += 1)
      expect((await askingApollo(() => post(plain.url, kind, asOwner()))).asked).toBe(true);
  });
});

describe('on the short way', () => {
  /** Lines of the log of one answer. */
  const logged = ({ headers }: WireAnswer, { log }: AnotherServer) =>
    log.filter(({ requestId }) => requestId === headers['x-request-id']);
  const plans = { query: '{ plans { id } }' };

  test('a fault is masked, and is in the log once under the id of the answer', async () => {
    const fault = () =>
      jest.spyOn(Transaction.prototype, 'query').mockRejectedValue(new Error('secret detail'));
    await alone(plans, asOwner());
    fault();
    const answer = await alone(plans, asOwner());
    expect(codeOf(answer)).toBe('INTERNAL');
    expect(answer.text).not.toContain('secret');
    expect(logged(answer, repeating)).toMatchObject([
      { msg: 'a request failed', err: { message: 'secret detail' } },
    ]);
  });

  test('a refusal is not in the log', async () => {
    const answer = await alone({ query: byId, variables: { id: nobodys } }, asOwner());
    expect(logged(answer, repeating)).toEqual([]);
  });

  test('whoever asks too often is told when to come again', async () => {
    await alone(plans, asOwner());
    const limited = apiError(ErrorCode.RATE_LIMITED, 'Too many.', { retryAfterSeconds: 7 });
    jest.spyOn(Transaction.prototype, 'query').mockRejectedValue(limited);
    const { status, headers } = await alone(plans, asOwner());
    expect([status, headers['retry-after']]).toEqual([429, '7']);
  });

  test('who is kept waiting for a connection is told to come again, before and after it is known who it is', async () => {
    const body = { query: '{ clients(first: 1) { nodes { id } } }' };
    const partner = bearer(world.accessToken.text);
    await alone(body, asOwner());
    await alone(body, partner);
    const held = await Promise.all(
      [repeating, repeating, plain, plain].map(({ services }) => services.database.pool.connect()),
    );
    try {
      for (const headers of [asOwner(), partner]) {
        const answer = await alone(body, headers);
        expect([answer.status, codeOf(answer), answer.headers['retry-after']]).toEqual([
          503,
          'UNAVAILABLE',
          '2',
        ]);
      }
    } finally {
      for (const client of held) client.release();
    }
    expect(codeOf(await alone(body, partner))).toBeUndefined();
  });

  test('the connection is back before the answer is there, and nothing is read twice', async () => {
    const body = { query: byId, variables: { id: world.clients.one } };
    await alone(body, asOwner());
    const commits = jest.spyOn(Transaction.prototype, 'commit');
    await post(repeating.url, body, asOwner());
    expect(commits).toHaveBeenCalledTimes(1);
    const { pool } = repeating.services.database;
    expect(pool.idleCount).toBe(pool.totalCount);
  });

  test('who a partner token is is asked once, also where a variable is wrong', async () => {
    const headers = bearer(world.accessToken.text);
    await alone({ query: byId, variables: { id: world.clients.one } }, headers);
    const asked = jest.spyOn(repeating.services.partnerTokens, 'resolve');
    await post(repeating.url, { query: byId, variables: { id: {} } }, headers);
    expect(asked).toHaveBeenCalledTimes(1);
  });
});

test('a server that stops answers who is on the short way', async () => {
  const stopping = await startAnotherServer(server.database, { secretKeys });
  const ask = () =>
    post(stopping.url, { query: '{ viewer { kind } }' }, { ...asOwner(), connection: 'close' });
  for (let time = 1; time <= 2; time += 1) await ask();
  const closing = new Promise<void>((resolve, reject) => {
    jest.spyOn(Transaction.prototype, 'commit').mockImplementationOnce(async function (this: Transaction) {
      stopping.close().then(resolve, reject);
      await this.commit();
    });
  });
  const { answer, asked } = await askingApollo(ask);
  expect([answer.status, codeOf(answer), asked]).toEqual([200, undefined, false]);
  await closing;
});
