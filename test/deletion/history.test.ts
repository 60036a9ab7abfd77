// What an agent did stays with the client it did it for: neither its other clients nor their deletion change that.
import { DeleteClientDocument } from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';
import { finishDeletions } from './working';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const tables = ['agents', 'agent_stays', 'calls', 'call_billing', 'conversations', 'messages'];

/** What a client has of agents and of what they did, row by row. */
async function history(clientId: string): Promise<Record<string, unknown[]>> {
  const rows: Record<string, unknown[]> = {};
  for (const table of tables)
    rows[table] = (
      await server.owner.query(
        `select to_jsonb(t) as row from ringfence.${table} t where client_id = $1 order by 1`,
        [clientId],
      )
    ).rows;
  return rows;
}

async function movedAgent() {
  const { arrange, accountId } = world;
  const [first, second] = [
    await arrange.client(accountId, 'First'),
    await arrange.client(accountId, 'Second'),
  ];
  const agent = await arrange.agent(accountId, second, { name: 'Wanderer', movedFrom: first });
  for (const stay of [agent.earlierStayId ?? '', agent.stayId]) {
    await arrange.call(stay);
    await arrange.conversation(stay, { texts: ['Hello', 'Good bye'] });
  }
  return { first, second };
}

const remove = async (id: string, confirmName: string) => {
  await world.asOwner.get(DeleteClientDocument, { input: { id, confirmName } });
  await finishDeletions(server);
};

test('deleting the client that an agent moved to leaves the first client’s history whole', async () => {
  const { first, second } = await movedAgent();
  const before = await history(first);
  expect(tables.map((table) => before[table]?.length)).toEqual([0, 1, 1, 1, 1, 2]);
  await remove(second, 'Second');
  expect(await history(first)).toEqual(before);
  expect(Object.values(await history(second)).flat()).toEqual([]);
});

test('deleting the client that an agent came from leaves the agent, and what it does now', async () => {
  const { first, second } = await movedAgent();
  const before = await history(second);
  expect(tables.map((table) => before[table]?.length)).toEqual([1, 1, 1, 1, 1, 2]);
  await remove(first, 'First');
  expect(await history(second)).toEqual(before);
  expect(Object.values(await history(first)).flat()).toEqual([]);
});
