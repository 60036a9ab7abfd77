// The benchmark, from top to bottom: prepare, start everybody, compare their answers, measure in turns, report.
import 'reflect-metadata';
import { compareAnswers } from './compare';
import { startCluster, type Cluster } from './database/cluster';
import { fullSize, quickSize } from './database/size';
import { startLoadGenerator } from './load/load';
import { measure } from './measure';
import { readOptions, type Options } from './options';
import { contenderNames, endAll, type ContenderName, type Server } from './processes';
import { say } from './say';
import { serve } from './serve';
import { setStage } from './stage';
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
  const stage = await setStage(cluster, options.quick ? quickSize : fullSize);
  const chosen = works.filter(({ id }) => options.works.includes(id));
  if (options.command === 'serve') return serve(stage, chosen);
  const servers = {} as Record<ContenderName, Server>;
  for (const name of contenderNames) servers[name] = await stage.start(name);
  for (const work of chosen) {
    await compareAnswers(work, servers, stage.sample, stage.accessToken);
    say(`${work.id}: all answer the same`);
  }
  const load = startLoadGenerator();
  const measurements = await measure(chosen, servers, stage.sample, stage.accessToken, load, options);
  process.stdout.write(JSON.stringify(measurements, null, 1));
}

/** Ctrl-C ends the processes with this one; the database needs a word. */
function endOnSignal(cluster: Cluster): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void endAll()
        .then(() => cluster.stop())
        .finally(() => process.exit(1));
    });
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    say(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
