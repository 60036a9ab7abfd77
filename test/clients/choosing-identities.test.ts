// The caller ids and email identities of a client, chosen when it is created and when it is edited.
import { Caller } from '../support/client';
import {
  ArchiveClientDocument,
  ChangePlanDocument,
  ClientPartsDocument,
  CreateClientOfDocument,
  UpdateClientOfDocument,
  type ClientChanges,
  type CreateClientInput,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import { clientPermissions, createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let one: string;
let two: string;
/** Everything on clients and identities: all clients; clients one and two; a token for all clients, and one for these two. */
let withAll: Caller;
let scoped: Caller;
let token: Caller;
let narrowToken: Caller;

const nobodys = '01900000-0000-7000-8000-000000000000';
const permissions = [...clientPermissions, 'MANAGE_IDENTITIES'];

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  ({ one, two } = world.clients);
  const { arrange, accountId } = world;
  await server.owner.query('update ringfence.plans set client_limit = null');
  const program = async (clients?: string[]) => {
    const options = clients === undefined ? { permissions } : { permissions, clients };
    return new Caller(server.url, (await arrange.accessToken(accountId, options)).text);
  };
  withAll = await signInAs(server, await arrange.member(accountId, { clientAccess: 'ALL', permissions }));
  scoped = await signInAs(server, await arrange.member(accountId, { permissions, clients: [one, two] }));
  token = await program();
  narrowToken = await program([one, two]);
});
afterAll(() => server.close());

let count = 0;
const callerId = (clientId: string | null) =>
  world.arrange.identity(world.accountId, clientId, {
    phoneNumber: `+4930902${String((count += 1)).padStart(3, '0')}`,
  });
const address = (clientId: string | null, email = `chosen-${(count += 1)}@identities.test`) =>
  world.arrange.identity(world.accountId, clientId, { email }, { verified: true });
const input = (id: string, changes: ClientChanges, expectedVersion?: number) => ({
  input: { id, changes, ...(expectedVersion === undefined ? {} : { expectedVersion }) },
});
const created = async (caller: Caller, more: Partial<CreateClientInput>) =>
  (await caller.get(CreateClientOfDocument, { input: { name: 'Chosen', ...more } })).createClient.client;
const updated = async (caller: Caller, id: string, changes: ClientChanges) =>
  (await caller.get(UpdateClientOfDocument, input(id, changes))).updateClient.client;
const refusedCreate = (caller: Caller, more: Partial<CreateClientInput>) =>
  changingNothing(server.owner, () =>
    caller.refusal(CreateClientOfDocument, { input: { name: 'Refused', ...more } }),
  );
const refusedUpdate = (caller: Caller, id: string, changes: ClientChanges) =>
  changingNothing(server.owner, () => caller.refusal(UpdateClientOfDocument, input(id, changes)));
const identitiesOf = (client: { identities?: { nodes: { id: string }[] } | null }) =>
  client.identities?.nodes.map(({ id }) => id).sort();
/** Of which client an identity is; null: of none. */
const placeOf = async (id: string) => {
  const { rows } = await server.owner.query<{ client: string | null }>(
    `select case when not i.of_house then i.client_id end as client
     from ringfence.identities i join ringfence.clients c on c.id = i.client_id and c.is_house = i.of_house where i.id = $1`,
    [id],
  );
  return rows[0]?.client;
};

describe('creating', () => {
  test('identities of no client and of other clients become its own, verified as they were', async () => {
    for (const caller of [world.asOwner, world.asAdmin, withAll, token]) {
      const identityIds = [await callerId(null), await address(one), await callerId(two)].sort();
      const { id, identities } = await created(caller, { identityIds });
      expect(identitiesOf({ identities })).toEqual(identityIds);
      for (const identity of identityIds) expect(await placeOf(identity)).toBe(id);
      const { rowCount } = await server.owner.query(
        'select from ringfence.identities where client_id = $1 and verified_at is not null',
        [id],
      );
      expect(rowCount).toBe(1);
    }
  });

  test('somebody with assigned clients takes them from those', async () => {
    const identityIds = [await callerId(one), await address(two)].sort();
    expect(identitiesOf(await created(scoped, { identityIds }))).toEqual(identityIds);
  });

  test('the history of each client says so, and names no other', async () => {
    const identityIds = [await callerId(one)];
    let id = '';
    const entries = await auditedBy(server.owner, async () => {
      ({ id } = await created(withAll, { identityIds }));
    });
    expect(entries.map(({ action, clientId, details }) => [action, clientId, details])).toEqual(
      expect.arrayContaining([
        ['CLIENT_CREATED', id, {}],
        ['IDENTITY_MOVED', one, { direction: 'AWAY' }],
        ['IDENTITY_MOVED', id, { direction: 'HERE' }],
      ]),
    );
    expect(entries).toHaveLength(3);
  });

  test('what is not theirs is not found, which one the answer says, and nothing is created', async () => {
    const [mine, ofNone, ofThree] = [
      await callerId(one),
      await callerId(null),
      await callerId(world.clients.three),
    ];
    const ofOthers = await world.arrange.identity(world.other.accountId, world.other.clientId, {
      email: 'other@identities.test',
    });
    const archived = await callerId(world.clients.six);
    const absent = { code: 'NOT_FOUND', field: 'input.identityIds.1' };
    for (const id of [ofOthers, archived, nobodys, world.list])
      for (const caller of [world.asOwner, withAll, token, scoped])
        expect(await refusedCreate(caller, { identityIds: [mine, id] })).toEqual(absent);
    for (const id of [ofNone, ofThree])
      expect(await refusedCreate(scoped, { identityIds: [mine, id] })).toEqual(absent);
  });

  test('it needs MANAGE_IDENTITIES', async () => {
    const identityIds = [await callerId(one)];
    for (const caller of [world.asMemberWithAll, world.asScopedMember])
      for (const ids of [identityIds, []])
        expect(await refusedCreate(caller, { identityIds: ids })).toEqual({ code: 'FORBIDDEN' });
  });

  test('two with one address cannot be of one client', async () => {
    const identityIds = [
      await address(one, 'same@identities.test'),
      await address(two, 'Same@identities.test'),
    ];
    expect(await refusedCreate(withAll, { identityIds })).toEqual({
      code: 'EMAIL_TAKEN',
      field: 'input.identityIds',
    });
  });

  test.each<[string, () => unknown]>([
    ['an id that is none', () => [nobodys, 'sales']],
    ['null', () => null],
    ['one more than 200', () => Array<string>(201).fill(nobodys)],
  ])('%s is refused', async (_, identityIds) => {
    expect(await refusedCreate(world.asOwner, { identityIds: identityIds() as string[] })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.identityIds',
    });
  });
});

describe('editing', () => {
  test('the set is replaced: those that are not named any more are of no client', async () => {
    const [stays, goes, comes] = [await callerId(null), await address(null), await callerId(two)];
    const { id } = await created(withAll, { identityIds: [stays, goes] });
    const entries = await auditedBy(server.owner, async () => {
      const client = await updated(withAll, id, { identityIds: [comes, stays, comes.toUpperCase()] });
      expect(identitiesOf(client)).toEqual([stays, comes].sort());
      expect(client.version).toBe(2);
    });
    expect([await placeOf(stays), await placeOf(goes), await placeOf(comes)]).toEqual([id, null, id]);
    expect(entries.filter(({ action }) => action === 'IDENTITY_MOVED')).toHaveLength(4);
    expect(entries.filter(({ subjectId }) => subjectId === stays)).toEqual([]);
    expect(identitiesOf(await updated(withAll, id, { blindMode: 'ON' }))).toEqual([stays, comes].sort());
    expect(identitiesOf(await updated(withAll, id, { identityIds: [] }))).toEqual([]);
  });

  test('whoever does not reach what is of no client adds, and takes none away', async () => {
    const [mine, more] = [await callerId(one), await callerId(two)];
    const { id } = await created(scoped, { identityIds: [mine] });
    expect(identitiesOf(await updated(scoped, id, { identityIds: [mine, more] }))).toEqual(
      [mine, more].sort(),
    );
    expect(await refusedUpdate(scoped, id, { identityIds: [more] })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusedUpdate(scoped, id, { identityIds: [] })).toEqual({ code: 'FORBIDDEN' });
    const own = (await scoped.get(ClientPartsDocument, { id: one })).client;
    expect(await refusedUpdate(narrowToken, one, { identityIds: [] })).toEqual({ code: 'FORBIDDEN' });
    expect(
      identitiesOf(await updated(narrowToken, one, { identityIds: identitiesOf(own ?? {}) ?? [] })),
    ).toEqual(identitiesOf(own ?? {}));
  });

  test('it needs MANAGE_IDENTITIES besides EDIT_CLIENTS, and each alone changes nothing', async () => {
    const managing = await signInAs(
      server,
      await world.arrange.member(world.accountId, {
        clientAccess: 'ALL',
        permissions: ['VIEW_CLIENTS', 'MANAGE_IDENTITIES'],
      }),
    );
    for (const caller of [world.asMemberWithAll, managing])
      expect(await refusedUpdate(caller, one, { identityIds: [] })).toEqual({ code: 'FORBIDDEN' });
  });

  test('an address that the client has, or that is of no client already, is taken', async () => {
    const mine = await address(null, 'mine@identities.test');
    const { id } = await created(withAll, { identityIds: [mine] });
    const taken = { code: 'EMAIL_TAKEN', field: 'input.changes.identityIds' };
    const twin = await address(two, 'Mine@identities.test');
    expect(await refusedUpdate(withAll, id, { identityIds: [mine, twin] })).toEqual(taken);
    await address(null, 'mine@identities.test');
    expect(await refusedUpdate(withAll, id, { identityIds: [] })).toEqual(taken);
  });

  test('what is not theirs answers as what does not exist', async () => {
    const [{ id }, ofThree] = [await created(withAll, {}), await callerId(world.clients.three)];
    for (const caller of [scoped, narrowToken]) {
      expect(await refusedUpdate(caller, id, { identityIds: [] })).toEqual({
        code: 'NOT_FOUND',
        field: 'input.id',
      });
      expect(await refusedUpdate(caller, one, { identityIds: [ofThree] })).toEqual({
        code: 'NOT_FOUND',
        field: 'input.changes.identityIds.0',
      });
    }
  });
});

test('identities of a client that was archived meanwhile are not found', async () => {
  const { id } = await created(withAll, { identityIds: [await callerId(null)] });
  const [identity] = identitiesOf((await withAll.get(ClientPartsDocument, { id })).client ?? {}) ?? [];
  await withAll.get(ArchiveClientDocument, { input: { id } });
  expect(await refusedUpdate(withAll, one, { identityIds: [identity ?? ''] })).toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('a plan without identities of clients keeps what is there, and takes no more', async () => {
  const accountId = await world.arrange.account('smaller');
  const asOwner = await signInAs(server, await world.arrange.member(accountId, { role: 'OWNER' }));
  const [kept, other] = [
    await world.arrange.identity(accountId, null, { email: 'kept@identities.test' }),
    await world.arrange.identity(accountId, null, { email: 'other@identities.test' }),
  ];
  const { id } = await created(asOwner, { identityIds: [kept] });
  await asOwner.get(ChangePlanDocument, { input: { planId: 'STARTER' } });
  const missing = { code: 'PLAN_FEATURE_MISSING' };
  expect(await refusedUpdate(asOwner, id, { identityIds: [kept, other] })).toEqual(missing);
  expect(await refusedCreate(asOwner, { identityIds: [other] })).toEqual(missing);
  expect(identitiesOf(await updated(asOwner, id, { identityIds: [kept] }))).toEqual([kept]);
  expect(identitiesOf(await updated(asOwner, id, { identityIds: [] }))).toEqual([]);
});
