// The lists of a client, chosen when it is created and when it is edited, and the members who have to come with them.
import { Caller } from '../support/client';
import {
  ArchiveListDocument,
  ChangePlanDocument,
  ClientPartsDocument,
  CreateClientOfDocument,
  ListDocument,
  MoveListDocument,
  UpdateClientOfDocument,
  type ClientChanges,
  type CreateClientInput,
} from '../support/documents.generated';
import { finishListJobs, rowsOfList } from '../lists/working';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import type { MemberOptions, TestMember } from '../support/arrange';
import { clientPermissions, createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let one: string;
let two: string;
/** Everything on clients, members, identities and lists: all clients; clients one and two. */
let withAll: Caller;
let scopedManager: TestMember;
let scoped: Caller;
/** Everything that a program can have, for all clients. */
let token: Caller;

const nobodys = '01900000-0000-7000-8000-000000000000';
const ofPrograms = [...clientPermissions, 'MANAGE_LISTS', 'MANAGE_IDENTITIES', 'ACCESS_CRM'];
const permissions = [...ofPrograms, 'MANAGE_MEMBERS'];

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId } = world;
  await server.owner.query('update ringfence.plans set client_limit = null');
  // Clients of their own, to which nobody is assigned whom a test does not know.
  [one, two] = [await arrange.client(accountId, 'Here'), await arrange.client(accountId, 'There')];
  withAll = await signInAs(server, await person({ clientAccess: 'ALL', permissions }));
  scopedManager = await person({ permissions, clients: [one, two] });
  scoped = await signInAs(server, scopedManager);
  token = new Caller(server.url, (await arrange.accessToken(accountId, { permissions: ofPrograms })).text);
});
afterAll(() => server.close());

const person = (options: MemberOptions = {}) => world.arrange.member(world.accountId, options);
const newList = (clientId: string | null, ...members: TestMember[]) =>
  world.arrange.list(world.accountId, clientId, {
    access: clientId === null || members.length > 0 ? 'NAMED' : 'ALL',
    members: members.map(({ id }) => id),
  });
const created = async (caller: Caller, more: Partial<CreateClientInput>) =>
  (await caller.get(CreateClientOfDocument, { input: { name: 'Chosen', ...more } })).createClient.client;
const updated = async (caller: Caller, id: string, changes: ClientChanges) =>
  (await caller.get(UpdateClientOfDocument, { input: { id, changes } })).updateClient.client;
const refusedCreate = (caller: Caller, more: Partial<CreateClientInput>) =>
  changingNothing(server.owner, async () => {
    const { errors } = await caller.ask(CreateClientOfDocument, { input: { name: 'Refused', ...more } });
    return errors?.[0]?.extensions;
  });
const refusedUpdate = (caller: Caller, id: string, changes: ClientChanges) =>
  changingNothing(server.owner, async () => {
    const { errors } = await caller.ask(UpdateClientOfDocument, { input: { id, changes } });
    return errors?.[0]?.extensions;
  });
const listsOf = (client: { lists?: { nodes: { id: string }[] } | null }) =>
  client.lists?.nodes.map(({ id }) => id).sort();
/** Of which client a list is, null for none, and who is named on it. */
const placeOf = async (id: string) => {
  const { list } = await world.asAdmin.get(ListDocument, { id });
  return { clientId: list?.client?.id ?? null, names: list?.members?.map((member) => member.id).sort() };
};
const missing = (members: TestMember[], ...listIds: string[]) => ({
  code: 'LIST_MEMBERS_NOT_INCLUDED',
  memberIds: members.map(({ id }) => id).sort(),
  listIds: [...listIds].sort(),
});

describe('creating', () => {
  test('a client comes into being with everything in one step', async () => {
    const before = await world.arrange.client(world.accountId, 'Before');
    const [ann, bob] = [await person(), await person({ clients: [before] })];
    const [ofNone, ofAnother] = [await newList(null, ann), await newList(before, bob)];
    await world.arrange.lead(ofNone);
    const identity = await world.arrange.identity(world.accountId, null, { email: 'all@identities.test' });
    let id = '';
    const entries = await auditedBy(server.owner, async () => {
      const client = await created(world.asOwner, {
        blindMode: 'ON',
        memberIds: [ann.id, bob.id],
        identityIds: [identity],
        listIds: [ofNone, ofAnother],
      });
      ({ id } = client);
      expect(client).toMatchObject({
        blindMode: 'ON',
        version: 1,
        identities: { nodes: [{ id: identity }] },
      });
      expect(client.members?.totalCount).toBe(2);
      expect(listsOf(client)).toEqual([ofNone, ofAnother].sort());
    });
    expect(entries.map(({ action, clientId }) => [action, clientId])).toEqual(
      expect.arrayContaining([
        ['CLIENT_CREATED', id],
        ['CLIENT_ASSIGNED', id],
        ['IDENTITY_MOVED', null],
        ['IDENTITY_MOVED', id],
        ['LIST_MOVED', null],
        ['LIST_MOVED', before],
        ['LIST_MOVED', id],
      ]),
    );
    // Two members, two lists and an identity away and here, the one without leads at once, and the client: no name was taken off a list.
    expect(entries).toHaveLength(2 + 4 + 2 + 1 + 1);
    expect(await placeOf(ofNone)).toEqual({ clientId: id, names: [ann.id] });
    expect(await placeOf(ofAnother)).toEqual({ clientId: id, names: [bob.id] });
    await finishListJobs(server);
    expect(await rowsOfList(server, ofNone)).toMatchObject({ 'ringfence.leads': { [id]: 1 } });
  });

  test('by everybody who may, from the clients that they reach', async () => {
    for (const caller of [world.asAdmin, token]) {
      const listIds = [await newList(null)];
      expect(listsOf(await created(caller, { listIds }))).toEqual(listIds);
    }
    // Open to all of client one: its members come along.
    const listIds = [await newList(one)];
    expect(await refusedCreate(withAll, { listIds, memberIds: [] })).toMatchObject(
      missing([scopedManager], ...listIds),
    );
    expect(listsOf(await created(withAll, { listIds, memberIds: [scopedManager.id] }))).toEqual(listIds);
    const more = [await newList(two)];
    expect(listsOf(await created(scoped, { listIds: more }))).toEqual(more);
  });

  test('everybody who works on one of the lists has to be a member, and is named where not, all at once', async () => {
    const elsewhere = await world.arrange.client(world.accountId, 'Elsewhere');
    const [ann, bob, cleo, all] = [
      await person(),
      await person(),
      await person({ clients: [elsewhere] }),
      await person({ clientAccess: 'ALL' }),
    ];
    const [first, second, third] = [
      await newList(null, ann, bob, all),
      await newList(null, bob),
      await newList(elsewhere, cleo),
    ];
    const listIds = [first, second, third];
    expect(await refusedCreate(world.asOwner, { listIds })).toMatchObject(
      missing([ann, bob, cleo], ...listIds),
    );
    expect(await refusedCreate(world.asOwner, { listIds, memberIds: [bob.id] })).toMatchObject(
      missing([ann, cleo], first, third),
    );
    const memberIds = [ann.id, bob.id, cleo.id];
    const { id } = await created(world.asOwner, { listIds, memberIds });
    expect(await placeOf(first)).toEqual({ clientId: id, names: [...memberIds.slice(0, 2), all.id].sort() });
  });

  test('it needs MANAGE_LISTS, and nothing is done without', async () => {
    const listIds = [await newList(null)];
    for (const caller of [world.asMemberWithAll, world.asScopedMember])
      for (const ids of [listIds, []])
        expect(await refusedCreate(caller, { listIds: ids })).toMatchObject({ code: 'FORBIDDEN' });
    const lister = await signInAs(
      server,
      await person({ clientAccess: 'ALL', permissions: [...clientPermissions, 'MANAGE_LISTS'] }),
    );
    const ofOne = await newList(one);
    expect(await refusedCreate(lister, { listIds: [ofOne], memberIds: [] })).toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(await refusedCreate(lister, { listIds: [ofOne], identityIds: [] })).toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  test('what is not theirs is not found, and the answer says which', async () => {
    const mine = await newList(one);
    const absent = { code: 'NOT_FOUND', field: 'input.listIds.1' };
    const ofOthers = await world.arrange.list(world.other.accountId, world.other.clientId);
    for (const caller of [world.asOwner, withAll, scoped])
      for (const id of [ofOthers, nobodys, one])
        expect(await refusedCreate(caller, { listIds: [mine, id] })).toMatchObject(absent);
    for (const id of [await newList(null), world.list])
      expect(await refusedCreate(scoped, { listIds: [mine, id] })).toMatchObject(absent);
    // Of no client, and they are not named on it: managing lists is not enough.
    expect(await refusedCreate(withAll, { listIds: [mine, await newList(null)] })).toMatchObject(absent);
  });

  test('whoever works for no client, and gets the first one by creating it, leaves the lists of none', async () => {
    const newcomer = await person({ permissions });
    const list = await newList(null, newcomer);
    const caller = await signInAs(server, newcomer);
    expect(await refusedCreate(caller, { listIds: [list] })).toMatchObject({
      code: 'NOT_FOUND',
      field: 'input.listIds.0',
    });
  });

  test('a list that is archived, or already on its way, keeps the client from being created', async () => {
    const [archived, moving] = [await newList(null), await newList(null)];
    await world.arrange.lead(moving);
    await world.asAdmin.get(ArchiveListDocument, { input: { id: archived } });
    await world.asAdmin.get(MoveListDocument, { input: { id: moving, clientId: two } });
    const conflict = (reason: string) => ({ code: 'CONFLICT', reason });
    expect(await refusedCreate(world.asOwner, { listIds: [archived] })).toMatchObject(
      conflict('LIST_ARCHIVED'),
    );
    expect(
      await refusedCreate(world.asOwner, { listIds: [moving], memberIds: [scopedManager.id] }),
    ).toMatchObject(conflict('LIST_MOVING'));
  });

  test.each<[string, () => unknown]>([
    ['an id that is none', () => [nobodys, 'list']],
    ['null', () => null],
    ['one more than 200', () => Array<string>(201).fill(nobodys)],
  ])('%s is refused', async (_, listIds) => {
    expect(await refusedCreate(world.asOwner, { listIds: listIds() as string[] })).toMatchObject({
      code: 'VALIDATION_FAILED',
      field: 'input.listIds',
    });
  });

  test('sent again under its key, it is created once', async () => {
    const input = { listIds: [await newList(null)] };
    const first = await created(world.asOwner.under('with lists'), input);
    expect(await created(world.asOwner.under('with lists'), input)).toEqual(first);
  });

  test('a plan without lists of clients takes none', async () => {
    const accountId = await world.arrange.account('smaller');
    const asOwner = await signInAs(server, await world.arrange.member(accountId, { role: 'OWNER' }));
    const list = await world.arrange.list(accountId, null, { access: 'NAMED' });
    await asOwner.get(ChangePlanDocument, { input: { planId: 'STARTER' } });
    expect(await refusedCreate(asOwner, { listIds: [list] })).toMatchObject({ code: 'PLAN_FEATURE_MISSING' });
  });
});

describe('editing', () => {
  test('the set is replaced: lists that are not named any more are of no client, archived ones stay', async () => {
    const [stays, goes, archived, comes] = [
      await newList(null),
      await newList(null),
      await newList(null),
      await newList(null),
    ];
    const { id } = await created(world.asOwner, { listIds: [stays, goes, archived] });
    await finishListJobs(server);
    await world.asOwner.get(ArchiveListDocument, { input: { id: archived } });
    const entries = await auditedBy(server.owner, async () => {
      const client = await updated(world.asOwner, id, { listIds: [comes, stays, comes.toUpperCase()] });
      expect(listsOf(client)).toEqual([stays, comes].sort());
      expect(client.version).toBe(2);
    });
    expect(entries.filter(({ action }) => action === 'LIST_MOVED')).toHaveLength(4);
    expect((await placeOf(goes)).clientId).toBeNull();
    expect((await placeOf(archived)).clientId).toBe(id);
    expect(listsOf(await updated(world.asOwner, id, { blindMode: 'ON' }))).toEqual([stays, comes].sort());
    await finishListJobs(server);
    // An archived one that is there already may be named.
    await updated(world.asOwner, id, { listIds: [archived, stays] });
    expect((await placeOf(comes)).clientId).toBeNull();
  });

  test('whoever works on a list that comes has to be among those who are members then', async () => {
    const before = await world.arrange.client(world.accountId, 'Before');
    const [ann, bob] = [await person({ clients: [before] }), await person()];
    const list = await newList(before, ann);
    const { id } = await created(world.asOwner, { memberIds: [ann.id] });
    const changes = { listIds: [list], memberIds: [bob.id] };
    expect(await refusedUpdate(world.asOwner, id, changes)).toMatchObject(missing([ann], list));
    await updated(world.asOwner, id, { listIds: [list] });
    expect(await placeOf(list)).toEqual({ clientId: id, names: [ann.id] });
  });

  test('whoever is named on a list that stays has to stay, or be taken off it before', async () => {
    const [ann, bob] = [await person(), await person()];
    const list = await newList(null, ann, bob);
    const memberIds = [ann.id, bob.id];
    const { id } = await created(world.asOwner, { listIds: [list], memberIds });
    await finishListJobs(server);
    expect(await refusedUpdate(world.asOwner, id, { memberIds: [ann.id] })).toMatchObject(
      missing([bob], list),
    );
    expect(await refusedUpdate(world.asOwner, id, { memberIds: [], listIds: [list] })).toMatchObject(
      missing([ann, bob], list),
    );
    // Who does not see lists learns who is in the way, and of no list.
    const manager = await signInAs(
      server,
      await person({ clientAccess: 'ALL', permissions: [...clientPermissions, 'MANAGE_MEMBERS'] }),
    );
    expect(await refusedUpdate(manager, id, { memberIds: [ann.id] })).toMatchObject(missing([bob]));
    // With the list everybody may go: of no client it is for those who are left.
    await updated(world.asOwner, id, { memberIds: [ann.id], listIds: [] });
    expect(await placeOf(list)).toEqual({ clientId: null, names: [bob.id] });
  });

  test('members who reach all clients need not be among them', async () => {
    const all = await person({ clientAccess: 'ALL' });
    const list = await newList(null, all);
    const { id } = await created(world.asOwner, { listIds: [list], memberIds: [] });
    await updated(world.asOwner, id, { memberIds: [] });
    expect((await placeOf(list)).names).toEqual([all.id]);
  });

  test('whoever works for certain clients takes no list away, since it would be of none', async () => {
    const list = await newList(one);
    const { id } = await created(scoped, { listIds: [list] });
    await finishListJobs(server);
    expect(await refusedUpdate(scoped, id, { listIds: [] })).toMatchObject({ code: 'FORBIDDEN' });
  });

  test('it needs MANAGE_LISTS besides EDIT_CLIENTS, and each alone changes nothing', async () => {
    const managing = await signInAs(
      server,
      await person({ clientAccess: 'ALL', permissions: ['VIEW_CLIENTS', 'MANAGE_LISTS'] }),
    );
    for (const caller of [world.asMemberWithAll, managing])
      expect(await refusedUpdate(caller, two, { listIds: [] })).toMatchObject({ code: 'FORBIDDEN' });
  });

  test('in blind mode nobody takes leads out whom it keeps from them', async () => {
    const list = await newList(null);
    const { id } = await created(world.asOwner, { blindMode: 'ON', listIds: [list] });
    await finishListJobs(server);
    const plain = await created(withAll, {});
    expect(await refusedUpdate(withAll, plain.id, { listIds: [list] })).toMatchObject({ code: 'FORBIDDEN' });
    expect((await withAll.get(ClientPartsDocument, { id })).client?.lists?.nodes).toEqual([{ id: list }]);
  });
});
