import type { Caller } from '../support/client';
import {
  AccountDocument,
  ArchiveClientDocument,
  ChangePlanDocument,
  ClientsDocument,
  CreateClientDocument,
  PlansDocument,
  RestoreClientDocument,
  UpdateClientDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing } from '../support/stored';
import { clientPermissions, createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const choose = async (caller: Caller, planId: string) =>
  (await caller.get(ChangePlanDocument, { input: { planId } })).changePlan.account;
const refused = (caller: Caller, planId: string) =>
  changingNothing(server.owner, () => caller.refusal(ChangePlanDocument, { input: { planId } }));
const account = async (caller: Caller) => (await caller.get(AccountDocument)).account;

/** An account on Starter with three clients, and somebody of every kind. */
async function fullAccount(slug: string) {
  const { arrange } = world;
  const id = await arrange.account(slug, 'STARTER');
  const clients: string[] = [];
  for (const name of ['A', 'B', 'C']) clients.push(await arrange.client(id, name));
  const [asOwner, asAdmin, asScoped, asViewer] = [
    await signInAs(server, await arrange.member(id, { role: 'OWNER' })),
    await signInAs(server, await arrange.member(id, { role: 'ADMIN' })),
    await signInAs(server, await arrange.member(id, { permissions: clientPermissions })),
    await signInAs(server, await arrange.member(id, { clientAccess: 'ALL' })),
  ];
  return { clients, asOwner, asAdmin, asScoped, asViewer };
}

test('administrators see the plans there are, smallest first, with what they include', async () => {
  const plans = [
    { id: 'STARTER', name: 'Starter', clientLimit: 3, features: [] },
    { id: 'GROWTH', name: 'Growth', clientLimit: 10, features: ['CLIENT_ISOLATION'] },
    {
      id: 'AGENCY',
      name: 'Agency',
      clientLimit: 25,
      features: ['CLIENT_IDENTITIES', 'CLIENT_ISOLATION', 'CRM_INTEGRATIONS'],
    },
  ];
  for (const caller of [world.asOwner, world.asAdmin])
    expect((await caller.get(PlansDocument)).plans).toEqual(plans);
});

test('nobody else sees the plans', async () => {
  const asSettler = await signInAs(
    server,
    await world.arrange.member(world.accountId, {
      clientAccess: 'ALL',
      permissions: ['MANAGE_ACCOUNT', 'MANAGE_BILLING'],
    }),
  );
  for (const caller of [world.asMemberWithAll, world.asScopedMember, world.asPowerless, asSettler]) {
    expect(await caller.refusal(PlansDocument)).toEqual({ code: 'FORBIDDEN' });
  }
  expect(await world.asAnonymous.refusal(PlansDocument)).toEqual({ code: 'UNAUTHENTICATED' });
});

test('an owner chooses the plan, and its limit holds at once', async () => {
  const { asOwner } = await fullAccount('growing');
  expect(await account(asOwner)).toMatchObject({
    plan: { id: 'STARTER' },
    clientLimit: 3,
    clientCount: 3,
    canCreateClient: false,
  });
  expect(await choose(asOwner, 'GROWTH')).toMatchObject({
    plan: { id: 'GROWTH', name: 'Growth' },
    clientLimit: 10,
    clientCount: 3,
    canCreateClient: true,
  });
  expect((await asOwner.get(CreateClientDocument, { input: { name: 'D' } })).createClient.client.name).toBe(
    'D',
  );
});

test('nobody but owners chooses it, administrators neither', async () => {
  const permissions = ['MANAGE_ACCOUNT', 'MANAGE_BILLING', 'MANAGE_MEMBERS'];
  const asSettler = await signInAs(
    server,
    await world.arrange.member(world.accountId, { clientAccess: 'ALL', permissions }),
  );
  for (const caller of [
    world.asAdmin,
    world.asMemberWithAll,
    world.asScopedMember,
    world.asPowerless,
    asSettler,
  ]) {
    expect(await refused(caller, 'STARTER')).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(caller, 'NONE')).toEqual({ code: 'FORBIDDEN' });
  }
  expect(await refused(world.asAnonymous, 'STARTER')).toEqual({ code: 'UNAUTHENTICATED' });
});

test.each(['ENTERPRISE', 'starter', 'Starter', '1', "STARTER'--"])('there is no plan %j', async (planId) => {
  expect(await refused(world.asOwner, planId)).toEqual({ code: 'NOT_FOUND', field: 'input.planId' });
});

test.each(['', '  ', 'x'.repeat(51), 'STARTER\u0000'])('%j cannot be a plan', async (planId) => {
  expect(await refused(world.asOwner, planId)).toEqual({ code: 'VALIDATION_FAILED', field: 'input.planId' });
});

test('choosing the plan of one account leaves the others’ as they are', async () => {
  const before = await account(world.other.asOwner);
  await choose(world.asOwner, 'GROWTH');
  expect(await account(world.other.asOwner)).toEqual(before);
  await choose(world.asOwner, 'AGENCY');
});

test('going below the number of clients keeps every one of them and refuses more until there is room again', async () => {
  const { clients, asOwner } = await fullAccount('shrinking');
  await choose(asOwner, 'GROWTH');
  for (const name of ['D', 'E'])
    clients.push((await asOwner.get(CreateClientDocument, { input: { name } })).createClient.client.id);
  expect(await choose(asOwner, 'STARTER')).toMatchObject({
    clientLimit: 3,
    clientCount: 5,
    canCreateClient: false,
  });
  expect((await asOwner.get(ClientsDocument)).clients.totalCount).toBe(5);

  const [first = '', second = '', third = ''] = clients;
  const edit = { input: { id: first, changes: { contactName: 'Still served' } } };
  expect((await asOwner.get(UpdateClientDocument, edit)).updateClient.client.contactName).toBe(
    'Still served',
  );
  const create = () =>
    changingNothing(server.owner, () => asOwner.refusal(CreateClientDocument, { input: { name: 'F' } }));
  for (const id of [first, second]) {
    expect(await create()).toEqual({ code: 'PLAN_LIMIT_REACHED' });
    await asOwner.get(ArchiveClientDocument, { input: { id } });
  }
  expect(await create()).toEqual({ code: 'PLAN_LIMIT_REACHED' });
  const restoring = await changingNothing(server.owner, () =>
    asOwner.refusal(RestoreClientDocument, { input: { id: first } }),
  );
  expect(restoring).toEqual({ code: 'PLAN_LIMIT_REACHED' });
  await asOwner.get(ArchiveClientDocument, { input: { id: third } });
  expect((await account(asOwner)).canCreateClient).toBe(true);
  expect(
    (await asOwner.get(RestoreClientDocument, { input: { id: first } })).restoreClient.client.status,
  ).toBe('ACTIVE');
  expect(await create()).toEqual({ code: 'PLAN_LIMIT_REACHED' });
});

test('whether there is room is told to all who may create clients, numbers to administrators, nothing to others', async () => {
  const { clients, asOwner, asAdmin, asScoped, asViewer } = await fullAccount('telling');
  const room = async () => [
    await Promise.all(
      [asOwner, asAdmin, asScoped, asViewer].map(async (caller) => (await account(caller)).canCreateClient),
    ),
    await Promise.all(
      [asOwner, asAdmin, asScoped, asViewer].map(async (caller) => (await account(caller)).clientCount),
    ),
    await Promise.all(
      [asOwner, asAdmin, asScoped, asViewer].map(async (caller) => (await account(caller)).clientLimit),
    ),
  ];
  expect(await room()).toEqual([
    [false, false, false, null],
    [3, 3, null, null],
    [3, 3, null, null],
  ]);
  await asOwner.get(ArchiveClientDocument, { input: { id: clients[0] ?? '' } });
  expect(await room()).toEqual([
    [true, true, true, null],
    [2, 2, null, null],
    [3, 3, null, null],
  ]);
});

test('a plan without a limit allows any number and says so with null', async () => {
  await server.owner.query(
    "insert into ringfence.plans (id, name, position) values ('UNLIMITED', 'Unlimited', 9)",
  );
  const { asOwner } = await fullAccount('boundless');
  expect(await choose(asOwner, 'UNLIMITED')).toMatchObject({
    plan: { id: 'UNLIMITED', clientLimit: null },
    clientLimit: null,
    canCreateClient: true,
  });
  expect((await asOwner.get(CreateClientDocument, { input: { name: 'D' } })).createClient.client.name).toBe(
    'D',
  );
});

test('of creating and shrinking at once the plan that is chosen last decides about what comes after it', async () => {
  const { asOwner } = await fullAccount('racing');
  await choose(asOwner, 'GROWTH');
  await Promise.all([
    choose(asOwner, 'STARTER'),
    ...['D', 'E', 'F'].map((name) => asOwner.ask(CreateClientDocument, { input: { name } })),
  ]);
  expect(await account(asOwner)).toMatchObject({ clientLimit: 3, canCreateClient: false });
  const refusal = await changingNothing(server.owner, () =>
    asOwner.refusal(CreateClientDocument, { input: { name: 'G' } }),
  );
  expect(refusal).toEqual({ code: 'PLAN_LIMIT_REACHED' });
});
