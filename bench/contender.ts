// What a contender's process says to the benchmark, and hears from it. It ends when the benchmark does.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import process from 'node:process';

/** Settings of a contender, in its environment as BENCH_CONTENDER. */
export interface ContenderSettings {
  /** The database, as the login of this contender. */
  databaseUrl: string;
  /** The database as ringfence_signin; only Ringfence asks. */
  signinUrl: string;
  /** SECRET_KEYS of Ringfence; the others verify the same tokens. */
  secretKeys: string[];
  connections: number;
}

export type ToContender = 'memory' | 'start profile' | { stopProfile: string };
export type FromContender = { ready: string } | { memoryBytes: number } | { failed: string } | 'done';

export function readContenderSettings(): ContenderSettings {
  return JSON.parse(process.env.BENCH_CONTENDER ?? '{}') as ContenderSettings;
}

/** Starts a server, tells its address, and answers what the benchmark asks. */
export function serveBenchmark(start: (settings: ContenderSettings) => Promise<string>): void {
  const tell = (message: FromContender) => process.send?.(message);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (question: ToContender) => {
    if (question === 'memory') tell({ memoryBytes: process.memoryUsage.rss() });
    else if (question === 'start profile') void startProfile().then(() => tell('done'));
    else if (typeof question === 'object') void stopProfile(question.stopProfile).then(() => tell('done'));
  });
  start(readContenderSettings()).then(
    (url) => tell({ ready: url }),
    (error: unknown) =>
      tell({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
}

const profiler = new Session();

async function startProfile(): Promise<void> {
  profiler.connect();
  await profiler.post('Profiler.enable');
  await profiler.post('Profiler.start');
}

/** Writes what --cpu-prof would, without the start of the process. */
async function stopProfile(file: string): Promise<void> {
  const { profile } = await profiler.post('Profiler.stop');
  profiler.disconnect();
  writeFileSync(file, JSON.stringify(profile));
}
