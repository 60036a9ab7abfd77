// The job that has leads follow a list that was moved, or deletes them with it. Every step is a transaction of its own and says by
// itself what is left, so that it does not matter where the process ended that did the one before.
import type { JobHelpers } from 'graphile-worker';
import type { Logger } from 'pino';

/** What fence.queue_list_job puts into a job: ids alone. */
interface ListJobPayload {
  account: string;
  job: string;
}

/** Rows of one transaction: few enough that nobody waits for the locks, many enough that it is worth one. */
const rowsAtOnce = 1000;

/** After this long it is the turn of another list that waits: one is worked on at a time. */
const turnMilliseconds = 10_000;

/** Counting a list with millions of leads takes longer than the login's statements usually may. */
const countingTimeout = '10min';

/** Does what is left. Throws where it is to be tried again, which graphile-worker does, later each time. */
export function settleListTask(logger: Logger) {
  return async (payload: unknown, helpers: JobHelpers): Promise<void> => {
    const { account, job } = payload as ListJobPayload;
    const ids = [account, job];
    try {
      const state = await counting(helpers, 'select worker.start_list_job($1, $2) as answer', ids);
      if (state === null) return;
      if (await leadsAreLeft(helpers, ids)) {
        await helpers.query('select worker.continue_list_job($1, $2)', ids);
        return;
      }
      const duplicates = await counting(
        helpers,
        'select worker.count_list_duplicates($1, $2) as answer',
        ids,
      );
      await helpers.query('select worker.end_list_job($1, $2, $3)', [...ids, duplicates]);
    } catch (error) {
      logger.warn({ account, job, attempt: helpers.job.attempts, err: error }, 'a list did not go on');
      await helpers.query('select worker.list_job_failed($1, $2)', ids);
      throw error;
    }
    logger.info({ account, job }, 'a list was settled');
  };
}

/** What a statement answers that may take long. */
async function counting(helpers: JobHelpers, statement: string, ids: string[]): Promise<unknown> {
  return helpers.withPgClient(async (connection) => {
    try {
      await connection.query(`begin; set local statement_timeout = '${countingTimeout}'`);
      const { rows } = await connection.query<{ answer: unknown }>(statement, ids);
      await connection.query('commit');
      return rows[0]?.answer ?? null;
    } catch (error) {
      await connection.query('rollback').catch(() => undefined);
      throw error;
    }
  });
}

/** Moves or deletes leads for as long as one turn lasts. */
async function leadsAreLeft(helpers: JobHelpers, ids: string[]): Promise<boolean> {
  const turnEndsAt = Date.now() + turnMilliseconds;
  for (;;) {
    const { rows } = await helpers.query<{ left: boolean }>(
      'select worker.settle_leads($1, $2, $3) as left',
      [...ids, rowsAtOnce],
    );
    if (rows[0]?.left !== true) return false;
    if (Date.now() >= turnEndsAt || helpers.abortSignal.aborted) return true;
  }
}
