// Who is assigned to a client, chosen when it is created and when it is edited.
import { Caller } from '../support/client';
import {
  AssignAgentsDocument,
  ClientPartsDocument,
  CreateClientOfDocument,
  MemberDocument,
  MembersByClientDocument,
  UpdateClientOfDocument,
  type ClientChanges,
  type CreateClientInput,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import { auditedBy, changingNothing } from '../support/stored';
import type { TestMember } from '../support/arrange';
import { clientPermissions, createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
/** Everything on clients and members: all clients; clients one, two and six. */
let withAll: Caller;
let scopedManager: TestMember;
let scoped: Caller;
let people: TestMember[];

const nobodys = '01900000-0000-7000-8000-000000000000';
const permissions = [...clientPermissions, 'MANAGE_MEMBERS'];

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  await server.owner.query('update ringfence.plans set client_limit = null');
  withAll = await signInAs(server, await arrange.member(accountId, { clientAccess: 'ALL', permissions }));
  scopedManager = await arrange.member(accountId, {
    permissions,
    clients: [clients.one, clients.two, clients.six],
  });
  scoped = await signInAs(server, scopedManager);
  people = [await person(), await person(), await person()];
});
afterAll(() => server.close());

const person = (options: Parameters<World['arrange']['member']>[1] = {}) =>
  world.arrange.member(world.accountId, options);
const idsOf = (members: readonly { id: string }[]) => members.map(({ id }) => id).sort();
const created = async (caller: Caller, input: Partial<CreateClientInput> = {}) => {
  const { client } = (await caller.get(CreateClientOfDocument, { input: { name: 'Chosen', ...input } }))
    .createClient;
  return { ...client, memberIds: idsOf(client.members?.nodes ?? []) };
};
const updated = async (caller: Caller, id: string, changes: ClientChanges, expectedVersion?: number) => {
  const { client } = (
    await caller.get(UpdateClientOfDocument, {
      input: { id, changes, ...(expectedVersion === undefined ? {} : { expectedVersion }) },
    })
  ).updateClient;
  return { ...client, memberIds: idsOf(client.members?.nodes ?? []) };
};
const refusedCreate = (caller: Caller, input: Partial<CreateClientInput>) =>
  changingNothing(server.owner, () =>
    caller.refusal(CreateClientOfDocument, { input: { name: 'Refused', ...input } }),
  );
const refusedUpdate = (caller: Caller, id: string, changes: ClientChanges, expectedVersion?: number) =>
  changingNothing(server.owner, () =>
    caller.refusal(UpdateClientOfDocument, {
      input: { id, changes, ...(expectedVersion === undefined ? {} : { expectedVersion }) },
    }),
  );
/** A client of its own, with the first two people assigned. */
const newClient = async (memberIds = idsOf(people.slice(0, 2))) =>
  (await created(world.asOwner, { memberIds })).id;
const assignedIds = async (id: string) =>
  (
    await server.owner.query<{ id: string }>(
      'select member_id as id from ringfence.client_assignments where client_id = $1 order by 1',
      [id],
    )
  ).rows.map((row) => row.id);

describe('creating', () => {
  test('members are assigned in the same step, by everybody who may', async () => {
    const memberIds = idsOf(people);
    for (const caller of [world.asOwner, world.asAdmin, withAll]) {
      const entries = await auditedBy(server.owner, async () => {
        expect((await created(caller, { memberIds })).memberIds).toEqual(memberIds);
      });
      expect(entries.map(({ action }) => action)).toEqual([
        ...Array<string>(3).fill('CLIENT_ASSIGNED'),
        'CLIENT_CREATED',
      ]);
    }
  });

  test('a creator with assigned clients is assigned besides, named or not', async () => {
    const withCreator = idsOf([...people, scopedManager]);
    expect((await created(scoped, { memberIds: idsOf(people) })).memberIds).toEqual(withCreator);
    expect((await created(scoped, { memberIds: withCreator })).memberIds).toEqual(withCreator);
    expect((await created(scoped, { memberIds: [] })).memberIds).toEqual([scopedManager.id]);
    expect((await created(scoped)).memberIds).toEqual([scopedManager.id]);
  });

  test('whoever is named sees the client at their next statement', async () => {
    const caller = await signInAs(server, people[0] ?? { email: '' });
    const { id } = await created(world.asOwner, { memberIds: idsOf(people) });
    expect((await caller.get(ClientPartsDocument, { id })).client?.id).toBe(id);
  });

  test('members who reach all clients may be named: it counts when they no longer do', async () => {
    const all = await person({ clientAccess: 'ALL' });
    const memberIds = idsOf([all, world.members.admin]);
    expect((await created(world.asOwner, { memberIds })).memberIds).toEqual(memberIds);
  });

  test('somebody named twice, or in capitals, is named once', async () => {
    const [{ id } = { id: '' }] = people;
    expect((await created(world.asOwner, { memberIds: [id, id.toUpperCase()] })).memberIds).toEqual([id]);
  });

  test('it needs MANAGE_MEMBERS, which no program has, and nothing is created without', async () => {
    const program = new Caller(
      server.url,
      (await world.arrange.accessToken(world.accountId, { permissions: clientPermissions })).text,
    );
    for (const caller of [world.asMemberWithAll, world.asScopedMember, program]) {
      expect(await refusedCreate(caller, { memberIds: idsOf(people) })).toEqual({ code: 'FORBIDDEN' });
      expect(await refusedCreate(caller, { memberIds: [] })).toEqual({ code: 'FORBIDDEN' });
    }
  });

  test('somebody who is not there is not found, and the answer says which', async () => {
    for (const id of [world.other.owner.id, world.portalUsers.one.id, nobodys])
      for (const caller of [world.asOwner, withAll, scoped])
        expect(await refusedCreate(caller, { memberIds: [people[0]?.id ?? '', id] })).toEqual({
          code: 'NOT_FOUND',
          field: 'input.memberIds.1',
        });
  });

  test.each<[string, () => unknown]>([
    ['an id that is none', () => [nobodys, 'Sam']],
    ['null', () => null],
    ['one more than 200', () => Array<string>(201).fill(nobodys)],
  ])('%s is refused', async (_, memberIds) => {
    expect(await refusedCreate(world.asOwner, { memberIds: memberIds() as string[] })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.memberIds',
    });
  });

  test('which of the ids is none, the message says', async () => {
    const { errors } = await world.asOwner.ask(CreateClientOfDocument, {
      input: { name: 'Refused', memberIds: [nobodys, 'Sam'] },
    });
    expect(errors?.[0]?.message).toContain('the one at 1 is none');
  });

  test('200 are assigned at once', async () => {
    const { rows } = await server.owner.query<{ id: string }>(
      "insert into ringfence.members (account_id, name) select $1, 'One of many' from generate_series(1, 200) returning id",
      [world.accountId],
    );
    const { members } = await created(world.asOwner, { memberIds: idsOf(rows) });
    expect(members?.totalCount).toBe(200);
    await server.owner.query('delete from ringfence.members where id = any ($1)', [idsOf(rows)]);
  });

  test('sent again under its key, it is created once', async () => {
    const input = { memberIds: idsOf(people) };
    const first = await created(world.asOwner.under('with members'), input);
    expect(await created(world.asOwner.under('with members'), input)).toEqual(first);
  });
});

describe('editing', () => {
  test('the set is replaced: who is not named any more loses the client, and the log says who', async () => {
    const [stays, goes, comes] = people as [TestMember, TestMember, TestMember];
    const id = await newClient(idsOf([stays, goes]));
    const entries = await auditedBy(server.owner, async () => {
      expect(await updated(world.asOwner, id, { memberIds: [stays.id, comes.id] })).toMatchObject({
        memberIds: idsOf([stays, comes]),
        version: 2,
      });
    });
    expect(entries.map(({ action, subjectId, clientId }) => [action, subjectId, clientId])).toEqual([
      ['CLIENT_ASSIGNED', comes.id, id],
      ['CLIENT_UNASSIGNED', goes.id, id],
      ['CLIENT_UPDATED', id, id],
    ]);
    const asGone = await signInAs(server, goes);
    expect(await asGone.refusal(ClientPartsDocument, { id })).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('what is left out stays, and an empty set takes everybody away', async () => {
    const id = await newClient();
    expect(await updated(world.asOwner, id, { blindMode: 'ON' })).toMatchObject({
      blindMode: 'ON',
      memberIds: idsOf(people.slice(0, 2)),
    });
    expect((await updated(world.asOwner, id, { memberIds: [] })).memberIds).toEqual([]);
  });

  test('with the rest of the client, in one version', async () => {
    const id = await newClient();
    const changes = { name: 'Renamed', blindMode: 'OFF', memberIds: idsOf(people) } as const;
    expect(await updated(world.asOwner, id, changes, 1)).toMatchObject({
      version: 2,
      memberIds: idsOf(people),
    });
  });

  test('another version than the expected one is CONFLICT, before anything else is said', async () => {
    const id = await newClient();
    await updated(world.asOwner, id, { name: 'Meanwhile' });
    expect(await refusedUpdate(world.asOwner, id, { memberIds: [nobodys] }, 1)).toEqual({
      code: 'CONFLICT',
      reason: 'VERSION',
    });
  });

  test('agents that somebody was assigned to are seen again when the client is', async () => {
    const agent = await world.arrange.agent(world.accountId, await newClient());
    const { rows } = await server.owner.query<{ client_id: string }>(
      'select client_id from ringfence.agents where id = $1',
      [agent.id],
    );
    const id = rows[0]?.client_id ?? '';
    const member = await person({ agentAccess: 'ASSIGNED', clients: [id] });
    await world.asOwner.get(AssignAgentsDocument, { input: { memberId: member.id, add: [agent.id] } });
    await updated(world.asOwner, id, { memberIds: [] });
    const agentIds = async () =>
      (await server.owner.query('select from ringfence.agent_assignments where member_id = $1', [member.id]))
        .rowCount;
    // As `assignClients` leaves them.
    expect(await agentIds()).toBe(1);
  });

  test('it needs MANAGE_MEMBERS besides EDIT_CLIENTS, and each alone changes nothing', async () => {
    const id = await newClient();
    const managing = await signInAs(
      server,
      await person({ clientAccess: 'ALL', permissions: ['VIEW_CLIENTS', 'MANAGE_MEMBERS'] }),
    );
    for (const caller of [world.asMemberWithAll, managing])
      for (const memberIds of [[], idsOf(people)])
        expect(await refusedUpdate(caller, id, { memberIds })).toEqual({ code: 'FORBIDDEN' });
  });

  test('somebody with assigned clients changes those of theirs, and does not leave one by it', async () => {
    const memberIds = idsOf([scopedManager, ...people]);
    expect((await updated(scoped, world.clients.two, { memberIds })).memberIds).toEqual(memberIds);
    expect(await refusedUpdate(scoped, world.clients.two, { memberIds: idsOf(people) })).toEqual({
      code: 'CONFLICT',
      reason: 'OWN_MEMBER',
    });
    expect(await refusedUpdate(scoped, world.clients.two, { memberIds: [] })).toEqual({
      code: 'CONFLICT',
      reason: 'OWN_MEMBER',
    });
    expect((await updated(scoped, world.clients.two, { memberIds: [scopedManager.id] })).memberIds).toEqual([
      scopedManager.id,
    ]);
  });

  test('what is not theirs answers as what does not exist', async () => {
    const absent = { code: 'NOT_FOUND', field: 'input.id' };
    for (const id of [world.clients.three, world.other.clientId, nobodys])
      expect(await refusedUpdate(scoped, id, { memberIds: [scopedManager.id] })).toEqual(absent);
    for (const id of [world.other.clientId, nobodys])
      for (const caller of [world.asOwner, withAll])
        expect(await refusedUpdate(caller, id, { memberIds: [] })).toEqual(absent);
    const id = await newClient();
    for (const memberId of [world.other.owner.id, world.portalUsers.one.id, nobodys])
      expect(await refusedUpdate(world.asOwner, id, { memberIds: [memberId] })).toEqual({
        code: 'NOT_FOUND',
        field: 'input.changes.memberIds.0',
      });
  });

  test('of an archived client nothing changes', async () => {
    expect(await refusedUpdate(world.asOwner, world.clients.six, { memberIds: [] })).toEqual({
      code: 'CONFLICT',
      reason: 'CLIENT_ARCHIVED',
    });
  });
});

describe('a client’s members', () => {
  test('are found, filtered and sorted like those of the team, by two statements for all clients', async () => {
    const ann = await person({ name: 'Ann Assigned', status: 'DISABLED' });
    const bob = await person({ name: 'Bob Assigned' });
    const id = await newClient(idsOf([ann, bob]));
    const variables = { first: 100, search: 'assigned', orderBy: 'NAME_DESC' } as const;
    const of = async (more: object = {}) =>
      (await world.asAdmin.get(MembersByClientDocument, { ...variables, ...more })).clients.nodes.find(
        (client) => client.id === id,
      )?.members?.nodes;
    expect(await of()).toMatchObject([{ name: 'Bob Assigned' }, { name: 'Ann Assigned' }]);
    expect(await of({ filter: { status: ['DISABLED'] } })).toMatchObject([{ name: 'Ann Assigned' }]);
    expect(await of({ search: 'nobody' })).toEqual([]);
    // Begin, open the session, take the role, clients, members and their numbers, commit.
    expect(await statementsOf(() => world.asAdmin.get(MembersByClientDocument, variables))).toBe(7);
  });

  test('are shown to those who manage members; to others nobody but themselves', async () => {
    const colleague = await person({ clients: [world.clients.one] });
    const caller = await signInAs(server, colleague);
    const seenBy = async (who: Caller) =>
      (await who.get(ClientPartsDocument, { id: world.clients.one })).client?.members?.nodes;
    expect(await seenBy(caller)).toEqual([{ id: colleague.id }]);
    expect(await seenBy(world.asMemberWithAll)).toEqual([]);
    expect(idsOf((await seenBy(scoped)) ?? [])).toEqual(await assignedIds(world.clients.one));
    expect(idsOf((await seenBy(withAll)) ?? [])).toEqual(await assignedIds(world.clients.one));
  });

  test('are nothing for portal users and programs', async () => {
    const program = new Caller(server.url, world.accessToken.text);
    for (const caller of [world.asPortalUser, program])
      expect((await caller.get(ClientPartsDocument, { id: world.clients.one })).client?.members).toBeNull();
  });

  test('and who is assigned say the same', async () => {
    const [member] = people;
    const id = await newClient();
    const { member: found } = await world.asOwner.get(MemberDocument, { id: member?.id ?? '' });
    expect(found?.assignedClientIds).toContain(id);
  });
});
