// Works off jobs, inside the server or beside it: graphile-worker over a pool of its own, as ringfence_worker. Whatever ends
// it but its being stopped, it begins again: a database that restarts, or a notification that somebody forged.
import { setTimeout as delay } from 'node:timers/promises';
import {
  Logger as JobLogger,
  parseCronItems,
  run,
  type Runner,
  type TaskList,
  type WorkerEvents,
} from 'graphile-worker';
import { EventEmitter } from 'node:events';
import { Pool } from 'pg';
import type { Logger } from 'pino';
import { Presence } from './presence';
import { schedule } from './tasks';

/** Jobs done at once. Sending mail is waiting for somebody else's server. */
const concurrency = 4;
/** One connection listens. */
const connections = concurrency + 1;
/** Jobs are notified of; those that wait for their time, or whose notification was lost, are found by looking. */
const lookMilliseconds = 2000;
/** How long it is until a worker that ended begins again: twice as long each time, unless it ran for a while. */
const againMilliseconds = 1000;
const longestPauseMilliseconds = 60_000;

export class Worker {
  private readonly pool: Pool;
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;
  private runner: Runner | undefined;

  constructor(
    private readonly url: string,
    private readonly tasks: TaskList,
    private readonly logger: Logger,
  ) {
    this.pool = new Pool({ connectionString: url, max: connections, application_name: 'ringfence worker' });
    this.pool.on('error', (error) => logger.warn({ err: error }, 'an idle worker connection broke'));
    this.pool.on('connect', (client) => {
      client.on('error', (error) => logger.warn({ err: error }, 'a worker connection broke'));
    });
    this.ended = this.keepRunning();
  }

  /** Takes no further job, waits for those that run, and closes the connections. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.runner?.stop().catch(() => undefined);
    await this.ended;
    await this.pool.end();
  }

  private async keepRunning(): Promise<void> {
    let pause = againMilliseconds;
    while (!this.stopping.signal.aborted) {
      const began = Date.now();
      try {
        await this.runUntilItEnds();
      } catch (error) {
        this.logger.warn({ err: error }, 'the worker could not run');
      }
      // graphile-worker sets it when it is notified of a migration, which anybody can forge.
      process.exitCode = undefined;
      if (this.stopping.signal.aborted) return;
      if (Date.now() - began > longestPauseMilliseconds) pause = againMilliseconds;
      this.logger.warn({ pauseMilliseconds: pause }, 'the worker ended; it begins again');
      await delay(pause, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      pause = Math.min(2 * pause, longestPauseMilliseconds);
    }
  }

  private async runUntilItEnds(): Promise<void> {
    const events: WorkerEvents = new EventEmitter();
    let presence: Presence | undefined;
    // Before the first job is taken.
    events.on('pool:create', ({ workerPool }) => {
      presence = new Presence(this.url, workerPool.id, this.logger);
    });
    try {
      this.runner = await run({
        pgPool: this.pool,
        // Noting how a job ended waits for Postgres instead of being left behind: where the connection breaks then, the runner
        // ends, and begins again, rather than the process.
        preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
        taskList: this.tasks,
        parsedCronItems: parseCronItems(schedule),
        concurrency,
        pollInterval: lookMilliseconds,
        noHandleSignals: true,
        events,
        logger: this.jobLogger(),
      });
      if (this.stopping.signal.aborted) await this.runner.stop();
      await this.runner.promise;
    } finally {
      this.runner = undefined;
      await presence?.leave();
    }
  }

  /** graphile-worker's own messages; what a job has to say, its task says. */
  private jobLogger(): JobLogger {
    return new JobLogger(() => (level, message) => {
      if (level === 'error') this.logger.warn({ worker: message }, 'the worker reports a problem');
      else this.logger.debug({ worker: message }, 'the worker reports');
    });
  }
}
