// How often somebody may be wrong: mostly ten failures within a quarter of an hour, counted in the database, so that all servers
// count together. What is right takes nothing back but itself: being right in between does not give more tries.
import { RateLimiterPostgres, type IRateLimiterPostgresOptions, RateLimiterRes } from 'rate-limiter-flexible';
import { expectedError } from '../database/sql-errors';
import { apiError, ErrorCode } from '../graphql/errors';

interface Limit {
  failures: number;
  seconds: number;
  /** What is said when there were too many. */
  message: string;
}

const passwords: Limit = {
  failures: 10,
  seconds: 15 * 60,
  message: 'Too many failed tries. Wait a quarter of an hour, or have the password reset.',
};

export const codes: Limit = {
  ...passwords,
  message: 'Too many wrong codes. Wait a quarter of an hour.',
};

/** A code has six digits, and three are right at any time: at ten in a quarter of an hour, patience would find one. */
export const codesOfADay: Limit = {
  failures: 30,
  seconds: 24 * 60 * 60,
  message: 'Too many wrong codes of the app today. Use a recovery code, or try again tomorrow.',
};

export class FailureLimit {
  private readonly limiter: RateLimiterPostgres;

  constructor(
    store: Omit<IRateLimiterPostgresOptions, 'points' | 'duration'>,
    keyPrefix: string,
    private readonly limit = passwords,
  ) {
    this.limiter = new RateLimiterPostgres({
      ...store,
      keyPrefix,
      points: limit.failures,
      duration: limit.seconds,
    });
  }

  /**
   * What a try answers; null is a failure. It counts before it begins, so that many at once are no more tries than one after
   * the other. RATE_LIMITED where there were too many: then nothing is tried.
   */
  async trying<Answer>(key: string, attempt: () => Promise<Answer | null>): Promise<Answer | null> {
    await consume(this.limiter, key, this.limit.message);
    const answer = await attempt().catch(async (error: unknown) => {
      // Nothing was found to be wrong: it is no failure.
      await this.limiter.reward(key, 1);
      throw error;
    });
    if (answer !== null) await this.limiter.reward(key, 1);
    return answer;
  }

  /** All tries are there again. */
  async forget(key: string): Promise<void> {
    await this.limiter.delete(key);
  }
}

/** Takes a point; RATE_LIMITED where there is none left. */
export async function consume(limiter: RateLimiterPostgres, key: string, message: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw expectedError(refusal) ?? refusal;
    throw apiError(ErrorCode.RATE_LIMITED, message, {
      retryAfterSeconds: Math.ceil(refusal.msBeforeNext / 1000),
    });
  }
}
