// The benchmark, from top to bottom: prepare, start everybody, compare their answers, measure in turns, report.
import 'reflect-metadata';
import { chartSvg } from './chart';
import { startCluster, type Cluster } from './database/cluster';
import { fullSize, quickSize } from './database/size';
import { runGrowth } from './growth/run';
import { startLoadGenerator } from './load/load';
import { describeMachine } from './machine';
import { measure } from './measure';
import { connections, readOptions, type Options } from './options';
import { contenderNames, endAll, type ContenderName, type Server } from './processes';
import { profile } from './profile';
import { publishWorks } from './publish';
import { reportMarkdown } from './report';
import { keepResults, type Results } from './results';
import { say } from './say';
import { serve } from './serve';
import { setStage } from './stage';
import { countStatements } from './statements';
import { works } from './works';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const cluster = await startCluster();
  endOnSignal(cluster);
  try {
    await run(cluster, options);
  } finally {
    await endAll();
    await cluster.stop();
  }
}

async function run(cluster: Cluster, options: Options): Promise<void> {
  if (options.command === 'growth') return runGrowth(cluster, options);
  const size = options.quick ? quickSize : fullSize;
  const stage = await setStage(cluster, size);
  const chosen = works.filter(({ id }) => options.works.includes(id));
  if (options.command === 'serve') return serve(stage, chosen);
  if (options.profile) return profile(stage, chosen, options);

  const costs = await countStatements(chosen, stage);
  say('all answer the same');
  const servers = {} as Record<ContenderName, Server>;
  for (const name of contenderNames) servers[name] = await stage.start(name);
  const measurements = await measure(chosen, servers, stage, startLoadGenerator(), options);
  const memory = {} as Record<ContenderName, number>;
  for (const name of contenderNames) memory[name] = await servers[name].memoryBytes();

  const results: Results = {
    measuredAt: new Date().toISOString(),
    machine: await describeMachine(cluster),
    size,
    connections,
    secondsEach: options.seconds,
    measurements,
    costs,
    memory,
  };
  const markdown = reportMarkdown(results);
  say(`kept in ${keepResults('latest', results, markdown)}`);
  if (options.publish) publishWorks(markdown, chartSvg(measurements));
  process.stdout.write(`\n${markdown}\n`);
}

let interrupted = false;

/** Ctrl-C ends the processes with this one; the database needs a word. */
function endOnSignal(cluster: Cluster): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      interrupted = true;
      void endAll()
        .then(() => cluster.stop())
        .finally(() => process.exit(1));
    });
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    // What was under way fails for want of the others.
    if (!interrupted) say(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
