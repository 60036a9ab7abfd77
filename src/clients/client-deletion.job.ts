// The job that deletes a client for good. Every step is a transaction of its own and says by itself what is left, so that it
// does not matter where the process ended that did the one before. Rows go first, so that nobody is led to a file that is
// not there; then files; the client's own row last, since as long as there is one, the job comes here again.
import type { JobHelpers } from 'graphile-worker';
import type { Logger } from 'pino';
import { clientPrefix, type Storage } from '../files/storage';

/** What fence.queue_client_deletion puts into a job: ids alone. */
export interface ClientDeletionJob {
  account: string;
  client: string;
}

/** Rows of one transaction: few enough that nobody waits for the locks, many enough that it is worth one. */
const rowsAtOnce = 1000;

/** After this long it is the turn of another client that waits: one is deleted at a time. */
const turnMilliseconds = 10_000;

/** Counting a client with many millions of rows takes longer than the login's statements usually may. */
const countingTimeout = '10min';

/** Deletes what is left of a client. Throws where it is to be tried again, which graphile-worker does, later each time. */
export function deleteClientTask(storage: Storage, logger: Logger) {
  return async (payload: unknown, helpers: JobHelpers): Promise<void> => {
    const { account, client } = payload as ClientDeletionJob;
    const ids = [account, client];
    try {
      const state = await start(helpers, ids);
      if (state === null) return;
      if (state === 'RUNNING' && (await rowsAreLeft(helpers, ids))) {
        await helpers.query('select worker.continue_client_deletion($1, $2)', ids);
        return;
      }
      await storage.deletePrefix(clientPrefix({ accountId: account, clientId: client }));
      if (state === 'DONE') return;
      await helpers.query('select worker.finish_client_deletion($1, $2)', ids);
    } catch (error) {
      logger.warn({ account, client, attempt: helpers.job.attempts, err: error }, 'a deletion did not go on');
      await helpers.query('select worker.client_deletion_failed($1, $2)', ids);
      throw error;
    }
    logger.info({ account, client }, 'a client was deleted');
  };
}

/** Null: nobody asked for it. Done: files are looked for once more. */
async function start(helpers: JobHelpers, ids: string[]): Promise<'RUNNING' | 'DONE' | null> {
  return helpers.withPgClient(async (connection) => {
    try {
      await connection.query(`begin; set local statement_timeout = '${countingTimeout}'`);
      const { rows } = await connection.query<{ state: 'RUNNING' | 'DONE' | null }>(
        'select worker.start_client_deletion($1, $2) as state',
        ids,
      );
      await connection.query('commit');
      return rows[0]?.state ?? null;
    } catch (error) {
      await connection.query('rollback').catch(() => undefined);
      throw error;
    }
  });
}

/** Deletes rows for as long as one turn lasts. */
async function rowsAreLeft(helpers: JobHelpers, ids: string[]): Promise<boolean> {
  const turnEndsAt = Date.now() + turnMilliseconds;
  for (;;) {
    const { rows } = await helpers.query<{ left: boolean }>(
      'select worker.delete_client_rows($1, $2, $3) as left',
      [...ids, rowsAtOnce],
    );
    if (rows[0]?.left !== true) return false;
    if (Date.now() >= turnEndsAt || helpers.abortSignal.aborted) return true;
  }
}
