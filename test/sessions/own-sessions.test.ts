import { Caller } from '../support/client';
import {
  RevokeMemberSessionsDocument,
  RevokeOtherSessionsDocument,
  RevokeSessionDocument,
  SessionsDocument,
} from '../support/documents.generated';
import { newSecretKey, startAnotherServer } from '../support/another-server';
import { startTestServer, type TestServer } from '../support/server';
import { refreshCode, refreshed, startSession, viewerOf } from '../support/sessions';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const newMember = () => world.arrange.member(world.accountId);
const as = (token: string) => new Caller(server.url, token);
const list = async (caller: Caller) => (await caller.get(SessionsDocument)).sessions;

test('one’s own sessions are listed, with when, from where and which one asks', async () => {
  const member = await newMember();
  const first = await startSession(server.url, member);
  const second = await startSession(server.url, member);
  const after = await refreshed(server.url, first.refreshToken);
  const sessions = await list(as(after.accessToken));
  expect(sessions).toHaveLength(2);
  expect(sessions.map(({ current }) => current)).toEqual([true, false]);
  for (const session of sessions) {
    expect(session.address).toMatch(/127\.0\.0\.1$/);
    expect(Date.parse(session.createdAt)).toBeLessThanOrEqual(Date.parse(session.lastUsedAt));
    expect(Date.parse(session.lastUsedAt)).toBeLessThan(Date.parse(session.expiresAt));
  }
  expect((await list(as(second.accessToken))).map(({ id }) => id)).toEqual(sessions.map(({ id }) => id));
});

test('ended and expired ones are not listed, and nobody else’s', async () => {
  const member = await newMember();
  const [one, two, three] = [
    await startSession(server.url, member),
    await startSession(server.url, member),
    await startSession(server.url, member),
  ];
  const caller = as(one.accessToken);
  const ids = (await list(caller)).map(({ id }) => id);
  await server.owner.query('update fence.sessions set expires_at = now() where id = $1', [
    (await list(as(two.accessToken))).find(({ current }) => current)?.id,
  ]);
  const third = (await list(as(three.accessToken))).find(({ current }) => current)?.id ?? '';
  await caller.get(RevokeSessionDocument, { input: { id: third } });
  const expired = ids.filter((id) => id !== third);
  const left = await list(caller);
  for (const id of expired.filter((one) => one !== left[0]?.id)) {
    const again = await caller.get(RevokeSessionDocument, { input: { id } });
    expect(again.revokeSession.revoked).toBe(false);
  }
  expect(left.map(({ current }) => current)).toEqual([true]);
  expect(ids).toContain(left[0]?.id);
  expect(await list(world.asPowerless)).toHaveLength(1);
});

test('one that is ended is gone at the next request, also on another server process', async () => {
  const member = await newMember();
  const secretKeys = [newSecretKey('shared')];
  const here = await startAnotherServer(server.database, { secretKeys });
  const elsewhere = await startAnotherServer(server.database, { secretKeys });
  try {
    const [mine, other] = [await startSession(here.url, member), await startSession(here.url, member)];
    const asMine = new Caller(here.url, mine.accessToken);
    expect(await viewerOf(elsewhere.url, other.accessToken)).toBe('MEMBER');
    const id = (await list(new Caller(here.url, other.accessToken))).find(({ current }) => current)?.id ?? '';
    const entries = await auditedBy(server.owner, () => asMine.get(RevokeSessionDocument, { input: { id } }));
    expect(entries).toMatchObject([
      { action: 'SESSION_ENDED', subjectId: member.id, details: { reason: 'REVOKED' } },
    ]);
    expect(await viewerOf(elsewhere.url, other.accessToken)).toBe('UNAUTHENTICATED');
    expect(await refreshCode(elsewhere.url, other.refreshToken)).toBe('UNAUTHENTICATED');
    expect(await viewerOf(elsewhere.url, mine.accessToken)).toBe('MEMBER');
    const again = await asMine.get(RevokeSessionDocument, { input: { id } });
    expect(again.revokeSession.revoked).toBe(false);
  } finally {
    await here.close();
    await elsewhere.close();
  }
});

test('all others are ended at once, the one that asks goes on', async () => {
  const member = await newMember();
  const [mine, ...others] = await Promise.all([1, 2, 3, 4].map(() => startSession(server.url, member)));
  const { revokeOtherSessions } = await as(mine?.accessToken ?? '').get(RevokeOtherSessionsDocument);
  expect(revokeOtherSessions.revoked).toBe(3);
  for (const { accessToken } of others)
    expect(await viewerOf(server.url, accessToken)).toBe('UNAUTHENTICATED');
  expect(await list(as(mine?.accessToken ?? ''))).toHaveLength(1);
});

test('the one that asks may end itself', async () => {
  const { accessToken } = await startSession(server.url, await newMember());
  const [session] = await list(as(accessToken));
  const { revokeSession } = await as(accessToken).get(RevokeSessionDocument, {
    input: { id: session?.id ?? '' },
  });
  expect(revokeSession.revoked).toBe(true);
  expect(await viewerOf(server.url, accessToken)).toBe('UNAUTHENTICATED');
});

test('a session of somebody else, of the team or of another account, is not there, like none', async () => {
  const ids = await Promise.all(
    [world.asOwner, world.other.asOwner].map(async (caller) => (await list(caller))[0]?.id ?? ''),
  );
  for (const id of [...ids, '01900000-0000-7000-8000-000000000000'])
    expect(
      await changingNothing(server.owner, () =>
        world.asAdmin.refusal(RevokeSessionDocument, { input: { id } }),
      ),
    ).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
  expect(await viewerOf(server.url, world.asOwner.token)).toBe('MEMBER');
});

test('who manages the team ends those of a member who reaches no further', async () => {
  const member = await newMember();
  const [one, two] = [await startSession(server.url, member), await startSession(server.url, member)];
  const { revokeMemberSessions } = await world.asAdmin.get(RevokeMemberSessionsDocument, {
    input: { id: member.id },
  });
  expect(revokeMemberSessions.revoked).toBe(2);
  for (const { accessToken } of [one, two])
    expect(await viewerOf(server.url, accessToken)).toBe('UNAUTHENTICATED');
  await startSession(server.url, member);
  const manager = await signInAs(
    server,
    await world.arrange.member(world.accountId, { permissions: ['VIEW_CLIENTS', 'MANAGE_MEMBERS'] }),
  );
  const refusal = (caller: Caller, id: string) =>
    caller.refusal(RevokeMemberSessionsDocument, { input: { id } });
  expect(await refusal(manager, world.members.owner.id)).toEqual({ code: 'FORBIDDEN' });
  expect(await refusal(world.asAdmin, world.members.owner.id)).toEqual({ code: 'FORBIDDEN' });
  expect(await refusal(world.asScopedMember, member.id)).toEqual({ code: 'FORBIDDEN' });
  expect(await refusal(world.asOwner, world.other.owner.id)).toEqual({
    code: 'NOT_FOUND',
    field: 'input.id',
  });
});

test('without a session: UNAUTHENTICATED', async () => {
  for (const document of [SessionsDocument, RevokeOtherSessionsDocument] as const)
    expect(
      (await world.asAnonymous.ask(document as typeof SessionsDocument)).errors?.[0]?.extensions.code,
    ).toBe('UNAUTHENTICATED');
});
