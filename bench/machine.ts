// What the figures were measured on.
import { cpus, release, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withClient, type Cluster } from './database/cluster';
import { benchFolder } from './paths';

export interface Machine {
  cpu: string;
  cores: number;
  memoryGigabytes: number;
  system: string;
  node: string;
  postgres: string;
  postgraphile: string;
}

export async function describeMachine(cluster: Cluster): Promise<Machine> {
  const postgres = await withClient(cluster.url, async (client) => {
    const { rows } = await client.query<{ version: string; buffers: string; fsync: string }>(
      "select current_setting('server_version') as version, current_setting('shared_buffers') as buffers, current_setting('fsync') as fsync",
    );
    const [row] = rows;
    return `${row?.version ?? '?'}, shared_buffers ${row?.buffers ?? '?'}, fsync ${row?.fsync ?? '?'}`;
  });
  const { version } = JSON.parse(
    readFileSync(join(benchFolder, 'node_modules/postgraphile/package.json'), 'utf8'),
  ) as { version: string };
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${systemName()}, kernel ${release()}`,
    node: process.version.slice(1),
    postgres,
    postgraphile: version,
  };
}

function systemName(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}

/** When and on what, in a sentence. */
export function machineLine(measuredAt: string, machine: Machine): string {
  return (
    `Measured on ${measuredAt.slice(0, 10)}: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGigabytes} GB, ` +
    `${machine.system}; Node ${machine.node}; Postgres ${machine.postgres}; PostGraphile ${machine.postgraphile}.`
  );
}
