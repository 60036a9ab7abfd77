// Second factors of logins: what is asked for between password and session, and what codes are compared with. System work
// through the sign-in login (db/functions/65_second_factor.sql); the database decides what a code that fits is still worth.
import { createHash } from 'node:crypto';
import { conflict } from '../database/sql-errors';
import { apiError, ErrorCode, forbidden } from '../graphql/errors';
import type { FailureLimit } from './failure-limit';
import type { Keyring } from './keyring';
import { SecondFactorChallenges, type Challenge } from './second-factor-challenge';
import {
  newRecoveryCodes,
  newSecondFactorSecret,
  readCode,
  setupOf,
  stepOf,
  type TypedCode,
} from './second-factor-codes';
import { SecondFactorSecrets, type LoginKey } from './second-factor-secrets';

/** What an app needs to make codes. */
export interface Setup {
  secret: string;
  uri: string;
}

/** A code that fits, as the database is told of it: the step of an app's code, or the digest of a recovery code. */
export interface UsedCode {
  /** That the code was compared: sha256 of what only the sign-in login can read. */
  proof: Buffer;
  step: number | null;
  recoveryDigest: Buffer | null;
}

/** What to start a session with, after the arguments that every session is started with, and by which function. */
export interface Completion {
  start: 'signin.start_session_with_code' | 'signin.start_session_with_new_factor';
  login: LoginKey & { password_hash: string };
  values: unknown[];
  /** Null: they were shown before. */
  recoveryCodes: string[] | null;
}

interface FactorRow {
  password_hash: string;
  email: string;
  account_name: string;
  /** Whether the account demands one. */
  required: boolean;
  /** Sealed; null: there is none. */
  secret: Buffer | null;
  confirmed: boolean;
  /** By the clock of the database. */
  asked_at: Date;
}

type Call = <Row>(text: string, values: unknown[]) => Promise<Row[]>;

export class SecondFactors {
  private readonly secrets: SecondFactorSecrets;
  private readonly challenges: SecondFactorChallenges;

  constructor(
    keyring: Keyring,
    private readonly failures: FailureLimit,
    private readonly failuresOfADay: FailureLimit,
    private readonly call: Call,
  ) {
    this.secrets = new SecondFactorSecrets(keyring);
    this.challenges = new SecondFactorChallenges(keyring);
  }

  /** After the right password: SECOND_FACTOR_REQUIRED where a code is needed for a session. */
  async require(login: LoginKey & { password_hash: string }): Promise<void> {
    const factor = await this.find(login);
    if (factor === undefined || !(factor.confirmed || factor.required)) return;
    const secret = factor.confirmed ? null : newSecondFactorSecret();
    const sealed = secret && this.secrets.seal(login, secret);
    throw apiError(ErrorCode.SECOND_FACTOR_REQUIRED, secondFactorMessages[secret ? 'setUp' : 'code'], {
      challenge: this.challenges.issue(login, login.password_hash, sealed),
      ...(secret && { setup: setupOf(secret, factor.account_name, factor.email) }),
    });
  }

  /**
   * What a challenge and a code are good for; `start` starts the session with it. Null: one of the two is wrong, or no longer
   * right. RATE_LIMITED after ten failures within a quarter of an hour, whatever the code, and after thirty of the app's in a day.
   */
  async complete<Session>(
    token: string,
    typed: string,
    start: (completion: Completion) => Promise<Session | undefined>,
  ): Promise<{ session: Session; recoveryCodes: string[] | null } | null> {
    const challenge = this.challenges.verify(token);
    const factor = challenge && (await this.find(challenge));
    // A challenge that is void is no try of its owner's.
    if (!challenge || !factor || !this.challenges.isFor(challenge, factor.password_hash)) return null;
    return this.trying(challenge.login_id, typed, async () => {
      const completion = this.completion(challenge, factor, typed);
      const session = completion && (await start(completion));
      return session ? { session, recoveryCodes: completion.recoveryCodes } : null;
    });
  }

  /** Codes of an app are short, so there are fewer tries for them; recovery codes are as long as passwords should be. */
  private trying<Answer>(
    login: string,
    typed: string,
    attempt: () => Promise<Answer | null>,
  ): Promise<Answer | null> {
    const now = () => this.failures.trying(login, attempt);
    const code = readCode(typed);
    return code !== null && 'recoveryDigest' in code ? now() : this.failuresOfADay.trying(login, now);
  }

  private completion(challenge: Challenge, factor: FactorRow, typed: string): Completion | null {
    const { account_id, login_id, setup } = challenge;
    const code = readCode(typed);
    if (code === null) return null;
    const login = { account_id, login_id, password_hash: factor.password_hash };
    if (factor.confirmed) {
      const used = this.fitting(challenge, factor, code);
      return used && { ...completedBy(used), login };
    }
    const secret = setup === undefined ? null : this.secrets.open(login, Buffer.from(setup, 'base64url'));
    const step = secret && 'digits' in code ? stepOf(secret, code.digits, factor.asked_at) : null;
    if (secret === null || step === null) return null;
    const { codes, digests } = newRecoveryCodes();
    return {
      start: 'signin.start_session_with_new_factor',
      login,
      // Sealed anew: what proves a factor to the database was in nobody's hands.
      values: [this.secrets.seal(login, secret), step, digests],
      recoveryCodes: codes,
    };
  }

  /** A new secret for somebody who is signed in and has just shown the password; CONFLICT where a factor is on already. */
  async offer(accountId: string, principalId: string, passwordHash: string): Promise<Setup> {
    const login = await this.loginOf(accountId, principalId);
    const factor = await this.find(login);
    const secret = newSecondFactorSecret();
    const [answer] = await this.call<{ offered: boolean }>(
      'select signin.offer_second_factor($1, $2, $3, $4) as offered',
      [login.account_id, login.login_id, passwordHash, this.secrets.seal(login, secret)],
    );
    if (factor === undefined || answer?.offered !== true) throw conflict('SECOND_FACTOR_ENABLED');
    return setupOf(secret, factor.account_name, factor.email);
  }

  /**
   * Tries a code of somebody who is signed in, for their factor: the one that is on, or the one that is being set up. `accept`
   * does what the code is for, and says whether the database accepted it. False: it does not fit, or was not accepted.
   * RATE_LIMITED after ten failures within a quarter of an hour. CONFLICT where there is no such factor.
   */
  async tryOwn(
    accountId: string,
    principalId: string,
    { code: typed, wanted }: { code: string; wanted: 'on' | 'being set up' },
    accept: (used: UsedCode) => Promise<boolean>,
  ): Promise<boolean> {
    const login = await this.loginOf(accountId, principalId);
    const accepted = await this.trying(login.login_id, typed, async () => {
      const factor = await this.find(login);
      if (wanted === 'on' && factor?.confirmed !== true) throw conflict('SECOND_FACTOR_NOT_ENABLED');
      if (wanted === 'being set up' && factor?.confirmed === true) throw conflict('SECOND_FACTOR_ENABLED');
      if (factor?.secret == null) throw conflict('SECOND_FACTOR_NOT_STARTED');
      const code = readCode(typed);
      const used = code && this.fitting(login, factor, code);
      return used !== null && (await accept(used)) ? true : null;
    });
    return accepted === true;
  }

  /** A recovery code is compared in the database. */
  private fitting(login: LoginKey, { secret, asked_at }: FactorRow, code: TypedCode): UsedCode | null {
    if (secret === null) return null;
    const proof = createHash('sha256').update(secret).digest();
    if ('recoveryDigest' in code) return { proof, step: null, recoveryDigest: code.recoveryDigest };
    const opened = this.secrets.open(login, secret);
    const step = opened && stepOf(opened, code.digits, asked_at);
    return step === null ? null : { proof, step, recoveryDigest: null };
  }

  private async loginOf(accountId: string, principalId: string): Promise<LoginKey> {
    const [found] = await this.call<{ id: string | null }>('select signin.own_login_id($1, $2) as id', [
      accountId,
      principalId,
    ]);
    // A program has no login.
    if (found?.id == null) throw forbidden('PERSON');
    return { account_id: accountId, login_id: found.id };
  }

  private async find({ account_id, login_id }: LoginKey): Promise<FactorRow | undefined> {
    const [row] = await this.call<FactorRow>('select * from signin.second_factor($1, $2)', [
      account_id,
      login_id,
    ]);
    return row;
  }
}

const secondFactorMessages = {
  code: 'Complete signing in with a code of your app, or a recovery code.',
  setUp:
    'This account demands a second factor: set up an app with the secret, and complete signing in with its code.',
};

function completedBy({ proof, step, recoveryDigest }: UsedCode): Omit<Completion, 'login'> {
  return {
    start: 'signin.start_session_with_code',
    values: [proof, step, recoveryDigest],
    recoveryCodes: null,
  };
}
