// `npm run bench:growth`: one growth after the other, and one table of all.
import type { Cluster } from '../database/cluster';
import { startLoadGenerator } from '../load/load';
import { describeMachine, machineLine, type Machine } from '../machine';
import type { Options } from '../options';
import { publishTables } from '../publish';
import { keepResults } from '../results';
import { say } from '../say';
import { table } from '../table';
import { growths, type Growth } from './growths';
import { startTimes, type StartTime } from './start-time';

export interface GrowthResults {
  measuredAt: string;
  machine: Machine;
  growths: Growth[];
  starts: StartTime[];
}

/** Rounds of `npm start`, which says little more when asked more often. */
const starts = 3;
const connections = 8;

export async function runGrowth(cluster: Cluster, options: Options): Promise<void> {
  const results: GrowthResults = {
    measuredAt: new Date().toISOString(),
    machine: await describeMachine(cluster),
    growths: [],
    starts: [],
  };
  const load = startLoadGenerator();
  for (const id of options.growths) {
    say(id);
    const run = growths[id];
    const setting = { cluster, load, options: { ...options, connections }, quick: options.quick };
    if (id === 'G9') results.starts = await startTimes(options.quick ? 1 : starts);
    else if (run === undefined) throw new Error(`there is no growth ${id}`);
    else results.growths.push(...(await run(setting)));
    // What is there is kept, should a later one be interrupted.
    keepResults('growth', results, growthMarkdown(results));
  }
  const markdown = growthMarkdown(results);
  if (options.publish) publishTables('growth', markdown);
  process.stdout.write(`\n${markdown}\n`);
}

function growthMarkdown({ measuredAt, machine, growths: found, starts: started }: GrowthResults): string {
  const rows = found.flatMap(({ id, title, goal, raced }) =>
    raced.map(({ label, requestsPerSecond, slower }, index) => [
      index === 0 ? `${id} ${title}` : '',
      label,
      requestsPerSecond.median.toFixed(0),
      ...(index === 0
        ? ['1', '', '']
        : [
            `${slower.median.toFixed(2)} (${slower.minimum.toFixed(2)} to ${slower.maximum.toFixed(2)})`,
            `≤ ${goal}`,
            slower.median <= goal ? 'met' : '**missed**',
          ]),
    ]),
  );
  const startRows = started.map(({ title, goal, seconds }) => [
    `G9 ${title}`,
    `${seconds.median.toFixed(1)} (${seconds.minimum.toFixed(1)} to ${seconds.maximum.toFixed(1)})`,
    `≤ ${goal}`,
    seconds.median <= goal ? 'met' : '**missed**',
  ]);
  return [
    machineLine(measuredAt, machine),
    ...(rows.length === 0
      ? []
      : [
          `${connections} requests at once; time as a multiple of the first line’s, in the same round: median (least to greatest).`,
          table(['growth', '', 'requests /s', 'time', 'goal', 'verdict'], rows),
        ]),
    ...(startRows.length === 0 ? [] : [table(['start', 'seconds', 'goal', 'verdict'], startRows)]),
  ].join('\n\n');
}
