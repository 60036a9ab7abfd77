// What a client owns, as its deletion sees it.
import type { Client } from 'pg';

export interface ClientData {
  /** A table. */
  data: string;
  /** Of its row `d`, with the account as $1 and the client as $2. */
  condition: string;
}

/** What is deleted with a client, in this order: fence.client_data, which the definer alone may ask. */
export async function clientData(owner: Client): Promise<ClientData[]> {
  await owner.query('reset role; set role ringfence_definer');
  const { rows } = await owner.query<ClientData>('select * from fence.client_data()');
  await owner.query('reset role; set role ringfence_owner');
  return rows;
}

/** The rows that a client owns, table by table. */
export async function rowsOf(
  owner: Client,
  accountId: string,
  clientId: string,
): Promise<{ data: string; rows: Record<string, unknown>[] }[]> {
  const owned = [];
  for (const { data, condition } of await clientData(owner)) {
    const { rows } = await owner.query<{ row: Record<string, unknown> }>(
      `select to_jsonb(d) as row from ${data} d where d.account_id = $1 and ${condition.replaceAll('$2', '$2::uuid')} order by d::text`,
      [accountId, clientId],
    );
    owned.push({ data, rows: rows.map(({ row }) => row) });
  }
  return owned;
}
