// The outbox as the tests of mail look at it.
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';

export interface OutboxRow {
  id: string;
  kind: string;
  attempts: number;
  state: 'waiting' | 'sent' | 'failed' | 'dropped';
  lastError: string | null;
}

export async function outbox(owner: Client): Promise<OutboxRow[]> {
  const { rows } = await owner.query<OutboxRow>(
    `select id, kind, attempts, last_error as "lastError",
       case when sent_at is not null then 'sent' when failed_at is not null then 'failed'
            when dropped_at is not null then 'dropped' else 'waiting' end as state
     from fence.outbox order by id`,
  );
  return rows;
}

/** The outbox as soon as no job is left that is due, or none of one task. */
export async function settled(owner: Client, task?: string): Promise<OutboxRow[]> {
  await until(async () => {
    const { rows } = await owner.query<{ open: boolean }>(
      `select exists (select from graphile_worker.jobs
         where ($1::text is null or task_identifier = $1) and run_at <= now() + interval '1 hour') as open`,
      [task ?? null],
    );
    return rows[0]?.open === false;
  });
  return outbox(owner);
}

/** Between two looks at what is waited for. */
const lookMilliseconds = 20;

/** Resolves as soon as it is so. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(lookMilliseconds);
}
