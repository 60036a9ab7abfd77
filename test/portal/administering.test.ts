import type { Caller } from '../support/client';
import {
  ArchiveClientDocument,
  ChangeMyPasswordDocument,
  CreatePortalUserDocument,
  type CreatePortalUserMutationVariables,
  DeactivateClientDocument,
  ActivateClientDocument,
  DeletePortalUserDocument,
  PortalUserDocument,
  PortalUsersDocument,
  RestoreClientDocument,
  RevokePortalUserSessionsDocument,
  UpdatePortalUserDocument,
  type UpdatePortalUserMutationVariables,
} from '../support/documents.generated';
import { untilWaiting } from '../support/activity';
import { startTestServer, type TestServer } from '../support/server';
import { refreshCode, startSession, viewerOf } from '../support/sessions';
import { auditedBy, changingNothing, oneRow } from '../support/stored';
import { password } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
const chosen = 'umbrella teapot lantern';

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

type NewPortalUser = Partial<CreatePortalUserMutationVariables['input']>;
const input = (more: NewPortalUser = {}) => ({
  clientId: world.clients.one,
  name: 'Nina Neu',
  email: `nina${Math.random().toString(36).slice(2)}@client.test`,
  password: chosen,
  ...more,
});
const create = async (caller: Caller, more: NewPortalUser = {}) =>
  (await caller.get(CreatePortalUserDocument, { input: input(more) })).createPortalUser.portalUser;
const refusedToCreate = (caller: Caller, more: NewPortalUser = {}) =>
  changingNothing(server.owner, () => caller.refusal(CreatePortalUserDocument, { input: input(more) }));
type Changes = UpdatePortalUserMutationVariables['input']['changes'];
const update = async (caller: Caller, id: string, changes: Changes, expectedVersion?: number) =>
  (
    await caller.get(UpdatePortalUserDocument, {
      input: { id, changes, ...(expectedVersion === undefined ? {} : { expectedVersion }) },
    })
  ).updatePortalUser.portalUser;
const refusedToUpdate = (caller: Caller, id: string, changes: Changes) =>
  changingNothing(server.owner, () => caller.refusal(UpdatePortalUserDocument, { input: { id, changes } }));
const arranged = (options: Parameters<World['arrange']['portalUser']>[2] = {}) =>
  world.arrange.portalUser(world.accountId, world.clients.one, options);

describe('creating', () => {
  test('a portal user signs in with email and password, in any case, and is listed with initials and dates', async () => {
    const created = await create(world.asScopedMember, { email: 'Nina.Neu@Client.Test' });
    expect(created).toMatchObject({
      name: 'Nina Neu',
      initials: 'NN',
      email: 'Nina.Neu@Client.Test',
      status: 'ACTIVE',
      viewsRecordings: false,
      viewsBillableMinutes: false,
      client: { id: world.clients.one },
    });
    const { accessToken } = await startSession(
      server.url,
      { email: 'nina.neu@client.test' },
      { password: chosen },
    );
    expect(await viewerOf(server.url, accessToken)).toBe('PORTAL_USER');
    const { portalUser } = await world.asOwner.get(PortalUserDocument, { id: created.id });
    expect(Date.parse(String(portalUser?.lastSignInAt))).toBeGreaterThan(
      Date.parse(portalUser?.createdAt ?? ''),
    );
  });

  test('several people sign in for one client', async () => {
    const ids = [await create(world.asOwner), await create(world.asOwner)].map(({ id }) => id);
    const { portalUsers } = await world.asOwner.get(PortalUsersDocument, {
      filter: { clientId: world.clients.one },
      first: 100,
    });
    expect(portalUsers.nodes.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  });

  test('the email is unique among portal users and members of the account, and of no other', async () => {
    const taken = { code: 'EMAIL_TAKEN', field: 'input.email' };
    expect(await refusedToCreate(world.asOwner, { email: world.members.admin.email.toUpperCase() })).toEqual(
      taken,
    );
    expect(await refusedToCreate(world.asOwner, { email: world.portalUsers.two.email })).toEqual(taken);
    await create(world.asOwner, { email: world.other.owner.email });
    await create(world.asOwner, { email: 'J\u00fcrgen@b\u00fccher.test' });
  });

  test.each([
    ['email with a line break', { email: 'a@b.test\r\nBcc: c@d.test' }, 'input.email'],
    ['list of emails', { email: 'a@b.test,c@d.test' }, 'input.email'],
    ['email with a comment', { email: 'a(b)@c.test' }, 'input.email'],
    ['email with a Cyrillic letter among Latin ones', { email: '\u0430dmin@client.test' }, 'input.email'],
    [
      'email at a Cyrillic domain like a Latin one',
      { email: 'admin@\u0430\u0440\u0440.test' },
      'input.email',
    ],
    ['email in wide letters', { email: '\uff41dmin@client.test' }, 'input.email'],
    ['email in phonetic letters', { email: '\u0251dmin@client.test' }, 'input.email'],
    ['email with a name', { email: 'A <a@b.test>' }, 'input.email'],
    ['empty name', { name: '  ' }, 'input.name'],
    ['short password', { password: 'five5' }, 'input.password'],
    ['password of a megabyte less one', { password: 'x'.repeat(400_000) }, 'input.password'],
    ['common password', { password: 'qwerty123' }, 'input.password'],
    ['password with NUL', { password: 'umbrella\0teapot' }, 'input.password'],
    ['client id that is none', { clientId: 'one' }, 'input.clientId'],
  ])('an %s is refused, and nothing is left', async (_, more, field) => {
    expect(await refusedToCreate(world.asOwner, more)).toEqual({ code: 'VALIDATION_FAILED', field });
  });

  test('it needs CREATE_CLIENTS and the client within reach', async () => {
    expect(await refusedToCreate(world.asPowerless)).toEqual({ code: 'FORBIDDEN' });
    expect(await refusedToCreate(world.asPortalUser)).toEqual({ code: 'FORBIDDEN' });
    expect(await refusedToCreate(world.asAnonymous)).toEqual({ code: 'UNAUTHENTICATED' });
    const absent = { code: 'NOT_FOUND', field: 'input.clientId' };
    for (const clientId of [world.clients.two, world.other.clientId, world.accountId])
      expect(await refusedToCreate(world.asScopedMember, { clientId })).toEqual(absent);
    expect(await refusedToCreate(world.asOwner, { clientId: world.clients.six })).toEqual({
      code: 'CONFLICT',
      reason: 'CLIENT_ARCHIVED',
    });
  });

  test('nobody lets them hear or see what they do not hear or see themselves', async () => {
    const member = await signInAs(
      server,
      await world.arrange.member(world.accountId, {
        permissions: ['VIEW_CLIENTS', 'CREATE_CLIENTS', 'EDIT_CLIENTS', 'VIEW_RECORDINGS'],
        clients: [world.clients.one],
      }),
    );
    const { id } = await create(member, { viewsRecordings: true });
    expect(await refusedToCreate(member, { viewsBillableMinutes: true })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusedToUpdate(member, id, { viewsBillableMinutes: true })).toEqual({ code: 'FORBIDDEN' });
    expect(
      await refusedToUpdate(world.asScopedMember, id, { viewsRecordings: true, viewsBillableMinutes: true }),
    ).toEqual({
      code: 'FORBIDDEN',
    });
  });
});

describe('editing', () => {
  test('what is left out stays; a new name ends no session', async () => {
    const person = await arranged({ recordings: true });
    const { accessToken } = await startSession(server.url, person);
    const before = (await world.asOwner.get(PortalUserDocument, { id: person.id })).portalUser;
    expect(await update(world.asScopedMember, person.id, { name: 'Norbert Neu' })).toMatchObject({
      name: 'Norbert Neu',
      email: person.email,
      viewsRecordings: true,
      version: (before?.version ?? 0) + 1,
    });
    expect(await viewerOf(server.url, accessToken)).toBe('PORTAL_USER');
    await startSession(server.url, person);
  });

  test.each([
    ['email', { email: 'moved@client.test' }, {}],
    ['password', { password: chosen }, { password: chosen }],
  ])('a new %s ends the sessions, and signs in from then on', async (what, changes, credentials) => {
    const person = await arranged();
    const session = await startSession(server.url, person);
    await update(world.asScopedMember, person.id, changes);
    expect(await viewerOf(server.url, session.accessToken)).toBe('UNAUTHENTICATED');
    expect(await refreshCode(server.url, session.refreshToken)).toBe('UNAUTHENTICATED');
    await expect(startSession(server.url, person)).rejects.toThrow('UNAUTHENTICATED');
    await startSession(server.url, what === 'email' ? { email: 'moved@client.test' } : person, credentials);
  });

  test('setting a password is signing in as them, so it needs all that they see', async () => {
    const hears = await arranged({ recordings: true });
    for (const changes of [{ password: chosen }, { email: 'taken-over@client.test' }])
      expect(await refusedToUpdate(world.asScopedMember, hears.id, changes)).toEqual({ code: 'FORBIDDEN' });
    await update(world.asOwner, hears.id, { password: chosen });
    // Taking is not giving.
    await update(world.asScopedMember, hears.id, { viewsRecordings: false });
    await update(world.asScopedMember, hears.id, { password });
  });

  test('it needs EDIT_CLIENTS, the client within reach, and the version that is expected', async () => {
    const { id } = await arranged();
    expect(await refusedToUpdate(world.asPowerless, id, { name: 'X' })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusedToUpdate(world.asPortalUser, world.portalUsers.one.id, { name: 'X' })).toEqual({
      code: 'FORBIDDEN',
    });
    const absent = { code: 'NOT_FOUND', field: 'input.id' };
    expect(await refusedToUpdate(world.asScopedMember, world.portalUsers.two.id, { name: 'X' })).toEqual(
      absent,
    );
    expect(await refusedToUpdate(world.other.asOwner, id, { name: 'X' })).toEqual(absent);
    expect(await refusedToUpdate(world.asOwner, world.accountId, { name: 'X' })).toEqual(absent);
    expect(
      await changingNothing(server.owner, () =>
        world.asOwner.refusal(UpdatePortalUserDocument, {
          input: { id, changes: { name: 'X' }, expectedVersion: 99 },
        }),
      ),
    ).toEqual({ code: 'CONFLICT', reason: 'VERSION' });
    expect(await refusedToUpdate(world.asOwner, id, { email: world.members.owner.email })).toEqual({
      code: 'EMAIL_TAKEN',
      field: 'input.changes.email',
    });
  });

  test('the log says what was changed, and never to what', async () => {
    const { id } = await arranged();
    const entries = await auditedBy(server.owner, () =>
      update(world.asOwner, id, { name: 'Lola Log', email: 'lola@client.test', password: chosen }),
    );
    expect(entries.map(({ action, clientId, details }) => [action, clientId, details])).toEqual([
      ['EMAIL_CHANGED', world.clients.one, {}],
      ['PASSWORD_CHANGED', world.clients.one, {}],
      ['PORTAL_USER_UPDATED', world.clients.one, { changed: ['name'] }],
    ]);
  });
});

describe('ending', () => {
  test('a deleted portal user can no longer sign in from that moment; the email is free, the log keeps the name', async () => {
    const person = await arranged({ name: 'Dora Deleted' });
    const session = await startSession(server.url, person);
    const entries = await auditedBy(server.owner, () =>
      world.asScopedMember.get(DeletePortalUserDocument, { input: { id: person.id } }),
    );
    expect(entries).toMatchObject([{ action: 'PORTAL_USER_DELETED', details: { name: 'Dora Deleted' } }]);
    expect(await viewerOf(server.url, session.accessToken)).toBe('UNAUTHENTICATED');
    expect(await refreshCode(server.url, session.refreshToken)).toBe('UNAUTHENTICATED');
    await expect(startSession(server.url, person)).rejects.toThrow('UNAUTHENTICATED');
    const left = await oneRow<{ count: number }>(
      server.owner,
      `select (select count(*) from fence.logins where portal_user_id = $1)
         + (select count(*) from fence.sessions where portal_user_id = $1) as count`,
      [person.id],
    );
    expect(Number(left.count)).toBe(0);
    await create(world.asOwner, { email: person.email });
  });

  test('their sessions can be ended; they may sign in again', async () => {
    const person = await arranged();
    const session = await startSession(server.url, person);
    const ended = await world.asScopedMember.get(RevokePortalUserSessionsDocument, {
      input: { id: person.id },
    });
    expect(ended.revokePortalUserSessions.revoked).toBe(1);
    expect(await viewerOf(server.url, session.accessToken)).toBe('UNAUTHENTICATED');
    await startSession(server.url, person);
  });

  test.each<[string, (caller: Caller, id: string) => Promise<object>]>([
    ['deleting', (caller, id) => caller.refusal(DeletePortalUserDocument, { input: { id } })],
    ['ending sessions', (caller, id) => caller.refusal(RevokePortalUserSessionsDocument, { input: { id } })],
  ])('%s is not for those who may not edit clients, or do not reach this one', async (_, refusal) => {
    const refused = (caller: Caller) =>
      changingNothing(server.owner, () => refusal(caller, world.portalUsers.two.id));
    expect(await refused(world.asPowerless)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(world.asPortalUser)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(world.asScopedMember)).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
    expect(await refused(world.other.asOwner)).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
  });

  test('while the client is inactive or archived nobody signs in for it, and no session comes back with it', async () => {
    const id = await world.arrange.client(world.accountId, 'Comes and goes');
    const person = await world.arrange.portalUser(world.accountId, id);
    const input = { id };
    for (const leave of [
      () => world.asOwner.get(DeactivateClientDocument, { input }),
      () => world.asOwner.get(ArchiveClientDocument, { input }),
    ]) {
      const session = await startSession(server.url, person);
      await leave();
      expect(await viewerOf(server.url, session.accessToken)).toBe('UNAUTHENTICATED');
      await expect(startSession(server.url, person)).rejects.toThrow('UNAUTHENTICATED');
      await world.asOwner.ask(RestoreClientDocument, { input });
      await world.asOwner.get(ActivateClientDocument, { input });
      expect(await viewerOf(server.url, session.accessToken)).toBe('UNAUTHENTICATED');
      expect(await refreshCode(server.url, session.refreshToken)).toBe('UNAUTHENTICATED');
    }
  });

  test('they change their password themselves, with the one before', async () => {
    const person = await arranged();
    const caller = await signInAs(server, person);
    const other = await startSession(server.url, person);
    const change = { currentPassword: password, newPassword: chosen };
    expect(
      await caller.refusal(ChangeMyPasswordDocument, { input: { ...change, currentPassword: 'wrong' } }),
    ).toEqual({ code: 'VALIDATION_FAILED', field: 'input.currentPassword' });
    const { changeMyPassword } = await caller.get(ChangeMyPasswordDocument, { input: change });
    expect(changeMyPassword.viewer.portalUser?.id).toBe(person.id);
    expect(await viewerOf(server.url, other.accessToken)).toBe('UNAUTHENTICATED');
    await startSession(server.url, person, { password: chosen });
  });
});

test('signing in waits for the client before it takes the login, as those who change portal users do: none waits for the other', async () => {
  const person = await arranged();
  const { owner } = server;
  await owner.query('begin');
  let signingIn: ReturnType<typeof startSession>;
  try {
    await owner.query('select from ringfence.clients where id = $1 for no key update', [world.clients.one]);
    signingIn = startSession(server.url, person);
    await untilWaiting(owner);
    const { rowCount } = await owner.query(
      'select from fence.logins where portal_user_id = $1 for no key update nowait',
      [person.id],
    );
    expect(rowCount).toBe(1);
  } finally {
    await owner.query('commit');
  }
  await signingIn;
});
