// `npm run bench -- --profile --only W3`: Ringfence alone under load, and where its time goes: functions by the time spent in
// themselves, and files by that of all their functions. The whole profile is kept for a browser's developer tools.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../src/project';
import { startLoadGenerator } from './load/load';
import type { Options } from './options';
import { compiledFolder, workFolder } from './paths';
import { say } from './say';
import type { Stage } from './stage';
import { table } from './table';
import type { Work } from './works';

/** As the inspector writes it. */
interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
}

const shown = 30;

export async function profile(
  { start, sample, accessToken }: Stage,
  works: Work[],
  { seconds, warmUpSeconds, concurrencies: [concurrency = 8] }: Options,
): Promise<void> {
  const server = await start('ringfence');
  const load = startLoadGenerator();
  for (const work of works) {
    const job = {
      url: server.url,
      accessToken,
      bodies: work.bodies(sample).ringfence,
      connections: concurrency,
    };
    await load.run({ ...job, seconds: warmUpSeconds });
    const file = join(workFolder, `${work.id}.cpuprofile`);
    await server.startProfile();
    const { requestsPerSecond } = await load.run({ ...job, seconds });
    await server.stopProfile(file);
    if (work.writes) await sample.undo();
    say(`${work.id} × ${concurrency}: ${requestsPerSecond.toFixed(0)}/s while profiled, kept in ${file}`);
    process.stdout.write(`\n${selfTimes(JSON.parse(readFileSync(file, 'utf8')) as CpuProfile)}\n\n`);
  }
}

function selfTimes({ nodes, samples }: CpuProfile): string {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const functions = new Map<string, number>();
  const files = new Map<string, number>();
  const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const sample of samples) {
    const place = places.get(sample);
    if (place === undefined) continue;
    const { functionName, url, lineNumber } = place;
    const file = url.replace(`file://${compiledFolder}/`, '').replace(`file://${projectRoot}/`, '');
    add(functions, `${functionName || '(anonymous)'}  ${file === '' ? '' : `${file}:${lineNumber + 1}`}`);
    add(files, file === '' ? functionName : packageOf(file));
  }
  const top = (heading: string, counts: Map<string, number>) =>
    table(
      ['self', heading],
      [...counts]
        .sort(([, a], [, b]) => b - a)
        .slice(0, shown)
        .map(([key, count]) => [`${((100 * count) / samples.length).toFixed(1)} %`, key]),
    );
  return `${top('function', functions)}\n\n${top('file or package', files)}`;
}

/** Packages as a whole, own files one by one. */
function packageOf(file: string): string {
  return /node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*node_modules\/)/.exec(file)?.[1] ?? file;
}
