import { Client } from 'pg';

/**
 * One transaction as ringfence_owner, who sees every account: for the operator's command line and for demo data, never
 * for a request.
 */
export async function asOwner<T>(adminUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('set local role ringfence_owner');
    const result = await work(client);
    await client.query('commit');
    return result;
  } finally {
    await client.end();
  }
}
