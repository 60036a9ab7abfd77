// The tries of uploads that are arriving in this process. A later try of an upload is the one that counts (db/functions/77_files.sql),
// so it ends an earlier one, which would go on for nothing.
import { notFound } from '../graphql/errors';

interface Arrival {
  attempt: number;
  supersede(): void;
}

export class Arrivals {
  private readonly latest = new Map<string, Arrival>();

  /** Receives, unless a later try of the same upload begins: NOT_FOUND, at once. */
  async receive(uploadId: string, attempt: number, work: () => Promise<void>): Promise<void> {
    const other = this.latest.get(uploadId);
    if (other !== undefined && other.attempt > attempt) throw notFound();
    other?.supersede();
    const superseded = Promise.withResolvers<never>();
    const own = { attempt, supersede: () => superseded.reject(notFound()) };
    this.latest.set(uploadId, own);
    try {
      await Promise.race([work(), superseded.promise]);
    } finally {
      if (this.latest.get(uploadId) === own) this.latest.delete(uploadId);
    }
  }
}
