// Demo data, and data of any size to try things with. As the owner of the tables: there is nobody yet to act as.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { projectRoot } from '../project';
import { Passwords } from '../sessions/passwords';
import { demoPassword } from './sign-ins';

/** Loads the demo accounts into an empty database. False: there are accounts already, nothing was done. */
export async function loadDemo(adminUrl: string): Promise<boolean> {
  return asOwner(adminUrl, async (client) => {
    const { rowCount } = await client.query('select from ringfence.accounts limit 1');
    if (rowCount !== 0) return false;
    await client.query("select set_config('ringfence.demo_password_hash', $1, true)", [await new Passwords(1, 1).hash(demoPassword)]);
    await client.query(readFileSync(join(projectRoot, 'db/seed/demo.sql'), 'utf8'));
    return true;
  });
}

export interface Volume {
  accounts: number;
  /** Clients per account. */
  clients: number;
}

/** Clients written in one statement. */
const batch = 10_000;

/**
 * Adds accounts `load-1`, `load-2`, …, each with clients in ten organizations, an owner and a member who has a tenth of
 * the clients; `owner@load-1.test` and `member@load-1.test` sign in with the demo password. Reports after each batch.
 */
export async function loadVolume(adminUrl: string, volume: Volume, progress: (clients: number) => void): Promise<void> {
  const hash = await new Passwords(1, 1).hash(demoPassword);
  await asOwner(adminUrl, async (client) => {
    // Writing the log of a million clients would take longer than the clients.
    await client.query('alter table ringfence.clients disable trigger clients_audit');
    const { rows } = await client.query<{ first: number }>(
      "select coalesce(max(substring(slug from '^load-([0-9]+)$')::int), 0) + 1 as first from ringfence.accounts",
    );
    const first = rows[0]?.first ?? 1;
    const accountsPerBatch = Math.max(1, Math.floor(batch / volume.clients));
    for (let done = 0; done < volume.accounts; done += accountsPerBatch) {
      const low = first + done;
      const high = first + Math.min(done + accountsPerBatch, volume.accounts) - 1;
      await client.query(readFileSync(join(projectRoot, 'db/seed/volume-accounts.sql'), 'utf8').replaceAll(':low', String(low)).replaceAll(':high', String(high)).replaceAll(':hash', `'${hash}'`));
      for (let clientsDone = 0; clientsDone < volume.clients; clientsDone += batch) {
        await client.query(
          `insert into ringfence.clients (account_id, name, contact_name, contact_email, organization_id, created_at)
           select a.id, 'Client ' || n, 'Contact ' || n, 'contact' || n || '@client.test', o.ids[1 + n % 10], now() - n * interval '1 minute'
           from ringfence.accounts a
           cross join lateral (select array_agg(id order by id) as ids from ringfence.organizations where account_id = a.id) o
           cross join generate_series($1::int, $2::int) n
           where a.slug = any (select 'load-' || s from generate_series($3::int, $4::int) s)`,
          [clientsDone + 1, Math.min(clientsDone + batch, volume.clients), low, high],
        );
        progress((done * volume.clients) + (high - low + 1) * Math.min(clientsDone + batch, volume.clients));
      }
      await client.query(
        `insert into ringfence.client_assignments (account_id, member_id, client_id)
         select c.account_id, m.id, c.id from ringfence.clients c
         join ringfence.accounts a on a.id = c.account_id and a.slug = any (select 'load-' || s from generate_series($1::int, $2::int) s)
         join ringfence.members m on m.account_id = c.account_id and m.name = 'Member'
         where not c.is_house and c.name like '%0'`,
        [low, high],
      );
    }
    await client.query('alter table ringfence.clients enable trigger clients_audit');
  });
}

/** One transaction as ringfence_owner. */
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
