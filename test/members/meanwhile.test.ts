// What happens to somebody while they are doing something themselves.
import type { Client } from 'pg';
import { newSecret } from '../../src/sessions/access-token';
import type { Caller } from '../support/client';
import { onDatabase } from '../support/database';
import {
  ActivateMemberDocument,
  ChangeMemberPasswordDocument,
  ChangeMyPasswordDocument,
  DeactivateMemberDocument,
  MemberDocument,
  RemoveMemberDocument,
  RevokeMemberSessionsDocument,
  UpdateMemberDocument,
  UpdateMyProfileDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { startSession } from '../support/sessions';
import { password, type TestMember } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';
import { untilWaiting } from '../support/activity';
import { LoginConnection } from '../isolation/login-connection';
import { sessionOfToken } from '../isolation/sessions';

let server: TestServer;
let world: World;
const chosen = 'umbrella teapot lantern';
const hash = `$argon2id$v=19$m=19456,t=2,p=1$${'a'.repeat(22)}$${'a'.repeat(43)}`;
const createAdministrator = (email: string) =>
  `select ringfence.create_member('Backdoor', null, '${email}', '${hash}', 'ADMIN', '{}', 'ALL', '{}', 'ALL', '{}')`;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const newMember = (options: Parameters<World['arrange']['member']>[1] = {}) =>
  world.arrange.member(world.accountId, options);

test.each<[string, (id: string) => Promise<unknown>]>([
  [
    'whose password is changed',
    (id) => world.asOwner.get(ChangeMemberPasswordDocument, { input: { id, password: chosen } }),
  ],
  ['whose sessions are ended', (id) => world.asOwner.get(RevokeMemberSessionsDocument, { input: { id } })],
  ['who is deactivated', (id) => world.asOwner.get(DeactivateMemberDocument, { input: { id } })],
  ['who is removed', (id) => world.asOwner.get(RemoveMemberDocument, { input: { id } })],
  [
    'who is demoted',
    (id) => world.asOwner.get(UpdateMemberDocument, { input: { id, changes: { role: 'MEMBER' } } }),
  ],
])(
  'an administrator %s manages nobody any more, also not in a transaction that was open before',
  async (_, done) => {
    const member = await newMember({ role: 'ADMIN' });
    const session = sessionOfToken(await signInAs(server, member));
    const login = await LoginConnection.open(server.database.loginUrl);
    try {
      await login.as(session, async () => {
        expect(await login.dry(createAdministrator('before@team.test'))).toHaveLength(1);
        await done(member.id);
        expect(await login.dry(createAdministrator('after@team.test'))).toBe('RF001');
      });
    } finally {
      await login.close();
    }
  },
);

describe('a session that is being started', () => {
  async function starting(
    member: TestMember,
    work: (signin: Client, start: () => Promise<string>) => Promise<void>,
  ) {
    await onDatabase(server.database.signinUrl, async (signin) => {
      const { rows } = await signin.query<{ account_id: string; login_id: string; password_hash: string }>(
        'select * from signin.find_logins(null, $1, 4)',
        [member.email],
      );
      await signin.query('begin');
      await work(signin, async () => {
        const started = await signin.query<{ session_id: string }>(
          'select * from signin.start_session($1, $2, $3, $4, $5, 600, 600, null, null)',
          [
            rows[0]?.account_id,
            rows[0]?.login_id,
            rows[0]?.password_hash,
            newSecret().digest,
            newSecret().digest,
          ],
        );
        return started.rows[0]?.session_id ?? '';
      });
    });
  }
  const isOpen = async (id: string) =>
    (await server.owner.query('select from fence.sessions where id = $1 and ended_at is null', [id]))
      .rowCount === 1;

  test('while its member is deactivated is ended with the others, and stays ended when they are activated', async () => {
    const member = await newMember();
    let session = '';
    let deactivated: Promise<unknown> = Promise.resolve();
    await starting(member, async (signin, start) => {
      session = await start();
      let done = false;
      deactivated = world.asOwner
        .get(DeactivateMemberDocument, { input: { id: member.id } })
        .finally(() => (done = true));
      await untilWaiting(server.owner);
      expect(done).toBe(false);
      await signin.query('commit');
    });
    await deactivated;
    expect(await isOpen(session)).toBe(false);
    await world.asOwner.get(ActivateMemberDocument, { input: { id: member.id } });
    expect(await isOpen(session)).toBe(false);
  });
});

test('members who sign in while they are removed are signed in or not, and nothing is left of them', async () => {
  for (let round = 0; round < 5; round += 1) {
    const member = await newMember();
    const tries = Array.from({ length: 5 }, () =>
      startSession(server.url, member).then(
        () => 'signed in',
        (error: Error) => /UNAUTHENTICATED/.exec(error.message)?.[0] ?? error.message,
      ),
    );
    const removed = world.asOwner.get(RemoveMemberDocument, { input: { id: member.id } });
    for (const outcome of await Promise.all(tries))
      expect(['signed in', 'UNAUTHENTICATED']).toContain(outcome);
    await removed;
    const { rowCount } = await server.owner.query('select from fence.sessions where member_id = $1', [
      member.id,
    ]);
    expect(rowCount).toBe(0);
  }
});

describe('a password hash', () => {
  const costly = hash.replace('m=19456', 'm=1048576');

  test('that the server did not make is refused, whoever sends the statement', async () => {
    const target = await newMember();
    const login = await LoginConnection.open(server.database.loginUrl);
    try {
      await login.as(sessionOfToken(world.asOwner), async () => {
        for (const bad of ['garbage', '', null, costly, `${hash}\n`]) {
          expect(
            await login.dry(
              "select ringfence.create_member('X', null, 'x@team.test', $1, 'MEMBER', '{}', 'ASSIGNED', '{}', 'ASSIGNED', '{}')",
              [bad],
            ),
          ).toBe('22023');
          expect(await login.dry('select ringfence.change_member_password($1, $2)', [target.id, bad])).toBe(
            '22023',
          );
          expect(await login.dry("select ringfence.change_own_password('', $1)", [bad])).toBe('22023');
        }
      });
    } finally {
      await login.close();
    }
  });

  test('that is none fits no password, and spoils nobody else’s signing in with the same email', async () => {
    const member = await newMember();
    const other = await world.arrange.member(world.other.accountId, { email: member.email });
    await server.owner.query("update fence.logins set password_hash = 'garbage' where member_id = $1", [
      other.id,
    ]);
    await startSession(server.url, member);
  });
});

describe('somebody who has no password yet', () => {
  const invited = async (role: 'OWNER' | 'MEMBER') => {
    const member = await newMember({ role, status: 'INVITED' });
    await server.owner.query('update fence.logins set password_hash = null where member_id = $1', [
      member.id,
    ]);
    return member;
  };
  const statusOf = async ({ id }: TestMember) =>
    (await world.asOwner.get(MemberDocument, { id })).member?.status;

  test('is invited again when they are activated again', async () => {
    const member = await invited('MEMBER');
    await world.asOwner.get(DeactivateMemberDocument, { input: { id: member.id } });
    expect(await statusOf(member)).toBe('DISABLED');
    await world.asOwner.get(ActivateMemberDocument, { input: { id: member.id } });
    expect(await statusOf(member)).toBe('INVITED');
  });

  test('is no owner that an account could be left with', async () => {
    await invited('OWNER');
    const input = { id: world.members.owner.id, changes: { role: 'ADMIN' as const } };
    expect(await world.asOwner.refusal(UpdateMemberDocument, { input })).toEqual({ code: 'LAST_OWNER' });
  });
});

test('whoever knows a member’s id cannot use up their tries', async () => {
  const member = await newMember();
  const caller = await signInAs(server, member);
  for (let time = 0; time < 10; time += 1)
    await expect(startSession(server.url, { email: member.id })).rejects.toThrow('UNAUTHENTICATED');
  const input = { currentPassword: password, newPassword: chosen };
  expect((await caller.ask(ChangeMyPasswordDocument, { input })).errors).toBeUndefined();
});

test('half of a character in a name becomes a replacement character', async () => {
  const caller: Caller = await signInAs(server, await newMember());
  const { updateMyProfile } = await caller.get(UpdateMyProfileDocument, {
    input: { changes: { name: 'a\ud83d' } },
  });
  expect(updateMyProfile.member.name).toBe('a\ufffd');
});
