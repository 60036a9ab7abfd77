// The benchmark's leads as a feature of a test server: the only rows so far that clients have many of. Imported
// before the server, whose gate reads the matrix once.
import '../../bench/soak/matrix';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { benchFeatures } from '../../bench/ringfence/features';
import { catalogDigest } from '../../src/database/migrate';
import { features } from '../../src/graphql/features';
import { projectRoot } from '../../src/project';

export const leadFeatures = benchFeatures.filter((feature) => !features.includes(feature));

/** Makes the tables, their indexes and policies. As ringfence_owner, before a server looks at the database. */
export async function createLeadTables(owner: Client): Promise<void> {
  for (const file of ['tables.sql', 'finish.sql', 'policies.sql'])
    await owner.query(readFileSync(join(projectRoot, 'bench/database', file), 'utf8'));
  await owner.query(`update fence.applied_fence set catalog_digest = (${catalogDigest})`);
}
