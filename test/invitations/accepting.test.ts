import {
  AcceptInvitationDocument,
  ArchiveClientDocument,
  DeactivateMemberDocument,
  ReceivedInvitationDocument,
  RemoveMemberDocument,
  UpdateMemberDocument,
  UpdatePortalUserDocument,
} from '../support/documents.generated';
import type { Caller } from '../support/client';
import { whileChanging } from '../support/activity';
import { dumpDatabase } from '../support/dump';
import { startTestServer, type TestServer } from '../support/server';
import { startSession, viewerOf } from '../support/sessions';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';
import { accept, chosen, inviteMember, invitePortalUser } from './invitations';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const invalid = { code: 'NOT_FOUND', field: 'token' };
const invalidInput = { code: 'NOT_FOUND', field: 'input.token' };

/** Fails the test unless a link is worth nothing, in one and the same answer, and leaves nothing behind. */
async function expectVoid(token: string): Promise<void> {
  expect(await world.asAnonymous.refusal(ReceivedInvitationDocument, { token })).toEqual(invalid);
  expect(
    await changingNothing(server.owner, () =>
      world.asAnonymous.refusal(AcceptInvitationDocument, { input: { token, password: chosen } }),
    ),
  ).toEqual(invalidInput);
}

describe('whoever holds the link', () => {
  test('is told who invites to what, before accepting', async () => {
    const { token, email, expiresAt } = await invitePortalUser(world.asScopedMember, {
      clientId: world.clients.one,
    });
    expect((await world.asAnonymous.get(ReceivedInvitationDocument, { token })).invitation).toEqual({
      kind: 'PORTAL_USER',
      accountName: 'Account alpha',
      clientName: 'One',
      invitedBy: 'Sam Scoped',
      name: 'Pia Portal',
      email,
      passwordMinimum: 6,
      expiresAt: expect.stringContaining(expiresAt.slice(0, 19)) as string,
    });
    const member = await inviteMember(world.asAdmin);
    const received = await world.asAnonymous.get(ReceivedInvitationDocument, { token: member.token });
    expect(received.invitation).toMatchObject({ kind: 'MEMBER', clientName: null, invitedBy: 'Adam Admin' });
  });

  test('sets a password, is signed in, and signs in with it from then on', async () => {
    const invited = await invitePortalUser(world.asOwner, { clientId: world.clients.two });
    await expect(startSession(server.url, invited, { password: chosen })).rejects.toThrow('UNAUTHENTICATED');
    let answer: Awaited<ReturnType<typeof accept>> | undefined;
    const entries = await auditedBy(server.owner, async () => {
      answer = await accept(world.asAnonymous, invited.token);
    });
    expect(entries.map(({ action }) => action)).toEqual([
      'INVITATION_ACCEPTED',
      'PORTAL_USER_ACTIVATED',
      'SIGNED_IN',
    ]);
    const payload = answer?.data?.acceptInvitation;
    expect(payload?.viewer).toMatchObject({
      kind: 'PORTAL_USER',
      portalUser: { client: { id: world.clients.two } },
    });
    expect(await viewerOf(server.url, payload?.accessToken ?? null)).toBe('PORTAL_USER');
    await startSession(server.url, invited, { password: chosen });
  });

  test('joins the team with what was given, and nothing more', async () => {
    const { token } = await inviteMember(world.asOwner, {
      permissions: ['VIEW_CLIENTS', 'EDIT_CLIENTS'],
      clientIds: [world.clients.one],
    });
    const { data } = await accept(world.asAnonymous, token);
    expect(data?.acceptInvitation.viewer).toMatchObject({
      kind: 'MEMBER',
      role: 'MEMBER',
      permissions: ['EDIT_CLIENTS', 'VIEW_CLIENTS'],
      clientAccess: 'ASSIGNED',
    });
  });

  test.each([
    ['short', 'five5'],
    ['common', 'qwerty123'],
    ['very long', 'x'.repeat(129)],
    ['one with NUL', 'umbrella\0teapot'],
  ])('can choose another password where the first was %s', async (_, password) => {
    const { token } = await inviteMember(world.asOwner);
    expect(
      await changingNothing(server.owner, () =>
        world.asAnonymous.refusal(AcceptInvitationDocument, { input: { token, password } }),
      ),
    ).toEqual({ code: 'VALIDATION_FAILED', field: 'input.password' });
    expect((await accept(world.asAnonymous, token)).errors).toBeUndefined();
  });

  test('is held to the account’s minimum for passwords', async () => {
    await server.owner.query('update ringfence.accounts set password_minimum = 30 where id = $1', [
      world.accountId,
    ]);
    const { token } = await inviteMember(world.asOwner);
    const refusal = await world.asAnonymous.refusal(AcceptInvitationDocument, {
      input: { token, password: chosen },
    });
    expect(refusal).toEqual({ code: 'VALIDATION_FAILED', field: 'input.password' });
    await server.owner.query('update ringfence.accounts set password_minimum = 6 where id = $1', [
      world.accountId,
    ]);
  });
});

test('accepted fifty times at once, an invitation is accepted once', async () => {
  const { token, email } = await invitePortalUser(world.asOwner, { clientId: world.clients.one });
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, number) => accept(world.asAnonymous, token, `${chosen} ${number}`)),
  );
  const winners = answers.flatMap(({ data }, number) => (data ? [number] : []));
  expect(winners).toHaveLength(1);
  const codes = new Set(
    answers.flatMap(({ errors }) => errors?.map(({ extensions }) => extensions.code) ?? []),
  );
  expect([...codes]).toEqual(['NOT_FOUND']);
  await startSession(server.url, { email }, { password: `${chosen} ${winners[0]}` });
  await expectVoid(token);
});

describe('a link is worth nothing, without saying why,', () => {
  const invited = () => invitePortalUser(world.asScopedMember, { clientId: world.clients.one });

  test('after it was used', async () => {
    const { token } = await invited();
    await accept(world.asAnonymous, token);
    await expectVoid(token);
  });

  test('after it expired, by the clock of the database', async () => {
    const { token, id } = await invited();
    await server.owner.query('update ringfence.invitations set expires_at = now() where id = $1', [id]);
    await expectVoid(token);
  });

  test('where it is no link of ours: another text, a flipped bit, another kind of token', async () => {
    const { token } = await invited();
    const [payload = '', signature = ''] = token.split('.');
    const flipped = Buffer.from(payload, 'base64url');
    flipped.writeUInt8(flipped.readUInt8(0) ^ 1, 0);
    const { accessToken, refreshToken } = await startSession(server.url, world.portalUsers.one);
    for (const other of [
      '',
      '.',
      'garbage',
      '\0',
      'x'.repeat(100_000),
      payload,
      `${payload}.`,
      `${payload}.${signature}.`,
      `${payload}.${signature}=`,
      `${payload}.${signature.slice(0, -1)}`,
      `${flipped.toString('base64url')}.${signature}`,
      accessToken,
      refreshToken,
    ])
      await expectVoid(other);
    await accept(world.asAnonymous, token);
  });

  test('of another server with another key', async () => {
    const other = await startTestServer();
    try {
      const there = await createWorld(other);
      const { token } = await inviteMember(there.asOwner);
      await expectVoid(token);
    } finally {
      await other.close();
    }
  });

  test('when the client is archived', async () => {
    const clientId = await world.arrange.client(world.accountId, 'Archived soon');
    const { token } = await invitePortalUser(world.asOwner, { clientId });
    await world.asOwner.get(ArchiveClientDocument, { input: { id: clientId } });
    await expectVoid(token);
  });

  test('when the client is deleted, or the account suspended', async () => {
    const clientId = await world.arrange.client(world.accountId, 'Deleted soon');
    const { token } = await invitePortalUser(world.asOwner, { clientId });
    await server.owner.query("update ringfence.accounts set status = 'SUSPENDED' where id = $1", [
      world.accountId,
    ]);
    try {
      await expectVoid(token);
    } finally {
      await server.owner.query("update ringfence.accounts set status = 'ACTIVE' where id = $1", [
        world.accountId,
      ]);
    }
    await server.owner.query('delete from ringfence.clients where id = $1', [clientId]);
    await expectVoid(token);
  });

  test('when the email it went to is changed', async () => {
    const { token, portalUser } = await invited();
    await world.asOwner.get(UpdatePortalUserDocument, {
      input: { id: portalUser?.id ?? '', changes: { email: 'elsewhere@client.test' } },
    });
    await expectVoid(token);
  });

  test('when the invited member is deactivated', async () => {
    const { token, member } = await inviteMember(world.asOwner);
    await world.asOwner.get(DeactivateMemberDocument, { input: { id: member?.id ?? '' } });
    await expectVoid(token);
  });
});

describe('the right of whoever invited is asked for again:', () => {
  async function inviter(permissions: string[], clients = [world.clients.one]) {
    const member = await world.arrange.member(world.accountId, { permissions, clients });
    return { ...member, caller: await signInAs(server, member) };
  }

  test('without the permission, the client, the membership, or what was given, the link lets nobody in', async () => {
    const invite = (caller: Caller) =>
      invitePortalUser(caller, { clientId: world.clients.one, viewsRecordings: true });
    const permissions = ['VIEW_CLIENTS', 'CREATE_CLIENTS', 'VIEW_RECORDINGS'];
    for (const lose of [
      (id: string) =>
        world.asOwner.get(UpdateMemberDocument, {
          input: { id, changes: { permissions: ['VIEW_CLIENTS', 'VIEW_RECORDINGS'] } },
        }),
      (id: string) =>
        world.asOwner.get(UpdateMemberDocument, {
          input: { id, changes: { permissions: ['VIEW_CLIENTS', 'CREATE_CLIENTS'] } },
        }),
      (id: string) =>
        server.owner.query('delete from ringfence.client_assignments where member_id = $1', [id]),
      (id: string) => world.asOwner.get(DeactivateMemberDocument, { input: { id } }),
      (id: string) => world.asOwner.get(RemoveMemberDocument, { input: { id } }),
    ]) {
      const { id, caller } = await inviter(permissions);
      const { token } = await invite(caller);
      await world.asAnonymous.get(ReceivedInvitationDocument, { token });
      await lose(id);
      await expectVoid(token);
    }
  });

  test('who was given more by somebody else meanwhile has to be invited by them', async () => {
    const { caller } = await inviter(['VIEW_CLIENTS', 'MANAGE_MEMBERS']);
    const { token, member } = await inviteMember(caller);
    await world.asOwner.get(UpdateMemberDocument, {
      input: { id: member?.id ?? '', changes: { role: 'ADMIN' } },
    });
    await expectVoid(token);
  });

  test('it is decided at the moment of accepting, under the lock of the account', async () => {
    const { id, caller } = await inviter(['VIEW_CLIENTS', 'CREATE_CLIENTS']);
    const { token } = await invitePortalUser(caller, { clientId: world.clients.one });
    const { owner } = server;
    const answer = await whileChanging(
      owner,
      async () => {
        await owner.query('select from ringfence.accounts where id = $1 for no key update', [
          world.accountId,
        ]);
        await owner.query('delete from ringfence.member_permissions where member_id = $1', [id]);
      },
      () => accept(world.asAnonymous, token),
    );
    expect(answer.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  });
});

test('no token of a link is in a dump of the database', async () => {
  const { token } = await inviteMember(world.asOwner);
  const text = JSON.stringify([...(await dumpDatabase(server.owner))]);
  for (const part of token.split('.')) expect(text).not.toContain(part);
});
