import { setTimeout as delay } from 'node:timers/promises';
import type { RequestContext } from '../graphql/context';
import { invalidLink } from '../graphql/errors';
import { requirePassword } from './password-policy';
import type { RequestPasswordResetInput, ResetPasswordInput } from './password-reset.types';

/** Logins that share an email, in several accounts, and get a mail each. */
const maximumLogins = 10;

/** Every request takes this long, so that its time does not tell whether a mail was written. */
const answerMilliseconds = 250;

/** Mails a link to whoever signs in with an email, at most one a minute. Takes the same time for every email. RATE_LIMITED. */
export async function requestPasswordReset(
  context: RequestContext,
  { account = null, email }: RequestPasswordResetInput,
): Promise<void> {
  const { config, signIn } = context.services;
  const enough = delay(answerMilliseconds);
  await signIn.countPasswordReset(context.http.address);
  await signIn.call('select signin.request_password_reset($1, $2, $3, $4)', [
    account?.toLowerCase() ?? null,
    email,
    maximumLogins,
    config.PASSWORD_RESET_SECONDS,
  ]);
  await enough;
}

/** Sets the password of a link, once, and ends all sessions. NOT_FOUND, whatever the reason; VALIDATION_FAILED (password). */
export async function resetPassword(
  context: RequestContext,
  { token, password }: ResetPasswordInput,
): Promise<void> {
  const { links, signIn } = context.services;
  const subject = links.read('password-reset', token);
  if (subject === null) throw invalidLink();
  const link = [subject.id, subject.generation];
  const [login] = await signIn.call<{ email: string; minimum: number }>(
    'select email, password_minimum as minimum from signin.password_reset($1, $2)',
    link,
  );
  if (login === undefined) throw invalidLink();
  await requirePassword('input.password', password, login.minimum);
  const passwordHash = await signIn.passwords.hash(password);
  const [answer] = await signIn.call<{ done: boolean }>('select signin.reset_password($1, $2, $3) as done', [
    ...link,
    passwordHash,
  ]);
  if (!answer?.done) throw invalidLink();
  await signIn.forgetFailures(login.email);
}
