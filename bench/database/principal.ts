// Whom the works act as: a session and an access token for a scoped member of account 1, made as signing in makes them, but
// valid as long as a benchmark takes.
import { AccessTokens, newSecret } from '../../src/sessions/access-token';
import { Keyring } from '../../src/sessions/keyring';
import { SealedKind } from '../../src/database/transaction';
import { asBenchOwner, type DatabaseUrls } from './cluster';

export interface BenchPrincipal {
  accountId: string;
  memberId: string;
  accessToken: string;
}

const validHours = 12;

export async function signIn(
  { adminUrl }: DatabaseUrls,
  secretKeys: string[],
  setSize: number | string,
): Promise<BenchPrincipal> {
  const { secret, digest } = newSecret();
  return asBenchOwner(adminUrl, async (owner) => {
    const { rows } = await owner.query<{
      accountId: string;
      memberId: string;
      sessionId: string;
      expiresAt: Date;
      permissions: string[];
    }>(
      `with member as (
         select m.account_id, m.id from ringfence.members m join ringfence.accounts a on a.id = m.account_id
         where a.slug = 'bench-1' and m.name = $1
       ), session as (
         insert into fence.sessions (account_id, member_id, expires_at)
         select account_id, id, now() + make_interval(hours => $2) from member returning account_id, id, member_id, expires_at
       ), credential as (
         insert into fence.access_credentials (account_id, session_id, digest, expires_at)
         select account_id, id, sha256($3), expires_at from session
       )
       select account_id as "accountId", member_id as "memberId", id as "sessionId", expires_at as "expiresAt", array(
         select permission from ringfence.member_permissions p
         where p.account_id = session.account_id and p.member_id = session.member_id) as permissions
       from session`,
      [`Set of ${setSize}`, validHours, digest],
    );
    const [row] = rows;
    if (row === undefined) throw new Error(`account 1 has no member with a set of ${setSize}`);
    const { accountId, memberId, sessionId, permissions, expiresAt } = row;
    const accessToken = new AccessTokens(new Keyring(secretKeys)).sign(
      {
        sid: sessionId,
        secret,
        kind: SealedKind.MEMBER,
        account: accountId,
        principal: memberId,
        permissions,
      },
      expiresAt,
    );
    return { accountId, memberId, accessToken };
  });
}
