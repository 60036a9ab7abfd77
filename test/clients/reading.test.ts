import type { GraphqlAnswer } from '../support/client';
import {
  ClientDocument,
  ClientNamesDocument,
  ClientsDocument,
  type BlindMode,
  type ClientQuery,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { oneRow } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;

const nobodys = '01900000-0000-7000-8000-000000000000';

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const names = async (caller: World['asOwner']) =>
  (await caller.get(ClientNamesDocument)).clients.nodes.map((client) => client.name);

/** What could tell one refusal from another: all of the answer but the request's id. */
function withoutRequestId({ status, data, errors }: GraphqlAnswer<ClientQuery>) {
  return {
    status,
    data,
    errors: errors?.map((error) => ({ ...error, extensions: { ...error.extensions, requestId: undefined } })),
  };
}

async function houseClientId(accountId: string): Promise<string> {
  const { id } = await oneRow<{ id: string }>(
    server.owner,
    'select id from ringfence.clients where account_id = $1 and is_house',
    [accountId],
  );
  return id;
}

test('the same query gives each principal only the clients that are theirs', async () => {
  const all = ['Five', 'Four', 'One', 'Three', 'Two'];
  expect(await names(world.asOwner)).toEqual(all);
  expect(await names(world.asAdmin)).toEqual(all);
  expect(await names(world.asMemberWithAll)).toEqual(all);
  expect(await names(world.asScopedMember)).toEqual(['One', 'Three']);
  expect(await names(world.other.asOwner)).toEqual(['Beta Client']);
});

test('the total counts what the viewer sees and nothing else', async () => {
  const total = async (caller: World['asOwner']) =>
    (await caller.get(ClientsDocument, { first: 1 })).clients.totalCount;
  expect(await total(world.asOwner)).toBe(5);
  expect(await total(world.asMemberWithAll)).toBe(5);
  expect(await total(world.asScopedMember)).toBe(2);
  expect(await total(world.other.asOwner)).toBe(1);
});

test('a client that is not theirs answers exactly like one that does not exist', async () => {
  const house = await houseClientId(world.accountId);
  const absent = await world.asScopedMember.ask(ClientDocument, { id: nobodys });
  expect(absent.errors?.[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
  for (const id of [world.clients.two, world.other.clientId, house]) {
    expect(withoutRequestId(await world.asScopedMember.ask(ClientDocument, { id }))).toEqual(
      withoutRequestId(absent),
    );
  }
});

test('not even the owner reads a client of another account, or the house client', async () => {
  for (const id of [world.other.clientId, await houseClientId(world.accountId), nobodys]) {
    expect(await world.asOwner.refusal(ClientDocument, { id })).toEqual({ code: 'NOT_FOUND', field: 'id' });
  }
});

test('without VIEW_CLIENTS neither the list nor an assigned client is shown', async () => {
  expect(await world.asPowerless.refusal(ClientNamesDocument)).toEqual({ code: 'FORBIDDEN' });
  expect(await world.asPowerless.refusal(ClientDocument, { id: world.clients.one })).toEqual({
    code: 'FORBIDDEN',
  });
});

test('nobody reads anything without signing in', async () => {
  expect(await world.asAnonymous.refusal(ClientNamesDocument)).toEqual({ code: 'UNAUTHENTICATED' });
  expect(await world.asAnonymous.refusal(ClientDocument, { id: world.clients.one })).toEqual({
    code: 'UNAUTHENTICATED',
  });
});

test('an archived client is absent from lists and totals unless asked for, but read by its id', async () => {
  const { clients } = await world.asOwner.get(ClientsDocument, { filter: { status: ['ARCHIVED'] } });
  expect(clients.nodes.map((client) => client.name)).toEqual(['Six']);
  expect(clients.totalCount).toBe(1);
  const { client } = await world.asOwner.get(ClientDocument, { id: world.clients.six });
  expect(client).toMatchObject({ name: 'Six', status: 'ARCHIVED', contactEmail: 'six@client.test' });
});

test('an id is found in whatever case it is written', async () => {
  const { client } = await world.asOwner.get(ClientDocument, { id: world.clients.one.toUpperCase() });
  expect(client?.id).toBe(world.clients.one);
});

test('a client shows everything that is known of it, and the manager only with name where emails are not the viewer’s', async () => {
  const accountId = await world.arrange.account('gamma');
  const organization = await world.arrange.organization(accountId, 'Gamma Group');
  const manager = await world.arrange.member(accountId, { name: 'Mia Manager', email: 'mia@gamma.test' });
  const { id } = await oneRow<{ id: string }>(
    server.owner,
    `insert into ringfence.clients (account_id, name, contact_name, contact_email, contact_phone, contact_position,
       organization_id, account_manager_id, blind_mode, created_at, updated_at)
     values ($1, 'Gamma', 'Gus', 'gus@gamma.test', '+4930901820', 'Buyer', $2, $3, 'ON', '2026-01-02 03:04:05.678901Z', '2026-02-03Z')
     returning id`,
    [accountId, organization, manager.id],
  );
  await server.owner.query(
    "insert into ringfence.client_activity (account_id, client_id, last_activity_at) values ($1, $2, '2026-03-04 05:00Z')",
    [accountId, id],
  );
  const expected = {
    id,
    name: 'Gamma',
    status: 'ACTIVE',
    contactName: 'Gus',
    contactEmail: 'gus@gamma.test',
    contactPhone: '+4930901820',
    contactPosition: 'Buyer',
    blindMode: 'ON',
    effectiveBlindMode: true,
    lastActivityAt: '2026-03-04T05:00:00Z',
    agentCount: 0,
    version: 1,
    createdAt: '2026-01-02T03:04:05.678901Z',
    updatedAt: '2026-02-03T00:00:00Z',
    organization: { id: organization, name: 'Gamma Group', clientCount: 1 },
  };

  const asOwner = await signInAs(server, await world.arrange.member(accountId, { role: 'OWNER' }));
  expect((await asOwner.get(ClientDocument, { id })).client).toEqual({
    ...expected,
    accountManager: { id: manager.id, name: 'Mia Manager', email: 'mia@gamma.test' },
  });
  const asScoped = await signInAs(server, await world.arrange.member(accountId, { clients: [id] }));
  expect((await asScoped.get(ClientDocument, { id })).client).toEqual({
    ...expected,
    accountManager: { id: manager.id, name: 'Mia Manager', email: null },
  });
});

test('what nobody filled in is null', async () => {
  const { client } = await world.asOwner.get(ClientDocument, { id: world.clients.four });
  expect(client).toMatchObject({
    contactName: null,
    contactEmail: null,
    contactPhone: null,
    contactPosition: null,
    lastActivityAt: null,
    organization: null,
    accountManager: null,
  });
});

test.each<[account: boolean, client: BlindMode, effective: boolean]>([
  [false, 'INHERIT', false],
  [false, 'ON', true],
  [false, 'OFF', false],
  [true, 'INHERIT', true],
  [true, 'ON', true],
  [true, 'OFF', false],
])(
  'with blind mode %s for the account and %s for the client, %s is in effect',
  async (account, client, effective) => {
    await server.owner.query('update ringfence.accounts set blind_mode = $2 where id = $1', [
      world.accountId,
      account,
    ]);
    await server.owner.query('update ringfence.clients set blind_mode = $2 where id = $1', [
      world.clients.one,
      client,
    ]);
    for (const caller of [world.asOwner, world.asScopedMember]) {
      const answer = await caller.get(ClientDocument, { id: world.clients.one });
      expect(answer.client).toMatchObject({ blindMode: client, effectiveBlindMode: effective });
    }
  },
);

test('the house client is in no list, whatever is asked for', async () => {
  const { clients } = await world.asOwner.get(ClientsDocument, {
    search: 'House',
    filter: { status: ['ACTIVE', 'INACTIVE', 'ARCHIVED'] },
  });
  expect(clients).toMatchObject({ totalCount: 0, nodes: [] });
});
