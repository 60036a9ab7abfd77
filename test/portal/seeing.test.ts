import {
  ClientDocument,
  ClientsDocument,
  MemberDocument,
  MembersDocument,
  OrganizationsDocument,
  PortalUserDocument,
  PortalUsersDocument,
  SessionsDocument,
  UpdateMyProfileDocument,
  ViewerDocument,
} from '../support/documents.generated';
import { send } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, signInAs, type World } from '../support/world';
import { statementsOf } from '../support/statements';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  await server.owner.query('update ringfence.clients set account_manager_id = $1 where id = any ($2)', [
    world.members.scoped.id,
    [world.clients.one, world.clients.two],
  ]);
  await server.owner.query(
    "update ringfence.organizations set description = 'Pays late', website = 'https://north.test', account_manager_id = $1 where account_id = $2",
    [world.members.admin.id, world.accountId],
  );
});
afterAll(() => server.close());

describe('a portal user', () => {
  test('is told who they are, and what they may do', async () => {
    const { viewer } = await world.asPortalUser.get(ViewerDocument);
    expect(viewer).toMatchObject({
      kind: 'PORTAL_USER',
      role: null,
      permissions: ['VIEW_CLIENTS', 'VIEW_RECORDINGS'],
      clientAccess: 'ASSIGNED',
      account: { id: world.accountId, name: 'Account alpha' },
      member: null,
      portalUser: { id: world.portalUsers.one.id, client: { id: world.clients.one, name: 'One' } },
    });
  });

  test('sees one client, by list, by id and by search, and cannot count the others', async () => {
    const { clients } = await world.asPortalUser.get(ClientsDocument, { first: 100 });
    expect(clients.nodes.map(({ id }) => id)).toEqual([world.clients.one]);
    expect(clients.totalCount).toBe(1);
    const found = await world.asPortalUser.get(ClientsDocument, { search: 'Two' });
    expect(found.clients.totalCount).toBe(0);
    for (const id of [world.clients.two, world.clients.six, world.other.clientId, world.accountId])
      expect(await world.asPortalUser.refusal(ClientDocument, { id })).toEqual({
        code: 'NOT_FOUND',
        field: 'id',
      });
  });

  test('sees of the organization its name alone, and counts only their own client in it', async () => {
    const { data, errors } = await send(
      server.url,
      world.asPortalUser.token,
      `{ organizations { totalCount nodes { id name description website address tags clientCount accountManager { id } } }
         client(id: "${world.clients.one}") { organization { name description website tags } } }`,
    );
    expect(errors).toBeUndefined();
    const nothing = { description: null, website: null, tags: [] };
    expect(data).toEqual({
      organizations: {
        totalCount: 1,
        nodes: [
          {
            id: world.organizations.north,
            name: 'North',
            ...nothing,
            address: null,
            clientCount: 1,
            accountManager: null,
          },
        ],
      },
      client: { organization: { name: 'North', ...nothing } },
    });
    const { organizations } = await world.asOwner.get(OrganizationsDocument, { first: 1 });
    expect(organizations.nodes[0]).toMatchObject({ website: 'https://north.test' });
  });

  test('sees of the team who looks after their client, by name and title, and nobody else', async () => {
    const { members } = await world.asPortalUser.get(MembersDocument, { first: 100 });
    expect(members.nodes).toEqual([
      {
        id: world.members.scoped.id,
        name: 'Sam Scoped',
        jobTitle: null,
        initials: 'SS',
        email: null,
        role: null,
        status: null,
        clientAccess: null,
        agentAccess: null,
        permissions: null,
        secondFactorEnabled: null,
        assignedClientIds: null,
      },
    ]);
    for (const { id } of [world.members.owner, world.members.powerless, world.other.owner])
      expect(await world.asPortalUser.refusal(MemberDocument, { id })).toEqual({
        code: 'NOT_FOUND',
        field: 'id',
      });
  });

  test('sees themselves, and not who else signs in, for their client or another', async () => {
    const colleague = await world.arrange.portalUser(world.accountId, world.clients.one);
    const { portalUsers } = await world.asPortalUser.get(PortalUsersDocument, { first: 100 });
    expect(portalUsers.nodes).toMatchObject([
      { id: world.portalUsers.one.id, email: world.portalUsers.one.email },
    ]);
    for (const { id } of [colleague, world.portalUsers.two])
      expect(await world.asPortalUser.refusal(PortalUserDocument, { id })).toEqual({
        code: 'NOT_FOUND',
        field: 'id',
      });
  });

  test('is told nothing of the plan, and where they are signed in', async () => {
    const { data, errors } = await send<{ account: object }>(
      server.url,
      world.asPortalUser.token,
      '{ account { name timeZone plan { id } clientLimit clientCount canCreateClient } }',
    );
    expect(errors).toBeUndefined();
    expect(data?.account).toEqual({
      name: 'Account alpha',
      timeZone: 'UTC',
      plan: null,
      clientLimit: null,
      clientCount: null,
      canCreateClient: null,
    });
    const { sessions } = await world.asPortalUser.get(SessionsDocument);
    expect(sessions.filter(({ current }) => current)).toHaveLength(1);
  });

  test('is no member', async () => {
    const changes = { name: 'Somebody else' };
    expect(await world.asPortalUser.refusal(UpdateMyProfileDocument, { input: { changes } })).toEqual({
      code: 'FORBIDDEN',
    });
  });
});

describe('the list of portal users', () => {
  test('holds those of the clients that a member sees, with their emails', async () => {
    const { portalUsers } = await world.asScopedMember.get(PortalUsersDocument, { first: 100 });
    expect(new Set(portalUsers.nodes.map(({ client }) => client?.id))).toEqual(new Set([world.clients.one]));
    expect(portalUsers.nodes.map(({ email }) => email)).toContain(world.portalUsers.one.email);
    const all = await world.asMemberWithAll.get(PortalUsersDocument, { first: 100 });
    expect(all.portalUsers.nodes.map(({ id }) => id)).toContain(world.portalUsers.two.id);
    expect(await world.asPowerless.refusal(PortalUsersDocument, {})).toEqual({ code: 'FORBIDDEN' });
    const others = await world.other.asOwner.get(PortalUsersDocument, {});
    expect(others.portalUsers.totalCount).toBe(0);
  });

  test('is searched by name, filtered by client and state, ordered and paged both ways', async () => {
    const clientId = await world.arrange.client(world.accountId, 'With people');
    for (const name of ['Cleo 100%', 'anna', 'Bert_'])
      await world.arrange.portalUser(world.accountId, clientId, { name });
    await world.arrange.portalUser(world.accountId, clientId, { name: 'Dana', status: 'INVITED' });
    const names = async (variables: object) =>
      (
        await world.asOwner.get(PortalUsersDocument, {
          ...variables,
          filter: { clientId, ...('status' in variables ? { status: ['INVITED'] as never } : {}) },
        })
      ).portalUsers.nodes.map(({ name }) => name);
    expect(await names({})).toEqual(['anna', 'Bert_', 'Cleo 100%', 'Dana']);
    expect(await names({ orderBy: 'CREATED_AT_DESC' })).toEqual(['Dana', 'Bert_', 'anna', 'Cleo 100%']);
    expect(await names({ search: '100%' })).toEqual(['Cleo 100%']);
    expect(await names({ search: '_' })).toEqual(['Bert_']);
    expect(await names({ last: 2 })).toEqual(['Cleo 100%', 'Dana']);
    const { portalUsers: page } = await world.asOwner.get(PortalUsersDocument, {
      filter: { clientId },
      first: 2,
    });
    expect(await names({ after: page.pageInfo.endCursor })).toEqual(['Cleo 100%', 'Dana']);
    const invited = await world.asOwner.get(PortalUsersDocument, {
      filter: { clientId, status: ['INVITED' as never] },
    });
    expect(invited.portalUsers.nodes).toMatchObject([{ name: 'Dana', lastSignInAt: null }]);
  });

  test('costs as many statements for one as for ten', async () => {
    const clientId = await world.arrange.client(world.accountId, 'With many');
    await world.arrange.portalUser(world.accountId, clientId);
    const counted = () =>
      statementsOf(() => world.asOwner.get(PortalUsersDocument, { filter: { clientId } }));
    const one = await counted();
    for (let count = 0; count < 9; count += 1) await world.arrange.portalUser(world.accountId, clientId);
    expect(await counted()).toEqual(one);
  });
});

test('a portal user of another account with the same email signs in by the account’s slug', async () => {
  const email = 'shared@client.test';
  const here = await world.arrange.portalUser(world.accountId, world.clients.one, { email });
  await world.arrange.portalUser(world.other.accountId, world.other.clientId, { email });
  const caller = await signInAs(server, here, 'alpha');
  expect((await caller.get(ViewerDocument)).viewer.portalUser?.id).toBe(here.id);
  const there = await signInAs(server, here, 'beta');
  expect((await there.get(ClientsDocument, {})).clients.nodes).toMatchObject([{ id: world.other.clientId }]);
});
