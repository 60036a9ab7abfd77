// F13: clients that hang up, at any moment of a request. The transaction ends all the same, the connection goes back idle,
// the next user gets exactly its own, and a change is done completely or not at all.
import { randomInt } from 'node:crypto';
import { Client } from 'pg';
import { statesOfApi, until } from '../support/activity';
import { send } from '../support/client';
import { ClientNamesDocument, OrganizationsDocument } from '../support/documents.generated';
import { hangUp } from '../support/hang-up';
import { watchReleases } from '../support/releases';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';

const hangUps = 300;
const atOnce = 12;
/** Longer than most requests take here, so that some are answered before. */
const longestMilliseconds = 20;

let server: TestServer;
let world: World;
let superuser: Client;

beforeAll(async () => {
  server = await startTestServer({ settings: { POOL_SIZE: '2', POOL_WAIT_MILLISECONDS: '20000' } });
  world = await createWorld(server);
  await server.owner.query(
    "insert into ringfence.plans (id, name, position) values ('UNLIMITED', 'Unlimited', 9)",
  );
  await server.owner.query("update ringfence.accounts set plan_id = 'UNLIMITED' where id = $1", [
    world.accountId,
  ]);
  superuser = new Client({ connectionString: server.database.adminUrl });
  await superuser.connect();
});
afterAll(async () => {
  await superuser.end();
  await server.close();
});

const createClient =
  'mutation ($input: CreateClientInput!) { createClient(input: $input) { client { id name organization { name } } } }';
const updateClient =
  'mutation ($input: UpdateClientInput!) { updateClient(input: $input) { client { id contactName contactPosition } } }';
const clients =
  '{ clients { totalCount nodes { name organization { name } accountManager { name } } } organizations { nodes { name } } account { name } }';

/** The request of a number: by turns a query, a change of one client, and a change that makes two rows, with and without a key. */
function requestOf(number: number): { token: string | null; body: string; headers: Record<string, string> } {
  const { token } = number % 2 === 0 ? world.asOwner : world.asMemberWithAll;
  const body = (query: string, input?: object) => JSON.stringify({ query, variables: { input } });
  const key = { 'idempotency-key': `hang-up-${number}` };
  switch (number % 5) {
    case 0:
      return { token: world.asScopedMember.token, body: body(clients), headers: {} };
    case 1:
      return { token: world.other.asOwner.token, body: body(clients), headers: {} };
    case 2: {
      const changes = { contactName: `Change ${number}`, contactPosition: `Change ${number}` };
      const input = { id: world.clients.two, changes };
      return { token, body: body(updateClient, input), headers: number % 10 === 2 ? key : {} };
    }
    default: {
      const input = { name: `Made ${number}`, newOrganization: { name: `Made ${number}` } };
      return { token, body: body(createClient, input), headers: number % 5 === 3 ? key : {} };
    }
  }
}

/** Names of what the requests made, each as often as it is there. */
async function made(table: 'clients' | 'organizations'): Promise<string[]> {
  const { rows } = await server.owner.query<{ name: string }>(
    `select name from ringfence.${table} where name like 'Made %' order by name`,
  );
  return rows.map(({ name }) => name);
}

test('three hundred hang up at random moments of queries and changes, on two connections: nothing stays open, nothing is half done, and everybody gets exactly their own', async () => {
  const { pool } = server.services.database;
  const releases = watchReleases(pool);
  for (let number = 0; number < hangUps; number += atOnce) {
    await Promise.all(
      Array.from({ length: atOnce }, (_, index) =>
        hangUp(server.url, requestOf(number + index), {
          afterMilliseconds: randomInt(longestMilliseconds),
          // Every fourth is gone before it has said what it wants.
          share: randomInt(4) === 0 ? Math.random() : 1,
        }),
      ),
    );
  }
  await until(async () => {
    const states = await statesOfApi(superuser);
    return states.every((state) => state === 'idle') && pool.idleCount === pool.totalCount;
  });
  expect([pool.waitingCount, pool.idleCount]).toEqual([0, pool.totalCount]);
  expect((await statesOfApi(superuser)).length).toBeLessThanOrEqual(2);
  expect(releases.wrong).toEqual([]);
  expect(releases.kept).toBeGreaterThan(hangUps / 4);

  // Some were done and some were not; none in part.
  const before = await made('clients');
  expect(before.length).toBeGreaterThan(5);
  expect(before.length).toBeLessThan(hangUps * 0.4);
  expect(await made('organizations')).toEqual(before);
  const { rows } = await server.owner.query<{
    contact_name: string;
    contact_position: string;
    version: number;
    entries: number;
  }>(
    `select contact_name, contact_position, version,
       (select count(*)::int from ringfence.audit_entries e where e.subject_id = c.id and e.action = 'CLIENT_UPDATED') as entries
     from ringfence.clients c where id = $1`,
    [world.clients.two],
  );
  expect(rows[0]?.contact_name).toMatch(/^Change \d+$/);
  expect(rows[0]?.contact_position).toBe(rows[0]?.contact_name);
  expect(rows[0]?.entries).toBe((rows[0]?.version ?? 0) - 1);

  // Whoever sends a change again under its key has it once, whether it was done the first time or not.
  const again = Array.from({ length: hangUps }, (_, number) => number).filter((number) => number % 5 === 3);
  for (const number of again) {
    const { token, body, headers } = requestOf(number);
    const { query, variables } = JSON.parse(body) as { query: string; variables: object };
    const answer = await send(server.url, token, query, { ...variables }, headers);
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toMatchObject({
      createClient: { client: { name: `Made ${number}`, organization: { name: `Made ${number}` } } },
    });
    expect(answer.extensions?.idempotencyReplayed ?? []).toEqual(
      before.includes(`Made ${number}`) ? ['createClient'] : [],
    );
  }
  const after = await made('clients');
  expect(new Set(after).size).toBe(after.length);
  expect(after).toEqual(expect.arrayContaining(again.map((number) => `Made ${number}`)));
  expect(await made('organizations')).toEqual(after);

  // Requests of every kind, each exactly its own.
  for (let time = 0; time < 5; time += 1) {
    const [scoped, other, organizations, ofOwner, missing] = await Promise.all([
      world.asScopedMember.get(ClientNamesDocument),
      world.other.asOwner.get(ClientNamesDocument),
      world.other.asOwner.get(OrganizationsDocument),
      world.asOwner.get(ClientNamesDocument, { first: 100, search: 'Made ' }),
      send(server.url, world.asScopedMember.token, `{ client(id: "${world.clients.two}") { name } }`),
    ]);
    expect(scoped.clients.nodes.map(({ name }) => name)).toEqual(['One', 'Three']);
    expect(other.clients.nodes.map(({ name }) => name)).toEqual(['Beta Client']);
    expect(organizations.organizations.nodes.map(({ name }) => name)).toEqual(['Beta Group']);
    for (const { name } of ofOwner.clients.nodes) expect(after).toContain(name);
    expect(missing.errors?.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND']);
  }
  expect(server.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  expect(new Set(await statesOfApi(superuser))).toEqual(new Set(['idle']));
});
