// G9: from `npm start` to ready, the first time, with the embedded Postgres made and demo data loaded, and again.
import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/project';
import { workFolder } from '../paths';
import { say } from '../say';
import { spreadOf, type Spread } from '../statistics';

export interface StartTime {
  title: string;
  /** At most so many seconds. */
  goal: number;
  seconds: Spread;
}

const readyLine = 'Ringfence is ready.';

export async function startTimes(rounds: number): Promise<StartTime[]> {
  const directory = join(workFolder, 'start');
  const first: number[] = [];
  const again: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    rmSync(directory, { recursive: true, force: true });
    first.push(await startOnce(directory));
    again.push(await startOnce(directory));
    say(`  round ${round + 1}  first ${first.at(-1)?.toFixed(1)} s, again ${again.at(-1)?.toFixed(1)} s`);
  }
  rmSync(directory, { recursive: true, force: true });
  return [
    { title: '`npm start`, the first time, with demo data', goal: 10, seconds: spreadOf(first) },
    { title: '`npm start` again', goal: 3, seconds: spreadOf(again) },
  ];
}

/** Starts, waits until it is ready, stops it as Ctrl-C does. */
async function startOnce(directory: string): Promise<number> {
  const startedAt = performance.now();
  const { PATH, HOME } = process.env;
  const child = spawn('npm', ['start'], {
    cwd: projectRoot,
    // A group of its own: npm and the server end together.
    detached: true,
    env: { PATH, HOME, PORT: '0', DATA_DIRECTORY: directory },
    stdio: ['ignore', 'pipe', 2],
  });
  const endWithUs = () => signal(child, 'SIGKILL');
  process.once('exit', endWithUs);
  await saysReady(child);
  const seconds = (performance.now() - startedAt) / 1000;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  signal(child, 'SIGINT');
  await ended;
  process.removeListener('exit', endWithUs);
  return seconds;
}

function saysReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}`)));
    child.stdout?.on('data', (chunk) => {
      output += String(chunk);
      if (output.includes(readyLine)) resolve();
    });
  });
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid !== undefined) process.kill(-pid, name);
}
