import type { Caller } from '../support/client';
import {
  ActivateClientDocument,
  ArchiveClientDocument,
  ClientDocument,
  DeactivateClientDocument,
  RestoreClientDocument,
  UpdateClientDocument,
  type ChangeClientStatusInput,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing, oneRow } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;

const nobodys = '01900000-0000-7000-8000-000000000000';

const verbs = {
  deactivate: async (caller: Caller, input: ChangeClientStatusInput) =>
    (await caller.get(DeactivateClientDocument, { input })).deactivateClient.client,
  activate: async (caller: Caller, input: ChangeClientStatusInput) =>
    (await caller.get(ActivateClientDocument, { input })).activateClient.client,
  archive: async (caller: Caller, input: ChangeClientStatusInput) =>
    (await caller.get(ArchiveClientDocument, { input })).archiveClient.client,
  restore: async (caller: Caller, input: ChangeClientStatusInput) =>
    (await caller.get(RestoreClientDocument, { input })).restoreClient.client,
};
const refusals = {
  deactivate: (caller: Caller, input: ChangeClientStatusInput) =>
    caller.refusal(DeactivateClientDocument, { input }),
  activate: (caller: Caller, input: ChangeClientStatusInput) =>
    caller.refusal(ActivateClientDocument, { input }),
  archive: (caller: Caller, input: ChangeClientStatusInput) =>
    caller.refusal(ArchiveClientDocument, { input }),
  restore: (caller: Caller, input: ChangeClientStatusInput) =>
    caller.refusal(RestoreClientDocument, { input }),
};
type Verb = keyof typeof verbs;
const allVerbs = Object.keys(verbs) as Verb[];

const refused = (verb: Verb, caller: Caller, id: string, expectedVersion?: number) =>
  changingNothing(server.owner, () => refusals[verb](caller, { id, expectedVersion }));

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());
// So that the plan has room for the next test.
afterEach(() =>
  server.owner.query("delete from ringfence.clients where account_id = $1 and name like 'Client %'", [
    world.accountId,
  ]),
);

/** A client that came to its state the way clients do. */
async function clientIn(state: string): Promise<string> {
  const id = await world.arrange.client(world.accountId, `Client ${state}`);
  const way: Record<string, Verb[]> = {
    INACTIVE: ['deactivate'],
    'ARCHIVED after ACTIVE': ['archive'],
    'ARCHIVED after INACTIVE': ['deactivate', 'archive'],
  };
  for (const verb of way[state] ?? []) await verbs[verb](world.asOwner, { id });
  return id;
}

test.each<[from: string, verb: Verb, outcome: string]>([
  ['ACTIVE', 'deactivate', 'INACTIVE'],
  ['ACTIVE', 'activate', 'ACTIVE'],
  ['ACTIVE', 'archive', 'ARCHIVED'],
  ['ACTIVE', 'restore', 'CLIENT_NOT_ARCHIVED'],
  ['INACTIVE', 'deactivate', 'INACTIVE'],
  ['INACTIVE', 'activate', 'ACTIVE'],
  ['INACTIVE', 'archive', 'ARCHIVED'],
  ['INACTIVE', 'restore', 'CLIENT_NOT_ARCHIVED'],
  ['ARCHIVED after ACTIVE', 'deactivate', 'CLIENT_ARCHIVED'],
  ['ARCHIVED after ACTIVE', 'activate', 'CLIENT_ARCHIVED'],
  ['ARCHIVED after ACTIVE', 'archive', 'CLIENT_ARCHIVED'],
  ['ARCHIVED after ACTIVE', 'restore', 'ACTIVE'],
  ['ARCHIVED after INACTIVE', 'deactivate', 'CLIENT_ARCHIVED'],
  ['ARCHIVED after INACTIVE', 'activate', 'CLIENT_ARCHIVED'],
  ['ARCHIVED after INACTIVE', 'archive', 'CLIENT_ARCHIVED'],
  ['ARCHIVED after INACTIVE', 'restore', 'INACTIVE'],
])('from %s, to %s leads to %s', async (from, verb, outcome) => {
  const id = await clientIn(from);
  if (outcome.startsWith('CLIENT')) {
    expect(await refused(verb, world.asOwner, id)).toEqual({ code: 'CONFLICT', reason: outcome });
    return;
  }
  expect((await verbs[verb](world.asOwner, { id })).status).toBe(outcome);
  expect((await world.asOwner.get(ClientDocument, { id })).client?.status).toBe(outcome);
});

test('nothing of a client is lost on the way through every state', async () => {
  const id = await world.arrange.client(world.accountId, 'Traveller', {
    organization_id: world.organizations.south,
  });
  const changes = {
    contactName: 'Tara',
    contactEmail: 'tara@travel.test',
    contactPhone: '+4930901820',
    contactPosition: 'Guide',
    accountManagerId: world.members.all.id,
  };
  const { client: before } = (await world.asOwner.get(UpdateClientDocument, { input: { id, changes } }))
    .updateClient;
  for (const verb of ['deactivate', 'archive', 'restore'] as const) await verbs[verb](world.asOwner, { id });
  const after = await verbs.activate(world.asOwner, { id });
  expect(after).toEqual({ ...before, version: before.version + 4, updatedAt: after.updatedAt });
});

describe.each(allVerbs)('to %s', (verb) => {
  const startingPoint = verb === 'restore' ? 'ARCHIVED after ACTIVE' : 'ACTIVE';
  const needed = verb === 'archive' || verb === 'restore' ? 'DELETE_CLIENTS' : 'EDIT_CLIENTS';
  const insufficient = [
    'VIEW_CLIENTS',
    'CREATE_CLIENTS',
    'MANAGE_CLIENT_ORGANIZATIONS',
    needed === 'EDIT_CLIENTS' ? 'DELETE_CLIENTS' : 'EDIT_CLIENTS',
  ];

  test(`needs ${needed}, which is enough`, async () => {
    const id = await clientIn(startingPoint);
    const asOther = await signInAs(
      server,
      await world.arrange.member(world.accountId, { clients: [id], permissions: insufficient }),
    );
    expect(await refused(verb, asOther, id)).toEqual({ code: 'FORBIDDEN' });
    const asHolder = await signInAs(
      server,
      await world.arrange.member(world.accountId, { clients: [id], permissions: ['VIEW_CLIENTS', needed] }),
    );
    expect((await verbs[verb](asHolder, { id })).id).toBe(id);
  });

  test('needs VIEW_CLIENTS too, because the answer could not be given without', async () => {
    const id = await clientIn(startingPoint);
    const asBlind = await signInAs(
      server,
      await world.arrange.member(world.accountId, { clients: [id], permissions: [needed] }),
    );
    expect(await refused(verb, asBlind, id)).toEqual({ code: 'FORBIDDEN' });
  });

  test.each<[string, () => Caller]>([
    ['an administrator', () => world.asAdmin],
    ['a member with all clients', () => world.asMemberWithAll],
  ])('is for %s too', async (_who, caller) => {
    expect((await verbs[verb](caller(), { id: await clientIn(startingPoint) })).name).toBe(
      `Client ${startingPoint}`,
    );
  });

  test('is refused without the permission or without signing in', async () => {
    const id = await clientIn(startingPoint);
    expect(await refused(verb, world.asPowerless, id)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(verb, world.asAnonymous, id)).toEqual({ code: 'UNAUTHENTICATED' });
  });

  test('does not tell a hidden client, a foreign one, the house client and none at all apart', async () => {
    const hidden = await clientIn(startingPoint);
    const house = await oneRow<{ id: string }>(
      server.owner,
      'select id from ringfence.clients where is_house and account_id = $1',
      [world.accountId],
    );
    for (const id of [hidden, world.other.clientId, house.id, nobodys]) {
      expect(await refused(verb, world.asScopedMember, id)).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
      expect(await refused(verb, world.asScopedMember, id, 7)).toEqual({
        code: 'NOT_FOUND',
        field: 'input.id',
      });
    }
    expect(await refused(verb, world.other.asOwner, hidden)).toEqual({
      code: 'NOT_FOUND',
      field: 'input.id',
    });
    expect(await refused(verb, world.asOwner, house.id)).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
  });

  test('is refused when another version was expected, and done when it was this one', async () => {
    const id = await clientIn(startingPoint);
    const version = (await world.asOwner.get(ClientDocument, { id })).client?.version ?? 0;
    expect(await refused(verb, world.asOwner, id, version - 1)).toEqual({
      code: 'CONFLICT',
      reason: 'VERSION',
    });
    expect((await verbs[verb](world.asOwner, { id, expectedVersion: version })).version).toBe(version + 1);
  });

  test('takes no id that is none', async () => {
    expect(await refused(verb, world.asOwner, 'six')).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.id',
    });
  });
});

describe('restoring', () => {
  async function starterAccount(slug: string) {
    const accountId = await world.arrange.account(slug, 'STARTER');
    const live: string[] = [];
    for (const name of ['A', 'B', 'C']) live.push(await world.arrange.client(accountId, name));
    const archived: string[] = [];
    for (const name of ['X', 'Y'])
      archived.push(await world.arrange.client(accountId, name, { status: 'ARCHIVED' }));
    return {
      live,
      archived,
      asOwner: await signInAs(server, await world.arrange.member(accountId, { role: 'OWNER' })),
    };
  }

  test('needs room in the plan', async () => {
    const { live, archived, asOwner } = await starterAccount('full');
    const [first = '', second = ''] = live;
    const [id = ''] = archived;
    expect(await refused('restore', asOwner, id)).toEqual({ code: 'PLAN_LIMIT_REACHED' });
    await verbs.deactivate(asOwner, { id: first });
    expect(await refused('restore', asOwner, id)).toEqual({ code: 'PLAN_LIMIT_REACHED' });
    await verbs.archive(asOwner, { id: second });
    expect((await verbs.restore(asOwner, { id })).status).toBe('ACTIVE');
  });

  test('lets one of two at once into the last place', async () => {
    const { live, archived, asOwner } = await starterAccount('last-place');
    await verbs.archive(asOwner, { id: live[0] ?? '' });
    const answers = await Promise.all(
      archived.map((id) => asOwner.ask(RestoreClientDocument, { input: { id } })),
    );
    expect(answers.map(({ errors }) => errors?.[0]?.extensions.code ?? 'restored').sort()).toEqual([
      'PLAN_LIMIT_REACHED',
      'restored',
    ]);
  });

  test('needs the contact email to be free, and is possible once it is', async () => {
    const archived = await world.arrange.client(world.accountId, 'Former', {
      contact_email: 'shared@client.test',
      status: 'ARCHIVED',
    });
    const successor = await world.arrange.client(world.accountId, 'Successor', {
      contact_email: 'SHARED@client.test',
    });
    expect(await refused('restore', world.asOwner, archived)).toEqual({
      code: 'EMAIL_TAKEN',
      field: 'contactEmail',
    });
    await verbs.archive(world.asOwner, { id: successor });
    expect(await verbs.restore(world.asOwner, { id: archived })).toMatchObject({
      status: 'ACTIVE',
      contactEmail: 'shared@client.test',
    });
    expect(await refused('restore', world.asOwner, successor)).toEqual({
      code: 'EMAIL_TAKEN',
      field: 'contactEmail',
    });
  });

  test('waits for its organization to be restored', async () => {
    const organization_id = await world.arrange.organization(world.accountId, 'Closed');
    const id = await world.arrange.client(world.accountId, 'Locked in', {
      organization_id,
      status: 'ARCHIVED',
    });
    await server.owner.query("update ringfence.organizations set status = 'ARCHIVED' where id = $1", [
      organization_id,
    ]);
    expect(await refused('restore', world.asOwner, id)).toEqual({
      code: 'CONFLICT',
      reason: 'ORGANIZATION_ARCHIVED',
    });
    await server.owner.query("update ringfence.organizations set status = 'ACTIVE' where id = $1", [
      organization_id,
    ]);
    expect((await verbs.restore(world.asOwner, { id })).organization?.name).toBe('Closed');
  });
});

test('of ten who archive a client at once one does, and the others learn that it is done', async () => {
  const id = await clientIn('ACTIVE');
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => world.asOwner.ask(ArchiveClientDocument, { input: { id } })),
  );
  const outcomes = answers.map(({ errors }) => errors?.[0]?.extensions.reason ?? 'archived').sort();
  expect(outcomes).toEqual([...Array<string>(9).fill('CLIENT_ARCHIVED'), 'archived']);
});
