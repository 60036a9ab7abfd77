// When SECRET_KEYS are rotated: secrets of second factors are the one thing in the database that the keys encrypt.
import { asOwner } from '../database/owner';
import { Keyring } from './keyring';
import { SecondFactorSecrets, type LoginKey } from './second-factor-secrets';

export interface ResealReport {
  resealed: number;
  /** Sealed with a key that is no longer there: their owners are left with recovery codes. */
  lost: number;
}

/** Encrypts every secret anew, with the first key, so that the others can go. A factor that changes meanwhile is new already. */
export async function resealSecondFactors(adminUrl: string, secretKeys: string[]): Promise<ResealReport> {
  const secrets = new SecondFactorSecrets(new Keyring(secretKeys));
  const report: ResealReport = { resealed: 0, lost: 0 };
  await asOwner(adminUrl, async (client) => {
    const { rows } = await client.query<LoginKey & { secret: Buffer }>(
      'select account_id, login_id, secret from fence.second_factors',
    );
    for (const { secret: sealed, ...login } of rows) {
      const secret = secrets.open(login, sealed);
      if (secret === null) {
        report.lost += 1;
        continue;
      }
      const { rowCount } = await client.query(
        'update fence.second_factors set secret = $4 where account_id = $1 and login_id = $2 and secret = $3',
        [login.account_id, login.login_id, sealed, secrets.seal(login, secret)],
      );
      report.resealed += rowCount ?? 0;
    }
  });
  return report;
}
