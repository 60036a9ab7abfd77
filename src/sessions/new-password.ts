import { ownAccount } from '../accounts/account.service';
import type { RequestContext } from '../graphql/context';
import { requirePassword } from './password-policy';

/** The hash of a password that the account accepts. VALIDATION_FAILED on `field`. */
export async function hashNewPassword(
  context: RequestContext,
  field: string,
  password: string,
): Promise<string> {
  const { passwordMinimum } = await ownAccount(context);
  await requirePassword(field, password, passwordMinimum);
  return context.services.signIn.passwords.hash(password);
}
