// What a partner token may do and see: never more than the member it belongs to, at each request.
import {
  ActivateMemberDocument,
  ArchiveClientDocument,
  ClientDocument,
  CreateClientDocument,
  CreatePortalUserDocument,
  DeactivateMemberDocument,
  MembersDocument,
  OrganizationsDocument,
  PortalUsersDocument,
  RestoreClientDocument,
  UpdateClientDocument,
  UpdateMemberDocument,
  AssignClientsDocument,
  InvitePortalUserDocument,
  type Permission,
} from '../support/documents.generated';
import { clientsSeenBy, mint, permissionsOf, tokenInput, type Minted } from '../support/access-tokens';
import { newSecretKey, startAnotherServer, type AnotherServer } from '../support/another-server';
import { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import { password } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let another: AnotherServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  another = await startAnotherServer(server.database, { secretKeys: [newSecretKey('another')] });
});
afterAll(async () => {
  await another.close();
  await server.close();
});

/** A member who manages tokens, and a token that has all that they can give. */
async function memberWithToken(
  options: { permissions?: Permission[]; clients?: string[]; clientAccess?: 'ALL' | 'ASSIGNED' },
  tokenClients?: string[],
): Promise<{ memberId: string; token: Minted; elsewhere: Caller }> {
  const permissions = options.permissions ?? ['VIEW_CLIENTS', 'EDIT_CLIENTS'];
  const member = await world.arrange.member(world.accountId, {
    ...options,
    permissions: [...permissions, 'MANAGE_ACCESS_TOKENS'],
  });
  const token = await mint(await signInAs(server, member), tokenInput(permissions, tokenClients));
  // Another process, which has never seen it.
  return { memberId: member.id, token, elsewhere: new Caller(another.url, token.text) };
}

test('a permission that its member loses is gone at the next request, on every server, and back when it is given back', async () => {
  const { memberId, token, elsewhere } = await memberWithToken({ clientAccess: 'ALL' });
  const change = (permissions: Permission[]) =>
    world.asOwner.get(UpdateMemberDocument, { input: { id: memberId, changes: { permissions } } });
  const input = { id: world.clients.four, changes: { contactName: 'Somebody' } };
  for (const caller of [token.caller, elsewhere]) await caller.get(UpdateClientDocument, { input });
  await change(['VIEW_CLIENTS']);
  for (const caller of [token.caller, elsewhere]) {
    expect(await permissionsOf(caller)).toEqual(['VIEW_CLIENTS']);
    expect(await caller.refusal(UpdateClientDocument, { input })).toEqual({ code: 'FORBIDDEN' });
  }
  await change(['VIEW_CLIENTS', 'EDIT_CLIENTS', 'DELETE_CLIENTS']);
  // Not more than it was given either.
  expect(await permissionsOf(token.caller)).toEqual(['EDIT_CLIENTS', 'VIEW_CLIENTS']);
});

test('clients that its member loses are gone at the next request, and those it was not given never come', async () => {
  const { one, two, three } = world.clients;
  const { memberId, token, elsewhere } = await memberWithToken({ clients: [one, two] }, [one, two]);
  expect(await clientsSeenBy(token.caller)).toEqual(['One', 'Two']);
  await world.asOwner.get(AssignClientsDocument, { input: { memberId, add: [three], remove: [two] } });
  for (const caller of [token.caller, elsewhere]) expect(await clientsSeenBy(caller)).toEqual(['One']);
});

test('a token for all clients follows its member: all, then those assigned, then all again', async () => {
  const { memberId, token, elsewhere } = await memberWithToken({ clientAccess: 'ALL' });
  const change = (clientAccess: 'ALL' | 'ASSIGNED') =>
    world.asOwner.get(UpdateMemberDocument, { input: { id: memberId, changes: { clientAccess } } });
  expect(await clientsSeenBy(token.caller)).toEqual(['Five', 'Four', 'One', 'Three', 'Two']);
  await change('ASSIGNED');
  await world.asOwner.get(AssignClientsDocument, {
    input: { memberId, add: [world.clients.three], remove: [] },
  });
  for (const caller of [token.caller, elsewhere]) expect(await clientsSeenBy(caller)).toEqual(['Three']);
  await change('ALL');
  for (const caller of [token.caller, elsewhere])
    expect(await clientsSeenBy(caller)).toEqual(['Five', 'Four', 'One', 'Three', 'Two']);
});

test('a member who is deactivated takes their tokens along, and brings them back', async () => {
  const { memberId, token } = await memberWithToken({ clients: [world.clients.one] }, [world.clients.one]);
  await world.asOwner.get(DeactivateMemberDocument, { input: { id: memberId } });
  expect(await clientsSeenBy(token.caller)).toBe('UNAUTHENTICATED');
  await world.asOwner.get(ActivateMemberDocument, { input: { id: memberId } });
  expect(await clientsSeenBy(token.caller)).toEqual(['One']);
});

test('the account’s token stays as it is, whatever becomes of the owner who minted it', async () => {
  const owner = await world.arrange.member(world.accountId, { role: 'OWNER' });
  const input = tokenInput(['VIEW_CLIENTS', 'EDIT_CLIENTS'], undefined, { belongsToAccount: true });
  const { caller } = await mint(await signInAs(server, owner), input);
  await world.asOwner.get(DeactivateMemberDocument, { input: { id: owner.id } });
  expect(await permissionsOf(caller)).toEqual(['EDIT_CLIENTS', 'VIEW_CLIENTS']);
  expect(await clientsSeenBy(caller)).toHaveLength(5);
});

describe('a token for some clients', () => {
  let token: Minted;

  beforeAll(async () => {
    const { one, three } = world.clients;
    token = await mint(
      world.asOwner,
      tokenInput(['VIEW_CLIENTS', 'CREATE_CLIENTS', 'EDIT_CLIENTS'], [one, three]),
    );
  });

  test('sees them and what belongs to them, in every list and by every way', async () => {
    const { caller } = token;
    expect(await clientsSeenBy(caller)).toEqual(['One', 'Three']);
    const { organizations } = await caller.get(OrganizationsDocument);
    expect(organizations.nodes.map(({ name, clientCount }) => [name, clientCount])).toEqual([
      ['North', 1],
      ['South', 1],
    ]);
    const { portalUsers } = await caller.get(PortalUsersDocument);
    expect(portalUsers.nodes.map(({ client }) => client?.id)).toEqual([world.clients.one]);
    for (const id of [world.clients.two, world.other.clientId])
      expect(await caller.refusal(ClientDocument, { id })).toEqual({ code: 'NOT_FOUND', field: 'id' });
  });

  test('changes them and no other', async () => {
    const changes = { contactName: 'By a program' };
    await token.caller.get(UpdateClientDocument, { input: { id: world.clients.three, changes } });
    for (const id of [world.clients.two, world.other.clientId])
      expect(
        await changingNothing(server.owner, () =>
          token.caller.refusal(UpdateClientDocument, { input: { id, changes } }),
        ),
      ).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
  });

  test('adds no client, because it was given those', async () => {
    expect(
      await changingNothing(server.owner, () =>
        token.caller.refusal(CreateClientDocument, { input: { name: 'One more' } }),
      ),
    ).toEqual({ code: 'FORBIDDEN' });
  });

  test('adds portal users to them, who see no more than it may let them, and to no other', async () => {
    const input = (clientId: string, more = {}) => ({
      input: { clientId, name: 'Penny', email: `${clientId}@program.test`, password, ...more },
    });
    const { createPortalUser } = await token.caller.get(CreatePortalUserDocument, input(world.clients.one));
    expect(createPortalUser.portalUser.client?.id).toBe(world.clients.one);
    expect(
      await token.caller.refusal(
        CreatePortalUserDocument,
        input(world.clients.three, { viewsRecordings: true }),
      ),
    ).toEqual({ code: 'FORBIDDEN' });
    expect(await token.caller.refusal(CreatePortalUserDocument, input(world.clients.two))).toEqual({
      code: 'NOT_FOUND',
      field: 'input.clientId',
    });
  });

  test('invites in the name of its member; the account’s, in nobody’s, does not', async () => {
    const input = { clientId: world.clients.one, name: 'Ida', email: 'ida@program.test' };
    const { invitePortalUser } = await token.caller.get(InvitePortalUserDocument, { input });
    expect(invitePortalUser.invitation.invitedBy?.id).toBe(world.members.owner.id);
    const ofAccount = await mint(
      world.asOwner,
      tokenInput(['VIEW_CLIENTS', 'CREATE_CLIENTS'], undefined, { belongsToAccount: true }),
    );
    expect(
      await ofAccount.caller.refusal(InvitePortalUserDocument, {
        input: { ...input, email: 'ina@program.test' },
      }),
    ).toEqual({ code: 'FORBIDDEN' });
  });

  test('sees the team by name and title, and nothing else of it', async () => {
    const { members } = await token.caller.get(MembersDocument, { first: 100 });
    expect(members.nodes.find(({ name }) => name === 'Olga Owner')).toMatchObject({
      email: null,
      role: null,
      status: null,
      permissions: null,
      assignedClientIds: null,
    });
  });

  test('is who acted, in the log', async () => {
    const entries = await auditedBy(server.owner, () =>
      token.caller.get(UpdateClientDocument, {
        input: { id: world.clients.one, changes: { contactName: 'Logged' } },
      }),
    );
    expect(entries).toMatchObject([
      {
        action: 'CLIENT_UPDATED',
        actorKind: 'PARTNER_TOKEN',
        actorId: token.id,
        clientId: world.clients.one,
      },
    ]);
  });

  test('opens nothing while all of its clients are archived', async () => {
    const client = await world.arrange.client(world.accountId, 'Short-lived');
    const { caller } = await mint(world.asOwner, tokenInput(['VIEW_CLIENTS'], [client]));
    await world.asOwner.get(ArchiveClientDocument, { input: { id: client } });
    expect(await clientsSeenBy(caller)).toBe('UNAUTHENTICATED');
    await world.asOwner.get(RestoreClientDocument, { input: { id: client } });
    expect(await clientsSeenBy(caller)).toEqual(['Short-lived']);
  });
});

test('a token for all clients creates clients, and sees them', async () => {
  const { caller } = await mint(world.asAdmin, tokenInput(['VIEW_CLIENTS', 'CREATE_CLIENTS']));
  const { createClient } = await caller.get(CreateClientDocument, { input: { name: 'By a program' } });
  expect(createClient.client.name).toBe('By a program');
  expect(await clientsSeenBy(caller)).toContain('By a program');
});

test('an Idempotency-Key is of the token that sent it', async () => {
  const permissions: Permission[] = ['VIEW_CLIENTS', 'CREATE_CLIENTS'];
  const [one, other] = [
    await mint(world.asOwner, tokenInput(permissions)),
    await mint(world.asOwner, tokenInput(permissions)),
  ];
  const create = async ({ caller }: Minted) =>
    (await caller.under('import-1').get(CreateClientDocument, { input: { name: 'Imported' } })).createClient
      .client.id;
  const first = await create(one);
  expect(await create(one)).toBe(first);
  expect(await create(other)).not.toBe(first);
});
