import type { Caller } from '../support/client';
import {
  ActivateMemberDocument,
  CancelInvitationDocument,
  ChangeMemberPasswordDocument,
  DeactivateMemberDocument,
  InvitationsDocument,
  InviteMemberDocument,
  InvitePortalUserDocument,
  type InvitePortalUserMutationVariables,
  MemberDocument,
  PortalUserDocument,
  ReceivedInvitationDocument,
  ResendInvitationDocument,
  UpdatePortalUserDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';
import { accept, freshEmail, inviteMember, invitePortalUser, tokenOf } from './invitations';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const listed = async (caller: Caller, variables: object = {}) =>
  (await caller.get(InvitationsDocument, { first: 100, ...variables })).invitations.nodes;

describe('inviting', () => {
  test('adds the person without a password, with the email reserved, and writes one mail', async () => {
    const email = freshEmail();
    const entries = await auditedBy(server.owner, () => inviteMember(world.asOwner, { email }));
    expect(entries.map(({ action }) => action)).toEqual([
      'INVITATION_SENT',
      'MEMBER_ACCESS_GIVEN',
      'MEMBER_CREATED',
    ]);
    const [invitation] = await listed(world.asOwner, { search: email });
    expect(invitation).toMatchObject({
      kind: 'MEMBER',
      status: 'PENDING',
      email,
      member: { status: 'INVITED' },
      client: null,
      portalUser: null,
      invitedBy: { id: world.members.owner.id },
      closedAt: null,
    });
    const lasts = Date.parse(invitation?.expiresAt ?? '') - Date.parse(invitation?.createdAt ?? '');
    expect(lasts).toBe(7 * 24 * 60 * 60 * 1000);
    expect(
      await changingNothing(server.owner, () =>
        world.asAdmin.refusal(InviteMemberDocument, { input: { name: 'Again', email: email.toUpperCase() } }),
      ),
    ).toEqual({ code: 'EMAIL_TAKEN', field: 'input.email' });
    const { rows } = await server.owner.query('select kind from fence.outbox where subject_id = $1', [
      invitation?.id,
    ]);
    expect(rows).toEqual([{ kind: 'INVITATION' }]);
  });

  test('a portal user without a name or an email has the contact’s, and then lives apart', async () => {
    const clientId = await world.arrange.client(world.accountId, 'Contact Ltd', {
      contact_email: 'contact@client.test',
    });
    await server.owner.query("update ringfence.clients set contact_name = 'Cora Contact' where id = $1", [
      clientId,
    ]);
    const { invitePortalUser: sent } = await world.asOwner.get(InvitePortalUserDocument, {
      input: { clientId },
    });
    expect(sent.invitation).toMatchObject({
      name: 'Cora Contact',
      email: 'contact@client.test',
      client: { id: clientId },
      portalUser: { status: 'INVITED' },
    });
    await server.owner.query("update ringfence.clients set contact_email = 'new@client.test' where id = $1", [
      clientId,
    ]);
    const { portalUser } = await world.asOwner.get(PortalUserDocument, {
      id: sent.invitation.portalUser?.id ?? '',
    });
    expect(portalUser?.email).toBe('contact@client.test');
  });

  test.each<[string, Partial<InvitePortalUserMutationVariables['input']>, object]>([
    ['without any email', {}, { code: 'VALIDATION_FAILED', field: 'input.email' }],
    [
      'with a list of emails',
      { email: 'a@b.test, c@d.test' },
      { code: 'VALIDATION_FAILED', field: 'input.email' },
    ],
    [
      'with a line break',
      { email: 'a@b.test\nBcc: c@d.test' },
      { code: 'VALIDATION_FAILED', field: 'input.email' },
    ],
    [
      'with an empty name',
      { email: 'a@b.test', name: ' ' },
      { code: 'VALIDATION_FAILED', field: 'input.name' },
    ],
  ])('a portal user %s is refused, and nothing is left', async (_, more, refusal) => {
    expect(
      await changingNothing(server.owner, () =>
        world.asOwner.refusal(InvitePortalUserDocument, { input: { clientId: world.clients.four, ...more } }),
      ),
    ).toEqual(refusal);
  });

  test('members needs MANAGE_MEMBERS, portal users CREATE_CLIENTS and the client within reach; nobody gives what they do not hold', async () => {
    const member = (caller: Caller, more = {}) =>
      changingNothing(server.owner, () =>
        caller.refusal(InviteMemberDocument, { input: { name: 'X', email: freshEmail(), ...more } }),
      );
    const portalUser = (caller: Caller, more = {}) =>
      changingNothing(server.owner, () =>
        caller.refusal(InvitePortalUserDocument, {
          input: { clientId: world.clients.one, email: freshEmail(), ...more },
        }),
      );
    for (const caller of [world.asPowerless, world.asPortalUser]) {
      expect(await member(caller)).toEqual({ code: 'FORBIDDEN' });
      expect(await portalUser(caller)).toEqual({ code: 'FORBIDDEN' });
    }
    expect(await member(world.asScopedMember)).toEqual({ code: 'FORBIDDEN' });
    expect(await member(world.asAdmin, { role: 'OWNER' })).toEqual({ code: 'FORBIDDEN' });
    expect(await portalUser(world.asScopedMember, { viewsRecordings: true })).toEqual({ code: 'FORBIDDEN' });
    for (const clientId of [world.clients.two, world.other.clientId])
      expect(await portalUser(world.asScopedMember, { clientId })).toEqual({
        code: 'NOT_FOUND',
        field: 'input.clientId',
      });
    expect(await portalUser(world.asOwner, { clientId: world.clients.six })).toEqual({
      code: 'CONFLICT',
      reason: 'CLIENT_ARCHIVED',
    });
    const manager = await signInAs(
      server,
      await world.arrange.member(world.accountId, { permissions: ['VIEW_CLIENTS', 'MANAGE_MEMBERS'] }),
    );
    expect(await member(manager, { permissions: ['EDIT_CLIENTS'] })).toEqual({ code: 'FORBIDDEN' });
    expect(await member(manager, { clientAccess: 'ALL' })).toEqual({ code: 'FORBIDDEN' });
    await inviteMember(manager);
  });
});

describe('sending again', () => {
  test('gives a new link and time, voids the one before, and needs the right of whoever does so', async () => {
    const sent = await invitePortalUser(world.asScopedMember, { clientId: world.clients.one });
    await server.owner.query(
      "update ringfence.invitations set expires_at = now(), sent_at = now() - interval '1 minute' where id = $1",
      [sent.id],
    );
    expect((await listed(world.asOwner, { search: sent.email }))[0]?.status).toBe('EXPIRED');
    const { resendInvitation } = await world.asOwner.get(ResendInvitationDocument, {
      input: { id: sent.id },
    });
    expect(resendInvitation.invitation).toMatchObject({
      status: 'PENDING',
      invitedBy: { id: world.members.owner.id },
    });
    expect(await world.asAnonymous.refusal(ReceivedInvitationDocument, { token: sent.token })).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect((await accept(world.asAnonymous, tokenOf(resendInvitation.link))).errors).toBeUndefined();
    const { rowCount } = await server.owner.query('select from fence.outbox where subject_id = $1', [
      sent.id,
    ]);
    expect(rowCount).toBe(2);
  });

  test('under one Idempotency-Key, it is sent once and the link shown once', async () => {
    const sent = await inviteMember(world.asOwner);
    await aMinuteLater(sent.id);
    const caller = world.asOwner.under('resend-once');
    const ask = () => caller.get(ResendInvitationDocument, { input: { id: sent.id } });
    const { link } = (await ask()).resendInvitation;
    expect((await ask()).resendInvitation.link).toBeNull();
    await world.asAnonymous.get(ReceivedInvitationDocument, { token: tokenOf(link) });
  });
});

/** As if the last mail of an invitation had been written a minute ago. */
async function aMinuteLater(id: string): Promise<void> {
  await server.owner.query(
    "update ringfence.invitations set sent_at = sent_at - interval '1 minute' where id = $1",
    [id],
  );
}

test('an invitation is mailed at most once a minute, and an account invites no thousands a day', async () => {
  const sent = await inviteMember(world.asOwner);
  const input = { id: sent.id };
  const refused = () =>
    changingNothing(server.owner, () => world.asOwner.refusal(ResendInvitationDocument, { input }));
  expect(await refused()).toEqual({ code: 'RATE_LIMITED' });
  await aMinuteLater(sent.id);
  await world.asOwner.get(ResendInvitationDocument, { input });
  await server.owner.query(
    `insert into fence.outbox (account_id, kind, subject_id, sent_at)
     select $1, 'INVITATION', $2, now() from generate_series(1, 1000)`,
    [world.accountId, sent.id],
  );
  await aMinuteLater(sent.id);
  expect(await refused()).toEqual({ code: 'RATE_LIMITED' });
  expect(
    await changingNothing(server.owner, () =>
      world.asOwner.refusal(InviteMemberDocument, { input: { name: 'X', email: freshEmail() } }),
    ),
  ).toEqual({ code: 'RATE_LIMITED' });
  await server.owner.query('delete from fence.outbox where sent_at is not null');
});

describe('cancelling', () => {
  test('voids the link, removes the person and frees the email; the invitation stays in the list', async () => {
    const sent = await inviteMember(world.asAdmin);
    const entries = await auditedBy(server.owner, () =>
      world.asAdmin.get(CancelInvitationDocument, { input: { id: sent.id } }),
    );
    expect(entries).toMatchObject([
      { action: 'INVITATION_CANCELLED' },
      { action: 'MEMBER_REMOVED', subjectId: sent.member?.id, details: { name: 'Mira Member' } },
    ]);
    expect(await world.asAnonymous.refusal(ReceivedInvitationDocument, { token: sent.token })).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await world.asOwner.refusal(MemberDocument, { id: sent.member?.id ?? '' })).toMatchObject({
      code: 'NOT_FOUND',
    });
    const [cancelled] = await listed(world.asOwner, { search: sent.email });
    expect(cancelled).toMatchObject({ status: 'CANCELLED', member: null, name: 'Mira Member' });
    expect(cancelled?.closedAt).not.toBeNull();
    await inviteMember(world.asAdmin, { email: sent.email });
  });
});

test.each([
  ['sending again', ResendInvitationDocument],
  ['cancelling', CancelInvitationDocument as unknown as typeof ResendInvitationDocument],
])('%s is for those who could invite, of what is still open', async (_, document) => {
  const refused = (caller: Caller, id: string) =>
    changingNothing(server.owner, () => caller.refusal(document, { input: { id } }));
  const member = await inviteMember(world.asOwner, { role: 'ADMIN' });
  const portal = await invitePortalUser(world.asOwner, { clientId: world.clients.two });
  const absent = { code: 'NOT_FOUND', field: 'input.id' };
  expect(await refused(world.asPowerless, portal.id)).toEqual({ code: 'FORBIDDEN' });
  expect(await refused(world.asPortalUser, portal.id)).toEqual({ code: 'FORBIDDEN' });
  // Neither a client that is not theirs, nor the team, nor another account.
  for (const { id } of [member, portal]) {
    expect(await refused(world.asScopedMember, id)).toEqual(absent);
    expect(await refused(world.other.asOwner, id)).toEqual(absent);
  }
  expect(await refused(world.asMemberWithAll, member.id)).toEqual(absent);
  const manager = await signInAs(
    server,
    await world.arrange.member(world.accountId, { permissions: ['VIEW_CLIENTS', 'MANAGE_MEMBERS'] }),
  );
  expect(await refused(manager, member.id)).toEqual({ code: 'FORBIDDEN' });
  await aMinuteLater(portal.id);
  await accept(world.asAnonymous, portal.token);
  expect(await refused(world.asOwner, portal.id)).toEqual({ code: 'CONFLICT', reason: 'INVITATION_CLOSED' });
});

describe('the list', () => {
  test('shows members’ invitations with MANAGE_MEMBERS, portal users’ with their client', async () => {
    const member = await inviteMember(world.asOwner);
    const one = await invitePortalUser(world.asOwner, { clientId: world.clients.one });
    const two = await invitePortalUser(world.asOwner, { clientId: world.clients.two });
    const ids = async (caller: Caller) => {
      const all = (await listed(caller)).map(({ id }) => id);
      return [member, one, two].map(({ id }) => all.includes(id));
    };
    const manager = await signInAs(
      server,
      await world.arrange.member(world.accountId, { permissions: ['MANAGE_MEMBERS'] }),
    );
    expect(await ids(world.asOwner)).toEqual([true, true, true]);
    expect(await ids(world.asMemberWithAll)).toEqual([false, true, true]);
    expect(await ids(world.asScopedMember)).toEqual([false, true, false]);
    expect(await ids(manager)).toEqual([true, false, false]);
    expect(await ids(world.other.asOwner)).toEqual([false, false, false]);
    // A portal user sees clients, not who else is invited to them.
    expect(await world.asPortalUser.refusal(InvitationsDocument, {})).toEqual({ code: 'FORBIDDEN' });
    expect(await world.asPowerless.refusal(InvitationsDocument, {})).toEqual({ code: 'FORBIDDEN' });
  });

  test('is filtered by kind, state and client, and searched by name and email', async () => {
    const clientId = await world.arrange.client(world.accountId, 'With invitations');
    const pending = await invitePortalUser(world.asOwner, { clientId, name: 'Zora 100%' });
    const cancelled = await invitePortalUser(world.asOwner, { clientId });
    await world.asOwner.get(CancelInvitationDocument, { input: { id: cancelled.id } });
    const ids = async (variables: object) => (await listed(world.asOwner, variables)).map(({ id }) => id);
    expect(await ids({ filter: { clientId } })).toEqual([cancelled.id, pending.id]);
    expect(await ids({ filter: { clientId }, orderBy: 'CREATED_AT_ASC' })).toEqual([
      pending.id,
      cancelled.id,
    ]);
    expect(await ids({ filter: { clientId, status: ['CANCELLED'] } })).toEqual([cancelled.id]);
    expect(await ids({ filter: { clientId, kind: ['MEMBER'] } })).toEqual([]);
    expect(await ids({ search: 'zora 100%' })).toEqual([pending.id]);
    expect(await ids({ search: pending.email })).toEqual([pending.id]);
  });

  test('costs as many statements for one as for five', async () => {
    const clientId = await world.arrange.client(world.accountId, 'With many invitations');
    const counted = () => statementsOf(() => listed(world.asOwner, { filter: { clientId } }));
    await invitePortalUser(world.asOwner, { clientId });
    const one = await counted();
    for (let count = 0; count < 4; count += 1) await invitePortalUser(world.asOwner, { clientId });
    expect(await counted()).toBe(one);
  });
});

describe('whoever has a password is no longer invited', () => {
  test('nobody sets one for them before they accept', async () => {
    const { member } = await inviteMember(world.asOwner);
    const refused = () =>
      changingNothing(server.owner, () =>
        world.asOwner.refusal(ChangeMemberPasswordDocument, {
          input: { id: member?.id ?? '', password: 'umbrella teapot lantern' },
        }),
      );
    expect(await refused()).toEqual({ code: 'CONFLICT', reason: 'INVITATION_PENDING' });
    await server.owner.query("update ringfence.member_access set status = 'DISABLED' where member_id = $1", [
      member?.id,
    ]);
    expect(await refused()).toEqual({ code: 'CONFLICT', reason: 'INVITATION_PENDING' });
  });

  test('cancelling removes nobody who can sign in, were they the last owner', async () => {
    const { id, member } = await inviteMember(world.asOwner, { role: 'OWNER' });
    // However it came about.
    await server.owner.query("update fence.logins set password_hash = 'x' where member_id = $1", [
      member?.id,
    ]);
    expect(
      await changingNothing(server.owner, () =>
        world.asOwner.refusal(CancelInvitationDocument, { input: { id } }),
      ),
    ).toEqual({ code: 'CONFLICT', reason: 'INVITATION_CLOSED' });
  });

  test('a link does not come back to life with a member who was deactivated', async () => {
    const { token, member } = await inviteMember(world.asOwner);
    const input = { id: member?.id ?? '' };
    await world.asOwner.get(DeactivateMemberDocument, { input });
    await world.asOwner.get(ActivateMemberDocument, { input });
    expect(await world.asAnonymous.refusal(ReceivedInvitationDocument, { token })).toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

test('to send an invitation elsewhere is to invite: it needs CREATE_CLIENTS', async () => {
  const editor = await signInAs(
    server,
    await world.arrange.member(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'EDIT_CLIENTS'],
      clients: [world.clients.one],
    }),
  );
  const { portalUser } = await invitePortalUser(world.asOwner, { clientId: world.clients.one });
  const id = portalUser?.id ?? '';
  expect(
    await changingNothing(server.owner, () =>
      editor.refusal(UpdatePortalUserDocument, { input: { id, changes: { email: 'elsewhere@evil.test' } } }),
    ),
  ).toEqual({ code: 'FORBIDDEN' });
  await editor.get(UpdatePortalUserDocument, { input: { id, changes: { name: 'Other Name' } } });
});
