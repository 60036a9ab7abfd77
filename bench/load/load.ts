// Puts a server under load, from the generator's own process.
import { join } from 'node:path';
import { benchFolder } from '../paths';
import { answerOf, end, start } from '../processes';

export interface Job {
  url: string;
  accessToken: string;
  /** Sent in turn; %n% in one becomes a number that no other request has. */
  bodies: string[];
  connections: number;
  seconds?: number;
  /** In place of seconds: how many requests. */
  amount?: number;
}

export interface LoadResult {
  requests: number;
  elapsedSeconds: number;
  requestsPerSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

export interface LoadGenerator {
  /** Throws when an answer was not 200 without errors. */
  run(job: Job): Promise<LoadResult>;
  stop(): Promise<void>;
}

export function startLoadGenerator(): LoadGenerator {
  const child = start(join(benchFolder, 'load/generator.mjs'));
  return {
    run: async (job) => {
      const answer = answerOf<LoadResult & { failure: string | null }>(child);
      child.send(job);
      const { failure, ...result } = await answer;
      if (failure !== null) throw new Error(`${job.url} answered ${failure}\nto ${job.bodies[0]}`);
      return result;
    },
    stop: () => end(child),
  };
}
