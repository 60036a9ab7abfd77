// Which passwords are accepted: long enough for the account, not among the most common, of any script (NIST SP 800-63B,
// https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver).
import { validationFailed } from '../graphql/errors';

export const maximumPasswordLength = 128;

/** Of those that are used most. */
const refusedPasswords = 10_000;
let commonPasswords: Promise<ReadonlySet<string>> | undefined;

/** In characters as people count them, not in halves of them: setting a password and signing in must agree. */
export function lengthOf(password: string): number {
  return [...password].length;
}

/** VALIDATION_FAILED on `field` where a new password is not accepted. `minimum`: of the account. */
export async function requirePassword(field: string, password: string, minimum: number): Promise<void> {
  const length = lengthOf(password);
  if (length < minimum || length > maximumPasswordLength)
    throw validationFailed(field, `Must have ${minimum} to ${maximumPasswordLength} characters.`);
  if (password.includes('\0')) throw validationFailed(field, 'Must not contain NUL.');
  commonPasswords ??= readCommonPasswords();
  if ((await commonPasswords).has(password.toLowerCase()))
    throw validationFailed(field, 'This is one of the most common passwords. Choose another one.');
}

/** When somebody chooses a password: most processes never read the list. */
async function readCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common'].slice(0, refusedPasswords));
}
