// graphile-worker's schema: installed and upgraded by its own migrations, as ringfence_owner, who thereby owns it. Each of
// them is a transaction of its own, recorded in it, so that one that was killed is taken up again where it was.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Logger, runMigrations } from 'graphile-worker';
import { Pool } from 'pg';

/** Version of graphile-worker: a database must have been migrated with the one that is served. */
export const jobsVersion = (
  JSON.parse(readFileSync(join(dirname(require.resolve('graphile-worker')), '../package.json'), 'utf8')) as {
    version: string;
  }
).version;

/** What happens is said by what fails; graphile-worker would tell the console of each step. */
const silent = new Logger(() => () => undefined);

/** Brings graphile-worker's tables to the version that is installed. Run by one process at a time. */
export async function installJobs(url: string): Promise<void> {
  const pgPool = new Pool({
    connectionString: url,
    max: 1,
    options: '-c role=ringfence_owner -c search_path=pg_catalog',
  });
  // A connection that breaks fails the running statement; without a listener it would end the process as well.
  pgPool.on('error', () => undefined);
  pgPool.on('connect', (client) => client.on('error', () => undefined));
  try {
    await runMigrations({ pgPool, logger: silent });
  } finally {
    await pgPool.end();
  }
}
