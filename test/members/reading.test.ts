import type { Caller } from '../support/client';
import {
  MemberDocument,
  MembersDocument,
  type MemberDetailsFragment,
  type MemberOrder,
  type MembersQueryVariables,
} from '../support/documents.generated';
import { backwards, forwards, type Place } from '../support/pages';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let asManagerWithAll: Caller;
let asScopedManager: Caller;

const nobodys = '01900000-0000-7000-8000-000000000000';
const allPermissions = [
  'ACCESS_CRM',
  'CREATE_CLIENTS',
  'DELETE_CLIENTS',
  'EDIT_AGENTS',
  'EDIT_CLIENTS',
  'EXPORT_DATA',
  'HANDLE_REQUESTS',
  'MANAGE_ACCESS_TOKENS',
  'MANAGE_ACCOUNT',
  'MANAGE_BILLING',
  'MANAGE_CLIENT_ORGANIZATIONS',
  'MANAGE_IDENTITIES',
  'MANAGE_INTEGRATIONS',
  'MANAGE_LISTS',
  'MANAGE_MEMBERS',
  'RECORD_ACTIVITY',
  'USE_ADVANCED_EDITOR',
  'VIEW_AUDIT',
  'VIEW_BILLABLE_MINUTES',
  'VIEW_CLIENTS',
  'VIEW_RECORDINGS',
];

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  asManagerWithAll = await signInAs(
    server,
    await arrange.member(accountId, { name: 'Moe', clientAccess: 'ALL', permissions: ['MANAGE_MEMBERS'] }),
  );
  const scoped = await arrange.member(accountId, {
    name: 'Mae',
    clients: [clients.one, clients.two],
    permissions: ['MANAGE_MEMBERS'],
  });
  asScopedManager = await signInAs(server, scoped);
  await server.owner.query("update ringfence.members set job_title = 'Head of 100% Quality' where id = $1", [
    world.members.scoped.id,
  ]);
  await server.owner.query("update ringfence.members set job_title = 'Head_of Sales' where id = $1", [
    world.members.all.id,
  ]);
});
afterAll(() => server.close());

const read = async (caller: Caller, id: string) => {
  const { member } = await caller.get(MemberDocument, { id });
  if (member === null) throw new Error('there is no such member');
  return {
    ...member,
    permissions: member.permissions && [...member.permissions].sort(),
    assignedClientIds: member.assignedClientIds && [...member.assignedClientIds].sort(),
  };
};
const list = async (caller: Caller, variables: MembersQueryVariables = {}) =>
  (await caller.get(MembersDocument, variables)).members;
const namesSeenBy = async (caller: Caller, variables: MembersQueryVariables = {}) =>
  (await list(caller, variables)).nodes.map(({ name }) => name);

const hidden = {
  email: null,
  role: null,
  status: null,
  clientAccess: null,
  agentAccess: null,
  permissions: null,
  assignedClientIds: null,
  secondFactorEnabled: null,
};
const sam = (): Partial<MemberDetailsFragment> => ({
  id: world.members.scoped.id,
  name: 'Sam Scoped',
  jobTitle: 'Head of 100% Quality',
  initials: 'SS',
});
const samInFull = (assignedClientIds: string[]): Partial<MemberDetailsFragment> => ({
  ...sam(),
  email: world.members.scoped.email,
  role: 'MEMBER',
  status: 'ACTIVE',
  clientAccess: 'ASSIGNED',
  agentAccess: 'ALL',
  permissions: ['CREATE_CLIENTS', 'DELETE_CLIENTS', 'EDIT_CLIENTS', 'VIEW_CLIENTS'],
  assignedClientIds: [...assignedClientIds].sort(),
  secondFactorEnabled: false,
});

describe('a colleague', () => {
  test.each<[string, () => Caller]>([
    ['a member with all clients', () => world.asMemberWithAll],
    ['somebody without any permission', () => world.asPowerless],
  ])('is name, title and initials to %s, and nothing else', async (_who, caller) => {
    expect(await read(caller(), world.members.scoped.id)).toEqual({ ...sam(), ...hidden });
    expect(await read(caller(), world.members.owner.id)).toMatchObject({ name: 'Olga Owner', ...hidden });
  });

  test.each<[string, () => Caller]>([
    ['the owner', () => world.asOwner],
    ['an administrator', () => world.asAdmin],
    ['a member with all clients and MANAGE_MEMBERS', () => asManagerWithAll],
  ])('is shown in full to %s', async (_who, caller) => {
    expect(await read(caller(), world.members.scoped.id)).toEqual(
      samInFull([world.clients.one, world.clients.three]),
    );
  });

  test('is shown in full to a scoped member with MANAGE_MEMBERS, but for clients outside that member’s own set', async () => {
    expect(await read(asScopedManager, world.members.scoped.id)).toEqual(samInFull([world.clients.one]));
    expect(await read(asScopedManager, world.members.owner.id)).toMatchObject({
      role: 'OWNER',
      clientAccess: 'ALL',
      assignedClientIds: [],
    });
  });

  test('shows the same in the list as alone', async () => {
    for (const caller of [world.asOwner, world.asPowerless, asScopedManager]) {
      const { nodes } = await list(caller);
      for (const node of nodes)
        expect(node).toEqual((await caller.get(MemberDocument, { id: node.id })).member);
    }
  });
});

test('everybody sees all of their own', async () => {
  expect(await read(world.asScopedMember, world.members.scoped.id)).toEqual(
    samInFull([world.clients.one, world.clients.three]),
  );
  expect(await read(world.asPowerless, world.members.powerless.id)).toEqual({
    id: world.members.powerless.id,
    name: 'Pat Powerless',
    jobTitle: null,
    initials: 'PP',
    email: world.members.powerless.email,
    role: 'MEMBER',
    status: 'ACTIVE',
    clientAccess: 'ASSIGNED',
    agentAccess: 'ALL',
    permissions: [],
    assignedClientIds: [world.clients.one],
    secondFactorEnabled: false,
  });
});

test('owners and administrators hold every permission', async () => {
  for (const { id } of [world.members.owner, world.members.admin]) {
    expect(await read(world.asOwner, id)).toMatchObject({
      clientAccess: 'ALL',
      agentAccess: 'ALL',
      permissions: allPermissions,
      assignedClientIds: [],
    });
  }
});

test('disabled and invited members are listed, with their state for those who manage members', async () => {
  const accountId = await world.arrange.account('states');
  const asOwner = await signInAs(server, await world.arrange.member(accountId, { role: 'OWNER', name: 'A' }));
  await world.arrange.member(accountId, { name: 'B', status: 'DISABLED' });
  await world.arrange.member(accountId, { name: 'C', status: 'INVITED' });
  expect((await list(asOwner)).nodes.map(({ name, status }) => [name, status])).toEqual([
    ['A', 'ACTIVE'],
    ['B', 'DISABLED'],
    ['C', 'INVITED'],
  ]);
});

test('the team is that of the own account, the same for all of it', async () => {
  const team = ['Adam Admin', 'Alma All', 'Mae', 'Moe', 'Olga Owner', 'Pat Powerless', 'Sam Scoped'];
  for (const caller of [
    world.asOwner,
    world.asAdmin,
    world.asMemberWithAll,
    world.asScopedMember,
    world.asPowerless,
    asScopedManager,
  ]) {
    expect(await namesSeenBy(caller)).toEqual(team);
  }
  expect(await namesSeenBy(world.other.asOwner)).toEqual(['Otto Other']);
});

test('somebody of another account is not found, exactly like nobody', async () => {
  for (const caller of [world.asOwner, world.asScopedMember, asScopedManager]) {
    for (const id of [world.other.owner.id, nobodys, world.clients.one]) {
      expect(await caller.refusal(MemberDocument, { id })).toEqual({ code: 'NOT_FOUND', field: 'id' });
    }
  }
  expect((await read(world.asOwner, world.members.admin.id.toUpperCase())).name).toBe('Adam Admin');
});

test('nobody sees the team without signing in', async () => {
  expect(await world.asAnonymous.refusal(MembersDocument)).toEqual({ code: 'UNAUTHENTICATED' });
  expect(await world.asAnonymous.refusal(MemberDocument, { id: world.members.owner.id })).toEqual({
    code: 'UNAUTHENTICATED',
  });
});

test.each<[name: string, initials: string]>([
  ['Ada Lovelace', 'AL'],
  ['Ada', 'A'],
  ['ada maria lovelace', 'AL'],
  ['ludwig  van   beethoven', 'LB'],
  ['Jean-Luc Picard', 'JP'],
  ['Émile Zola', 'ÉZ'],
  ['øystein ågård', 'ØÅ'],
  ['山田 太郎', '山太'],
  ['𝔉raktur 𝔊othic', '𝔉𝔊'],
])('the initials of %s are %s', async (name, initials) => {
  const { id } = await world.arrange.member(world.other.accountId, { name });
  expect((await read(world.other.asOwner, id)).initials).toBe(initials);
});

describe('the list', () => {
  test('is filtered by role and state, for those who may know them; others find themselves alone', async () => {
    const { accountId, arrange } = world;
    const disabled = await arrange.member(accountId, { name: 'Dora Disabled', status: 'DISABLED' });
    const ids = async (caller: Caller, filter: MembersQueryVariables['filter']) =>
      (await list(caller, { first: 100, filter })).nodes.map(({ id }) => id);
    for (const caller of [world.asAdmin, asManagerWithAll, asScopedManager]) {
      expect(await ids(caller, { role: ['OWNER', 'ADMIN'] })).toEqual([
        world.members.admin.id,
        world.members.owner.id,
      ]);
      expect(await ids(caller, { status: ['DISABLED'] })).toEqual([disabled.id]);
      expect(await ids(caller, { role: ['ADMIN'], status: ['DISABLED', 'INVITED'] })).toEqual([]);
      expect(await ids(caller, { role: [] })).toEqual([]);
    }
    expect(await ids(world.asPowerless, { role: ['OWNER', 'ADMIN', 'MEMBER'] })).toEqual([
      world.members.powerless.id,
    ]);
    expect(await ids(world.asPowerless, { status: ['DISABLED'] })).toEqual([]);
    const everybody = (await list(world.asAdmin)).totalCount;
    expect((await list(world.asAdmin, { filter: { role: null, status: null } })).totalCount).toBe(everybody);
    await server.owner.query('delete from ringfence.members where id = $1', [disabled.id]);
  });

  test.each<[what: string, search: string, names: string[]]>([
    ['part of the name in any case', 'SCOPED', ['Sam Scoped']],
    ['part of the job title in any case', 'HEAD', ['Alma All', 'Sam Scoped']],
    ['a percent sign, which stands for itself', '100%', ['Sam Scoped']],
    ['an underscore, which stands for itself', 'd_o', ['Alma All']],
    ['an email, which is not searched', '@example.test', []],
    ['spaces around, which do not count', '  olga ', ['Olga Owner']],
    ['somebody of another account', 'Otto', []],
  ])('is searched for %s', async (_what, search, names) => {
    for (const caller of [world.asOwner, world.asPowerless]) {
      const { nodes, totalCount } = await list(caller, { search });
      expect(nodes.map(({ name }) => name)).toEqual(names);
      expect(totalCount).toBe(names.length);
    }
  });

  describe('in order', () => {
    const names = ['beta', 'Alpha', 'alpha', 'Émil', 'Zoe'];
    let caller: Caller;
    beforeAll(async () => {
      const accountId = await world.arrange.account('ordered');
      const owner = await world.arrange.member(accountId, { role: 'OWNER', name: 'owner' });
      for (const name of names) await world.arrange.member(accountId, { name });
      await server.owner.query(
        `update ringfence.members m set created_at = timestamptz '2026-01-01Z' + o.n / 2 * interval '0.000001 seconds'
         from (select id, row_number() over (order by created_at, id) - 1 as n from ringfence.members where account_id = $1) o where o.id = m.id`,
        [accountId],
      );
      caller = await signInAs(server, owner);
    });

    test.each<[order: MemberOrder, expected: string[]]>([
      ['NAME_ASC', ['Alpha', 'alpha', 'beta', 'owner', 'Zoe', 'Émil']],
      ['NAME_DESC', ['Émil', 'Zoe', 'owner', 'beta', 'alpha', 'Alpha']],
      ['CREATED_AT_ASC', ['owner', 'beta', 'Alpha', 'alpha', 'Émil', 'Zoe']],
      ['CREATED_AT_DESC', ['Zoe', 'Émil', 'alpha', 'Alpha', 'beta', 'owner']],
    ])('%s pages forwards and backwards without losing or repeating anybody', async (orderBy, expected) => {
      const page = async (place: Place) => list(caller, { orderBy, ...place });
      for (const size of [1, 4, 100]) {
        expect((await forwards({ read: page, size })).map(({ name }) => name)).toEqual(expected);
        expect((await backwards({ read: page, size })).map(({ name }) => name)).toEqual(expected);
      }
    });

    test('a cursor of another order or account is refused', async () => {
      const refusal = { code: 'VALIDATION_FAILED', field: 'after' };
      for (const { pageInfo } of [
        await list(caller, { orderBy: 'NAME_DESC', first: 1 }),
        await list(world.asOwner, { first: 1 }),
      ]) {
        expect(await caller.refusal(MembersDocument, { after: pageInfo.endCursor })).toEqual(refusal);
      }
    });
  });

  test.each<[variables: MembersQueryVariables, field: string]>([
    [{ first: 0 }, 'first'],
    [{ first: 101 }, 'first'],
    [{ last: 0 }, 'last'],
    [{ first: 1, last: 1 }, 'last'],
    [{ before: 'x' }, 'before'],
    [{ search: 'a\u0000' }, 'search'],
  ])('is refused with %j', async (variables, field) => {
    expect(await world.asOwner.refusal(MembersDocument, variables)).toEqual({
      code: 'VALIDATION_FAILED',
      field,
    });
  });

  test('is not asked for an id that is none', async () => {
    expect(await world.asOwner.refusal(MemberDocument, { id: 'Olga' })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'id',
    });
  });
});
