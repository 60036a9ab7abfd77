// Rubbish, and what asks for too much: refused with a code, by the specification's status, before the database hears of it.
import { Client } from 'pg';
import { bearer, codeOf, errorsOf, onTheWire, post, type WireAnswer } from '../support/http';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';

let server: TestServer;
let world: World;
let sent: jest.SpyInstance;

beforeAll(async () => {
  server = await startTestServer({ settings: { MAXIMUM_BODY_BYTES: '524288' } });
  world = await createWorld(server);
});
afterAll(() => server.close());
beforeEach(() => {
  sent = jest.spyOn(Client.prototype, 'query');
});
afterEach(() => jest.restoreAllMocks());

const modern = { accept: 'application/graphql-response+json' };

/** As an owner, who could have all of it. */
function ask(body: unknown, headers: Record<string, string> = {}): Promise<WireAnswer> {
  return post(server.url, body, { ...bearer(world.asOwner.token), ...headers });
}

function expectRefused(answer: WireAnswer, status: number, code: string): void {
  const errors = errorsOf(answer);
  expect({
    status: answer.status,
    code: errors[0]?.extensions.code,
    data: 'data' in (JSON.parse(answer.text) as object),
  }).toEqual({ status, code, data: false });
  for (const { extensions } of errors) expect(extensions.requestId).toBe(answer.headers['x-request-id']);
  expect(answer.text).not.toMatch(/node_modules|\bat \w+ \(|\bstack\b/);
  expect(sent).not.toHaveBeenCalled();
}

test('statements are counted: a query that is answered sends some', async () => {
  expect(codeOf(await ask({ query: '{ clients { totalCount } }' }))).toBeUndefined();
  expect(sent).toHaveBeenCalled();
});

describe('a document that asks for too much', () => {
  const repeat = (text: string, count: number) => text.repeat(count);
  const aliases = (count: number, field: string) =>
    Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ');
  const nested = (levels: number) =>
    `{ ${repeat('clients { ', levels - 1)}totalCount${repeat(' }', levels - 1)} }`;
  const fragments = (levels: number) =>
    `{ clients { ...F0 } } ${Array.from({ length: levels }, (_, level) => `fragment F${level} on ClientConnection { nodes { ...G${level} } } fragment G${level} on Client { x${level}: organization { ...F${level + 1} } }`).join(' ')} fragment F${levels} on Organization { id }`;

  const cases: [string, () => string][] = [
    ['with 13 levels', () => nested(13)],
    ['with 13 levels, in fragments', () => fragments(6)],
    ['with 500 levels', () => nested(500)],
    ['with 5,000 levels', () => repeat('{ a ', 5000) + repeat('}', 5000)],
    ['with 5,000 levels that never end', () => repeat('{ a ', 5000)],
    [
      'with 5,000 lists in each other',
      () => `{ clients(filter: { status: ${repeat('[', 5000)}${repeat(']', 5000)} }) { totalCount } }`,
    ],
    [
      'with 5,000 objects in each other',
      () => `{ clients(filter: ${repeat('{ a: ', 5000)}1${repeat('}', 5000)}) { totalCount } }`,
    ],
    ['with 31 aliases', () => `{ ${aliases(31, 'viewer { kind }')} }`],
    ['with 31 aliases of __typename', () => `{ ${aliases(31, '__typename')} }`],
    [
      'with 31 aliases, in fragments',
      () =>
        `{ viewer { ...A ...B } } fragment A on Viewer { ${aliases(16, 'kind')} } fragment B on Viewer { ${aliases(16, 'role')} }`,
    ],
    [
      'with 31 aliases, in one fragment that is used twice',
      () => `{ x: viewer { ...A } y: viewer { ...A } } fragment A on Viewer { ${aliases(15, 'kind')} }`,
    ],
    ['with 21 directives', () => `{ viewer { ${repeat('kind @include(if: true) ', 21)} } }`],
    ['with 21 directives that do not exist', () => `{ viewer { kind ${repeat('@a ', 21)} } }`],
    ['with 3,000 repeated fields', () => `{ viewer { ${repeat('kind ', 3000)} } }`],
    ['with 3,000 times __typename', () => `{ ${repeat('__typename ', 3000)} }`],
    [
      'with 3,000 variables',
      () =>
        `query (${Array.from({ length: 3000 }, (_, index) => `$v${index}: Int`).join(' ')}) { viewer { kind } }`,
    ],
    [
      'with 3,000 operations',
      () => Array.from({ length: 3000 }, (_, index) => `query q${index} { __typename }`).join(' '),
    ],
    [
      'with a fragment for every bit of a large number',
      () =>
        `{ viewer { ...F0 } } ${Array.from({ length: 40 }, (_, level) => `fragment F${level} on Viewer { ...F${level + 1} ...F${level + 1} }`).join(' ')} fragment F40 on Viewer { kind }`,
    ],
    [
      'that costs more than is allowed',
      () =>
        `{ ${Array.from({ length: 25 }, (_, index) => `c${index}: clients(first: 100) { nodes { id name status version contactName contactEmail organization { id name } } }`).join(' ')} }`,
    ],
    [
      'that costs more than is allowed, in a fragment',
      () =>
        `{ ${aliases(25, 'clients(first: 100) { ...F }')} } fragment F on ClientConnection { nodes { id name status version contactName contactEmail organization { id name } } }`,
    ],
    [
      'with leads that are related to each other, in each other',
      () => '{ leads(first: 1) { nodes { duplicates { colleagues { duplicates { id } } } } } }',
    ],
    [
      'with related leads of a page of leads, in each other',
      () => '{ leads(first: 100) { nodes { duplicates { duplicates { id } } } } }',
    ],
    [
      'with related leads of many that are changed, in each other',
      () =>
        'mutation { updateLeads(input: { leads: [] }) { results { lead { duplicates { colleagues { id } } } } } }',
    ],
  ];

  test.each(cases)('%s is refused as too complex', async (_name, document) => {
    const query = document();
    expectRefused(await ask({ query }), 400, 'QUERY_TOO_COMPLEX');
    expectRefused(await ask({ query }, modern), 400, 'QUERY_TOO_COMPLEX');
  });

  test('by the size of a page in a variable is refused as too complex', async () => {
    const query = `query ($n: Int = 1) { ${aliases(25, 'clients(first: $n) { nodes { id name status version contactName contactEmail organization { id name } } }')} }`;
    expect(codeOf(await ask({ query }))).toBeUndefined();
    sent.mockClear();
    expectRefused(await ask({ query, variables: { n: 100 } }), 400, 'QUERY_TOO_COMPLEX');
    expectRefused(await ask({ query, variables: { n: 2_147_483_647 } }), 400, 'QUERY_TOO_COMPLEX');
  });

  test('is told from one that is just within: 12 levels, 30 aliases, 20 directives', async () => {
    const within = [
      `{ ${aliases(30, '__typename')} }`,
      `{ viewer { ${repeat('kind @include(if: true) ', 20)} } }`,
      '{ clients { nodes { organization { accountManager { id } } } edges { node { id } } } }',
      '{ leads(first: 100) { nodes { duplicates { id name } } } lists(first: 100) { nodes { fields { id name type choices } dispositions { id name } members { id name } } } }',
    ];
    for (const query of within) expect(codeOf(await ask({ query }))).toBeUndefined();
    // Nothing in the schema is that deep yet: what is left to complain of is that the fields do not exist.
    for (const query of [nested(12), fragments(5)])
      expect(codeOf(await ask({ query }))).toBe('GRAPHQL_VALIDATION_FAILED');
  });
});

describe('a document that is none, or does not fit', () => {
  const cases: [string, unknown, string][] = [
    ['that is no GraphQL', { query: '{' }, 'GRAPHQL_PARSE_FAILED'],
    ['that ends in the middle of a string', { query: '{ client(id: "' }, 'GRAPHQL_PARSE_FAILED'],
    ['with NUL', { query: '{ viewer \0 { kind } }' }, 'GRAPHQL_PARSE_FAILED'],
    ['with a field that does not exist', { query: '{ users { password } }' }, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'with a field of a prototype',
      { query: '{ constructor __proto__ hasOwnProperty }' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'with a fragment in itself',
      { query: '{ viewer { ...A } } fragment A on Viewer { ...A }' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'with fragments in a circle',
      {
        query:
          '{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...C } fragment C on Viewer { ...A }',
      },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'with a circle through fields',
      {
        query:
          '{ clients { nodes { ...A } } } fragment A on Client { accountManager { ...B } } fragment B on Member { id ...B }',
      },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'with a circle through introspection',
      { query: `{ __schema { types { ${'fields { type { '.repeat(8)} name ${'} }'.repeat(8)} } } }` },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'with an enum value that does not exist',
      { query: '{ clients(orderBy: NAME) { totalCount } }' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'with a number beyond 32 bits',
      { query: '{ clients(first: 2147483648) { totalCount } }' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'without a variable that is needed',
      { query: 'query ($id: ID!) { client(id: $id) { id } }' },
      'VALIDATION_FAILED',
    ],
    [
      'with a variable of another type',
      { query: 'query ($n: Int) { clients(first: $n) { totalCount } }', variables: { n: 'ten' } },
      'VALIDATION_FAILED',
    ],
    [
      'with a variable beyond 32 bits',
      { query: 'query ($n: Int) { clients(first: $n) { totalCount } }', variables: { n: 1e10 } },
      'VALIDATION_FAILED',
    ],
    [
      'with null where a default stands for a value',
      {
        query: 'query ($o: ClientOrder = NAME_ASC) { clients(orderBy: $o) { totalCount } }',
        variables: { o: null },
      },
      'VALIDATION_FAILED',
    ],
  ];

  test.each(cases)(
    '%s is refused: 400, or 200 to those who ask for plain JSON',
    async (_name, body, code) => {
      expectRefused(await ask(body), 200, code);
      expectRefused(await ask(body, modern), 400, code);
    },
  );

  test.each([
    ['lists', '[', ']', ''],
    ['objects', '{"a":', '}', '1'],
  ])(
    'with a variable of 20,000 %s in each other is refused, or the variable ignored',
    async (_name, open, close, innermost) => {
      const value = open.repeat(20_000) + innermost + close.repeat(20_000);
      const body = (query: string) => `{ "query": "${query}", "variables": { "v": ${value} } }`;
      for (const query of [
        'query ($v: ClientFilter) { clients(filter: $v) { totalCount } }',
        'query ($v: [ClientStatus!]) { clients(filter: { status: $v }) { totalCount } }',
        'query ($v: String) { clients(search: $v) { totalCount } }',
      ]) {
        expectRefused(await ask(body(query)), 200, 'VALIDATION_FAILED');
      }
      expect((await ask(body('{ __typename }'))).text).toBe('{"data":{"__typename":"Query"}}\n');
    },
  );

  test('with a variable named like a prototype changes no prototype', async () => {
    expectRefused(
      await ask('{ "query": "{ __typename }", "variables": { "__proto__": { "polluted": true } } }'),
      400,
      'BAD_REQUEST',
    );
    expectRefused(
      await ask(
        '{ "query": "{ __typename }", "variables": { "constructor": { "prototype": { "polluted": true } } } }',
      ),
      400,
      'BAD_REQUEST',
    );
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('a request that is none', () => {
  const json = { 'content-type': 'application/json' };
  const query = '{"query":"{ viewer { kind } }"}';
  const address = (text: string) => `/graphql?query=${encodeURIComponent(text)}`;
  const preflighted = { 'apollo-require-preflight': 'true' };
  const mutation = 'mutation { signOut { signedOut } }';

  const cases: [string, Parameters<typeof onTheWire>[1], number, string][] = [
    ['without a body', { headers: json }, 400, 'BAD_REQUEST'],
    ['with a body that is no JSON', { headers: json, body: '{' }, 400, 'BAD_REQUEST'],
    ['with a body that is no object', { headers: json, body: '"query"' }, 400, 'BAD_REQUEST'],
    ['without a document', { headers: json, body: '{}' }, 400, 'BAD_REQUEST'],
    ['with an empty document', { headers: json, body: '{"query":""}' }, 400, 'BAD_REQUEST'],
    ['with a document that is no text', { headers: json, body: '{"query":{}}' }, 400, 'BAD_REQUEST'],
    [
      'with variables that are no object',
      { headers: json, body: '{"query":"{ __typename }","variables":"x"}' },
      400,
      'BAD_REQUEST',
    ],
    [
      'with variables that are a list',
      { headers: json, body: '{"query":"{ __typename }","variables":[[1]]}' },
      400,
      'BAD_REQUEST',
    ],
    [
      'with extensions nested 20,000 deep',
      {
        headers: json,
        body: `{"query":"{ __typename }","extensions":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      },
      400,
      'BAD_REQUEST',
    ],
    [
      'with a stored document instead of one',
      {
        headers: json,
        body: `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"${'0'.repeat(64)}"}}}`,
      },
      400,
      'BAD_REQUEST',
    ],
    [
      'that names an operation which is not there',
      { headers: json, body: '{"query":"query A { __typename }","operationName":"B"}' },
      400,
      'BAD_REQUEST',
    ],
    [
      'that does not say which of two operations',
      { headers: json, body: '{"query":"query A { __typename } query B { __typename }"}' },
      400,
      'BAD_REQUEST',
    ],
    ['of several at once', { headers: json, body: `[${query},${query}]` }, 400, 'BAD_REQUEST'],
    ['of one in a list', { headers: json, body: `[${query}]` }, 400, 'BAD_REQUEST'],
    ['of none in a list', { headers: json, body: '[]' }, 400, 'BAD_REQUEST'],
    [
      'that a form of another site could send as text',
      { headers: { 'content-type': 'text/plain' }, body: query },
      400,
      'BAD_REQUEST',
    ],
    [
      'that a form of another site could send',
      {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `query=${encodeURIComponent(mutation)}`,
      },
      415,
      'BAD_REQUEST',
    ],
    [
      'that a form of another site could send with files',
      { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--' },
      415,
      'BAD_REQUEST',
    ],
    ['in XML', { headers: { 'content-type': 'application/xml' }, body: '<query/>' }, 415, 'BAD_REQUEST'],
    [
      'that an image of another site could send',
      { method: 'GET', path: address('{ viewer { kind } }') },
      400,
      'BAD_REQUEST',
    ],
    [
      'that would change something over GET',
      { method: 'GET', path: address(mutation), headers: preflighted },
      405,
      'BAD_REQUEST',
    ],
    [
      'larger than is allowed',
      { headers: json, body: JSON.stringify({ query: '{ __typename }', more: 'x'.repeat(524_288) }) },
      413,
      'REQUEST_TOO_LARGE',
    ],
    ['of another method', { method: 'PUT', headers: json, body: query }, 404, 'NOT_FOUND'],
    ['to an address that is not there', { method: 'GET', path: '/nothing' }, 404, 'NOT_FOUND'],
    ['to an address outside', { method: 'GET', path: '/../../etc/passwd' }, 404, 'NOT_FOUND'],
    ['to an address that cannot be read', { method: 'GET', path: '/%' }, 400, 'BAD_REQUEST'],
  ];

  test.each(cases)('%s is refused', async (_name, request, status, code) => {
    const headers = { ...bearer(world.asOwner.token), ...request.headers };
    expectRefused(await onTheWire(server.url, { ...request, headers }), status, code);
  });

  test('over GET that changes something names the method that would do', async () => {
    const { headers } = await onTheWire(server.url, {
      method: 'GET',
      path: address(mutation),
      headers: preflighted,
    });
    expect(headers.allow).toBe('POST');
  });

  test('over GET that only reads is answered, where a browser had to ask before sending it', async () => {
    const answer = await onTheWire(server.url, {
      method: 'GET',
      path: address('{ viewer { kind } }'),
      headers: preflighted,
    });
    expect(answer.text).toBe('{"data":{"viewer":{"kind":"ANONYMOUS"}}}\n');
  });
});

test('a token that is rubbish is refused without a statement', async () => {
  const answer = await post(server.url, { query: '{ clients { totalCount } }' }, bearer('rubbish'));
  expect(codeOf(answer)).toBe('UNAUTHENTICATED');
  expect(sent).not.toHaveBeenCalled();
});
