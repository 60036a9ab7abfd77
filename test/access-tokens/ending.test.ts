// How a partner token ends, or gets another secret, and what is no token at all.
import { newTokenSecret, parseToken, tokenText } from '../../src/access-tokens/token-text';
import { LoginConnection } from '../isolation/login-connection';
import { openTokens } from '../isolation/sessions';
import {
  AccessTokenDocument,
  ChangeMyPasswordDocument,
  RefreshSessionDocument,
  RevokeAccessTokenDocument,
  RotateAccessTokenDocument,
  SessionsDocument,
  SignOutDocument,
  UpdateMyProfileDocument,
  ViewerDocument,
} from '../support/documents.generated';
import { clientsSeenBy, mint, tokenInput, type Minted } from '../support/access-tokens';
import { Caller } from '../support/client';
import { onDatabase } from '../support/database';
import { startTestServer, type TestServer } from '../support/server';
import { startSession } from '../support/sessions';
import { auditedBy, changingNothing, oneRow } from '../support/stored';
import { password } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const newToken = (by = world.asAdmin) => mint(by, tokenInput(['VIEW_CLIENTS'], [world.clients.one]));
const opens = async (text: string) => clientsSeenBy(new Caller(server.url, text));
const rotated = async (by: Caller, input: { id: string; overlapSeconds?: number }) => {
  const { token } = (await by.get(RotateAccessTokenDocument, { input })).rotateAccessToken;
  if (token === null) throw new Error('the token was not shown');
  return token;
};
/** As if the time that a rotated secret had were over. */
const endOverlap = ({ id }: Minted) =>
  server.owner.query(
    "update fence.access_token_secrets set expires_at = now() - interval '1 second' where access_token_id = $1 and expires_at is not null",
    [id],
  );

describe('rotating', () => {
  test('with an overlap lets both secrets work, and then the new one alone', async () => {
    const token = await newToken();
    const next = await rotated(world.asAdmin, { id: token.id, overlapSeconds: 3600 });
    expect(next).not.toBe(token.text);
    expect([await opens(token.text), await opens(next)]).toEqual([['One'], ['One']]);
    await endOverlap(token);
    expect([await opens(token.text), await opens(next)]).toEqual(['UNAUTHENTICATED', ['One']]);
  });

  test('without one ends the secret before at once, and leaves expiry and rights as they are', async () => {
    const token = await newToken();
    const next = await rotated(world.asAdmin, { id: token.id });
    expect([await opens(token.text), await opens(next)]).toEqual(['UNAUTHENTICATED', ['One']]);
    const { accessToken } = await world.asAdmin.get(AccessTokenDocument, { id: token.id });
    expect(accessToken).toEqual(token.accessToken);
  });

  test('again does not lengthen the time of a secret that was rotated before', async () => {
    const token = await newToken();
    await rotated(world.asAdmin, { id: token.id, overlapSeconds: 60 });
    await rotated(world.asAdmin, { id: token.id, overlapSeconds: 600_000 });
    const { first } = await oneRow<{ first: boolean }>(
      server.owner,
      "select min(expires_at) < now() + interval '2 minutes' as first from fence.access_token_secrets where access_token_id = $1",
      [token.id],
    );
    expect(first).toBe(true);
  });

  test('is for whose token it is: not even administrators learn the secret of somebody else’s, or of the account’s', async () => {
    const ofOwner = await newToken(world.asOwner);
    const ofAccount = await mint(
      world.asOwner,
      tokenInput(['VIEW_CLIENTS'], undefined, { belongsToAccount: true }),
    );
    for (const { id } of [ofOwner, ofAccount])
      expect(
        await changingNothing(server.owner, () =>
          world.asAdmin.refusal(RotateAccessTokenDocument, { input: { id } }),
        ),
      ).toEqual({ code: 'FORBIDDEN' });
    expect(await opens(await rotated(world.asOwner, { id: ofAccount.id }))).toHaveLength(5);
  });

  test.each([-1, 604_801])('is refused with an overlap of %s seconds', async (overlapSeconds) => {
    const { id } = await newToken();
    expect(await world.asAdmin.refusal(RotateAccessTokenDocument, { input: { id, overlapSeconds } })).toEqual(
      { code: 'VALIDATION_FAILED', field: 'input.overlapSeconds' },
    );
  });

  test('shows the new text once, and says in the log that it was done', async () => {
    const { id } = await newToken();
    const by = world.asAdmin.under('rotate-once');
    const entries = await auditedBy(server.owner, () => rotated(by, { id }));
    expect(entries).toMatchObject([{ action: 'ACCESS_TOKEN_ROTATED', subjectId: id }]);
    const again = await by.get(RotateAccessTokenDocument, { input: { id } });
    expect(again.rotateAccessToken.token).toBeNull();
  });
});

describe('revoking', () => {
  test('ends every secret at once, also in the middle of an overlap, and what was opened before changes nothing more', async () => {
    const token = await mint(
      world.asAdmin,
      tokenInput(['VIEW_CLIENTS', 'CREATE_CLIENTS'], [world.clients.one]),
    );
    const next = await rotated(world.asAdmin, { id: token.id, overlapSeconds: 3600 });
    const presented = parseToken(next);
    if (presented === null) throw new Error('this is no token');
    const [session = null] = await openTokens(server.database, [{ ...presented, text: next }]);
    const login = await LoginConnection.open(server.database.loginUrl);
    const addPortalUser = `select ringfence.create_portal_user('${world.clients.one}', 'Late', 'late@program.test',
      '$argon2id$v=19$m=19456,t=2,p=1$${'a'.repeat(22)}$${'a'.repeat(43)}', false, false, null)`;
    try {
      await login.as(session, async () => {
        expect(await login.dry(addPortalUser)).toHaveLength(1);
        const { revokeAccessToken } = await world.asAdmin.get(RevokeAccessTokenDocument, {
          input: { id: token.id },
        });
        expect(revokeAccessToken.accessToken).toMatchObject({ state: 'REVOKED', effectivePermissions: [] });
        expect(await login.dry(addPortalUser)).toBe('RF001');
      });
    } finally {
      await login.close();
    }
    expect([await opens(token.text), await opens(next)]).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED']);
  });

  test('is for everybody who sees the token, has no effect twice, and there is no way back', async () => {
    const { id } = await newToken(world.asOwner);
    const revoke = () => world.asAdmin.get(RevokeAccessTokenDocument, { input: { id } });
    expect(await auditedBy(server.owner, revoke)).toMatchObject([{ action: 'ACCESS_TOKEN_REVOKED' }]);
    await changingNothing(server.owner, revoke);
    expect(await world.asOwner.refusal(RotateAccessTokenDocument, { input: { id } })).toEqual({
      code: 'CONFLICT',
      reason: 'ACCESS_TOKEN_REVOKED',
    });
  });

  test('is not for those who do not see it', async () => {
    const { id } = await newToken(world.asOwner);
    const manager = await world.arrange.member(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'MANAGE_ACCESS_TOKENS'],
      clientAccess: 'ALL',
    });
    for (const by of [await signInAs(server, manager), world.other.asOwner])
      expect(
        await changingNothing(server.owner, () => by.refusal(RevokeAccessTokenDocument, { input: { id } })),
      ).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
  });
});

test('an expired token opens nothing, and is not rotated into life', async () => {
  const token = await newToken();
  await server.owner.query(
    "update ringfence.access_tokens set created_at = now() - interval '2 days', expires_at = now() - interval '1 day' where id = $1",
    [token.id],
  );
  expect(await opens(token.text)).toBe('UNAUTHENTICATED');
  expect(await world.asAdmin.refusal(RotateAccessTokenDocument, { input: { id: token.id } })).toEqual({
    code: 'CONFLICT',
    reason: 'ACCESS_TOKEN_EXPIRED',
  });
  const { accessToken } = await world.asAdmin.get(AccessTokenDocument, { id: token.id });
  expect(accessToken).toMatchObject({ state: 'EXPIRED', effectivePermissions: [] });
});

test('a token of a suspended account opens nothing', async () => {
  const { caller } = await mint(world.other.asOwner, tokenInput(['VIEW_CLIENTS']));
  const setStatus = (status: string) =>
    server.owner.query('update ringfence.accounts set status = $2 where id = $1', [
      world.other.accountId,
      status,
    ]);
  await setStatus('SUSPENDED');
  expect(await clientsSeenBy(caller)).toBe('UNAUTHENTICATED');
  await setStatus('ACTIVE');
  expect(await clientsSeenBy(caller)).toEqual(['Beta Client']);
});

describe('what is no token', () => {
  test('is refused: a character changed, another secret or id, something of something else', async () => {
    const { id, text } = await newToken();
    const other = await newToken();
    const changed = [10, 40, 70].map(
      (at) => text.slice(0, at) + (text.charAt(at) === 'a' ? 'b' : 'a') + text.slice(at + 1),
    );
    const { secret } = newTokenSecret();
    const session = await startSession(server.url, world.members.admin);
    for (const wrong of [
      ...changed,
      text.slice(0, -1),
      `${text}0`,
      text.toLowerCase(),
      tokenText(id, secret),
      text.slice(0, 25) + other.text.slice(25),
      tokenText(id, Buffer.alloc(32)),
      session.refreshToken,
      `rf_${session.accessToken}`,
    ])
      expect([wrong, await opens(wrong)]).toEqual([wrong, 'UNAUTHENTICATED']);
  });

  test('in the place of a refresh token opens nothing, and a program has no session, password or profile', async () => {
    const { caller, text } = await newToken();
    expect(
      (await world.asAnonymous.refusal(RefreshSessionDocument, { input: { refreshToken: text } })).code,
    ).toBe('UNAUTHENTICATED');
    expect(await caller.refusal(SessionsDocument)).toEqual({ code: 'FORBIDDEN' });
    const input = { currentPassword: password, newPassword: 'umbrella teapot lantern' };
    expect(await caller.refusal(ChangeMyPasswordDocument, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await caller.refusal(UpdateMyProfileDocument, { input: { changes: { name: 'Robot' } } })).toEqual({
      code: 'FORBIDDEN',
    });
    expect((await caller.get(SignOutDocument)).signOut.signedOut).toBe(false);
    expect((await caller.get(ViewerDocument)).viewer.kind).toBe('PARTNER_TOKEN');
  });
});

test('a token is recognized whatever the connection was left with', async () => {
  const { text } = await newToken();
  for (const statement of [
    'set role ringfence_member',
    'set row_security = off',
    "set statement_timeout = '1ms'",
  ]) {
    const client = await server.services.database.pool.connect();
    await client.query(statement);
    client.release();
    expect(await opens(text)).toEqual(['One']);
  }
});

test('when a token was last used is kept to the minute, and not written by reading', async () => {
  const token = await newToken();
  await changingNothing(server.owner, () => token.caller.get(ViewerDocument));
  await server.services.partnerTokens.note();
  const { accessToken } = await world.asAdmin.get(AccessTokenDocument, { id: token.id });
  const lastUsedAt = Date.parse(accessToken?.lastUsedAt ?? '');
  expect(lastUsedAt % 60_000).toBe(0);
  expect(Math.abs(Date.now() - lastUsedAt)).toBeLessThan(90_000);
});

test('what is not noted now, because the database does not answer, is noted the next time', async () => {
  const token = await newToken();
  await token.caller.get(ViewerDocument);
  const asOperator = (statement: string) =>
    onDatabase(server.database.adminUrl, (client) => client.query(statement));
  await asOperator('revoke execute on function signin.note_token_use from ringfence_signin');
  await server.services.partnerTokens.note();
  await asOperator('grant execute on function signin.note_token_use to ringfence_signin');
  await server.services.partnerTokens.note();
  const { accessToken } = await world.asAdmin.get(AccessTokenDocument, { id: token.id });
  expect(accessToken?.lastUsedAt).not.toBeNull();
});
