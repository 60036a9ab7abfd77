// Deleting a client for good: who may, what it takes, and how it is followed to its end.
import {
  ClientDeletionDocument,
  ClientDeletionsDocument,
  ClientsDocument,
  CreateClientDocument,
  DeleteClientDocument,
  DeletionOfClientDocument,
} from '../support/documents.generated';
import { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing, oneRow } from '../support/stored';
import { clientPermissions, createWorld, signInAs, type World } from '../support/world';
import { finishDeletions } from './working';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

/** A client of its own for a test; its name is `Doomed`. */
const doomed = (columns: { status?: string; contact_email?: string } = {}) =>
  world.arrange.client(world.accountId, 'Doomed', columns);
const deletion = (id: string, confirmName = 'Doomed') => ({ input: { id, confirmName } });
const gone = { code: 'NOT_FOUND', field: 'id' };

test('a client is locked at once, deleted in the background, and then gone; its deletion stays', async () => {
  const id = await doomed();
  const { deleteClient } = await world.asOwner.get(DeleteClientDocument, deletion(id));
  expect(deleteClient).toMatchObject({
    deletedId: id,
    deletion: {
      clientId: id,
      clientName: 'Doomed',
      state: 'QUEUED',
      done: 0,
      total: null,
      startedAt: null,
      finishedAt: null,
      requestedBy: { id: world.members.owner.id },
    },
  });
  const { client } = await world.asOwner.get(DeletionOfClientDocument, { id });
  expect(client).toEqual({ id, status: 'DELETING', deletion: deleteClient.deletion });

  await finishDeletions(server);
  expect(await world.asOwner.refusal(DeletionOfClientDocument, { id })).toEqual(gone);
  const { clientDeletion } = await world.asOwner.get(ClientDeletionDocument, { clientId: id });
  expect(clientDeletion).toMatchObject({ state: 'DONE', clientName: 'Doomed', done: 1, total: 1 });
  expect(clientDeletion?.finishedAt).not.toBeNull();
});

test.each(['ACTIVE', 'INACTIVE', 'ARCHIVED'])('a client that is %s can be deleted', async (status) => {
  const id = await doomed({ status });
  await world.asOwner.get(DeleteClientDocument, deletion(id));
  await finishDeletions(server);
  expect(await world.asOwner.refusal(DeletionOfClientDocument, { id })).toEqual(gone);
});

test('an archived client of an archived organization can be deleted', async () => {
  const organization = await world.arrange.organization(world.accountId, 'Closed');
  const id = await doomed({ status: 'ARCHIVED' });
  await server.owner.query('update ringfence.clients set organization_id = $2 where id = $1', [
    id,
    organization,
  ]);
  await server.owner.query("update ringfence.organizations set status = 'ARCHIVED' where id = $1", [
    organization,
  ]);
  await world.asOwner.get(DeleteClientDocument, deletion(id));
});

describe('the name has to be typed again', () => {
  test.each(['doomed', 'Doome', 'Doomed.', 'D'])('%p is not it', async (confirmName) => {
    const id = await doomed();
    await changingNothing(server.owner, async () => {
      expect(await world.asOwner.refusal(DeleteClientDocument, deletion(id, confirmName))).toEqual({
        code: 'VALIDATION_FAILED',
        field: 'input.confirmName',
      });
    });
  });

  test('spaces around it, and how an accent is written, do not matter', async () => {
    const id = await world.arrange.client(world.accountId, 'Café'.normalize('NFC'));
    await world.asOwner.get(DeleteClientDocument, deletion(id, ` ${'Café'.normalize('NFD')} `));
  });
});

test('another version than the expected one is refused', async () => {
  const id = await doomed();
  expect(
    await world.asOwner.refusal(DeleteClientDocument, {
      input: { id, confirmName: 'Doomed', expectedVersion: 7 },
    }),
  ).toEqual({ code: 'CONFLICT', reason: 'VERSION' });
});

test('deleted twice, also at the same moment, it is deleted once', async () => {
  const id = await doomed();
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => world.asOwner.ask(DeleteClientDocument, deletion(id))),
  );
  const reasons = answers.map(({ errors }) => errors?.[0]?.extensions.reason ?? 'deleted');
  expect(reasons.sort()).toEqual([...Array<string>(4).fill('CLIENT_DELETING'), 'deleted']);
});

describe('who may', () => {
  const permitted = async (caller: Caller, id: string) => {
    const { deleteClient } = await caller.get(DeleteClientDocument, deletion(id));
    expect(deleteClient.deletion?.clientId).toBe(id);
    await finishDeletions(server);
    const { clientDeletion } = await caller.get(ClientDeletionDocument, { clientId: id });
    expect(clientDeletion?.state).toBe('DONE');
    const { clientDeletions } = await caller.get(ClientDeletionsDocument, { first: 1 });
    expect(clientDeletions.nodes).toMatchObject([{ clientId: id }]);
  };

  test('owners, administrators and members with all clients and DELETE_CLIENTS, who follow it to the end', async () => {
    for (const caller of [world.asOwner, world.asAdmin, world.asMemberWithAll])
      await permitted(caller, await doomed());
  });

  test('a scoped member with DELETE_CLIENTS, a client of theirs, which they follow to the end', async () => {
    const id = await doomed();
    const member = await world.arrange.member(world.accountId, {
      permissions: clientPermissions,
      clients: [id],
    });
    await permitted(await signInAs(server, member), id);
  });

  test('a partner token with DELETE_CLIENTS, for all clients or for this one among others', async () => {
    const [one, two] = [await doomed(), await doomed()];
    const permissions = clientPermissions;
    const all = await world.arrange.accessToken(world.accountId, { permissions });
    const some = await world.arrange.accessToken(world.accountId, {
      permissions,
      clients: [two, world.clients.one],
    });
    await permitted(new Caller(server.url, all.text), one);
    await permitted(new Caller(server.url, some.text), two);
  });

  test('a partner token for this client alone deletes it, and is worth nothing from then on', async () => {
    const id = await doomed();
    const { text } = await world.arrange.accessToken(world.accountId, {
      permissions: clientPermissions,
      clients: [id],
    });
    const { data, errors } = await new Caller(server.url, text).ask(DeleteClientDocument, deletion(id));
    expect(data?.deleteClient).toEqual({ deletedId: id, deletion: null });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
  });

  test('nobody without DELETE_CLIENTS', async () => {
    const id = await doomed();
    const permissions = ['VIEW_CLIENTS', 'CREATE_CLIENTS', 'EDIT_CLIENTS'];
    const member = await world.arrange.member(world.accountId, { clientAccess: 'ALL', permissions });
    const { text } = await world.arrange.accessToken(world.accountId, { permissions });
    const asMember = await signInAs(server, member);
    await changingNothing(server.owner, async () => {
      for (const caller of [asMember, world.asPowerless, new Caller(server.url, text)])
        expect(await caller.refusal(DeleteClientDocument, deletion(id))).toEqual({ code: 'FORBIDDEN' });
      expect(
        await world.asPortalUser.refusal(DeleteClientDocument, deletion(world.clients.one, 'One')),
      ).toEqual({
        code: 'FORBIDDEN',
      });
      expect(await world.asAnonymous.refusal(DeleteClientDocument, deletion(id))).toEqual({
        code: 'UNAUTHENTICATED',
      });
    });
  });

  test('nobody who cannot see clients', async () => {
    const member = await world.arrange.member(world.accountId, {
      clientAccess: 'ALL',
      permissions: ['DELETE_CLIENTS'],
    });
    const caller = await signInAs(server, member);
    expect(await caller.refusal(DeleteClientDocument, deletion(await doomed()))).toEqual({
      code: 'FORBIDDEN',
    });
    expect((await caller.get(ClientDeletionsDocument)).clientDeletions).toMatchObject({ totalCount: 0 });
  });

  test('what is not within reach answers like what does not exist, and so does its deletion', async () => {
    const hidden = await doomed();
    await world.other.asOwner.get(CreateClientDocument, { input: { name: 'Doomed' } });
    const { rows } = await server.owner.query<{ id: string }>(
      'select id from ringfence.clients where account_id = $1 and is_house',
      [world.accountId],
    );
    const unreachable = [
      [world.asScopedMember, hidden],
      [world.asScopedMember, world.other.clientId],
      [world.other.asOwner, hidden],
      [world.asOwner, rows[0]?.id ?? ''],
      [world.asOwner, '01900000-0000-7000-8000-000000000000'],
    ] as const;
    await changingNothing(server.owner, async () => {
      for (const [caller, id] of unreachable)
        expect(await caller.refusal(DeleteClientDocument, deletion(id))).toEqual({
          ...gone,
          field: 'input.id',
        });
    });
    await world.asOwner.get(DeleteClientDocument, deletion(hidden));
    for (const caller of [world.asScopedMember, world.other.asOwner])
      expect(await caller.refusal(ClientDeletionDocument, { clientId: hidden })).toEqual({
        code: 'NOT_FOUND',
        field: 'clientId',
      });
  });

  test('a scoped member sees how far the deletions of their clients are, and nobody sees it without DELETE_CLIENTS', async () => {
    const id = await doomed();
    const member = (permissions: string[]) =>
      world.arrange.member(world.accountId, { permissions, clients: [id] });
    const deleting = await signInAs(server, await member(clientPermissions));
    const viewing = await signInAs(server, await member(['VIEW_CLIENTS']));
    await world.asOwner.get(DeleteClientDocument, deletion(id));
    expect((await deleting.get(DeletionOfClientDocument, { id })).client?.deletion?.state).toBe('QUEUED');
    expect((await viewing.get(DeletionOfClientDocument, { id })).client).toMatchObject({
      status: 'DELETING',
      deletion: null,
    });
    expect(await viewing.refusal(ClientDeletionDocument, { clientId: id })).toEqual({ code: 'FORBIDDEN' });
    await finishDeletions(server);
    expect((await deleting.get(ClientDeletionsDocument)).clientDeletions.nodes).toEqual([]);
  });
});

test('a list shows it only when asked for', async () => {
  const id = await doomed();
  await world.asOwner.get(DeleteClientDocument, deletion(id));
  const listed = async (filter?: { status: 'DELETING'[] }) =>
    (await world.asOwner.get(ClientsDocument, { first: 100, filter })).clients.nodes.map((node) => node.id);
  expect(await listed()).not.toContain(id);
  expect(await listed({ status: ['DELETING'] } as never)).toContain(id);
});

test('deletions are listed by state, in two statements however many they are', async () => {
  const page = async () =>
    world.asOwner.get(ClientDeletionsDocument, { filter: { state: ['DONE'] as never } });
  await finishDeletions(server);
  const { clientDeletions } = await page();
  expect(clientDeletions.nodes.length).toBeGreaterThan(2);
  expect(clientDeletions.totalCount).toBe(clientDeletions.nodes.length);
  expect(clientDeletions.nodes.every(({ state }) => state === 'DONE')).toBe(true);
});

test('the log says who asked for it and when it was done, with the name and nothing else', async () => {
  const id = await doomed();
  const asked = await auditedBy(server.owner, () => world.asOwner.get(DeleteClientDocument, deletion(id)));
  expect(asked).toMatchObject([
    {
      action: 'CLIENT_DELETION_REQUESTED',
      actorKind: 'OWNER',
      actorId: world.members.owner.id,
      subjectId: id,
      details: { name: 'Doomed' },
    },
  ]);
  const done = await auditedBy(server.owner, () => finishDeletions(server));
  expect(done).toMatchObject([
    {
      action: 'CLIENT_DELETED',
      actorKind: 'SYSTEM',
      actorId: null,
      subjectId: id,
      details: { name: 'Doomed' },
    },
  ]);
  const { actions } = await oneRow<{ actions: string[] }>(
    server.owner,
    'select array_agg(action order by position) as actions from fence.events where subject_id = $1',
    [id],
  );
  expect(actions).toEqual(['CLIENT_CREATED', 'CLIENT_DELETION_REQUESTED', 'CLIENT_DELETED']);
});

test('sent again under its key after the client is gone, the answer is that of the deletion', async () => {
  const id = await doomed();
  const caller = world.asOwner.under('delete it');
  const first = await caller.ask(DeleteClientDocument, deletion(id));
  expect(first.errors).toBeUndefined();
  await finishDeletions(server);
  const again = await caller.ask(DeleteClientDocument, deletion(id));
  expect(again.extensions?.idempotencyReplayed).toEqual(['deleteClient']);
  expect(again.data?.deleteClient).toMatchObject({
    deletedId: id,
    deletion: { clientId: id, state: 'DONE' },
  });
});
