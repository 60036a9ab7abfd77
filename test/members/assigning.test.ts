import type { Caller } from '../support/client';
import {
  AssignClientsDocument,
  ClientDocument,
  ClientNamesDocument,
  MemberDocument,
  UpdateClientDocument,
  type AssignClientsInput,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing, oneRow } from '../support/stored';
import type { TestMember } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let scopedManager: TestMember;
let asScopedManager: Caller;
let asManagerWithAll: Caller;

const nobodys = '01900000-0000-7000-8000-000000000000';

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  const permissions = ['VIEW_CLIENTS', 'MANAGE_MEMBERS'];
  scopedManager = await arrange.member(accountId, { clients: [clients.one, clients.two], permissions });
  asScopedManager = await signInAs(server, scopedManager);
  asManagerWithAll = await signInAs(
    server,
    await arrange.member(accountId, { clientAccess: 'ALL', permissions }),
  );
});
afterAll(() => server.close());

const assign = async (caller: Caller, input: AssignClientsInput) =>
  [
    ...((await caller.get(AssignClientsDocument, { input })).assignClients.member.assignedClientIds ?? []),
  ].sort();
const refused = (caller: Caller, input: AssignClientsInput) =>
  changingNothing(server.owner, () => caller.refusal(AssignClientsDocument, { input }));
const newMember = (clients: string[] = []) =>
  world.arrange.member(world.accountId, { clients, permissions: ['VIEW_CLIENTS', 'EDIT_CLIENTS'] });
const ids = (...names: (keyof World['clients'])[]) => names.map((name) => world.clients[name]).sort();

test('clients are given and taken in one step, and the answer shows what is left', async () => {
  const { id: memberId } = await newMember(ids('one', 'two'));
  expect(await assign(world.asOwner, { memberId, add: ids('three', 'four'), remove: ids('one') })).toEqual(
    ids('two', 'three', 'four'),
  );
  const { member } = await world.asOwner.get(MemberDocument, { id: memberId });
  expect([...(member?.assignedClientIds ?? [])].sort()).toEqual(ids('two', 'three', 'four'));
});

test('what is given already, or not there to take, changes nothing', async () => {
  const { id: memberId } = await newMember(ids('one'));
  const input = { memberId, add: ids('one', 'one'), remove: ids('two', 'two') };
  expect(await changingNothing(server.owner, () => assign(world.asOwner, input))).toEqual(ids('one'));
  expect(await changingNothing(server.owner, () => assign(world.asOwner, { memberId }))).toEqual(ids('one'));
});

test('inactive and archived clients may be given too', async () => {
  const { id: memberId } = await newMember();
  expect(await assign(world.asOwner, { memberId, add: ids('five', 'six') })).toEqual(ids('five', 'six'));
});

test('ids may be written in capitals', async () => {
  const { id } = await newMember(ids('two'));
  const input = {
    memberId: id.toUpperCase(),
    add: ids('one').map((client) => client.toUpperCase()),
    remove: ids('two').map((client) => client.toUpperCase()),
  };
  expect(await assign(world.asOwner, input)).toEqual(ids('one'));
});

test('it takes effect at the member’s next statement, in a session that was there before', async () => {
  const member = await newMember(ids('one'));
  const caller = await signInAs(server, member);
  const names = async () => (await caller.get(ClientNamesDocument)).clients.nodes.map(({ name }) => name);
  const rename = (id: string) =>
    caller.ask(UpdateClientDocument, { input: { id, changes: { contactName: 'Mine' } } });
  expect(await names()).toEqual(['One']);
  await assign(world.asAdmin, { memberId: member.id, add: ids('four'), remove: ids('one') });
  expect(await names()).toEqual(['Four']);
  expect((await rename(world.clients.four)).data?.updateClient.client.contactName).toBe('Mine');
  expect((await rename(world.clients.one)).errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  expect(await caller.refusal(ClientDocument, { id: world.clients.one })).toEqual({
    code: 'NOT_FOUND',
    field: 'id',
  });
});

test('of many at once every assignment is kept', async () => {
  const { id: memberId } = await newMember();
  await Promise.all(
    ids('one', 'two', 'three', 'four', 'five')
      .flatMap((client) => [client, client])
      .map((client) => assign(world.asOwner, { memberId, add: [client] })),
  );
  expect(await assign(world.asOwner, { memberId })).toEqual(ids('one', 'two', 'three', 'four', 'five'));
});

describe('who gives and takes clients', () => {
  test.each<[string, () => Caller]>([
    ['the owner', () => world.asOwner],
    ['an administrator', () => world.asAdmin],
    ['a member with all clients and MANAGE_MEMBERS', () => asManagerWithAll],
  ])('is %s, for every client of the account', async (_who, caller) => {
    const { id: memberId } = await newMember(ids('three'));
    expect(await assign(caller(), { memberId, add: ids('one', 'five'), remove: ids('three') })).toEqual(
      ids('one', 'five'),
    );
  });

  test('is a scoped member with MANAGE_MEMBERS, within the own set and not a client beyond', async () => {
    const { id: memberId } = await newMember(ids('two', 'three'));
    expect(await assign(asScopedManager, { memberId, add: ids('one'), remove: ids('two') })).toEqual(
      ids('one'),
    );
    for (const hidden of ids('three', 'four')) {
      expect(await refused(asScopedManager, { memberId, add: [world.clients.two, hidden] })).toEqual({
        code: 'NOT_FOUND',
        field: 'input.add',
      });
      expect(await refused(asScopedManager, { memberId, remove: [world.clients.one, hidden] })).toEqual({
        code: 'NOT_FOUND',
        field: 'input.remove',
      });
    }
    expect(await assign(world.asOwner, { memberId })).toEqual(ids('one', 'three'));
  });

  test('cannot widen the own set', async () => {
    const input = { memberId: scopedManager.id, add: ids('three') };
    expect(await refused(asScopedManager, input)).toEqual({ code: 'NOT_FOUND', field: 'input.add' });
  });

  test('is nobody without MANAGE_MEMBERS, for themselves neither', async () => {
    for (const caller of [world.asMemberWithAll, world.asScopedMember, world.asPowerless]) {
      for (const memberId of [world.members.scoped.id, world.members.powerless.id, nobodys]) {
        expect(await refused(caller, { memberId, add: ids('one') })).toEqual({ code: 'FORBIDDEN' });
      }
    }
    expect(await refused(world.asAnonymous, { memberId: world.members.scoped.id })).toEqual({
      code: 'UNAUTHENTICATED',
    });
  });
});

test('a member of another account is not found, exactly like nobody', async () => {
  for (const memberId of [world.other.owner.id, nobodys]) {
    for (const caller of [world.asOwner, asManagerWithAll, asScopedManager]) {
      expect(await refused(caller, { memberId, add: ids('one') })).toEqual({
        code: 'NOT_FOUND',
        field: 'input.memberId',
      });
    }
  }
});

test('a client of another account, the house client and none at all are not found, and nothing beside them is done', async () => {
  const { id: memberId } = await newMember(ids('two'));
  const house = await oneRow<{ id: string }>(
    server.owner,
    'select id from ringfence.clients where is_house and account_id = $1',
    [world.accountId],
  );
  for (const client of [world.other.clientId, house.id, nobodys]) {
    for (const caller of [world.asOwner, asManagerWithAll, asScopedManager]) {
      expect(await refused(caller, { memberId, add: [world.clients.one, client] })).toEqual({
        code: 'NOT_FOUND',
        field: 'input.add',
      });
      expect(await refused(caller, { memberId, remove: [world.clients.two, client] })).toEqual({
        code: 'NOT_FOUND',
        field: 'input.remove',
      });
    }
  }
});

test('1,000 clients are taken at once, and one more is refused', async () => {
  const { id: memberId } = await newMember(ids('two'));
  const thousand = Array<string>(1000).fill(world.clients.one);
  expect(await assign(world.asOwner, { memberId, add: thousand })).toEqual(ids('one', 'two'));
  const more = [...thousand, world.clients.one];
  expect(await refused(world.asOwner, { memberId, add: more })).toEqual({
    code: 'VALIDATION_FAILED',
    field: 'input.add',
  });
  expect(await refused(world.asOwner, { memberId, remove: more })).toEqual({
    code: 'VALIDATION_FAILED',
    field: 'input.remove',
  });
});

test.each<[what: string, input: (memberId: string) => AssignClientsInput, field: string]>([
  ['a member id that is none', () => ({ memberId: 'Sam' }), 'input.memberId'],
  ['an empty id', (memberId) => ({ memberId, add: [''] }), 'input.add'],
  ['a word among ids to add', (memberId) => ({ memberId, add: [nobodys, 'one'] }), 'input.add'],
  ['a word among ids to remove', (memberId) => ({ memberId, remove: ["' or 1=1"] }), 'input.remove'],
])('%s is refused', async (_what, input, field) => {
  expect(await refused(world.asOwner, input(world.members.scoped.id))).toEqual({
    code: 'VALIDATION_FAILED',
    field,
  });
});
