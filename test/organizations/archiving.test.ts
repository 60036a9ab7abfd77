import type { Caller } from '../support/client';
import {
  ArchiveClientDocument,
  ArchiveOrganizationDocument,
  CreateClientDocument,
  OrganizationDocument,
  OrganizationsDocument,
  RestoreClientDocument,
  RestoreOrganizationDocument,
  UpdateClientDocument,
  UpdateOrganizationDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing, oneRow } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let asScopedManager: Caller;

const nobodys = '01900000-0000-7000-8000-000000000000';

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  asScopedManager = await signInAs(
    server,
    await world.arrange.member(world.accountId, { permissions: ['MANAGE_CLIENT_ORGANIZATIONS'] }),
  );
});
afterAll(() => server.close());
// So that the plan has room for the next test.
afterEach(() =>
  server.owner.query("delete from ringfence.clients where account_id = $1 and name like 'Client %'", [
    world.accountId,
  ]),
);

const archive = async (caller: Caller, id: string, expectedVersion?: number) =>
  (await caller.get(ArchiveOrganizationDocument, { input: { id, expectedVersion } })).archiveOrganization
    .organization;
const restore = async (caller: Caller, id: string, expectedVersion?: number) =>
  (await caller.get(RestoreOrganizationDocument, { input: { id, expectedVersion } })).restoreOrganization
    .organization;
const archiveRefused = (caller: Caller, id: string, expectedVersion?: number) =>
  changingNothing(server.owner, () =>
    caller.refusal(ArchiveOrganizationDocument, { input: { id, expectedVersion } }),
  );
const restoreRefused = (caller: Caller, id: string, expectedVersion?: number) =>
  changingNothing(server.owner, () =>
    caller.refusal(RestoreOrganizationDocument, { input: { id, expectedVersion } }),
  );
const newOrganization = (name = 'Organization') =>
  world.arrange.organization(world.accountId, name, ['kept']);
const newClient = (organization_id: string, status = 'ACTIVE') =>
  world.arrange.client(world.accountId, `Client ${status}`, { organization_id, status });

test('an archived organization is absent from lists unless asked for, read by its id, and restored as it was', async () => {
  const id = await newOrganization('Resting');
  expect(await archive(world.asOwner, id)).toMatchObject({
    status: 'ARCHIVED',
    name: 'Resting',
    tags: ['kept'],
    version: 2,
  });
  const find = async (status?: 'ARCHIVED') =>
    (
      await world.asOwner.get(OrganizationsDocument, {
        search: 'Resting',
        filter: status && { status: [status] },
      })
    ).organizations.nodes.map((node) => node.id);
  expect(await find()).toEqual([]);
  expect(await find('ARCHIVED')).toEqual([id]);
  expect((await world.asOwner.get(OrganizationDocument, { id })).organization?.status).toBe('ARCHIVED');
  expect(await restore(world.asOwner, id)).toMatchObject({
    status: 'ACTIVE',
    name: 'Resting',
    tags: ['kept'],
    version: 3,
  });
  expect(await find()).toEqual([id]);
});

test('archiving twice and restoring what is not archived are conflicts', async () => {
  const id = await newOrganization();
  expect(await restoreRefused(world.asOwner, id)).toEqual({
    code: 'CONFLICT',
    reason: 'ORGANIZATION_NOT_ARCHIVED',
  });
  await archive(world.asOwner, id);
  expect(await archiveRefused(world.asOwner, id)).toEqual({
    code: 'CONFLICT',
    reason: 'ORGANIZATION_ARCHIVED',
  });
});

test('an expected version that is not this one is a conflict', async () => {
  const id = await newOrganization();
  expect(await archiveRefused(world.asOwner, id, 2)).toEqual({ code: 'CONFLICT', reason: 'VERSION' });
  expect((await archive(world.asOwner, id, 1)).version).toBe(2);
  expect(await restoreRefused(world.asOwner, id, 1)).toEqual({ code: 'CONFLICT', reason: 'VERSION' });
  expect((await restore(world.asOwner, id, 2)).version).toBe(3);
});

test('nothing of an archived organization changes, its tags neither', async () => {
  const id = await newOrganization();
  await archive(world.asOwner, id);
  for (const changes of [{ name: 'Refused' }, { tags: ['refused'] }, {}]) {
    const refusal = await changingNothing(server.owner, () =>
      world.asOwner.refusal(UpdateOrganizationDocument, { input: { id, changes } }),
    );
    expect(refusal).toEqual({ code: 'CONFLICT', reason: 'ORGANIZATION_ARCHIVED' });
  }
});

describe('an organization with clients', () => {
  const conflict = { code: 'CONFLICT', reason: 'ORGANIZATION_HAS_CLIENTS' };

  test.each(['ACTIVE', 'INACTIVE'])('that are %s is not archived', async (status) => {
    const id = await newOrganization();
    await newClient(id, status);
    expect(await archiveRefused(world.asOwner, id)).toEqual(conflict);
  });

  test('that are all archived is archived, and they wait for it to be restored', async () => {
    const id = await newOrganization();
    const client = await newClient(id, 'ARCHIVED');
    expect((await archive(world.asOwner, id)).status).toBe('ARCHIVED');
    const refusal = await changingNothing(server.owner, () =>
      world.asOwner.refusal(RestoreClientDocument, { input: { id: client } }),
    );
    expect(refusal).toEqual({ code: 'CONFLICT', reason: 'ORGANIZATION_ARCHIVED' });
  });

  test('that whoever archives it does not see is not archived either', async () => {
    const id = await newOrganization();
    const client = await newClient(id);
    expect((await asScopedManager.get(OrganizationDocument, { id })).organization?.clientCount).toBe(0);
    expect(await archiveRefused(asScopedManager, id)).toEqual(conflict);
    await world.asOwner.get(ArchiveClientDocument, { input: { id: client } });
    expect((await archive(asScopedManager, id)).status).toBe('ARCHIVED');
  });

  test('is archived once the last of them has moved away', async () => {
    const id = await newOrganization();
    const client = await newClient(id);
    await world.asOwner.get(UpdateClientDocument, {
      input: { id: client, changes: { organizationId: null } },
    });
    expect((await archive(world.asOwner, id)).status).toBe('ARCHIVED');
  });
});

describe('who archives and restores', () => {
  test.each<[string, () => Caller]>([
    ['an administrator', () => world.asAdmin],
    ['a member with all clients', () => world.asMemberWithAll],
    ['a scoped member', () => asScopedManager],
  ])('%s may, with MANAGE_CLIENT_ORGANIZATIONS', async (_who, caller) => {
    const id = await newOrganization();
    expect((await archive(caller(), id)).status).toBe('ARCHIVED');
    expect((await restore(caller(), id)).status).toBe('ACTIVE');
  });

  test('nobody else may, whether they see it or not', async () => {
    for (const id of [world.organizations.north, world.other.organizationId, nobodys]) {
      for (const attempt of [archiveRefused, restoreRefused]) {
        expect(await attempt(world.asScopedMember, id)).toEqual({ code: 'FORBIDDEN' });
        expect(await attempt(world.asPowerless, id)).toEqual({ code: 'FORBIDDEN' });
        expect(await attempt(world.asAnonymous, id)).toEqual({ code: 'UNAUTHENTICATED' });
      }
    }
  });

  test('what is of another account or of none is not found, and what is no id is refused', async () => {
    for (const attempt of [archiveRefused, restoreRefused]) {
      for (const caller of [world.asOwner, asScopedManager]) {
        expect(await attempt(caller, world.other.organizationId)).toEqual({
          code: 'NOT_FOUND',
          field: 'input.id',
        });
        expect(await attempt(caller, world.other.organizationId, 1)).toEqual({
          code: 'NOT_FOUND',
          field: 'input.id',
        });
        expect(await attempt(caller, nobodys)).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
        expect(await attempt(caller, 'North')).toEqual({ code: 'VALIDATION_FAILED', field: 'input.id' });
      }
    }
  });
});

describe('archiving an organization while others', () => {
  /** In even rounds archiving is sent first, in odd ones the others are. */
  const rounds = Array.from({ length: 8 }, (_, round) => round);

  /** Does both at once and answers what the others were told. No archived organization may be left with a live client. */
  async function race(
    round: number,
    id: string,
    others: () => ReturnType<Caller['ask']>[],
  ): Promise<string[]> {
    const archiving = () => world.asAdmin.ask(ArchiveOrganizationDocument, { input: { id } });
    const first = round % 2 === 0 ? archiving() : undefined;
    const sent = others();
    const [archived, ...outcomes] = await Promise.all([first ?? archiving(), ...sent]);
    const { status, live } = await oneRow<{ status: string; live: number }>(
      server.owner,
      "select status, (select count(*)::int from ringfence.clients where organization_id = $1 and status <> 'ARCHIVED') as live from ringfence.organizations where id = $1",
      [id],
    );
    const reasons = outcomes.map(
      ({ errors }) => errors?.[0]?.extensions.reason ?? errors?.[0]?.extensions.code ?? 'done',
    );
    expect(archived.errors?.[0]?.extensions.reason ?? 'archived').toBe(
      live === 0 ? 'archived' : 'ORGANIZATION_HAS_CLIENTS',
    );
    expect(status).toBe(live === 0 ? 'ARCHIVED' : 'ACTIVE');
    expect(reasons.filter((reason) => reason === 'done')).toHaveLength(live);
    return reasons;
  }

  test.each(rounds)('create clients in it leaves no live client in the archive (round %i)', async (round) => {
    const id = await newOrganization();
    const creating = () =>
      Array.from({ length: 4 }, (_, n) =>
        world.asOwner.ask(CreateClientDocument, { input: { name: `Client ${n}`, organizationId: id } }),
      );
    for (const reason of await race(round, id, creating))
      expect(['done', 'ORGANIZATION_ARCHIVED']).toContain(reason);
  });

  test.each(rounds)('move clients into it leaves no live client in the archive (round %i)', async (round) => {
    const id = await newOrganization();
    const clients: string[] = [];
    for (const n of [1, 2, 3, 4]) clients.push(await world.arrange.client(world.accountId, `Client ${n}`));
    const moving = () =>
      clients.map((client) =>
        world.asOwner.ask(UpdateClientDocument, { input: { id: client, changes: { organizationId: id } } }),
      );
    for (const reason of await race(round, id, moving))
      expect(['done', 'ORGANIZATION_ARCHIVED']).toContain(reason);
  });

  test.each(rounds)(
    'restore clients of it leaves no live client in the archive (round %i)',
    async (round) => {
      const id = await newOrganization();
      const clients: string[] = [];
      while (clients.length < 4) clients.push(await newClient(id, 'ARCHIVED'));
      const restoring = () =>
        clients.map((client) => world.asOwner.ask(RestoreClientDocument, { input: { id: client } }));
      for (const reason of await race(round, id, restoring))
        expect(['done', 'ORGANIZATION_ARCHIVED']).toContain(reason);
    },
  );
});
