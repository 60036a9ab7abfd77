// What a request carries: who it acts for, and the one transaction through which it reaches data.
import { setTimeout as wait } from 'node:timers/promises';
import type { GraphQLResolveInfo } from 'graphql';
import type { PresentedToken } from '../access-tokens/token-text';
import type { Services } from '../services';
import type { AccessMode, SealedKind, Transaction } from '../database/transaction';
import { unauthenticated, unavailable } from './errors';
import type { Settled } from './idempotency';
import type { Principal, SignedInPrincipal } from './principal';
import { readsAlone } from './reads-alone';

/** What the HTTP layer knows of the caller, and the cookie it can set. */
export interface HttpExchange {
  address: string;
  userAgent: string | null;
  /** The header Idempotency-Key; null: there is none. */
  idempotencyKey: string | null;
  /** Refresh token from the cookie; null: there is none. */
  refreshCookie: string | null;
  /** Sets the refresh token's cookie; null clears it. */
  setRefreshCookie(cookie: { token: string; expiresAt: Date } | null): void;
}

/** What a session is sealed as. */
export interface Identity {
  kind: SealedKind;
  accountId: string;
  principalId: string;
  permissions: ReadonlySet<string>;
  sessionExpiresAt: string;
}

const maximumRetries = 3;

export class RequestContext {
  private mode: AccessMode = 'read only';
  private current: Transaction | undefined;
  private closed = false;
  /** Whether a mutation of this request has committed: from then on nobody may be told that nothing was changed. */
  saved = false;
  /** Root fields of this request, by response key, that were answered from what is stored under its Idempotency-Key. */
  readonly replayed: string[] = [];

  constructor(
    readonly requestId: string,
    /** Null: nobody is signed in. Signing in changes it for the rest of the operation. */
    public principal: Principal,
    /** Whether an access token was sent that is not valid: then nobody is signed in, but not anonymous either. */
    public rejectedToken: boolean,
    /** A partner token that was sent, of which only the database knows who it is; null: none was. */
    private partnerToken: PresentedToken | null,
    readonly services: Services,
    readonly http: HttpExchange,
  ) {}

  /** Finds out who sent a partner token, if one was sent: not before it is known that there is something to be done. */
  async recognize(): Promise<void> {
    if (this.partnerToken === null) return;
    this.principal = await this.services.partnerTokens.resolve(this.partnerToken);
    this.rejectedToken = this.principal === null;
    this.partnerToken = null;
  }

  /** The principal; UNAUTHENTICATED where nobody is signed in. */
  get signedIn(): SignedInPrincipal {
    if (this.principal === null) throw unauthenticated();
    return this.principal;
  }

  /** The transaction everything reads and writes through: the mutation's own while one runs, a read-only one otherwise. */
  get transaction(): Transaction {
    if (this.closed) throw unavailable();
    return (this.current ??= this.services.database.transaction(this.signedIn.credential, this.mode));
  }

  /**
   * The transaction for a field that is read by one statement, given its `info`: where nothing else of the operation reads,
   * a transaction of its own that ends with it, in one round trip.
   */
  reading(info: GraphQLResolveInfo | undefined): Transaction {
    if (this.current === undefined && this.mode === 'read only' && info !== undefined && readsAlone(info)) {
      if (this.closed) throw unavailable();
      this.current = this.services.database.singleStatements(this.signedIn.credential);
    }
    return this.transaction;
  }

  /** Who the database says this is, and what they may do now. UNAUTHENTICATED when the session does not open. */
  async identity(): Promise<Identity> {
    const [row] = await this.transaction.query<Omit<Identity, 'permissions'> & { permissions: string[] }>(
      'select kind, account_id as "accountId", principal_id as "principalId", permissions, session_expires_at as "sessionExpiresAt" from ringfence.current_identity()',
    );
    if (row === undefined) throw unauthenticated();
    return { ...row, permissions: new Set(row.permissions) };
  }

  /**
   * Runs a root mutation field in a transaction of its own, committed when it has succeeded. What its payload resolves
   * afterwards reads what was committed. A refusal that is kept is committed too. Deadlocks and serialization failures
   * run again.
   */
  async mutate(work: () => Promise<Settled>): Promise<Settled> {
    await this.finish();
    for (let attempt = 1; ; attempt += 1) {
      this.mode = 'read write';
      try {
        const result = await work();
        const changed = this.current !== undefined && result.refusal === null;
        await this.finish();
        this.saved ||= changed;
        return result;
      } catch (error) {
        // The error is UNAVAILABLE by now, whatever Postgres said.
        const retryable = this.current?.retryable ?? false;
        await this.abandon();
        if (!retryable || attempt > maximumRetries) throw error;
        await wait(Math.random() * 20 * attempt);
      } finally {
        this.mode = 'read only';
      }
    }
  }

  /**
   * Ends the last transaction. Resolvers that are still running, because an error elsewhere completed the answer
   * without them, get no other one.
   */
  async close(): Promise<void> {
    this.closed = true;
    await this.finish();
  }

  /** Ends the running transaction, if there is one, and gives its connection back. */
  private async finish(): Promise<void> {
    const transaction = this.detach();
    await transaction?.commit();
  }

  private async abandon(): Promise<void> {
    const transaction = this.detach();
    await transaction?.rollback();
  }

  private detach(): Transaction | undefined {
    const transaction = this.current;
    this.current = undefined;
    return transaction;
  }
}
