// Deleting a list with its leads: locked at once, emptied in the background, and then gone; and what becomes of its client meanwhile.
import {
  ArchiveClientDocument,
  CreateLeadDocument,
  DeleteClientDocument,
  DeleteListDocument,
  JobOfListDocument,
  LeadDocument,
  LeadsDocument,
  ListDocument,
  ListJobDocument,
  ListsDocument,
  MoveListDocument,
  RestoreListDocument,
  UpdateLeadDocument,
  UpdateListDocument,
} from '../support/documents.generated';
import { finishDeletions, startDeleting } from '../deletion/working';
import { settled } from '../mail/outbox';
import type { Caller } from '../support/client';
import { dumpDatabase } from '../support/dump';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';
import { finishListJobs } from './working';

let server: TestServer;
let world: World;
let manager: Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  manager = await signInAs(
    server,
    await world.arrange.member(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'ACCESS_CRM', 'MANAGE_LISTS', 'DELETE_CLIENTS'],
      clientAccess: 'ALL',
    }),
  );
});
afterAll(() => server.close());

/** A list with a lead, of a client of its own. */
async function filledList(status: 'ACTIVE' | 'ARCHIVED' = 'ACTIVE') {
  const client = await world.arrange.client(world.accountId, 'Client');
  const list = await world.arrange.list(world.accountId, client, { status });
  return { client, list, lead: await world.arrange.lead(list) };
}
const remove = async (list: string) =>
  (await manager.get(DeleteListDocument, { input: { id: list, confirmName: 'Prospects' } })).deleteList;
const absent = { code: 'NOT_FOUND', field: 'id' };
const conflict = (reason: string) => ({ code: 'CONFLICT', reason });

/** Tables in which an id still stands, but for those that say that it was done. */
const mentioning = async (ids: string[]) =>
  [...(await dumpDatabase(server.owner))].flatMap(([table, rows]) =>
    rows.some((row) => ids.some((id) => row.includes(id))) &&
    !/list_jobs|audit_entries|fence\.events|graphile_worker/.test(table)
      ? [table]
      : [],
  );

test.each(['ACTIVE', 'ARCHIVED'] as const)(
  'a list that is %s is locked at once, emptied in the background, and then gone with all that is of it',
  async (status) => {
    const { list, lead } = await filledList(status);
    const entries = await auditedBy(server.owner, async () => {
      const { deletedId, job } = await remove(list);
      expect(deletedId).toBe(list);
      expect(job).toMatchObject({ kind: 'DELETION', state: 'QUEUED', listName: 'Prospects', total: null });
    });
    expect(entries).toMatchObject([{ action: 'LIST_DELETION_REQUESTED', details: { name: 'Prospects' } }]);
    const { list: shown } = await manager.get(JobOfListDocument, { id: list });
    expect(shown).toMatchObject({ status: 'DELETING', job: { state: 'QUEUED' } });
    expect(await manager.refusal(LeadDocument, { id: lead })).toEqual(absent);
    expect((await manager.get(LeadsDocument, { filter: { listId: list } })).leads.nodes).toEqual([]);
    expect((await world.asAdmin.get(LeadDocument, { id: lead })).lead?.id).toBe(lead);
    expect((await manager.get(ListsDocument)).lists.nodes.map(({ id }) => id)).not.toContain(list);

    const ended = await auditedBy(server.owner, () => finishListJobs(server));
    expect(ended).toMatchObject([
      { action: 'LIST_DELETED', subjectId: list, actorKind: 'SYSTEM', details: { name: 'Prospects' } },
    ]);
    expect(await manager.refusal(ListDocument, { id: list })).toEqual(absent);
    expect(await mentioning([list, lead])).toEqual([]);
    const { listJob } = await manager.get(ListJobDocument, { id: shown?.job?.id ?? '' });
    expect(listJob).toMatchObject({ state: 'DONE', done: 1, total: 1, duplicatesFound: null, listId: list });
  },
);

test('its name has to be typed again, and what none can be is refused', async () => {
  const { list } = await filledList();
  for (const confirmName of ['prospects', 'Prospects\0', ''])
    expect(
      await changingNothing(server.owner, () =>
        manager.refusal(DeleteListDocument, { input: { id: list, confirmName } }),
      ),
    ).toEqual({ code: 'VALIDATION_FAILED', field: 'input.confirmName' });
});

test('while it is being deleted nothing of it is written, and its client is neither archived nor deleted', async () => {
  const { client, list, lead } = await filledList();
  const other = await world.arrange.client(world.accountId, 'Other');
  await remove(list);
  await changingNothing(server.owner, async () => {
    for (const refusal of [
      () => manager.refusal(DeleteListDocument, { input: { id: list, confirmName: 'Prospects' } }),
      () => manager.refusal(UpdateListDocument, { input: { id: list, changes: { name: 'New' } } }),
      () => manager.refusal(RestoreListDocument, { input: { id: list } }),
      () => manager.refusal(MoveListDocument, { input: { id: list, clientId: other } }),
      () => manager.refusal(CreateLeadDocument, { input: { listId: list, name: 'New' } }),
      () => manager.refusal(ArchiveClientDocument, { input: { id: client } }),
      () => manager.refusal(DeleteClientDocument, { input: { id: client, confirmName: 'Client' } }),
      () => world.asAdmin.refusal(UpdateLeadDocument, { input: { id: lead, changes: { name: 'New' } } }),
    ])
      expect(await refusal()).toEqual(conflict('LIST_DELETING'));
  });
  await finishListJobs(server);
  await manager.get(ArchiveClientDocument, { input: { id: client } });
});

test('a client that is being deleted goes with its lists, and with what became of them before', async () => {
  const { client, list, lead } = await filledList();
  await remove(list);
  await finishListJobs(server);
  const second = await world.arrange.list(world.accountId, client);
  const other = await world.arrange.lead(second);
  await manager.get(DeleteClientDocument, { input: { id: client, confirmName: 'Client' } });
  for (const refusal of [
    () => manager.refusal(DeleteListDocument, { input: { id: second, confirmName: 'Prospects' } }),
    () => manager.refusal(MoveListDocument, { input: { id: second, clientId: world.clients.one } }),
  ])
    expect(await refusal()).toEqual(conflict('CLIENT_DELETING'));
  await finishDeletions(server);
  expect(await mentioning([list, lead, second, other])).toEqual([]);
  const { rows } = await server.owner.query('select from ringfence.list_jobs where client_id = $1', [client]);
  expect(rows).toEqual([]);
});

test('lists that move, lists that are deleted and clients that are deleted, all at once, end all', async () => {
  const given = await Promise.all(Array.from({ length: 6 }, () => filledList()));
  const worker = startDeleting(server);
  const ends = (index: number, { client, list }: { client: string; list: string }) =>
    index % 3 === 0
      ? manager.ask(DeleteListDocument, { input: { id: list, confirmName: 'Prospects' } })
      : index % 3 === 1
        ? manager.ask(MoveListDocument, { input: { id: list, clientId: given[0]?.client ?? '' } })
        : manager.ask(DeleteClientDocument, { input: { id: client, confirmName: 'Client' } });
  const answers = await Promise.all(given.map((each, index) => ends(index, each)));
  expect(answers.map(({ errors }) => errors)).toEqual(given.map(() => undefined));
  await settled(server.owner, 'settle_list');
  await settled(server.owner, 'delete_client');
  await worker.stop();
  const { rows } = await server.owner.query<{ state: string }>(
    `select state from ringfence.list_jobs where list_id = any ($1)
     union all select state from ringfence.client_deletions where client_id = any ($2)`,
    [given.map(({ list }) => list), given.map(({ client }) => client)],
  );
  expect(rows.map(({ state }) => state)).toEqual(given.map(() => 'DONE'));
  const left = await server.owner.query<{ id: string }>(
    'select id from ringfence.lists where id = any ($1)',
    [given.map(({ list }) => list)],
  );
  expect(left.rows.map(({ id }) => id).sort()).toEqual([given[1]?.list, given[4]?.list].sort());
});
