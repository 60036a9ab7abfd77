// Several runners of the same kind take turns; the first is what the others are compared with.
import type { LoadGenerator } from '../load/load';
import { secondsFor } from '../measure';
import { say } from '../say';
import { spreadOf, type Spread } from '../statistics';

export interface Runner {
  label: string;
  url: string;
  accessToken: string;
  bodies: string[];
}

export interface Raced {
  label: string;
  requestsPerSecond: Spread;
  /** Time of a request as a multiple of the first runner's, in the same round. */
  slower: Spread;
}

export interface RaceOptions {
  rounds: number;
  seconds: number;
  warmUpSeconds: number;
  connections: number;
}

export async function race(
  load: LoadGenerator,
  runners: Runner[],
  { rounds, seconds, warmUpSeconds, connections }: RaceOptions,
): Promise<Raced[]> {
  const perSecond = runners.map(() => [] as number[]);
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < runners.length; turn += 1) {
      const index = (turn + round) % runners.length;
      const { label, url, accessToken, bodies } = runners[index] as Runner;
      const job = { url, accessToken, bodies, connections };
      const warm = await load.run({ ...job, seconds: warmUpSeconds });
      const { requestsPerSecond } = await load.run({
        ...job,
        seconds: secondsFor(seconds, connections, warm),
      });
      perSecond[index]?.push(requestsPerSecond);
      say(`  round ${round + 1}  ${label}: ${requestsPerSecond.toFixed(0)}/s`);
    }
  }
  return racedOf(
    runners.map(({ label }) => label),
    perSecond,
  );
}

/** What was found of each, round by round, as a multiple of the first's time. */
export function racedOf(labels: string[], perSecond: number[][]): Raced[] {
  const [first = []] = perSecond;
  return labels.map((label, index) => {
    const own = perSecond[index] ?? [];
    return {
      label,
      requestsPerSecond: spreadOf(own),
      slower: spreadOf(own.map((value, round) => (first[round] ?? Number.NaN) / value)),
    };
  });
}
