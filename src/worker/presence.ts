// Who works, and what becomes of the jobs of a worker that is gone. graphile-worker gives a job that was taken back after
// four hours; here a worker is there as long as a connection of its name is open, which ends with its process, however that
// ends, and does not end because it is slow. No heartbeat is missed by a process that is stopped for a while.
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Client } from 'pg';
import { sendMail } from './tasks';

/** How often each worker looks for those that are gone. One must be missing twice in a row, since connections break. */
const lookMilliseconds = 10_000;
const reconnectMilliseconds = 1000;

const missingWorkers = `
  select distinct locked_by as name from graphile_worker.jobs
  where locked_by is not null and not exists (
    select from pg_stat_activity where datname = current_database() and usename = 'ringfence_worker' and application_name = 'ringfence ' || locked_by)`;

/** Taken as often as a job may be and never finished: each time its worker was gone before it could say why. */
const exhaustedMails = `
  select id, key from graphile_worker.jobs
  where task_identifier = '${sendMail}' and attempts >= max_attempts and locked_at is null`;

export class Presence {
  private readonly leaving = new AbortController();
  private readonly ended: Promise<void>;
  private missing = new Set<string>();

  /** `worker`: the name under which graphile-worker locks its jobs. */
  constructor(
    private readonly url: string,
    private readonly worker: string,
    private readonly logger: Logger,
  ) {
    this.ended = this.stay();
  }

  /** From now on this worker counts as gone: it must have finished its jobs. */
  async leave(): Promise<void> {
    this.leaving.abort();
    await this.ended;
  }

  private async stay(): Promise<void> {
    while (!this.leaving.signal.aborted) {
      const client = new Client({ connectionString: this.url, application_name: `ringfence ${this.worker}` });
      client.on('error', () => undefined);
      try {
        await client.connect();
        while (!this.leaving.signal.aborted) {
          await this.look(client);
          await this.rest(lookMilliseconds);
        }
      } catch (error) {
        this.logger.warn({ err: error }, 'the connection of the worker broke');
        await this.rest(reconnectMilliseconds);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }

  private async rest(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.leaving.signal }).catch(() => undefined);
  }

  private async look(client: Client): Promise<void> {
    const { rows } = await client.query<{ name: string }>(missingWorkers);
    const names = rows.map(({ name }) => name);
    const gone = names.filter((name) => this.missing.has(name));
    this.missing = new Set(names);
    if (gone.length > 0) {
      await client.query('select graphile_worker.force_unlock_workers($1)', [gone]);
      this.logger.warn({ workers: gone }, 'jobs of a worker that is gone are done again');
    }
    const exhausted = await client.query<{ id: string; key: string | null }>(exhaustedMails);
    for (const { id, key } of exhausted.rows) {
      const reason = 'no attempt came to an end';
      if (key !== null) await client.query('select worker.mail_failed($1, $2, true)', [key, reason]);
      await client.query('select graphile_worker.complete_jobs($1)', [[id]]);
      this.logger.warn({ mail: key, reason }, 'a mail was given up');
    }
  }
}
