// Deleting a client while others use it: whoever was first has done it, and nothing of it is left over.
import { randomUUID } from 'node:crypto';
import { accept, invitePortalUser } from '../invitations/invitations';
import {
  AssignClientsDocument,
  CreatePortalUserDocument,
  DeleteClientDocument,
  RecordCallsDocument,
  UpdateClientDocument,
} from '../support/documents.generated';
import { dumpDatabase } from '../support/dump';
import { startTestServer, type TestServer } from '../support/server';
import { clientPermissions, createWorld, signInAs, type World } from '../support/world';
import { finishDeletions, startDeleting } from './working';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const rounds = 8;
/** Tables that may name it: see catalogue.test.ts. */
const kept = /client_deletions|audit_entries|fence\.events|outbox|idempotency_keys|graphile_worker/;

/** Tables in which an id still stands. */
async function mentioning(id: string): Promise<string[]> {
  const dump = await dumpDatabase(server.owner);
  return [...dump].flatMap(([table, rows]) =>
    rows.some((row) => row.includes(id)) && !kept.test(table) ? [table] : [],
  );
}

type Use = (clientId: string) => Promise<() => Promise<unknown>>;

const uses: [string, Use][] = [
  [
    'a portal user is created',
    (clientId) =>
      Promise.resolve(() =>
        world.asAdmin.ask(CreatePortalUserDocument, {
          input: {
            clientId,
            name: 'Pia',
            email: `${randomUUID()}@x.test`,
            password: 'umbrella teapot lantern',
          },
        }),
      ),
  ],
  [
    'it is edited',
    (id) =>
      Promise.resolve(() =>
        world.asAdmin.ask(UpdateClientDocument, { input: { id, changes: { name: 'Edited' } } }),
      ),
  ],
  [
    'an invitation is accepted',
    async (clientId) => {
      const { token } = await invitePortalUser(world.asOwner, { clientId, email: `${randomUUID()}@x.test` });
      return () => accept(world.asAnonymous, token);
    },
  ],
  [
    'somebody signs in for it',
    async (clientId) => {
      const person = await world.arrange.portalUser(world.accountId, clientId);
      return () => signInAs(server, person).catch(() => undefined);
    },
  ],
  [
    'a member is given it',
    (clientId) =>
      Promise.resolve(() =>
        world.asAdmin.ask(AssignClientsDocument, {
          input: { memberId: world.members.powerless.id, add: [clientId], remove: [] },
        }),
      ),
  ],
];

test.each(uses)('while %s', async (_, use) => {
  const ids: string[] = [];
  const worker = startDeleting(server);
  for (let round = 0; round < rounds; round += 1) {
    const id = await world.arrange.client(world.accountId, 'Doomed');
    ids.push(id);
    const run = await use(id);
    const remove = () => world.asOwner.ask(DeleteClientDocument, { input: { id, confirmName: 'Doomed' } });
    // Sometimes one is first, sometimes the other.
    const [first, second] = round % 2 === 0 ? [run, remove] : [remove, run];
    await Promise.all([first(), second()]);
    // Where it had another name by then, nobody typed that.
    await world.asOwner.ask(DeleteClientDocument, { input: { id, confirmName: 'Edited' } });
  }
  await worker.stop();
  await finishDeletions(server);
  for (const id of ids) expect(await mentioning(id)).toEqual([]);
});

test('while calls are recorded: what came before is deleted, what comes after is refused, and no other client’s is', async () => {
  const { arrange, accountId } = world;
  const [doomed, other] = [
    await arrange.client(accountId, 'Doomed'),
    await arrange.client(accountId, 'Other'),
  ];
  const agents = [await arrange.agent(accountId, doomed), await arrange.agent(accountId, other)];
  const worker = startDeleting(server);
  const outcomes = new Set<string>();
  /** Reports a call of both agents, and answers what became of them. */
  const report = async () => {
    const calls = agents.map(({ id }) => ({
      agentId: id,
      externalId: randomUUID(),
      direction: 'INBOUND',
      startedAt: new Date().toISOString(),
      billableSeconds: 60,
    }));
    const { recordCalls } = await world.asAdmin.get(RecordCallsDocument, { input: { calls } as never });
    return recordCalls.results.map(({ status, error }) => error?.reason ?? error?.code ?? status);
  };
  const reporting = Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let number = 0; number < rounds; number += 1) {
        const [ofDoomed = '', ofOther] = await report();
        outcomes.add(ofDoomed);
        expect(ofOther).toBe('CREATED');
      }
    }),
  );
  await report();
  await world.asOwner.get(DeleteClientDocument, { input: { id: doomed, confirmName: 'Doomed' } });
  expect(await report()).toEqual([expect.stringMatching(/^(CLIENT_DELETING|NOT_FOUND)$/), 'CREATED']);
  await reporting;
  await worker.stop();
  await finishDeletions(server);
  expect([...outcomes].filter((outcome) => !/^(CREATED|CLIENT_DELETING|NOT_FOUND)$/.test(outcome))).toEqual(
    [],
  );
  expect(await report()).toEqual(['NOT_FOUND', 'CREATED']);
  expect(await mentioning(doomed)).toEqual([]);
  const { rows } = await server.owner.query('select from ringfence.calls where client_id = $1', [other]);
  expect(rows).toHaveLength(4 * rounds + 3);
});

test('a member who is removed while their client goes takes nothing of it along', async () => {
  const id = await world.arrange.client(world.accountId, 'Doomed');
  const member = await world.arrange.member(world.accountId, {
    permissions: clientPermissions,
    clients: [id],
  });
  const caller = await signInAs(server, member);
  await caller.get(DeleteClientDocument, { input: { id, confirmName: 'Doomed' } });
  await server.owner.query('delete from ringfence.members where id = $1', [member.id]);
  await finishDeletions(server);
  expect(await mentioning(id)).toEqual([]);
  const { rows } = await server.owner.query(
    'select state from ringfence.client_deletions where client_id = $1',
    [id],
  );
  expect(rows).toEqual([{ state: 'DONE' }]);
});
