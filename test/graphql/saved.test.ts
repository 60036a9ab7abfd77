import type { Transaction } from '../../src/database/transaction';
import { unavailable } from '../../src/graphql/errors';
import { send } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const create = 'mutation { createOrganization(input: { name: "Kept" }) { organization { name } } }';
const kept = async () =>
  (await server.owner.query("select from ringfence.organizations where name = 'Kept'")).rowCount;

/** The database answers mutations, but not what is read afterwards. */
function failReads(): void {
  const { database } = server.services;
  const begin = database.transaction.bind(database);
  const failing = (transaction: Transaction) => {
    transaction.run = () => Promise.reject(unavailable());
    return transaction;
  };
  jest.spyOn(database, 'transaction').mockImplementation((credential, mode) => {
    const transaction = begin(credential, mode);
    return mode === 'read only' ? failing(transaction) : transaction;
  });
  jest
    .spyOn(database, 'singleStatements')
    .mockImplementation((credential) => failing(begin(credential, 'read only')));
}
afterEach(() => jest.restoreAllMocks());

test('nobody is told that nothing was changed, or to try again, when it was saved and cannot be read', async () => {
  failReads();
  const { status, headers, errors } = await send(server.url, world.asOwner.token, create);
  expect(errors?.[0]?.extensions.code).toBe('UNAVAILABLE');
  expect(errors?.[0]?.message).toMatch(/^It was saved/);
  expect([status, headers.get('retry-after')]).toEqual([200, null]);
  expect(await kept()).toBe(1);
});

test('a query that cannot be answered says so with 503 and when to try again', async () => {
  failReads();
  const { status, headers, errors } = await send(server.url, world.asOwner.token, '{ account { name } }');
  expect(errors?.[0]?.message).toContain('Nothing was changed');
  expect([status, headers.get('retry-after')]).toEqual([503, '2']);
});
