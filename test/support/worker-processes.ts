// Workers as processes of their own, which tests kill.
import type { ChildProcess } from 'node:child_process';
import { environmentOf, printed, startCommand } from './command';
import type { TestServer } from './server';

export class WorkerProcesses {
  readonly started: ChildProcess[] = [];

  constructor(
    private readonly server: TestServer,
    private readonly settings: Record<string, string> = { NODE_ENV: 'production' },
  ) {}

  /** Starts one, which works off jobs from now on. */
  async start(): Promise<ChildProcess> {
    const environment = environmentOf(this.server.database, {
      SECRET_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
      LOG_LEVEL: 'silent',
      ...this.settings,
    });
    const worker = startCommand(environment, 'worker');
    this.started.push(worker);
    await printed(worker, /works off jobs/);
    return worker;
  }

  /** What a worker does when it finds that another is gone (test/mail/killed.test.ts). */
  async freeJobs(): Promise<void> {
    await this.server.owner.query(
      'select graphile_worker.force_unlock_workers(array(select distinct locked_by from graphile_worker.jobs where locked_by is not null))',
    );
  }

  killAll(): void {
    for (const worker of this.started) worker.kill('SIGKILL');
  }
}
