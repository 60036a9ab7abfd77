import { Caller } from '../support/client';
import {
  ActivateMemberDocument,
  ClientNamesDocument,
  DeactivateMemberDocument,
  MemberDocument,
  UpdateMemberDocument,
  UpdateMyProfileDocument,
  ViewerDocument,
  type UpdateMemberInput,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { refreshCode, refreshed, startSession, viewerOf } from '../support/sessions';
import { auditedBy, changingNothing } from '../support/stored';
import type { TestMember } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let scopedManager: TestMember;
let asScopedManager: Caller;
let asManagerWithAll: Caller;
const permissions = ['VIEW_CLIENTS', 'MANAGE_MEMBERS'];
const nobodys = '01900000-0000-7000-8000-000000000000';

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  scopedManager = await arrange.member(accountId, {
    clients: [clients.one, clients.two],
    agentAccess: 'ASSIGNED',
    permissions,
  });
  asScopedManager = await signInAs(server, scopedManager);
  asManagerWithAll = await signInAs(
    server,
    await arrange.member(accountId, { clientAccess: 'ALL', permissions }),
  );
});
afterAll(() => server.close());

type Changes = UpdateMemberInput['changes'];
const update = async (caller: Caller, id: string, changes: Changes, expectedVersion?: number) => {
  const input = { id, changes, ...(expectedVersion === undefined ? {} : { expectedVersion }) };
  return (await caller.get(UpdateMemberDocument, { input })).updateMember.member;
};
const refused = (caller: Caller, id: string, changes: Changes, expectedVersion?: number) =>
  changingNothing(server.owner, () =>
    caller.refusal(UpdateMemberDocument, {
      input: { id, changes, ...(expectedVersion === undefined ? {} : { expectedVersion }) },
    }),
  );
const newMember = (options: Parameters<World['arrange']['member']>[1] = {}) =>
  world.arrange.member(world.accountId, { agentAccess: 'ASSIGNED', ...options });

describe('what is edited', () => {
  test('name and job title; what is left out stays', async () => {
    const { id } = await newMember({ name: 'Before' });
    expect(await update(world.asOwner, id, { name: '  After ', jobTitle: 'Lead' })).toMatchObject({
      name: 'After',
      jobTitle: 'Lead',
      permissions: ['VIEW_CLIENTS'],
    });
    expect(await update(world.asOwner, id, { jobTitle: null })).toMatchObject({
      name: 'After',
      jobTitle: null,
    });
    expect(await update(world.asOwner, id, {})).toMatchObject({ name: 'After', role: 'MEMBER' });
  });

  test('permissions are those that were said: others are gone at the next request of a session that was there before', async () => {
    const member = await newMember({
      permissions: ['VIEW_CLIENTS', 'EDIT_CLIENTS'],
      clients: [world.clients.one],
    });
    const caller = await signInAs(server, member);
    const held = async () => [...(await caller.get(ViewerDocument)).viewer.permissions].sort();
    expect(await held()).toEqual(['EDIT_CLIENTS', 'VIEW_CLIENTS']);
    await update(world.asOwner, member.id, { permissions: ['VIEW_CLIENTS', 'DELETE_CLIENTS'] });
    expect(await held()).toEqual(['DELETE_CLIENTS', 'VIEW_CLIENTS']);
    await update(world.asOwner, member.id, { permissions: [] });
    expect(await held()).toEqual([]);
    expect((await caller.get(ClientNamesDocument)).clients.nodes).toEqual([]);
  });

  test('access to all clients, and back to the assigned ones: the session goes on after refreshing', async () => {
    const member = await newMember({ clients: [world.clients.one] });
    const tokens = await startSession(server.url, member);
    await update(world.asOwner, member.id, { clientAccess: 'ALL' });
    expect(await viewerOf(server.url, tokens.accessToken)).toBe('UNAUTHENTICATED');
    const after = await refreshed(server.url, tokens.refreshToken);
    const names = async (token: string) =>
      (await new Caller(server.url, token).get(ClientNamesDocument)).clients.nodes.length;
    expect(await names(after.accessToken)).toBe(5);
    await update(world.asOwner, member.id, { clientAccess: 'ASSIGNED' });
    expect(await viewerOf(server.url, after.accessToken)).toBe('UNAUTHENTICATED');
    expect(await names((await refreshed(server.url, after.refreshToken)).accessToken)).toBe(1);
  });

  test('a role: administrators reach all clients, and only the assigned ones when they are none any more', async () => {
    const { id } = await newMember({ clients: [world.clients.one] });
    expect(await update(world.asOwner, id, { role: 'ADMIN' })).toMatchObject({
      role: 'ADMIN',
      clientAccess: 'ALL',
    });
    expect(await update(world.asAdmin, id, { role: 'MEMBER' })).toMatchObject({
      role: 'MEMBER',
      clientAccess: 'ASSIGNED',
      permissions: ['VIEW_CLIENTS'],
      assignedClientIds: [world.clients.one],
    });
    await update(world.asOwner, id, { role: 'ADMIN' });
    expect(await update(world.asOwner, id, { role: 'MEMBER', clientAccess: 'ALL' })).toMatchObject({
      clientAccess: 'ALL',
    });
  });

  test('it is in the log, with what was given and taken', async () => {
    const { id } = await newMember({ permissions: ['VIEW_CLIENTS', 'EDIT_CLIENTS'] });
    const changes = {
      name: 'Logged',
      permissions: ['VIEW_CLIENTS' as const, 'EXPORT_DATA' as const],
      agentAccess: 'ALL' as const,
    };
    expect(await auditedBy(server.owner, () => update(world.asOwner, id, changes))).toMatchObject([
      {
        action: 'MEMBER_ACCESS_CHANGED',
        subjectId: id,
        details: { agentAccess: 'ALL', given: ['EXPORT_DATA'], taken: ['EDIT_CLIENTS'] },
      },
      { action: 'MEMBER_UPDATED', details: { changed: ['name'] } },
    ]);
    expect(
      (await auditedBy(server.owner, () => update(world.asOwner, id, changes))).map(({ action }) => action),
    ).toEqual(['MEMBER_UPDATED']);
  });

  test('the email is no field of it', async () => {
    const query = `mutation { updateMember(input: { id: "${nobodys}", changes: { email: "a@b.test" } }) { member { id } } }`;
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${world.asOwner.token}` },
      body: JSON.stringify({ query }),
    });
    expect(JSON.stringify(await response.json())).toContain('GRAPHQL_VALIDATION_FAILED');
  });
});

describe('an expected version', () => {
  test('that is another one is CONFLICT, and nothing is changed', async () => {
    const { id } = await newMember();
    const { version } = await update(world.asOwner, id, { name: 'First' }, 1);
    expect(version).toBe(2);
    expect(await refused(world.asOwner, id, { name: 'Second', role: 'ADMIN' }, 1)).toEqual({
      code: 'CONFLICT',
      reason: 'VERSION',
    });
  });

  test('of a hundred edits at once one is saved', async () => {
    const { id } = await newMember();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        world.asOwner.ask(UpdateMemberDocument, {
          input: { id, changes: { name: `Name ${index}` }, expectedVersion: 1 },
        }),
      ),
    );
    expect(answers.filter(({ errors }) => errors === undefined)).toHaveLength(1);
  });
});

describe('who edits whom', () => {
  test('administrators: everybody but owners, and they make none', async () => {
    const { id } = await newMember();
    expect((await update(world.asAdmin, id, { role: 'ADMIN' })).role).toBe('ADMIN');
    expect(await refused(world.asAdmin, world.members.owner.id, { name: 'Changed' })).toEqual({
      code: 'FORBIDDEN',
    });
    expect(await refused(world.asAdmin, id, { role: 'OWNER' })).toEqual({ code: 'FORBIDDEN' });
  });

  test('members who manage: those who hold and reach no more than they do', async () => {
    const { clients } = world;
    const allowed = await newMember({ clients: [clients.one] });
    expect((await update(asScopedManager, allowed.id, { jobTitle: 'Agent' })).jobTitle).toBe('Agent');
    expect(
      (await update(asScopedManager, allowed.id, { permissions: [...permissions] as never })).permissions,
    ).toHaveLength(2);
    const beyond = [
      world.members.owner,
      world.members.admin,
      await newMember({ permissions: ['VIEW_CLIENTS', 'EDIT_CLIENTS'] }),
      await newMember({ clientAccess: 'ALL' }),
      await newMember({ clients: [clients.one, clients.three] }),
    ];
    for (const { id } of beyond)
      expect(await refused(asScopedManager, id, { jobTitle: 'Agent' })).toEqual({ code: 'FORBIDDEN' });
    const assigned = await newMember({ clients: [clients.three] });
    expect((await update(asManagerWithAll, assigned.id, { jobTitle: 'Agent' })).jobTitle).toBe('Agent');
  });

  test.each<[string, Changes]>([
    ['a permission they do not hold', { permissions: ['VIEW_CLIENTS', 'EXPORT_DATA'] }],
    ['the role of an administrator', { role: 'ADMIN' }],
    ['the role of an owner', { role: 'OWNER' }],
  ])('they give nobody %s, not even themselves', async (_, changes) => {
    const { id } = await newMember();
    for (const target of [id, scopedManager.id])
      expect(await refused(asScopedManager, target, changes)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(asManagerWithAll, id, changes)).toEqual({ code: 'FORBIDDEN' });
  });

  test('a scoped member gives nobody all clients, nor all agents', async () => {
    const { id } = await newMember();
    for (const changes of [{ clientAccess: 'ALL' }, { agentAccess: 'ALL' }] as const) {
      for (const target of [id, scopedManager.id])
        expect(await refused(asScopedManager, target, changes)).toEqual({ code: 'FORBIDDEN' });
    }
  });

  test('without MANAGE_MEMBERS nobody, not even oneself; without a session: UNAUTHENTICATED', async () => {
    for (const caller of [world.asMemberWithAll, world.asScopedMember, world.asPowerless])
      expect(await refused(caller, world.members.powerless.id, { name: 'Changed' })).toEqual({
        code: 'FORBIDDEN',
      });
    expect(await refused(world.asAnonymous, world.members.powerless.id, { name: 'Changed' })).toEqual({
      code: 'UNAUTHENTICATED',
    });
  });

  test('somebody of another account is not there, like nobody', async () => {
    for (const id of [world.other.owner.id, nobodys])
      expect(await refused(world.asOwner, id, { name: 'Changed' })).toEqual({
        code: 'NOT_FOUND',
        field: 'input.id',
      });
  });

  test('a right that was lost is lost for the hint in the token too', async () => {
    const manager = await newMember({ permissions: [...permissions, 'EDIT_CLIENTS'], clientAccess: 'ALL' });
    const caller = await signInAs(server, manager);
    const { id } = await newMember();
    await update(caller, id, { permissions: ['EDIT_CLIENTS'] });
    await update(world.asOwner, manager.id, { permissions: ['VIEW_CLIENTS', 'MANAGE_MEMBERS'] });
    expect(await refused(caller, id, { permissions: [] })).toEqual({ code: 'FORBIDDEN' });
    await update(world.asOwner, manager.id, { permissions: ['VIEW_CLIENTS'] });
    expect(await refused(caller, id, { name: 'Changed' })).toEqual({ code: 'FORBIDDEN' });
  });
});

describe('deactivating', () => {
  const deactivate = (caller: Caller, id: string) => caller.get(DeactivateMemberDocument, { input: { id } });
  const activate = (caller: Caller, id: string) => caller.get(ActivateMemberDocument, { input: { id } });

  test('ends every session at the next request, and refuses to sign in, until they are activated: then they sign in again', async () => {
    const member = await newMember();
    const tokens = await startSession(server.url, member);
    expect((await deactivate(world.asAdmin, member.id)).deactivateMember.member.status).toBe('DISABLED');
    expect(await viewerOf(server.url, tokens.accessToken)).toBe('UNAUTHENTICATED');
    expect(await refreshCode(server.url, tokens.refreshToken)).toBe('UNAUTHENTICATED');
    await expect(startSession(server.url, member)).rejects.toThrow('UNAUTHENTICATED');
    expect((await activate(world.asAdmin, member.id)).activateMember.member.status).toBe('ACTIVE');
    expect(await viewerOf(server.url, tokens.accessToken)).toBe('UNAUTHENTICATED');
    expect(await refreshCode(server.url, tokens.refreshToken)).toBe('UNAUTHENTICATED');
    await startSession(server.url, member);
  });

  test('what is so already stays so, and is not logged again', async () => {
    const { id } = await newMember();
    const actions = async (work: () => Promise<unknown>) =>
      (await auditedBy(server.owner, work)).map(({ action }) => action);
    expect(await actions(() => activate(world.asOwner, id))).toEqual([]);
    expect(await actions(() => deactivate(world.asOwner, id))).toEqual(['MEMBER_DEACTIVATED']);
    expect(await actions(() => deactivate(world.asOwner, id))).toEqual([]);
    expect(await actions(() => activate(world.asOwner, id))).toEqual(['MEMBER_ACTIVATED']);
  });

  test('is not done to oneself, nor to those who reach further, nor to somebody of another account', async () => {
    const refusal = (caller: Caller, id: string) =>
      changingNothing(server.owner, () => caller.refusal(DeactivateMemberDocument, { input: { id } }));
    expect(await refusal(world.asAdmin, world.members.admin.id)).toEqual({
      code: 'CONFLICT',
      reason: 'OWN_MEMBER',
    });
    expect(await refusal(world.asAdmin, world.members.owner.id)).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(asScopedManager, world.members.scoped.id)).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(world.asMemberWithAll, world.members.powerless.id)).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(world.asOwner, world.other.owner.id)).toEqual({
      code: 'NOT_FOUND',
      field: 'input.id',
    });
  });
});

describe('oneself', () => {
  test('everybody edits the own name and job title, and nobody else’s', async () => {
    const input = { changes: { name: 'Pat Renamed', jobTitle: 'Temp' } };
    const { updateMyProfile } = await world.asPowerless.get(UpdateMyProfileDocument, { input });
    expect(updateMyProfile.member).toMatchObject({
      id: world.members.powerless.id,
      ...input.changes,
      permissions: [],
    });
    const { member } = await world.asOwner.get(MemberDocument, { id: world.members.powerless.id });
    expect(member).toMatchObject(input.changes);
    const cleared = await world.asPowerless.get(UpdateMyProfileDocument, {
      input: { changes: { jobTitle: null } },
    });
    expect(cleared.updateMyProfile.member).toMatchObject({ name: 'Pat Renamed', jobTitle: null });
  });

  test('a bad name is refused, and nobody is nobody', async () => {
    const refusal = (caller: Caller, name: string) =>
      changingNothing(server.owner, () =>
        caller.refusal(UpdateMyProfileDocument, { input: { changes: { name } } }),
      );
    expect(await refusal(world.asPowerless, ' ')).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.changes.name',
    });
    expect(await refusal(world.asAnonymous, 'Nobody')).toEqual({ code: 'UNAUTHENTICATED' });
  });
});
