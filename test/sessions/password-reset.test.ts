import { settled } from '../mail/outbox';
import { chosen, tokenOf } from '../invitations/invitations';
import {
  ActivateMemberDocument,
  ChangeMemberPasswordDocument,
  DeactivateMemberDocument,
  ReceivedInvitationDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
  UpdatePortalUserDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { refreshCode, startSession, viewerOf } from '../support/sessions';
import { auditedBy, changingNothing } from '../support/stored';
import type { TestMember } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer({ settings: { WORKER: 'true' } });
  world = await createWorld(server);
});
afterAll(() => server.close());

const request = (email: string, account?: string) =>
  world.asAnonymous.get(RequestPasswordResetDocument, {
    input: { email, ...(account === undefined ? {} : { account }) },
  });
const reset = (token: string, password = chosen) =>
  world.asAnonymous.get(ResetPasswordDocument, { input: { token, password } });
const invalid = { code: 'NOT_FOUND', field: 'input.token' };
const refused = (token: string, password = chosen) =>
  changingNothing(server.owner, () =>
    world.asAnonymous.refusal(ResetPasswordDocument, { input: { token, password } }),
  );

/** Mails to an address, the last one first. */
async function mailsTo(email: string) {
  await settled(server.owner);
  return (server.services.mailbox?.mails ?? []).filter(({ to }) => to.address === email);
}

/** The token of the last mail that asks to choose a password. */
async function requested({ email }: { email: string }): Promise<string> {
  await request(email);
  const [mail] = await mailsTo(email);
  return tokenOf(/\S+#\S+/.exec(mail?.text ?? '')?.[0]);
}

const someone = () => world.arrange.member(world.accountId);

describe('the link of the mail', () => {
  test.each<[string, () => Promise<TestMember>]>([
    ['a member', someone],
    ['a portal user', () => world.arrange.portalUser(world.accountId, world.clients.one)],
  ])('lets %s choose a password, ends all sessions, and signs nobody in', async (_, arrange) => {
    const person = await arrange();
    const session = await startSession(server.url, person);
    const token = await requested(person);
    // Until it is used, everything is as it was.
    await startSession(server.url, person);
    const entries = await auditedBy(server.owner, () => reset(token));
    expect(entries.map(({ action, actorKind }) => [action, actorKind])).toEqual([
      ['PASSWORD_CHANGED', 'SYSTEM'],
      ['SESSION_ENDED', 'SYSTEM'],
      ['SESSION_ENDED', 'SYSTEM'],
    ]);
    expect(await viewerOf(server.url, session.accessToken)).toBe('UNAUTHENTICATED');
    expect(await refreshCode(server.url, session.refreshToken)).toBe('UNAUTHENTICATED');
    await expect(startSession(server.url, person)).rejects.toThrow('UNAUTHENTICATED');
    await startSession(server.url, person, { password: chosen });
    expect((await mailsTo(person.email)).map(({ subject }) => subject)).toEqual([
      expect.stringContaining('was changed'),
      expect.stringContaining('Choose a new password'),
    ]);
  });

  test('works once, also when it is used twenty times at once', async () => {
    const token = await requested(await someone());
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        world.asAnonymous.ask(ResetPasswordDocument, { input: { token, password: `${chosen} ${number}` } }),
      ),
    );
    expect(answers.filter(({ data }) => data?.resetPassword.reset)).toHaveLength(1);
    expect(await refused(token)).toEqual(invalid);
  });

  test('takes another try where the password is not accepted', async () => {
    const token = await requested(await someone());
    for (const password of ['five5', 'qwerty123', 'x'.repeat(129), 'umbrella\0teapot'])
      expect(await refused(token, password)).toEqual({ code: 'VALIDATION_FAILED', field: 'input.password' });
    await reset(token);
  });

  test('is void after an hour, by the clock of the database', async () => {
    const person = await someone();
    const token = await requested(person);
    const { rows } = await server.owner.query<{ seconds: number }>(
      'select extract(epoch from reset_expires_at - reset_requested_at)::int as seconds from fence.logins where member_id = $1',
      [person.id],
    );
    expect(rows).toEqual([{ seconds: 3600 }]);
    await server.owner.query('update fence.logins set reset_expires_at = now() where member_id = $1', [
      person.id,
    ]);
    expect(await refused(token)).toEqual(invalid);
  });

  test.each<[string, (person: TestMember) => Promise<unknown>]>([
    [
      'the password is changed otherwise',
      ({ id }) => world.asOwner.get(ChangeMemberPasswordDocument, { input: { id, password: chosen } }),
    ],
    ['the member is deactivated', ({ id }) => world.asOwner.get(DeactivateMemberDocument, { input: { id } })],
    [
      'it has expired and a newer one is asked for',
      async ({ id, email }) => {
        await server.owner.query('update fence.logins set reset_expires_at = now() where member_id = $1', [
          id,
        ]);
        await server.owner.query(
          "update fence.logins set reset_requested_at = now() - interval '61 seconds' where member_id = $1",
          [id],
        );
        await request(email);
      },
    ],
  ])('is void when %s', async (_, happen) => {
    const person = await someone();
    const token = await requested(person);
    await happen(person);
    expect(await refused(token)).toEqual(invalid);
  });

  test('goes on working when somebody asks again: nobody can void it by asking', async () => {
    const person = await someone();
    const token = await requested(person);
    await server.owner.query(
      "update fence.logins set reset_requested_at = now() - interval '61 seconds' where member_id = $1",
      [person.id],
    );
    await request(person.email);
    expect(await mailsTo(person.email)).toHaveLength(2);
    await reset(token);
  });

  test('is void for a member who was deactivated, also when they are activated again', async () => {
    const person = await someone();
    const token = await requested(person);
    await world.asOwner.get(DeactivateMemberDocument, { input: { id: person.id } });
    await world.asOwner.get(ActivateMemberDocument, { input: { id: person.id } });
    expect(await refused(token)).toEqual(invalid);
  });

  test('is void when the email it went to is changed', async () => {
    const person = await world.arrange.portalUser(world.accountId, world.clients.one);
    const token = await requested(person);
    await world.asOwner.get(UpdatePortalUserDocument, {
      input: { id: person.id, changes: { email: 'moved-on@client.test' } },
    });
    expect(await refused(token)).toEqual(invalid);
  });

  test('is worth nothing as another kind of token, nor is another kind as it', async () => {
    const person = await someone();
    const token = await requested(person);
    expect(await world.asAnonymous.refusal(ReceivedInvitationDocument, { token })).toEqual({
      code: 'NOT_FOUND',
      field: 'token',
    });
    expect(await viewerOf(server.url, token)).toBe('UNAUTHENTICATED');
    expect(await refreshCode(server.url, token)).toBe('UNAUTHENTICATED');
    const { accessToken, refreshToken } = await startSession(server.url, person);
    const { rows } = await server.owner.query<{ id: string; generation: number }>(
      'select id, reset_generation as generation from fence.logins where member_id = $1',
      [person.id],
    );
    // A link of the other kind that names the very login, as nobody but us could make it.
    const invitation = server.services.links.to('invitation', rows[0]?.id ?? '', rows[0]?.generation ?? 0);
    for (const other of ['', 'x', accessToken, refreshToken, tokenOf(invitation)])
      expect(await refused(other)).toEqual(invalid);
  });
});

describe('asking for it', () => {
  test('answers alike for everybody, and writes only to those who sign in with a password', async () => {
    const disabled = await world.arrange.member(world.accountId, { status: 'DISABLED' });
    const invited = await world.arrange.portalUser(world.accountId, world.clients.one, { status: 'INVITED' });
    for (const email of [
      'nobody@nowhere.test',
      disabled.email,
      invited.email,
      'garbage',
      'a@b.test,c@d.test',
    ]) {
      expect(await changingNothing(server.owner, () => request(email))).toEqual({
        requestPasswordReset: { requested: true },
      });
      expect(await mailsTo(email)).toEqual([]);
    }
    const person = await someone();
    expect(await request(person.email.toUpperCase())).toEqual({ requestPasswordReset: { requested: true } });
    expect(await mailsTo(person.email)).toHaveLength(1);
  });

  test('sends at most one mail a minute to an address', async () => {
    const { id, email } = await someone();
    await Promise.all(Array.from({ length: 5 }, () => request(email)));
    expect(await mailsTo(email)).toHaveLength(1);
    await server.owner.query(
      "update fence.logins set reset_requested_at = now() - interval '61 seconds' where member_id = $1",
      [id],
    );
    await request(email);
    expect(await mailsTo(email)).toHaveLength(2);
  });

  test('writes for each account that the email signs in to, or for the one that is named', async () => {
    const email = 'both@example.test';
    await world.arrange.member(world.accountId, { email });
    await world.arrange.member(world.other.accountId, { email });
    await request(email, 'beta');
    expect((await mailsTo(email)).map(({ subject }) => subject)).toEqual([
      'Choose a new password for Account beta',
    ]);
    await request(email);
    expect((await mailsTo(email)).map(({ subject }) => subject)).toEqual([
      'Choose a new password for Account alpha',
      'Choose a new password for Account beta',
    ]);
  });

  test('is limited by network address', async () => {
    const limited = await startTestServer({ settings: { PASSWORD_RESETS_PER_HOUR: '3' } });
    try {
      const there = await createWorld(limited);
      const codes: (string | undefined)[] = [];
      for (let count = 0; count < 4; count += 1) {
        const { errors } = await there.asAnonymous.ask(RequestPasswordResetDocument, {
          input: { email: `${count}@nowhere.test` },
        });
        codes.push(errors?.[0]?.extensions.code);
      }
      expect(codes).toEqual([undefined, undefined, undefined, 'RATE_LIMITED']);
    } finally {
      await limited.close();
    }
  });

  test('lets somebody in again who is locked out by failed tries', async () => {
    const person = await someone();
    for (let count = 0; count < 10; count += 1)
      await expect(startSession(server.url, person, { password: 'wrong' })).rejects.toThrow();
    await expect(startSession(server.url, person)).rejects.toThrow('RATE_LIMITED');
    await reset(await requested(person));
    await startSession(server.url, person, { password: chosen });
  });

  test('the link begins with the setting, whatever host a request names', async () => {
    const person = await someone();
    await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-forwarded-host': 'evil.test',
        forwarded: 'host=evil.test',
      },
      body: JSON.stringify({
        query:
          'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { requested } }',
        variables: { input: { email: person.email } },
      }),
    });
    const [mail] = await mailsTo(person.email);
    expect(mail?.text).toContain('http://localhost:0/reset-password#');
    expect(`${mail?.text}${mail?.html}`).not.toContain('evil.test');
  });
});

test('a signed-in person is no different: the link is what counts', async () => {
  const person = await someone();
  const caller = await signInAs(server, world.members.admin);
  const token = await requested(person);
  expect(
    (await caller.get(ResetPasswordDocument, { input: { token, password: chosen } })).resetPassword.reset,
  ).toBe(true);
  await startSession(server.url, person, { password: chosen });
});
