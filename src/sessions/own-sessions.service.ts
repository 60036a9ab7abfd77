import { createHash } from 'node:crypto';
import { ownAccount } from '../accounts/account.service';
import type { RequestContext } from '../graphql/context';
import { validationFailed } from '../graphql/errors';
import type { ChangeMyPasswordInput, Session } from './own-sessions.types';
import { requirePassword } from './password-policy';

/** Where the principal is signed in, the session used last first. */
export function ownSessions(context: RequestContext): Promise<Session[]> {
  return context.transaction.query<Session>(
    `select id, created_at as "createdAt", last_used_at as "lastUsedAt", expires_at as "expiresAt",
            user_agent as "userAgent", address, current from ringfence.own_sessions()`,
  );
}

/** Ends one of one's own sessions, null: all but the one that asks. Answers how many were open. NOT_FOUND. */
export async function revokeOwnSessions(context: RequestContext, id: string | null): Promise<number> {
  const [answer] = await context.transaction.query<{ ended: number }>(
    'select ringfence.end_own_sessions($1) as ended',
    [id],
  );
  return answer?.ended ?? 0;
}

/**
 * Sets one's own password and ends one's other sessions. VALIDATION_FAILED (either password). RATE_LIMITED after ten
 * failures within a quarter of an hour.
 */
export async function changeMyPassword(context: RequestContext, input: ChangeMyPasswordInput): Promise<void> {
  const { signIn } = context.services;
  // First, and through the session: whose it is must be certain before a password is tried.
  const { passwordMinimum } = await ownAccount(context);
  await requirePassword('input.newPassword', input.newPassword, passwordMinimum);
  const { accountId, principalId } = context.signedIn;
  const before = await signIn.ownPasswordHash(accountId, principalId, input.currentPassword);
  const after = before === null ? null : await signIn.passwords.hash(input.newPassword);
  if (before === null || after === null || !(await replaced(context, before, after)))
    throw validationFailed('input.currentPassword', 'This is not your password.');
}

async function replaced(context: RequestContext, before: string, after: string): Promise<boolean> {
  const proof = createHash('sha256').update(before).digest();
  const [answer] = await context.transaction.query<{ changed: boolean }>(
    'select ringfence.change_own_password($1, $2) as changed',
    [proof, after],
  );
  return answer?.changed ?? false;
}
