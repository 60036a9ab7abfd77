// What becomes of a member's tokens when they are removed.
import { AccessTokenDocument, RemoveMemberDocument, type Permission } from '../support/documents.generated';
import { clientsSeenBy, mint, permissionsOf, tokenInput } from '../support/access-tokens';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import type { TestMember } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

async function leaving(permissions: Permission[], clients?: string[], tokenClients = clients) {
  const member = await world.arrange.member(world.accountId, {
    permissions: [...permissions, 'MANAGE_ACCESS_TOKENS'],
    ...(clients === undefined ? { clientAccess: 'ALL' as const } : { clients }),
  });
  const token = await mint(await signInAs(server, member), tokenInput(permissions, tokenClients));
  return { member, token };
}

const remove = (member: TestMember, heir?: TestMember) =>
  world.asAdmin.get(RemoveMemberDocument, {
    input: { id: member.id, ...(heir === undefined ? {} : { transferTokensTo: heir.id }) },
  });

test('they go with the member, at once, and the answer and the log name them', async () => {
  const { member, token } = await leaving(['VIEW_CLIENTS'], [world.clients.one]);
  const entries = await auditedBy(server.owner, async () => {
    const { removeMember } = await remove(member);
    expect(removeMember.accessTokens).toEqual([{ id: token.id, name: 'Nightly sync' }]);
  });
  expect(entries).toMatchObject([
    { action: 'ACCESS_TOKEN_REVOKED', subjectId: token.id, details: { name: 'Nightly sync' } },
    { action: 'MEMBER_REMOVED' },
  ]);
  expect(await clientsSeenBy(token.caller)).toBe('UNAUTHENTICATED');
  expect(await world.asOwner.refusal(AccessTokenDocument, { id: token.id })).toEqual({
    code: 'NOT_FOUND',
    field: 'id',
  });
});

test('they are transferred, and go on with the same secret', async () => {
  const { member, token } = await leaving(['VIEW_CLIENTS'], [world.clients.one]);
  const entries = await auditedBy(server.owner, () => remove(member, world.members.admin));
  expect(entries).toMatchObject([{ action: 'ACCESS_TOKEN_TRANSFERRED' }, { action: 'MEMBER_REMOVED' }]);
  expect(await clientsSeenBy(token.caller)).toEqual(['One']);
  const { accessToken } = await world.asAdmin.get(AccessTokenDocument, { id: token.id });
  expect(accessToken).toMatchObject({ member: { id: world.members.admin.id }, createdBy: null });
});

test('to somebody who holds less they do less from then on', async () => {
  const { one, three } = world.clients;
  const { member, token } = await leaving(['VIEW_CLIENTS', 'EDIT_CLIENTS'], [one, three]);
  const heir = await world.arrange.member(world.accountId, {
    permissions: ['VIEW_CLIENTS'],
    clients: [three],
  });
  await remove(member, heir);
  expect(await permissionsOf(token.caller)).toEqual(['VIEW_CLIENTS']);
  expect(await clientsSeenBy(token.caller)).toEqual(['Three']);
});

test('to somebody who holds more they do no more than they did', async () => {
  const { one, two } = world.clients;
  const { member, token } = await leaving(['VIEW_CLIENTS', 'EDIT_CLIENTS'], [one, two]);
  const forAll = await leaving(['VIEW_CLIENTS']);
  await server.owner.query(
    "delete from ringfence.member_permissions where member_id = $1 and permission = 'EDIT_CLIENTS'",
    [member.id],
  );
  await server.owner.query(
    'delete from ringfence.client_assignments where member_id = $1 and client_id = $2',
    [member.id, two],
  );
  // What was for all clients is for those that are assigned by now.
  await server.owner.query(
    "update ringfence.member_access set client_access = 'ASSIGNED' where member_id = $1",
    [forAll.member.id],
  );
  await server.owner.query(
    'insert into ringfence.client_assignments (account_id, member_id, client_id) values ($1, $2, $3)',
    [world.accountId, forAll.member.id, two],
  );
  await remove(member, world.members.admin);
  await remove(forAll.member, world.members.admin);
  expect(await permissionsOf(token.caller)).toEqual(['VIEW_CLIENTS']);
  expect(await clientsSeenBy(token.caller)).toEqual(['One']);
  expect(await clientsSeenBy(forAll.token.caller)).toEqual(['Two']);
});

test('they go to nobody who is not there, not active, leaving themselves, or above the caller', async () => {
  const { member } = await leaving(['VIEW_CLIENTS'], [world.clients.one]);
  const disabled = await world.arrange.member(world.accountId, { status: 'DISABLED' });
  const refused = (heir: TestMember) =>
    changingNothing(server.owner, () =>
      world.asAdmin.refusal(RemoveMemberDocument, { input: { id: member.id, transferTokensTo: heir.id } }),
    );
  for (const heir of [
    member,
    disabled,
    world.other.owner,
    { ...member, id: '01900000-0000-7000-8000-000000000000' },
  ])
    expect(await refused(heir)).toEqual({ code: 'NOT_FOUND', field: 'input.transferTokensTo' });
  expect(await refused(world.members.owner)).toEqual({ code: 'FORBIDDEN' });
});
