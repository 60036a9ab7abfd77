// A worker for the tests of lists that are moved or deleted: none while a state is looked at, one when it is to go on.
import { startDeleting } from '../deletion/working';
import { settled } from '../mail/outbox';
import type { TestServer } from '../support/server';

/** Runs a worker until all leads have followed their lists. */
export async function finishListJobs(server: Pick<TestServer, 'database' | 'owner'>): Promise<void> {
  const worker = startDeleting(server);
  try {
    await settled(server.owner, 'settle_list');
  } finally {
    await worker.stop();
  }
}

/** All that hangs on leads, with what they are found by. */
export const tablesOfLeads = [
  'ringfence.leads',
  'ringfence.lead_emails',
  'ringfence.lead_phones',
  'ringfence.lead_values',
  'ringfence.lead_notes',
  'ringfence.lead_changes',
  'fence.lead_search',
];

/** How many rows of a list there are in each table of what hangs on leads, by client. */
export async function rowsOfList(
  { owner }: Pick<TestServer, 'owner'>,
  listId: string,
): Promise<Record<string, Record<string, number>>> {
  const counted: Record<string, Record<string, number>> = {};
  for (const table of tablesOfLeads) {
    const { rows } = await owner.query<{ client: string; rows: number }>(
      `select client_id as client, count(*)::int as rows from ${table} where list_id = $1 group by 1`,
      [listId],
    );
    counted[table] = Object.fromEntries(rows.map(({ client, rows: count }) => [client, count]));
  }
  return counted;
}
