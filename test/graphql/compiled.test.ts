// A query is compiled when it is sent again. Nobody may notice: what was interpreted and what is compiled answer the same.
import { send } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import { createWorld, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer({ settings: { COMPILE_QUERIES: 'repeated' } });
  world = await createWorld(server);
});
afterAll(() => server.close());

/** The answer as text, without what is different in every answer. */
async function answer(query: string, variables: Record<string, unknown> = {}, token = world.asOwner.token) {
  const { status, data, errors } = await send(server.url, token, query, variables);
  return JSON.stringify({ status, data, errors }).replace(/"requestId":"[^"]+"/g, '');
}

const fragment = 'fragment F on Client { id name organization { id name tags clientCount } }';

test.each([
  ['a list with what hangs on its rows', `{ clients(first: 3) { nodes { ...F } } } ${fragment}`, {}],
  [
    'edges, cursors, places and totals, which are made when they are asked for',
    '{ clients(first: 2) { totalCount edges { cursor node { name } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }',
    {},
  ],
  [
    'an empty page',
    '{ clients(search: "nobody") { totalCount nodes { id } pageInfo { startCursor endCursor } } }',
    {},
  ],
  [
    'aliases and inline fragments',
    '{ a: clients(first: 1) { nodes { ... on Client { n: name __typename } } } b: viewer { __typename member { name } account { name } } }',
    {},
  ],
  [
    'included and skipped fields',
    'query ($yes: Boolean!) { clients(first: 1) { nodes { id name @include(if: $yes) status @skip(if: $yes) } } }',
    { yes: true },
  ],
  [
    'variables with defaults',
    'query ($first: Int = 2, $orderBy: ClientOrder! = NAME_DESC) { clients(first: $first, orderBy: $orderBy) { nodes { name } } }',
    {},
  ],
  [
    'a variable of the wrong type',
    'query ($first: Int) { clients(first: $first) { nodes { name } } }',
    { first: 'many' },
  ],
  ['a variable that is missing', 'query ($id: ID!) { client(id: $id) { name } }', {}],
  ['an argument that is refused', '{ clients(first: 1000) { nodes { name } } }', {}],
  [
    'something that does not exist, beside something that does',
    '{ client(id: "0190a000-0000-7000-8000-000000000000") { name } clients(first: 1) { nodes { name } } }',
    {},
  ],
  [
    'one of several operations',
    'query A { clients(first: 1) { nodes { name } } } query B { organizations { nodes { name } } }',
    {},
  ],
  [
    'introspection',
    '{ __schema { queryType { name fields { name description } } } __type(name: "Client") { kind } }',
    {},
  ],
])('%s', async (_what, query, variables) => {
  const interpreted = await answer(query, variables);
  expect(await answer(query, variables)).toBe(interpreted);
  expect(await answer(query, variables)).toBe(interpreted);
});

// A list in a fragment, which is merged with another one in one of the places where the fragment is used.
const merged = `query ($one: ID!, $two: ID!) {
  a: client(id: $one) { ...F }
  b: client(id: $two) { ...F calls(first: 5) { nodes { direction } } }
  c: client(id: $one) { ...F calls(first: 5) { nodes { externalId } } }
  d: client(id: $two) { ...F }
}
fragment F on Client { calls(first: 5) { nodes { id } } }`;

test('a list in a fragment that is merged in one place answers there what is asked there', async () => {
  const { arrange, accountId, clients } = world;
  const ids: string[] = [];
  for (const [index, clientId] of [clients.one, clients.two].entries()) {
    const { stayId } = await arrange.agent(accountId, clientId);
    ids.push(await arrange.call(stayId, { externalId: `call ${index}` }));
  }
  const [one, two] = ids;
  for (let round = 0; round < 3; round += 1) {
    const { data, errors } = await send(server.url, world.asOwner.token, merged, clients);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      a: { calls: { nodes: [{ id: one }] } },
      b: { calls: { nodes: [{ id: two, direction: 'INBOUND' }] } },
      c: { calls: { nodes: [{ id: one, externalId: 'call 0' }] } },
      d: { calls: { nodes: [{ id: two }] } },
    });
  }
});

test('and is read once for all rows of a place', async () => {
  const { arrange, accountId } = world;
  const query = (
    first: number,
  ) => `{ clients(first: ${first}) { nodes { ...F calls(first: 1) { nodes { direction } } } } }
    fragment F on Client { calls(first: 1) { nodes { id } } }`;
  for (let count = 0; count < 3; count += 1) await arrange.client(accountId, `Merged ${count}`);
  const statements = async (first: number) => {
    const counts = [];
    for (let round = 0; round < 3; round += 1)
      counts.push(await statementsOf(() => send(server.url, world.asOwner.token, query(first))));
    return counts;
  };
  expect(await statements(5)).toEqual(await statements(1));
});

test('other variables, and another principal, have answers of their own', async () => {
  const query = 'query ($id: ID!) { client(id: $id) { name } }';
  const asked = async (id: string, token = world.asOwner.token) => answer(query, { id }, token);
  for (let round = 0; round < 3; round += 1) {
    expect(await asked(world.clients.one)).toContain('"One"');
    expect(await asked(world.clients.two)).toContain('"Two"');
    expect(await asked(world.clients.two, world.asScopedMember.token)).toContain('NOT_FOUND');
    expect(await asked(world.clients.two, world.other.asOwner.token)).toContain('NOT_FOUND');
    expect(await asked(world.clients.one, null)).toContain('UNAUTHENTICATED');
  }
});
