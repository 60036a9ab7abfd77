import { createHash } from 'node:crypto';
import { Caller } from '../support/client';
import {
  ChangeMemberPasswordDocument,
  ChangeMyPasswordDocument,
  CreateMemberDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { refreshCode, refreshed, startSession, viewerOf } from '../support/sessions';
import { auditedBy, changingNothing, oneRow } from '../support/stored';
import { password, type TestMember } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';
import { LoginConnection } from '../isolation/login-connection';
import { sessionOfToken } from '../isolation/sessions';

let server: TestServer;
let world: World;
const chosen = 'umbrella teapot lantern';

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const newMember = (options: Parameters<World['arrange']['member']>[1] = {}) =>
  world.arrange.member(world.accountId, options);
const hashOf = async ({ id }: TestMember) =>
  (
    await oneRow<{ hash: string }>(
      server.owner,
      'select password_hash as hash from fence.logins where member_id = $1',
      [id],
    )
  ).hash;

describe('set by somebody who manages the team', () => {
  const change = (caller: Caller, id: string, to = chosen) =>
    caller.get(ChangeMemberPasswordDocument, { input: { id, password: to } });
  const refused = (caller: Caller, id: string, to = chosen) =>
    changingNothing(server.owner, () =>
      caller.refusal(ChangeMemberPasswordDocument, { input: { id, password: to } }),
    );

  test('the new one signs in, the old one no longer, and all sessions are ended', async () => {
    const member = await newMember();
    const [one, two] = [await startSession(server.url, member), await startSession(server.url, member)];
    await change(world.asAdmin, member.id);
    for (const { accessToken, refreshToken } of [one, two]) {
      expect(await viewerOf(server.url, accessToken)).toBe('UNAUTHENTICATED');
      expect(await refreshCode(server.url, refreshToken)).toBe('UNAUTHENTICATED');
    }
    await expect(startSession(server.url, member)).rejects.toThrow('UNAUTHENTICATED');
    await startSession(server.url, member, { password: chosen });
  });

  test('it is argon2id, and in the log without the password', async () => {
    const member = await newMember();
    const entries = await auditedBy(server.owner, () => change(world.asOwner, member.id));
    expect(entries).toMatchObject([{ action: 'PASSWORD_CHANGED', subjectId: member.id, details: {} }]);
    expect(await hashOf(member)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test.each([
    ['too short', 'five5'],
    ['too long', 'x'.repeat(129)],
    ['one of the most common', 'qwerty123'],
    ['with NUL', 'umbrella\0teapot'],
  ])('%s is refused', async (_, to) => {
    expect(await refused(world.asOwner, world.members.powerless.id, to)).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.password',
    });
  });

  test('whoever sets one could sign in with it, so not of those who hold or reach more; nor the own', async () => {
    const manager = await signInAs(
      server,
      await newMember({ permissions: ['VIEW_CLIENTS', 'MANAGE_MEMBERS'], clients: [world.clients.one] }),
    );
    await change(manager, (await newMember({ clients: [world.clients.one] })).id);
    for (const { id } of [
      world.members.owner,
      world.members.admin,
      world.members.scoped,
      await newMember({ clientAccess: 'ALL' }),
      await newMember({ clients: [world.clients.two] }),
    ])
      expect(await refused(manager, id)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(world.asAdmin, world.members.owner.id)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(world.asOwner, world.members.owner.id)).toEqual({
      code: 'CONFLICT',
      reason: 'OWN_MEMBER',
    });
    expect(await refused(world.asScopedMember, world.members.powerless.id)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(world.asOwner, world.other.owner.id)).toEqual({
      code: 'NOT_FOUND',
      field: 'input.id',
    });
    expect(await refused(world.asAnonymous, world.members.powerless.id)).toEqual({ code: 'UNAUTHENTICATED' });
  });
});

describe('changed by oneself', () => {
  const change = (caller: Caller, currentPassword: string, newPassword: string) =>
    caller.ask(ChangeMyPasswordDocument, { input: { currentPassword, newPassword } });
  const refusal = (caller: Caller, currentPassword: string, newPassword: string) =>
    changingNothing(server.owner, () =>
      caller.refusal(ChangeMyPasswordDocument, { input: { currentPassword, newPassword } }),
    );

  test('the session that asks goes on, all others are ended', async () => {
    const member = await newMember();
    const [mine, other] = [await startSession(server.url, member), await startSession(server.url, member)];
    const answer = await change(new Caller(server.url, mine.accessToken), password, chosen);
    expect(answer.data?.changeMyPassword.viewer.member?.id).toBe(member.id);
    expect(await viewerOf(server.url, mine.accessToken)).toBe('MEMBER');
    await refreshed(server.url, mine.refreshToken);
    expect(await viewerOf(server.url, other.accessToken)).toBe('UNAUTHENTICATED');
    expect(await refreshCode(server.url, other.refreshToken)).toBe('UNAUTHENTICATED');
    await startSession(server.url, member, { password: chosen });
    await expect(startSession(server.url, member)).rejects.toThrow('UNAUTHENTICATED');
  });

  test('a wrong password is named, and after ten of them no more is tried', async () => {
    const caller = await signInAs(server, await newMember());
    const wrong = { code: 'VALIDATION_FAILED', field: 'input.currentPassword' };
    for (let time = 0; time < 10; time += 1) expect(await refusal(caller, 'wrong', chosen)).toEqual(wrong);
    expect(await refusal(caller, password, chosen)).toMatchObject({ code: 'RATE_LIMITED' });
  });

  test('a new one that is not accepted is named, before anything is tried', async () => {
    const caller = await signInAs(server, await newMember());
    for (const bad of ['five5', 'iloveyou', 'x'.repeat(129), 'a\0bcdefg'])
      expect(await refusal(caller, 'wrong', bad)).toEqual({
        code: 'VALIDATION_FAILED',
        field: 'input.newPassword',
      });
  });

  test('without a session, or with one that has ended: UNAUTHENTICATED', async () => {
    expect(await refusal(world.asAnonymous, password, chosen)).toEqual({ code: 'UNAUTHENTICATED' });
    const member = await newMember();
    const caller = await signInAs(server, member);
    await server.owner.query(
      "update fence.sessions set ended_at = now(), end_reason = 'REVOKED' where member_id = $1",
      [member.id],
    );
    expect(await refusal(caller, password, chosen)).toEqual({ code: 'UNAUTHENTICATED' });
  });

  test('of two at once with the same current password one is saved', async () => {
    const member = await newMember();
    const caller = await signInAs(server, member);
    const answers = await Promise.all(
      ['first choice of two', 'second choice of two'].map((to) => change(caller, password, to)),
    );
    expect(answers.filter(({ errors }) => errors === undefined)).toHaveLength(1);
  });

  test('a statement of somebody’s own sets no password: it takes what only the sign-in login can read', async () => {
    const member = await newMember();
    const session = sessionOfToken(await signInAs(server, member));
    const before = await hashOf(member);
    const newHash = `$argon2id$v=19$m=19456,t=2,p=1$${'a'.repeat(22)}$${'a'.repeat(43)}`;
    const login = await LoginConnection.open(server.database.loginUrl);
    await login.as(session, async () => {
      for (const proof of [Buffer.alloc(32), createHash('sha256').update(password).digest()])
        expect(
          await login.rows('select ringfence.change_own_password($1, $2) as changed', [proof, newHash]),
        ).toEqual([{ changed: false }]);
    });
    await login.close();
    expect(await hashOf(member)).toBe(before);
  });
});

test('no password that was chosen is anywhere in the database', async () => {
  const secret = 'a password that is nowhere';
  await world.asOwner.get(CreateMemberDocument, {
    input: { name: 'Dumped', email: 'dumped@team.test', password: secret },
  });
  const { rows } = await server.owner.query<{ table: string }>(
    "select table_schema || '.' || table_name as table from information_schema.tables where table_schema in ('ringfence', 'fence')",
  );
  for (const { table } of rows) {
    const { rows: found } = await server.owner.query(`select from ${table} t where t::text like $1`, [
      `%${secret}%`,
    ]);
    expect([table, found.length]).toEqual([table, 0]);
  }
});
