// The rounds: contenders take turns within each, in an order that moves on, so that whatever else happens on the machine
// happens to all of them.
import type { LoadGenerator, LoadResult } from './load/load';
import type { Options } from './options';
import type { ContenderName, Server } from './processes';
import { say } from './say';
import type { Stage } from './stage';
import type { Work, WorkId } from './works';

export interface Measurement {
  work: WorkId;
  concurrency: number;
  /** One of each contender per round. */
  rounds: Record<ContenderName, LoadResult>[];
}

/** Requests of a work that writes, per second asked for: a number, because each makes the next one dearer. */
const writesPerSecond = 150;

export async function measure(
  works: Work[],
  servers: Record<ContenderName, Server>,
  { sample, accessToken }: Stage,
  load: LoadGenerator,
  { rounds, seconds, warmUpSeconds, concurrencies }: Options,
): Promise<Measurement[]> {
  const cells = works.flatMap((work) =>
    concurrencies.map((concurrency) => ({ work, concurrency, rounds: [] as Measurement['rounds'] })),
  );
  const runOnce = async (work: Work, who: ContenderName, connections: number, duration: number) => {
    const amount = Math.max(connections, Math.round(duration * writesPerSecond));
    const bodies = work.bodies(sample)[who];
    const job = { url: servers[who].url, accessToken, bodies, connections };
    const result = await load.run(work.writes ? { ...job, amount } : { ...job, seconds: duration });
    if (work.writes) await sample.undo();
    return result;
  };
  const names = Object.keys(servers) as ContenderName[];
  for (let round = 0; round < rounds; round += 1) {
    for (const { work, concurrency, rounds: done } of cells) {
      const order = names.map((_, index) => names[(index + round) % names.length] as ContenderName);
      const results: Partial<Record<ContenderName, LoadResult>> = {};
      for (const who of order) {
        await runOnce(work, who, concurrency, warmUpSeconds);
        results[who] = await runOnce(work, who, concurrency, seconds);
      }
      done.push(results as Record<ContenderName, LoadResult>);
      const shown = names.map((who) => `${who} ${results[who]?.requestsPerSecond.toFixed(0)}/s`);
      say(`  round ${round + 1}  ${work.id} × ${String(concurrency).padEnd(3)} ${shown.join('   ')}`);
    }
  }
  return cells.map(({ work, ...cell }) => ({ work: work.id, ...cell }));
}
