// Archived lists, by themselves and with their clients, and what happens at the same time.
import { randomUUID } from 'node:crypto';
import {
  ArchiveClientDocument,
  ArchiveListDocument,
  CreateListDocument,
  DeleteClientDocument,
  DeleteListDocument,
  ListDocument,
  ListsDocument,
  RestoreClientDocument,
  RestoreListDocument,
  UpdateListDocument,
} from '../support/documents.generated';
import type { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let manager: Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  manager = await signInAs(
    server,
    await world.arrange.member(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'MANAGE_LISTS', 'DELETE_CLIENTS'],
      clientAccess: 'ALL',
    }),
  );
});
afterAll(() => server.close());

const newClient = () => world.arrange.client(world.accountId, `Client ${randomUUID().slice(0, 8)}`);
const newList = (clientId: string, status: 'ACTIVE' | 'ARCHIVED' = 'ACTIVE') =>
  world.arrange.list(world.accountId, clientId, { status });
const statusOf = async (id: string) => (await world.asAdmin.get(ListDocument, { id })).list?.status;
const conflict = (reason: string) => ({ code: 'CONFLICT', reason });

describe('a list by itself', () => {
  test('is archived, absent unless asked for, changed by nobody, and restored as it was', async () => {
    const id = await newList(world.clients.one);
    const entries = await auditedBy(server.owner, async () => {
      const { archiveList } = await manager.get(ArchiveListDocument, { input: { id, expectedVersion: 1 } });
      expect(archiveList.list).toMatchObject({ status: 'ARCHIVED', version: 2 });
    });
    expect(entries.map(({ action }) => action)).toEqual(['LIST_ARCHIVED']);
    const filter = { clientId: world.clients.one };
    expect((await manager.get(ListsDocument, { filter })).lists.nodes).toEqual([]);
    for (const refusal of [
      () => manager.refusal(UpdateListDocument, { input: { id, changes: { name: 'X' } } }),
      () => manager.refusal(ArchiveListDocument, { input: { id } }),
    ])
      expect(await changingNothing(server.owner, refusal)).toEqual(conflict('LIST_ARCHIVED'));
    const { restoreList } = await manager.get(RestoreListDocument, { input: { id } });
    expect(restoreList.list).toMatchObject({ status: 'ACTIVE', fields: expect.any(Array) as unknown });
    expect(
      await changingNothing(server.owner, () => manager.refusal(RestoreListDocument, { input: { id } })),
    ).toEqual(conflict('LIST_NOT_ARCHIVED'));
    expect(
      await changingNothing(server.owner, () =>
        manager.refusal(ArchiveListDocument, { input: { id, expectedVersion: 2 } }),
      ),
    ).toEqual(conflict('VERSION'));
    await manager.get(ArchiveListDocument, { input: { id } });
    await manager.get(DeleteListDocument, { input: { id, confirmName: 'Prospects' } });
  });

  test('needs MANAGE_LISTS, and is one that is seen', async () => {
    const id = await newList(world.clients.two);
    const reader = await signInAs(
      server,
      await world.arrange.member(world.accountId, { permissions: ['ACCESS_CRM'], clientAccess: 'ALL' }),
    );
    const elsewhere = await signInAs(
      server,
      await world.arrange.member(world.accountId, {
        permissions: ['MANAGE_LISTS'],
        clients: [world.clients.one],
      }),
    );
    for (const change of [
      (caller: Caller) => caller.refusal(ArchiveListDocument, { input: { id } }),
      (caller: Caller) => caller.refusal(RestoreListDocument, { input: { id } }),
    ]) {
      expect(await change(reader)).toEqual({ code: 'FORBIDDEN' });
      for (const caller of [elsewhere, world.other.asOwner])
        expect(await change(caller)).toEqual({
          code: 'NOT_FOUND',
          field: 'input.id',
        });
    }
  });
});

describe('with its client', () => {
  test('active lists are archived, and these alone are restored', async () => {
    const clientId = await newClient();
    const [active, archived] = [await newList(clientId), await newList(clientId, 'ARCHIVED')];
    const elsewhere = await newList(world.clients.one);
    const input = { id: clientId };
    await manager.get(ArchiveClientDocument, { input });
    expect([await statusOf(active), await statusOf(archived), await statusOf(elsewhere)]).toEqual([
      'ARCHIVED',
      'ARCHIVED',
      'ACTIVE',
    ]);
    for (const refusal of [
      () => manager.refusal(RestoreListDocument, { input: { id: active } }),
      () => manager.refusal(UpdateListDocument, { input: { id: active, changes: { name: 'X' } } }),
      () => manager.refusal(DeleteListDocument, { input: { id: active, confirmName: 'Prospects' } }),
      () => manager.refusal(CreateListDocument, { input: { clientId, name: 'X' } }),
    ])
      expect(await changingNothing(server.owner, refusal)).toEqual(conflict('CLIENT_ARCHIVED'));
    const entries = await auditedBy(server.owner, () => manager.get(RestoreClientDocument, { input }));
    expect(entries.map(({ action }) => action)).toEqual(['CLIENT_RESTORED', 'LIST_RESTORED']);
    expect([await statusOf(active), await statusOf(archived)]).toEqual(['ACTIVE', 'ARCHIVED']);
    // What was restored with the client, and archived again by itself, stays so.
    await manager.get(ArchiveListDocument, { input: { id: active } });
    await manager.get(ArchiveClientDocument, { input });
    await manager.get(RestoreClientDocument, { input });
    expect(await statusOf(active)).toBe('ARCHIVED');
  });

  test('lists of a client that is being deleted are absent, and nothing of them changes', async () => {
    const clientId = await world.arrange.client(world.accountId, 'Doomed');
    const id = await newList(clientId);
    await manager.get(DeleteClientDocument, { input: { id: clientId, confirmName: 'Doomed' } });
    expect(
      await changingNothing(server.owner, () => manager.refusal(RestoreListDocument, { input: { id } })),
    ).toEqual(conflict('CLIENT_DELETING'));
    expect((await manager.get(ListsDocument, { filter: { clientId } })).lists.nodes).toEqual([]);
  });
});

describe('at the same time', () => {
  test('of edits that expect the same version one is made, and the others are told', async () => {
    const id = await newList(world.clients.one);
    const edits = Array.from({ length: 6 }, (_, n) =>
      manager.ask(UpdateListDocument, { input: { id, changes: { name: `Edit ${n}` }, expectedVersion: 1 } }),
    );
    const answers = await Promise.all(edits);
    const made = answers.flatMap(({ data }) => data?.updateList.list.name ?? []);
    expect(made).toHaveLength(1);
    expect(answers.flatMap(({ errors }) => errors?.[0]?.extensions.reason ?? [])).toEqual(
      Array(5).fill('VERSION'),
    );
    expect((await manager.get(ListDocument, { id })).list).toMatchObject({ name: made[0], version: 2 });
  });

  test('no list of a client that is archived meanwhile stays active', async () => {
    for (let round = 0; round < 5; round += 1) {
      const clientId = await newClient();
      const creating = () => manager.ask(CreateListDocument, { input: { clientId, name: 'Raced' } });
      const [archived, ...created] = await Promise.all([
        manager.ask(ArchiveClientDocument, { input: { id: clientId } }),
        ...Array.from({ length: 3 }, creating),
      ]);
      expect(archived?.errors).toBeUndefined();
      for (const { errors } of created)
        if (errors !== undefined) expect(errors[0]?.extensions).toMatchObject(conflict('CLIENT_ARCHIVED'));
      const { rows } = await server.owner.query(
        "select from ringfence.lists where client_id = $1 and (status = 'ACTIVE' or not archived_with_client)",
        [clientId],
      );
      expect(rows).toEqual([]);
    }
  });
});
