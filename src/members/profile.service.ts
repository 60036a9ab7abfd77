import { createHash } from 'node:crypto';
import { ownAccount } from '../accounts/account.service';
import type { RequestContext } from '../graphql/context';
import { validationFailed } from '../graphql/errors';
import { requirePassword } from '../sessions/password-policy';
import type { ChangeMyPasswordInput, UpdateMyProfileInput } from './profile.types';

export async function updateMyProfile(context: RequestContext, input: UpdateMyProfileInput): Promise<void> {
  await context.transaction.query('select ringfence.update_own_profile($1::jsonb)', [
    JSON.stringify(input.changes),
  ]);
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
  const { accountId, memberId } = context.signedIn;
  const before = await signIn.ownPasswordHash(accountId, memberId, input.currentPassword);
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
