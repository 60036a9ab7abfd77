// Between the right password and the code: a token for one login, worth nothing without the code. It has a key and an audience of
// its own, so that it is no access token and an access token is no challenge.
import { createHash, timingSafeEqual, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Keyring } from './keyring';
import type { LoginKey } from './second-factor-secrets';

const issuer = 'ringfence';
const audience = 'ringfence:second-factor';
const algorithm = 'HS256';
const lifetimeSeconds = 5 * 60;

export interface Challenge extends LoginKey {
  /** Of the password hash that matched: a challenge is void when the password has been changed. */
  password: string;
  /** The sealed secret of a factor that is set up by the first code; left out: there is a factor already. */
  setup?: string;
}

export class SecondFactorChallenges {
  private readonly keys: Map<string, KeyObject>;
  private readonly activeId: string;

  constructor(keyring: Keyring) {
    this.keys = keyring.derive('second-factor-challenge');
    this.activeId = keyring.activeId;
  }

  issue({ account_id, login_id }: LoginKey, passwordHash: string, setup: Buffer | null): string {
    const key = this.keys.get(this.activeId);
    if (key === undefined) throw new Error('the active key is missing');
    const claims: Challenge = {
      account_id,
      login_id,
      password: digestOf(passwordHash).toString('base64url'),
    };
    if (setup !== null) claims.setup = setup.toString('base64url');
    return jwt.sign(claims, key, {
      algorithm,
      issuer,
      audience,
      keyid: this.activeId,
      expiresIn: lifetimeSeconds,
    });
  }

  /** Null: it is none of ours, or too old. */
  verify(token: string): Challenge | null {
    try {
      const header = jwt.decode(token, { complete: true })?.header;
      const key = this.keys.get(header?.kid ?? '');
      if (key === undefined) return null;
      return jwt.verify(token, key, { algorithms: [algorithm], issuer, audience }) as unknown as Challenge;
    } catch {
      return null;
    }
  }

  /** Whether the password is still the one that a challenge was made for. */
  isFor({ password }: Challenge, passwordHash: string): boolean {
    const made = Buffer.from(password, 'base64url');
    const present = digestOf(passwordHash);
    return made.length === present.length && timingSafeEqual(made, present);
  }
}

/** Unlike the digest that proves a password to the database: a challenge is in the hands of whoever signs in. */
function digestOf(passwordHash: string): Buffer {
  return createHash('sha256').update(`challenge ${passwordHash}`).digest();
}
