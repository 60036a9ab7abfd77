import type { Caller } from '../support/client';
import {
  ClientDocument,
  MemberDocument,
  MembersDocument,
  OrganizationDocument,
  RemoveMemberDocument,
  UpdateMemberDocument,
  DeactivateMemberDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { refreshCode, startSession, viewerOf } from '../support/sessions';
import { auditedBy, changingNothing, oneRow } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const remove = (caller: Caller, id: string) => caller.get(RemoveMemberDocument, { input: { id } });
const refused = (caller: Caller, id: string) =>
  changingNothing(server.owner, () => caller.refusal(RemoveMemberDocument, { input: { id } }));

test('a removed member is gone, with sessions, login, permissions and assignments, and the email is free', async () => {
  const member = await world.arrange.member(world.accountId, {
    name: 'Rita Removed',
    clients: [world.clients.one],
    permissions: ['VIEW_CLIENTS', 'EDIT_CLIENTS'],
  });
  const tokens = await startSession(server.url, member);
  expect((await remove(world.asAdmin, member.id)).removeMember.removedId).toBe(member.id);
  expect(await viewerOf(server.url, tokens.accessToken)).toBe('UNAUTHENTICATED');
  expect(await refreshCode(server.url, tokens.refreshToken)).toBe('UNAUTHENTICATED');
  await expect(startSession(server.url, member)).rejects.toThrow('UNAUTHENTICATED');
  expect(await world.asOwner.refusal(MemberDocument, { id: member.id })).toEqual({
    code: 'NOT_FOUND',
    field: 'id',
  });
  const { members } = await world.asOwner.get(MembersDocument, { search: 'Rita Removed' });
  expect(members.totalCount).toBe(0);
  const left = await oneRow<{ count: number }>(
    server.owner,
    `select (select count(*) from ringfence.member_access where member_id = $1)
       + (select count(*) from ringfence.member_permissions where member_id = $1)
       + (select count(*) from ringfence.client_assignments where member_id = $1)
       + (select count(*) from fence.logins where member_id = $1)
       + (select count(*) from fence.sessions where member_id = $1) as count`,
    [member.id],
  );
  expect(Number(left.count)).toBe(0);
  await world.arrange.member(world.accountId, { email: member.email });
});

test('what they looked after is nobody’s, archived or not, and otherwise as it was', async () => {
  const { id } = await world.arrange.member(world.accountId);
  const { clients, organizations } = world;
  await server.owner.query('update ringfence.clients set account_manager_id = $1 where id = $2', [
    id,
    clients.two,
  ]);
  await server.owner.query('update ringfence.organizations set account_manager_id = $1 where id = $2', [
    id,
    organizations.south,
  ]);
  const archived = await world.arrange.client(world.accountId, 'Archived and looked after', {
    status: 'ARCHIVED',
  });
  // As it is after archiving a client that somebody looks after.
  await server.owner.query('alter table ringfence.clients disable trigger clients_guard');
  await server.owner.query('update ringfence.clients set account_manager_id = $1 where id = $2', [
    id,
    archived,
  ]);
  await server.owner.query('alter table ringfence.clients enable trigger clients_guard');
  await remove(world.asOwner, id);
  const read = async (client: string) => (await world.asOwner.get(ClientDocument, { id: client })).client;
  expect(await read(clients.two)).toMatchObject({ name: 'Two', accountManager: null, status: 'ACTIVE' });
  expect(await read(archived)).toMatchObject({ accountManager: null, status: 'ARCHIVED' });
  const { organization } = await world.asOwner.get(OrganizationDocument, { id: organizations.south });
  expect(organization).toMatchObject({ name: 'South', accountManager: null });
});

test('the log keeps the name, and what they did', async () => {
  const member = await world.arrange.member(world.accountId, { name: 'Lara Logged', role: 'ADMIN' });
  const caller = await signInAs(server, member);
  const other = await world.arrange.member(world.accountId);
  const done = await auditedBy(server.owner, () => remove(caller, other.id));
  expect(done).toMatchObject([{ action: 'MEMBER_REMOVED', actorId: member.id }]);
  const entries = await auditedBy(server.owner, () => remove(world.asOwner, member.id));
  expect(entries).toMatchObject([
    { action: 'MEMBER_REMOVED', subjectId: member.id, details: { name: 'Lara Logged' } },
  ]);
  const kept = await oneRow<{ count: number }>(
    server.owner,
    "select count(*)::int from ringfence.audit_entries where actor_id = $1 and action = 'MEMBER_REMOVED'",
    [member.id],
  );
  expect(kept.count).toBe(1);
});

test('not oneself, not those who hold more, not without MANAGE_MEMBERS, not in another account', async () => {
  const manager = await signInAs(
    server,
    await world.arrange.member(world.accountId, { permissions: ['VIEW_CLIENTS', 'MANAGE_MEMBERS'] }),
  );
  expect(await refused(world.asAdmin, world.members.admin.id)).toEqual({
    code: 'CONFLICT',
    reason: 'OWN_MEMBER',
  });
  expect(await refused(world.asAdmin, world.members.owner.id)).toEqual({ code: 'FORBIDDEN' });
  expect(await refused(manager, world.members.scoped.id)).toEqual({ code: 'FORBIDDEN' });
  expect(await refused(world.asMemberWithAll, world.members.powerless.id)).toEqual({ code: 'FORBIDDEN' });
  expect(await refused(world.asAnonymous, world.members.powerless.id)).toEqual({ code: 'UNAUTHENTICATED' });
  for (const id of [world.other.owner.id, '01900000-0000-7000-8000-000000000000'])
    expect(await refused(world.asOwner, id)).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
});

describe('an account keeps an owner', () => {
  let first: { id: string; caller: Caller };
  let second: { id: string; caller: Caller };
  const owner = async (accountId: string) => {
    const member = await world.arrange.member(accountId, { role: 'OWNER' });
    return { id: member.id, caller: await signInAs(server, member) };
  };
  const demote = (caller: Caller, id: string) =>
    caller.ask(UpdateMemberDocument, { input: { id, changes: { role: 'ADMIN' as const } } });
  const owners = async (accountId: string) =>
    (
      await server.owner.query(
        "select from ringfence.member_access where account_id = $1 and role = 'OWNER' and status = 'ACTIVE'",
        [accountId],
      )
    ).rowCount;

  test('the last one is not demoted; another one, who cannot sign in, does not count', async () => {
    const accountId = await world.arrange.account('one-owner');
    first = await owner(accountId);
    await world.arrange.member(accountId, { role: 'OWNER', status: 'DISABLED' });
    const refusal = await changingNothing(server.owner, () =>
      first.caller.refusal(UpdateMemberDocument, { input: { id: first.id, changes: { role: 'MEMBER' } } }),
    );
    expect(refusal).toEqual({ code: 'LAST_OWNER' });
    second = await owner(accountId);
    // It is done; but what was an owner's session must be refreshed before the answer can be read.
    expect((await demote(first.caller, first.id)).errors).toMatchObject([
      { path: ['updateMember', 'member'], extensions: { code: 'UNAUTHENTICATED' } },
    ]);
    expect(await owners(accountId)).toBe(1);
  });

  test.each<[string, (caller: Caller, id: string) => Promise<unknown>]>([
    ['demote', demote],
    ['remove', (caller, id) => caller.ask(RemoveMemberDocument, { input: { id } })],
    ['deactivate', (caller, id) => caller.ask(DeactivateMemberDocument, { input: { id } })],
  ])('of two who %s each other at the same moment one is left', async (what, work) => {
    for (let time = 0; time < 10; time += 1) {
      const accountId = await world.arrange.account(`race-${what}-${time}`);
      first = await owner(accountId);
      second = await owner(accountId);
      await Promise.all([work(first.caller, second.id), work(second.caller, first.id)]);
      expect(await owners(accountId)).toBe(1);
    }
  });

  test('of three who remove one another all at once one is left', async () => {
    const accountId = await world.arrange.account('race-of-three');
    const three = [await owner(accountId), await owner(accountId), await owner(accountId)];
    await Promise.all(
      three.flatMap(({ caller }) =>
        three.map(({ id }) => caller.ask(RemoveMemberDocument, { input: { id } })),
      ),
    );
    expect(await owners(accountId)).toBe(1);
  });
});
