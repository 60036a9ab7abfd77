import { ClientDocument, ClientNamesDocument } from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

test('the same query gives each principal only the clients that are theirs', async () => {
  const names = async (caller: World['asOwner']) => (await caller.get(ClientNamesDocument)).clients.nodes.map((client) => client.name);
  expect(await names(world.asOwner)).toEqual(['Five', 'Four', 'One', 'Three', 'Two']);
  expect(await names(world.asScopedMember)).toEqual(['One', 'Three']);
  expect(await names(world.other.asOwner)).toEqual(['Beta Client']);
});

test('a client that is not theirs answers exactly like one that does not exist', async () => {
  const nobodys = '01900000-0000-7000-8000-000000000000';
  const [hidden, foreign, absent] = await Promise.all(
    [world.clients.two, world.other.clientId, nobodys].map((id) => world.asScopedMember.ask(ClientDocument, { id })),
  );
  const withoutRequestId = (answer: typeof hidden) => ({
    ...answer, headers: undefined,
    errors: answer?.errors?.map((error) => ({ ...error, extensions: { ...error.extensions, requestId: undefined } })),
  });
  expect(withoutRequestId(hidden)).toEqual(withoutRequestId(absent));
  expect(withoutRequestId(foreign)).toEqual(withoutRequestId(absent));
  expect(absent?.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
});
