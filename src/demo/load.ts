// Demo data, and data of any size to try things with. As the owner of the tables: there is nobody yet to act as.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asOwner } from '../database/owner';
import { projectRoot } from '../project';
import { Passwords } from '../sessions/passwords';
import { demoPassword } from './sign-ins';

const seedFile = (name: string) => readFileSync(join(projectRoot, 'db/seed', name), 'utf8');
const hashOfDemoPassword = () => new Passwords(1, 1).hash(demoPassword);

/** Loads the demo accounts into an empty database. False: there are accounts already, nothing was done. */
export async function loadDemo(adminUrl: string): Promise<boolean> {
  return asOwner(adminUrl, async (client) => {
    const { rowCount } = await client.query('select from ringfence.accounts limit 1');
    if (rowCount !== 0) return false;
    await client.query("select set_config('ringfence.demo_password_hash', $1, true)", [
      await hashOfDemoPassword(),
    ]);
    await client.query(seedFile('demo.sql'));
    return true;
  });
}

export interface Volume {
  accounts: number;
  /** Clients per account. */
  clients: number;
}

/** Clients written in one statement. */
const batchSize = 10_000;

/**
 * Adds accounts `load-1`, `load-2`, …, each with clients in ten organizations, an owner and a member with a tenth of the
 * clients: `owner@load-1.test` and `member@load-1.test` sign in with the demo password. Committed in batches, so that
 * what was loaded stays when it is stopped. Reports the number of clients so far.
 */
export async function loadVolume(
  adminUrl: string,
  volume: Volume,
  progress: (clients: number) => void,
): Promise<void> {
  const hash = await hashOfDemoPassword();
  const first = await asOwner(adminUrl, async (client) => {
    const { rows } = await client.query<{ next: number }>(
      "select coalesce(max(substring(slug from '^load-([0-9]+)$')::int), 0) + 1 as next from ringfence.accounts",
    );
    return rows[0]?.next ?? 1;
  });
  const accountsAtOnce = Math.max(1, Math.floor(batchSize / Math.max(volume.clients, 1)));
  for (let done = 0; done < volume.accounts; done += accountsAtOnce) {
    const count = Math.min(accountsAtOnce, volume.accounts - done);
    const range = [first + done, first + done + count - 1];
    await asOwner(adminUrl, async (client) => {
      await client.query(
        "select set_config('ringfence.demo_password_hash', $1, true), set_config('ringfence.volume_first', $2, true), set_config('ringfence.volume_last', $3, true)",
        [hash, ...range.map(String)],
      );
      await client.query(seedFile('volume-accounts.sql'));
    });
    for (let written = 0; written < volume.clients; written += batchSize) {
      const last = Math.min(written + batchSize, volume.clients);
      await asOwner(adminUrl, async (client) => {
        await client.query('alter table ringfence.clients disable trigger user');
        await client.query(seedFile('volume-clients.sql'), [...range, written + 1, last]);
        await client.query('alter table ringfence.clients enable trigger user');
      });
      progress(done * volume.clients + count * last);
    }
  }
}
