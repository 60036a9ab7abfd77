// Watches what the pool is given back: a connection inside a transaction, or with statements that are not answered yet,
// would be the next principal's.
import type { Pool, PoolClient } from 'pg';

export interface Releases {
  /** Connections that were given back to be used again. */
  kept: number;
  /** Connections that were given back to be destroyed. */
  destroyed: number;
  /** What was wrong with those that were given back to be used again. */
  wrong: string[];
}

/** What the driver has sent, or is about to send, without an answer so far. */
interface Unanswered {
  _activeQuery: unknown;
  _sentQueryQueue: unknown[];
  _queryQueue: unknown[];
}

export function watchReleases(pool: Pool): Releases {
  const releases: Releases = { kept: 0, destroyed: 0, wrong: [] };
  pool.on('release', (error: unknown, client: PoolClient) => {
    if (error) {
      releases.destroyed += 1;
      return;
    }
    releases.kept += 1;
    const status = client.getTransactionStatus();
    if (status !== 'I') releases.wrong.push(`given back in the transaction status ${status}`);
    const { _activeQuery, _sentQueryQueue, _queryQueue } = client as unknown as Unanswered;
    const unanswered = (_activeQuery ? 1 : 0) + _sentQueryQueue.length + _queryQueue.length;
    if (unanswered > 0) releases.wrong.push(`given back with ${unanswered} statements under way`);
  });
  return releases;
}
