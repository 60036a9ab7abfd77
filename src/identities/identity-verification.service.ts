// Verifying email identities: a link is mailed to the address, and whoever reads its mail confirms it.
import type { RequestContext } from '../graphql/context';
import { invalidLink } from '../graphql/errors';
import type { IdentityVerification } from './identity-verification.types';

/** Mails a link to the address, at most one a minute. FORBIDDEN, NOT_FOUND, CONFLICT (verified, a caller id), RATE_LIMITED. */
export async function requestIdentityVerification(context: RequestContext, id: string): Promise<void> {
  await context.transaction.query('select ringfence.request_identity_verification($1, $2)', [
    id,
    context.services.config.IDENTITY_VERIFICATION_SECONDS,
  ]);
}

/** What a link is about, for whoever holds it. NOT_FOUND, whatever the reason. */
export async function identityVerification(
  context: RequestContext,
  token: string,
): Promise<IdentityVerification> {
  const [found] = await context.services.signIn.call<
    Omit<IdentityVerification, 'expiresAt'> & { expiresAt: Date }
  >(
    `select account_name as "accountName", email, expires_at as "expiresAt" from signin.identity_verification($1, $2)`,
    subjectOf(context, token),
  );
  if (found === undefined) throw invalidLink();
  return { ...found, expiresAt: found.expiresAt.toISOString() };
}

/** Verifies the identity of a link, once. NOT_FOUND, whatever the reason. */
export async function verifyIdentity(context: RequestContext, token: string): Promise<void> {
  const [answer] = await context.services.signIn.call<{ done: boolean }>(
    'select signin.verify_identity($1, $2) as done',
    subjectOf(context, token),
  );
  if (!answer?.done) throw invalidLink();
}

function subjectOf({ services }: RequestContext, token: string): [id: string, generation: number] {
  const subject = services.links.read('identity-verification', token);
  if (subject === null) throw invalidLink();
  return [subject.id, subject.generation];
}
