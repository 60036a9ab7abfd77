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

/** Lets the served roles sleep, which the fence forbids: for what has to take long. */
export async function allowSleeping(adminUrl: string): Promise<void> {
  await onDatabase(adminUrl, (superuser) =>
    superuser.query(
      'grant execute on function pg_sleep(double precision) to ringfence_admin, ringfence_member_all, ringfence_member',
    ),
  );
}
