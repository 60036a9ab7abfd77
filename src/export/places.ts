// How many exports run at once, in this process: each holds a connection and a snapshot for as long as it is taken.
import { apiError, ErrorCode, unavailable } from '../graphql/errors';

/** What an export occupies until it leaves. */
export interface Place {
  readonly principalId: string;
  /** By performance.now(). */
  readonly takenAt: number;
  /** Ends the export, because the server closes. */
  stop?: () => void;
}

/** What whoever finds none is told to wait; exports end at any time. */
const retryAfterSeconds = 10;

export class Places {
  private readonly taken = new Set<Place>();
  private closing = false;
  private emptied: () => void = () => undefined;

  constructor(
    private readonly limit: number,
    private readonly limitOfPrincipal: number,
  ) {}

  /** RATE_LIMITED: one's own are too many. UNAVAILABLE: all are, or the server closes. */
  take(principalId: string): Place {
    if (this.closing || this.taken.size >= this.limit) throw unavailable();
    const own = [...this.taken].filter((place) => place.principalId === principalId);
    if (own.length >= this.limitOfPrincipal) {
      const message = 'Another export of yours is still running. Wait for its end, or end it.';
      throw apiError(ErrorCode.RATE_LIMITED, message, { retryAfterSeconds });
    }
    const place = { principalId, takenAt: performance.now() };
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
