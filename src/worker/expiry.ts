// The job that removes what has had its time, of every account, a few rows per transaction.
import type { JobHelpers } from 'graphile-worker';

const rowsAtOnce = 1000;

export async function removeExpiredTask(_payload: unknown, helpers: JobHelpers): Promise<void> {
  while (!helpers.abortSignal.aborted) {
    const { rows } = await helpers.query<{ left: boolean }>('select worker.remove_expired($1) as left', [
      rowsAtOnce,
    ]);
    if (rows[0]?.left !== true) return;
  }
}
