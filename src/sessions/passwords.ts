// argon2id (RFC 9106) with bounded concurrency: hashing is meant to be expensive, and must not become a way to take the
// server down.
import { Algorithm, hash, verify } from '@node-rs/argon2';
import fastq from 'fastq';
import { apiError, ErrorCode } from '../graphql/errors';

// OWASP's recommendation: 19 MiB, two passes, one lane.
const parameters = { algorithm: Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const busySeconds = 5;

export class Passwords {
  private readonly queue: fastq.queueAsPromised<() => Promise<unknown>>;
  private readonly dummy: Promise<string>;

  constructor(
    concurrency: number,
    private readonly longestQueue: number,
  ) {
    this.queue = fastq.promise((work: () => Promise<unknown>) => work(), concurrency);
    this.dummy = hash('nobody has this password', parameters);
  }

  /** A PHC string to be stored. RATE_LIMITED when too many are waiting. */
  async hash(password: string): Promise<string> {
    this.refuseWhenBusy();
    return this.queue.push(() => hash(password, parameters)) as Promise<string>;
  }

  /**
   * Which of the hashes fit. Always as many runs as `runs`, padded with a hash that nothing fits, so that the time says
   * nothing about how many there were. RATE_LIMITED when too many are waiting; then nothing was tried.
   */
  async matching(password: string, hashes: readonly string[], runs: number): Promise<boolean[]> {
    const dummy = await this.dummy;
    this.refuseWhenBusy();
    const padded = Array.from({ length: runs }, (_, index) => hashes[index] ?? dummy);
    const results = await Promise.all(
      // What is no hash fits nothing.
      padded.map((stored) => this.queue.push(() => verify(stored, password).catch(() => false))),
    );
    return hashes.map((_, index) => results[index] === true);
  }

  /** Whoever is let in gets all of their runs: half of them would have been work for nothing. */
  private refuseWhenBusy(): void {
    if (this.queue.length() < this.longestQueue) return;
    throw apiError(
      ErrorCode.RATE_LIMITED,
      'Too many people are signing in right now. Try again in a moment.',
      {
        retryAfterSeconds: busySeconds,
      },
    );
  }
}
