// Before anybody is known: signing in and up, refreshing, signing out. System work through the login and pool of its
// own, whose functions (db/functions/60_signin.sql) are all it can do.
import { createHash } from 'node:crypto';
import { Pool } from 'pg';
import type { Logger } from 'pino';
import { RateLimiterPostgres } from 'rate-limiter-flexible';
import type { Config } from '../config';
import { expectedError, isRetryable } from '../database/sql-errors';
import type { SealedKind } from '../database/transaction';
import { apiError, ErrorCode } from '../graphql/errors';
import { AccessTokens, newSecret, secretDigest } from './access-token';
import { codes, codesOfADay, consume, FailureLimit } from './failure-limit';
import type { Keyring } from './keyring';
import { Passwords } from './passwords';
import { SecondFactors } from './second-factors';

const signUpWindowSeconds = 60 * 60;
const resetWindowSeconds = 60 * 60;

const maximumRetries = 3;

/** Without an account's slug up to this many logins that share an email are tried; always as many hash runs. */
const candidates = 3;

export interface IssuedSession {
  accessToken: string;
  accessTokenExpiresAt: Date;
  refreshToken: string;
  sessionExpiresAt: Date;
}

export interface Client {
  address: string;
  userAgent: string | null;
}

export interface NewAccount {
  slug: string;
  accountName: string;
  timeZone: string;
  locale: string;
  currency: string;
  name: string;
  email: string;
  password: string;
}

export interface Login {
  account_id: string;
  login_id: string;
  password_hash: string;
}

interface IssuedRow {
  session_id: string;
  kind: SealedKind;
  account_id: string;
  principal_id: string;
  permissions: string[];
  access_expires_at: Date;
  session_expires_at: Date;
}

/** Keys of the rate limiter are hashed: its table must not tell who tried to sign in. */
function failureKey(subject: string): string {
  return createHash('sha256').update(subject).digest('base64url');
}

export class SignIn {
  readonly accessTokens: AccessTokens;
  readonly passwords: Passwords;
  readonly secondFactors: SecondFactors;
  private readonly failures: FailureLimit;
  private readonly ownFailures: FailureLimit;
  private readonly signUps: RateLimiterPostgres;
  private readonly resets: RateLimiterPostgres;
  private readonly pool: Pool;

  constructor(
    url: string,
    private readonly config: Config,
    keyring: Keyring,
    logger: Logger,
  ) {
    this.pool = new Pool({
      connectionString: url,
      max: config.SIGNIN_POOL_SIZE,
      connectionTimeoutMillis: config.POOL_WAIT_MILLISECONDS,
      application_name: 'ringfence sign-in',
      allowExitOnIdle: true,
    });
    this.pool.on('error', (error) => logger.warn({ err: error }, 'an idle sign-in connection broke'));
    this.accessTokens = new AccessTokens(keyring);
    this.passwords = new Passwords(config.HASH_CONCURRENCY, config.HASH_QUEUE);
    const store = {
      storeClient: this.pool,
      schemaName: 'fence',
      tableName: 'rate_limits',
      tableCreated: true,
    };
    this.failures = new FailureLimit(store, 'sign-in');
    this.ownFailures = new FailureLimit(store, 'own-password');
    this.secondFactors = new SecondFactors(
      keyring,
      new FailureLimit(store, 'second-factor', codes),
      new FailureLimit(store, 'second-factor-day', codesOfADay),
      (text, values) => this.call(text, values),
    );
    this.signUps = new RateLimiterPostgres({
      ...store,
      keyPrefix: 'sign-up',
      points: config.SIGN_UPS_PER_HOUR,
      duration: signUpWindowSeconds,
    });
    this.resets = new RateLimiterPostgres({
      ...store,
      keyPrefix: 'password-reset',
      points: config.PASSWORD_RESETS_PER_HOUR,
      duration: resetWindowSeconds,
    });
  }

  /**
   * Signs somebody in. Unknown, wrong, disabled, and an email that several accounts share without the slug answer
   * alike: UNAUTHENTICATED after the same work. RATE_LIMITED after ten failures within a quarter of an hour.
   * SECOND_FACTOR_REQUIRED where the password was right and a code is needed besides.
   */
  async signIn(
    credentials: { account: string | null; email: string; password: string },
    client: Client,
  ): Promise<IssuedSession> {
    const { account, email, password } = credentials;
    // Counted by what was typed, so that the count is the same whether or not there is such a login; without the
    // account, so that naming it and leaving it out do not give a login twice the tries.
    const key = failureKey(email.toLowerCase());
    const session = await this.failures.trying(key, () => this.tryPassword(account, email, password, client));
    if (session === null) throw apiError(ErrorCode.UNAUTHENTICATED, 'Email or password is wrong.');
    return session;
  }

  private async tryPassword(
    account: string | null,
    email: string,
    password: string,
    client: Client,
  ): Promise<IssuedSession | null> {
    const found = await this.call<Login>('select * from signin.find_logins($1, $2, $3)', [
      account,
      email,
      candidates + 1,
    ]);
    const logins = found.length > candidates ? [] : found;
    const matches = await this.passwords.matching(
      password,
      logins.map((login) => login.password_hash),
      candidates,
    );
    const right = logins.filter((_, index) => matches[index]);
    const login = right.length === 1 ? right[0] : undefined;
    return (login && (await this.startSession(login, client))) ?? null;
  }

  /**
   * Signs somebody in whose password was right, with a code. Whatever is wrong with challenge or code: UNAUTHENTICATED.
   * RATE_LIMITED after ten failures within a quarter of an hour.
   */
  async completeSignIn(
    challenge: string,
    code: string,
    client: Client,
  ): Promise<{ session: IssuedSession; recoveryCodes: string[] | null }> {
    const completed = await this.secondFactors.complete(challenge, code, ({ start, login, values }) =>
      this.issueFor(login, client, start, values),
    );
    if (completed === null)
      throw apiError(
        ErrorCode.UNAUTHENTICATED,
        'The code is wrong, or it came too late: try again, or sign in again.',
      );
    return completed;
  }

  /** Opens an account with its owner, who is signed in. */
  async signUp(account: NewAccount, client: Client): Promise<IssuedSession> {
    if (!this.config.SIGN_UP)
      throw apiError(ErrorCode.FORBIDDEN, 'Accounts are opened by the operator here.');
    await consume(this.signUps, client.address, 'Too many accounts were opened from here. Try again later.');
    const passwordHash = await this.passwords.hash(account.password);
    const [created] = await this.call<Omit<Login, 'password_hash'>>(
      'select * from signin.sign_up($1, $2, $3, $4, $5, $6, $7, $8)',
      [
        account.slug,
        account.accountName,
        account.timeZone,
        account.locale,
        account.currency,
        account.name,
        account.email,
        passwordHash,
      ],
    );
    const session = created && (await this.startSession({ ...created, password_hash: passwordHash }, client));
    if (session === undefined) throw new Error('a new account could not be signed in to');
    return session;
  }

  /** Exchanges a refresh token for new ones; a token works once. Null: it is not valid, or not any more. */
  async refresh(refreshToken: string, client: Client): Promise<IssuedSession | null> {
    const session = await this.issue((access, refresh) => [
      'select * from signin.refresh_session($1, $2, $3, $4, $5, $6)',
      [
        secretDigest(refreshToken),
        access,
        refresh,
        this.config.ACCESS_TOKEN_SECONDS,
        client.userAgent,
        client.address,
      ],
    ]);
    return session ?? null;
  }

  /** Notes that partner tokens were used by now. */
  async noteTokenUse(ids: string[]): Promise<void> {
    await this.call('select signin.note_token_use($1)', [ids]);
  }

  /** Ends the session of a refresh token. False: there was none. */
  async signOut(refreshToken: string): Promise<boolean> {
    const [answer] = await this.call<{ sign_out: boolean }>('select signin.sign_out($1)', [
      secretDigest(refreshToken),
    ]);
    return answer?.sign_out ?? false;
  }

  /**
   * The hash that somebody's own password is compared with, if it is that password; null: it is not. RATE_LIMITED after ten
   * failures within a quarter of an hour.
   */
  async ownPasswordHash(accountId: string, principalId: string, password: string): Promise<string | null> {
    return this.ownFailures.trying(principalId, () => this.matchingHash(accountId, principalId, password));
  }

  private async matchingHash(
    accountId: string,
    principalId: string,
    password: string,
  ): Promise<string | null> {
    const [found] = await this.call<{ hash: string | null }>('select signin.password_hash($1, $2) as hash', [
      accountId,
      principalId,
    ]);
    const hash = found?.hash ?? null;
    const [matches] = await this.passwords.matching(password, hash === null ? [] : [hash], 1);
    return matches === true ? hash : null;
  }

  /** RATE_LIMITED where too many new passwords were asked for from one network address. */
  async countPasswordReset(address: string): Promise<void> {
    await consume(this.resets, address, 'Too many new passwords were asked for from here. Try again later.');
  }

  /** Whoever has chosen a new password by mail starts with all tries again. */
  async forgetFailures(email: string): Promise<void> {
    await this.failures.forget(failureKey(email.toLowerCase()));
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  /** Only if the password that was right is still the password. SECOND_FACTOR_REQUIRED. */
  async startSession(login: Login, client: Client): Promise<IssuedSession | undefined> {
    await this.secondFactors.require(login);
    return this.issueFor(login, client, 'signin.start_session', []);
  }

  /** `more`: what the function takes besides what every session is started with. */
  private issueFor(
    login: Login,
    client: Client,
    start: string,
    more: unknown[],
  ): Promise<IssuedSession | undefined> {
    const { ACCESS_TOKEN_SECONDS, SESSION_SECONDS } = this.config;
    return this.issue((access, refresh) => {
      const values = [
        login.account_id,
        login.login_id,
        login.password_hash,
        access,
        refresh,
        ACCESS_TOKEN_SECONDS,
        SESSION_SECONDS,
        client.userAgent,
        client.address,
        ...more,
      ];
      return [`select * from ${start}(${values.map((_, index) => `$${index + 1}`).join(', ')})`, values];
    });
  }

  private async issue(
    statement: (access: Buffer, refresh: Buffer) => [string, unknown[]],
  ): Promise<IssuedSession | undefined> {
    const access = newSecret();
    const refresh = newSecret();
    const [row] = await this.call<IssuedRow>(...statement(access.digest, refresh.digest));
    if (row === undefined) return undefined;
    const claims = {
      sid: row.session_id,
      secret: access.secret,
      kind: row.kind,
      account: row.account_id,
      principal: row.principal_id,
      permissions: row.permissions,
    };
    return {
      accessToken: this.accessTokens.sign(claims, row.access_expires_at),
      accessTokenExpiresAt: row.access_expires_at,
      refreshToken: refresh.secret,
      sessionExpiresAt: row.session_expires_at,
    };
  }

  /** Calls a function of the sign-in login: for what is done before anybody is known. */
  async call<Row>(text: string, values: unknown[]): Promise<Row[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await this.pool.query(text, values)).rows as Row[];
      } catch (error) {
        // One statement is one transaction: what lost a deadlock has done nothing.
        if (!isRetryable(error) || attempt > maximumRetries) throw expectedError(error) ?? error;
      }
    }
  }
}
