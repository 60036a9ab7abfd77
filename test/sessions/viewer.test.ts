import {
  RefreshSessionDocument,
  type RefreshSessionMutation,
  SignInDocument,
  SignUpDocument,
  ViewerDocument,
  type ViewerQuery,
} from '../support/documents.generated';
import { Permission } from '../../src/members/permission';
import { Caller } from '../support/client';
import { bearer, codeOf, dataOf, postDocument } from '../support/http';
import { startTestServer, type TestServer } from '../support/server';
import { startSession, viewerOf } from '../support/sessions';
import { password } from '../support/arrange';
import { clientPermissions, createWorld, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

async function viewer(caller: Caller): Promise<ViewerQuery['viewer']> {
  return (await caller.get(ViewerDocument)).viewer;
}

const every = Object.values(Permission).sort();

test('a viewer who is not signed in is anonymous, with nothing', async () => {
  expect(await viewer(world.asAnonymous)).toEqual({
    kind: 'ANONYMOUS',
    role: null,
    permissions: [],
    clientAccess: null,
    sessionExpiresAt: null,
    account: null,
    member: null,
    portalUser: null,
    accessToken: null,
  });
});

test('owners and administrators hold every permission and reach all clients', async () => {
  for (const [caller, role] of [
    [world.asOwner, 'OWNER'],
    [world.asAdmin, 'ADMIN'],
  ] as const) {
    const { permissions, ...rest } = await viewer(caller);
    expect([...permissions].sort()).toEqual(every);
    expect(rest).toMatchObject({
      kind: 'MEMBER',
      role,
      clientAccess: 'ALL',
      account: { id: world.accountId, slug: 'alpha' },
    });
  }
});

test('members hold what they were given and reach what they were assigned', async () => {
  const all = await viewer(world.asMemberWithAll);
  expect(all).toMatchObject({ role: 'MEMBER', clientAccess: 'ALL' });
  expect([...all.permissions].sort()).toEqual([...clientPermissions, 'MANAGE_CLIENT_ORGANIZATIONS'].sort());
  const scoped = await viewer(world.asScopedMember);
  expect(scoped).toMatchObject({
    role: 'MEMBER',
    clientAccess: 'ASSIGNED',
    member: { id: world.members.scoped.id, name: 'Sam Scoped' },
  });
  expect([...scoped.permissions].sort()).toEqual([...clientPermissions].sort());
  expect(await viewer(world.asPowerless)).toMatchObject({
    role: 'MEMBER',
    clientAccess: 'ASSIGNED',
    permissions: [],
  });
});

test('a viewer sees the own email, also without any permission', async () => {
  expect((await viewer(world.asPowerless)).member?.email).toBe(world.members.powerless.email);
});

test('a viewer sees the permissions of today, not those of sign-in', async () => {
  const member = await world.arrange.member(world.accountId, { permissions: ['VIEW_CLIENTS'] });
  const caller = new Caller(server.url, (await startSession(server.url, member)).accessToken);
  expect((await viewer(caller)).permissions).toEqual(['VIEW_CLIENTS']);
  await server.owner.query(
    `update ringfence.member_permissions set permission = 'EXPORT_DATA' where member_id = $1`,
    [member.id],
  );
  expect((await viewer(caller)).permissions).toEqual(['EXPORT_DATA']);
});

test('the session ends when the viewer is told that it does', async () => {
  const { accessToken } = await startSession(server.url, world.members.owner);
  const { sid } = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as {
    sid: string;
  };
  const { rows } = await server.owner.query<{ expires_at: Date }>(
    'select expires_at from fence.sessions where id = $1',
    [sid],
  );
  const { sessionExpiresAt } = await viewer(new Caller(server.url, accessToken));
  expect(new Date(sessionExpiresAt ?? '')).toEqual(rows[0]?.expires_at);
});

describe('a token that is not valid', () => {
  async function staleToken(): Promise<string> {
    const { accessToken } = await startSession(server.url, world.members.owner);
    await server.owner.query('update fence.access_credentials set expires_at = now()');
    return accessToken;
  }

  test('is not the same as none: the viewer is refused', async () => {
    expect(await viewerOf(server.url, 'nonsense')).toBe('UNAUTHENTICATED');
    expect(await viewerOf(server.url, await staleToken())).toBe('UNAUTHENTICATED');
  });

  test('does not keep anybody from signing in, signing up or refreshing', async () => {
    const { refreshToken } = await startSession(server.url, world.members.owner);
    for (const token of ['nonsense', await staleToken()]) {
      const signIn = { input: { email: world.members.owner.email, password } };
      const signUp = { input: { accountName: 'New', name: 'Nora', email: 'nora@example.test', password } };
      expect(codeOf(await postDocument(server.url, SignInDocument, signIn, bearer(token)))).toBeUndefined();
      expect(codeOf(await postDocument(server.url, SignUpDocument, signUp, bearer(token)))).toBeUndefined();
    }
    const refresh = await postDocument(
      server.url,
      RefreshSessionDocument,
      { input: { refreshToken } },
      bearer('nonsense'),
    );
    expect(dataOf<RefreshSessionMutation>(refresh).refreshSession.viewer.member?.id).toBe(
      world.members.owner.id,
    );
  });

  test('of somebody else does not show in whom one signs in as', async () => {
    const input = { email: world.other.owner.email, password };
    const answer = await postDocument(
      server.url,
      SignInDocument,
      { input },
      bearer(world.asScopedMember.token),
    );
    expect(dataOf<{ signIn: { viewer: ViewerQuery['viewer'] } }>(answer).signIn.viewer).toMatchObject({
      role: 'OWNER',
      account: { slug: 'beta' },
      member: { name: 'Otto Other' },
    });
  });
});
