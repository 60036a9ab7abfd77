// How much of what takes long runs at once, in this process: exports, each of which holds a connection and a snapshot, and files that
// are read, each of which holds buffers and a file or a connection, for as long as they are taken.
import type { GraphQLError } from 'graphql';
import { apiError, ErrorCode, unavailable } from '../graphql/errors';

/** Whose it is. For a principal who is not known, its session stands. */
interface Owner {
  readonly accountId: string;
  readonly principalId: string;
}

/** What one occupies until it leaves. */
export interface Place extends Owner {
  /** By performance.now(). */
  readonly takenAt: number;
  /** Ends it, because the server closes. */
  stop?: () => void;
}

/** What whoever finds none is told to wait; places are left at any time. */
const retryAfterSeconds = 10;

/** What they are told who have as many as they may. */
interface Refusals {
  own: string;
  ofAccount: string;
}

export class Places {
  private readonly taken = new Set<Place>();
  private readonly limitOfAccount: number;
  private closing = false;
  private emptied: () => void = () => undefined;

  constructor(
    private readonly limit: number,
    limitOfAccount: number,
    private readonly limitOfPrincipal: number,
    private readonly refusals: Refusals,
  ) {
    // One account never takes all of them, whatever its limit is, for as long as its members like to.
    this.limitOfAccount = Math.min(limitOfAccount, Math.max(1, limit - 1));
  }

  /** RATE_LIMITED: one's own, or those of one's account, are too many. UNAVAILABLE: all are, or the server closes. */
  take({ accountId, principalId }: Owner): Place {
    if (this.closing) throw unavailable();
    const ofAccount = [...this.taken].filter((place) => place.accountId === accountId);
    const own = ofAccount.filter((place) => place.principalId === principalId);
    if (own.length >= this.limitOfPrincipal) throw tooMany(this.refusals.own);
    if (ofAccount.length >= this.limitOfAccount) throw tooMany(this.refusals.ofAccount);
    if (this.taken.size >= this.limit) throw unavailable();
    const place = { accountId, principalId, takenAt: performance.now() };
    this.taken.add(place);
    return place;
  }

  leave(place: Place): void {
    this.taken.delete(place);
    if (this.taken.size === 0) this.emptied();
  }

  /** Ends what is running, and lets nothing begin any more. Resolves when all have left. */
  async close(): Promise<void> {
    this.closing = true;
    for (const { stop } of this.taken) stop?.();
    if (this.taken.size > 0) await new Promise<void>((resolve) => (this.emptied = resolve));
  }
}

function tooMany(message: string): GraphQLError {
  return apiError(ErrorCode.RATE_LIMITED, message, { retryAfterSeconds });
}
