import { createHash } from 'node:crypto';
import { defineLoader } from '../database/loaders';
import { ShownOnce } from '../graphql/change';
import type { RequestContext } from '../graphql/context';
import { validationFailed } from '../graphql/errors';
import { newRecoveryCodes } from './second-factor-codes';
import type { RemoveSecondFactorInput, SecondFactor } from './second-factor.types';
import type { UsedCode } from './second-factors';

/** One's own. */
export async function ownSecondFactor(context: RequestContext): Promise<SecondFactor> {
  const [row] = await context.transaction.query<Omit<SecondFactor, 'enabled'>>(
    'select enabled_at as "enabledAt", recovery_codes_left as "recoveryCodesLeft" from ringfence.own_second_factor()',
  );
  return row === undefined
    ? { enabled: false, enabledAt: null, recoveryCodesLeft: 0 }
    : { enabled: true, ...row };
}

/** Null where the viewer may not know. */
export const secondFactorEnabledByMemberId = defineLoader<boolean | null>(null, async (transaction, ids) => {
  const rows = await transaction.query<{ memberId: string; enabled: boolean }>(
    'select member_id as "memberId", enabled from ringfence.member_second_factors($1)',
    [ids],
  );
  return new Map(rows.map((row) => [row.memberId, row.enabled]));
});

/** A secret for an app. The password is asked for: whoever finds a session open must not lock its owner out. */
export async function startSecondFactor(
  context: RequestContext,
  password: string,
): Promise<{ secret: ShownOnce; uri: ShownOnce }> {
  const { signIn } = context.services;
  const { accountId, principalId } = await context.identity();
  const hash = await ownPasswordHash(context, password);
  const setup = await signIn.secondFactors.offer(accountId, principalId, hash);
  return { secret: new ShownOnce(setup.secret), uri: new ShownOnce(setup.uri) };
}

/** Turns the factor on, ends one's other sessions, and answers the recovery codes. */
export async function confirmSecondFactor(
  context: RequestContext,
  code: string,
): Promise<{ recoveryCodes: ShownOnce<string[]> }> {
  const { codes, digests } = newRecoveryCodes();
  await useOwnCode(
    context,
    { code, wanted: 'being set up' },
    'ringfence.confirm_second_factor($1, $2, $3::bytea[])',
    ({ proof, step }) => [proof, step, digests],
  );
  return { recoveryCodes: new ShownOnce(codes) };
}

/** Answers new recovery codes; those before are worth nothing. */
export async function replaceRecoveryCodes(
  context: RequestContext,
  code: string,
): Promise<{ recoveryCodes: ShownOnce<string[]> }> {
  const { codes, digests } = newRecoveryCodes();
  await useOwnCode(
    context,
    { code, wanted: 'on' },
    'ringfence.replace_recovery_codes($1, $2, $3, $4::bytea[])',
    ({ proof, step, recoveryDigest }) => [proof, step, recoveryDigest, digests],
  );
  return { recoveryCodes: new ShownOnce(codes) };
}

/** Turns the factor off. */
export async function removeSecondFactor(
  context: RequestContext,
  { password, code }: RemoveSecondFactorInput,
): Promise<void> {
  await context.identity();
  const passwordHash = await ownPasswordHash(context, password);
  const passwordProof = createHash('sha256').update(passwordHash).digest();
  await useOwnCode(
    context,
    { code, wanted: 'on' },
    'ringfence.remove_second_factor($1, $2, $3, $4)',
    ({ proof, step, recoveryDigest }) => [passwordProof, proof, step, recoveryDigest],
  );
}

/** Removes the factor of a member who has lost it, and ends their sessions. */
export async function resetMemberSecondFactor(context: RequestContext, memberId: string): Promise<void> {
  await context.transaction.query('select ringfence.reset_member_second_factor($1)', [memberId]);
}

/** The same of a portal user. */
export async function resetPortalUserSecondFactor(context: RequestContext, id: string): Promise<void> {
  await context.transaction.query('select ringfence.reset_portal_user_second_factor($1)', [id]);
}

async function ownPasswordHash(context: RequestContext, password: string): Promise<string> {
  const { accountId, principalId } = context.signedIn;
  const hash = await context.services.signIn.ownPasswordHash(accountId, principalId, password);
  if (hash === null) throw validationFailed('input.password', 'This is not your password.');
  return hash;
}

/** Does in the database what a code is for, in the transaction of the change. VALIDATION_FAILED, RATE_LIMITED, CONFLICT. */
async function useOwnCode(
  context: RequestContext,
  tried: { code: string; wanted: 'on' | 'being set up' },
  call: string,
  values: (used: UsedCode) => unknown[],
): Promise<void> {
  const { transaction, services } = context;
  // First, and through the session: whose it is must be certain before a code is tried.
  const { accountId, principalId } = await context.identity();
  const accepted = await services.signIn.secondFactors.tryOwn(accountId, principalId, tried, async (used) => {
    const [answer] = await transaction.query<{ accepted: boolean }>(
      `select ${call} as accepted`,
      values(used),
    );
    return answer?.accepted === true;
  });
  if (!accepted) throw validationFailed('input.code', 'This code does not fit, or it was used before.');
}
