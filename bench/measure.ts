// The rounds: contenders take turns within each, in an order that moves on, so that whatever else happens on the machine
// happens to all of them.
import type { Job, LoadGenerator, LoadResult } from './load/load';
import type { Options } from './options';
import type { ContenderName, Server } from './processes';
import { startProcessorClock, type ProcessorTime } from './processor';
import { say } from './say';
import type { Stage } from './stage';
import type { Work, WorkId } from './works';

export interface Measurement {
  work: WorkId;
  concurrency: number;
  /** One of each contender per round. */
  rounds: Record<ContenderName, Turn>[];
}

/** What a contender did in its turn. */
export type Turn = LoadResult & { processor: ProcessorTime };

/** Requests of a work that writes, per second asked for: a number, because each makes the next one dearer. */
const writesPerSecond = 150;

/** Answers per connection that a figure needs, and how long a slow contender may take for them. */
const fewestAnswers = 5;
const longestSeconds = 20;

/** Who takes seconds for an answer gets the time for several. */
export function secondsFor(seconds: number, connections: number, warm: LoadResult): number {
  const needed = (fewestAnswers * connections * warm.elapsedSeconds) / Math.max(warm.requests, 1);
  const measured = warm.requests === 0 ? longestSeconds : Math.ceil(needed);
  return Math.min(Math.max(seconds, measured), Math.max(seconds, longestSeconds));
}

export async function measure(
  works: Work[],
  servers: Record<ContenderName, Server>,
  { sample, accessToken, urls }: Stage,
  load: LoadGenerator,
  { rounds, seconds, warmUpSeconds, concurrencies }: Options,
): Promise<Measurement[]> {
  const cells = works.flatMap((work) =>
    concurrencies.map((concurrency) => ({ work, concurrency, rounds: [] as Measurement['rounds'] })),
  );
  const startCounting = await startProcessorClock(urls.adminUrl);
  const runOnce = async (
    work: Work,
    who: ContenderName,
    connections: number,
    job: Partial<Job>,
  ): Promise<Turn> => {
    const bodies = work.bodies(sample)[who];
    const { url, pid } = servers[who];
    const processorTime = startCounting(pid);
    const result = await load.run({ url, accessToken, bodies, connections, ...job });
    const processor = processorTime(result.requests);
    if (work.writes) await sample.undo();
    return { ...result, processor };
  };
  const turn = async (work: Work, who: ContenderName, connections: number) => {
    const writes = (duration: number) => ({ amount: Math.max(connections, duration * writesPerSecond) });
    if (work.writes) {
      await runOnce(work, who, connections, writes(warmUpSeconds));
      return runOnce(work, who, connections, writes(seconds));
    }
    const warm = await runOnce(work, who, connections, { seconds: warmUpSeconds });
    return runOnce(work, who, connections, { seconds: secondsFor(seconds, connections, warm) });
  };
  const names = Object.keys(servers) as ContenderName[];
  for (let round = 0; round < rounds; round += 1) {
    for (const { work, concurrency, rounds: done } of cells) {
      const order = names.map((_, index) => names[(index + round) % names.length] as ContenderName);
      const results: Partial<Record<ContenderName, Turn>> = {};
      for (const who of order) {
        const result = await turn(work, who, concurrency);
        if (result.requests === 0) throw new Error(`${work.id}: ${who} answered nothing in time`);
        results[who] = result;
      }
      done.push(results as Record<ContenderName, Turn>);
      const shown = names.map((who) => `${who} ${results[who]?.requestsPerSecond.toFixed(0)}/s`);
      say(`  round ${round + 1}  ${work.id} × ${String(concurrency).padEnd(3)} ${shown.join('   ')}`);
    }
  }
  return cells.map(({ work, ...cell }) => ({ work: work.id, ...cell }));
}
