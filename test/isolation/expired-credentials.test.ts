// Whether a credential has expired is told to whoever holds it, and nothing else of why one opens nothing: neither to who holds
// another one, nor where it was taken away.
import { createArena, type Arena, type PrincipalName } from './arena';

let arena: Arena;

beforeAll(async () => {
  arena = await createArena();
});
afterAll(() => arena.close());

interface Changes {
  expire: string;
  end: string;
  deactivate: string;
}

const deactivate = `update ringfence.member_access set status = 'DISABLED' where member_id =`;
const ofSession: Changes = {
  expire: 'update fence.access_credentials set expires_at = now() where session_id = $1',
  end: "update fence.sessions set ended_at = now(), end_reason = 'SIGNED_OUT' where id = $1",
  deactivate: `${deactivate} (select member_id from fence.sessions where id = $1)`,
};
const ofToken: Changes = {
  expire:
    "update ringfence.access_tokens set created_at = now() - interval '1 day', expires_at = now() where id = $1",
  end: 'update ringfence.access_tokens set revoked_at = now() where id = $1',
  deactivate: `${deactivate} (select member_id from ringfence.access_tokens where id = $1)`,
};
const ofRotatedSecret: Changes = {
  ...ofToken,
  expire: 'update fence.access_token_secrets set expires_at = now() where access_token_id = $1',
};

test.each<[name: PrincipalName, what: string, changes: Changes]>([
  ['a scoped member, viewing', 'access token', ofSession],
  ['a token of a member with some agents', 'token', ofToken],
  ['a token for all clients of a scoped member', 'secret that was rotated', ofRotatedSecret],
])('of %s: %s', async (name, _what, { expire, end, deactivate }) => {
  const { sessionId, secretDigest } = arena.principals[name].credential;
  const others = arena.principals['the owner of another account'].credential;
  const hasExpired = async (digest = secretDigest) => {
    const values = [sessionId, digest];
    const rows = await arena.login.outside('select ringfence.has_expired($1, $2) as expired', values);
    return Array.isArray(rows) ? rows[0]?.expired : rows;
  };
  const change = (statement: string) => arena.owner.query(statement, [sessionId]);
  expect(await hasExpired()).toBe(false);
  await change(expire);
  expect(await hasExpired()).toBe(true);
  expect(await hasExpired(Buffer.alloc(32))).toBe(false);
  expect(await hasExpired(others.secretDigest)).toBe(false);
  await change(deactivate);
  expect(await hasExpired()).toBe(false);
  await arena.owner.query("update ringfence.member_access set status = 'ACTIVE' where status = 'DISABLED'");
  expect(await hasExpired()).toBe(true);
  await change(end);
  expect(await hasExpired()).toBe(false);
});

test('no serving role may ask', async () => {
  const session = arena.principals['the owner'];
  await arena.login.as(session, async () =>
    expect(
      await arena.login.dry('select ringfence.has_expired($1, $2)', [
        session.credential.sessionId,
        session.credential.secretDigest,
      ]),
    ).toBe('42501'),
  );
});
