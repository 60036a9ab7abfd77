// What Postgres says of the API's connections.
import type { Client } from 'pg';
import { onDatabase } from './database';

/** Their states, from whoever may see what other sessions do. */
export async function statesOfApi(superuser: Client): Promise<string[]> {
  const { rows } = await superuser.query<{ state: string }>(
    "select state from pg_stat_activity where datname = current_database() and usename = 'ringfence_login'",
  );
  return rows.map((row) => row.state);
}

/** Waits for a condition; fails when it has not come true after ten seconds. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await condition());) {
    if (Date.now() > deadline) throw new Error(`it did not come true: ${condition.toString()}`);
  }
}

/**
 * Waits until at least as many statements of the API wait for a lock, as somebody else sees it. Told by `pg_locks`: what others wait for is hidden
 * from who is no superuser.
 */
export async function untilWaiting(watcher: Client, count = 1): Promise<void> {
  await until(async () => {
    // Within a transaction the first look at the connections would be the last.
    await watcher.query('select pg_stat_clear_snapshot()');
    const { rowCount } = await watcher.query(
      `select from pg_locks where not granted and pid in (
         select pid from pg_stat_activity
         where datname = current_database() and usename in ('ringfence_login', 'ringfence_signin'))`,
    );
    return (rowCount ?? 0) >= count;
  });
}

/** Has somebody ask while the owner changes something that they come to wait for, and answers when it is changed. */
export async function whileChanging<Answer>(
  owner: Client,
  change: () => Promise<unknown>,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  await owner.query('begin');
  try {
    await change();
    const answer = ask();
    await untilWaiting(owner);
    await owner.query('commit');
    return await answer;
  } catch (error) {
    await owner.query('rollback');
    throw error;
  }
}

/** Lets the served roles sleep, which the fence forbids: for what has to take long. */
export async function allowSleeping(adminUrl: string): Promise<void> {
  await onDatabase(adminUrl, (superuser) =>
    superuser.query(
      'grant execute on function pg_sleep(double precision) to ringfence_admin, ringfence_member_all, ringfence_member',
    ),
  );
}
