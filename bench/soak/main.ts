// The soak: many principals at random against one server, for a long time, every answer looked at. Whatever is kept between
// requests, such as connections, prepared statements and caches, must never show to one principal what is another's.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { FromContender } from '../contender';
import { startCluster, withClient, type Cluster, type DatabaseUrls } from '../database/cluster';
import { connections, shippedArguments } from '../options';
import { benchFolder, compiledFolder } from '../paths';
import { answerOf, end, endAll, start } from '../processes';
import { say } from '../say';
import type { BatchResult, ToLoad } from './load';
import type { ServerState } from './server';
import { createSoakDatabase, dropSoakDatabase, readPrincipals, secretKeys } from './stage';

/** Each ends with everything at rest, and a look at the memory. */
const batches = 20;
/** How much larger the memory of the last quarter may be than that of the second. */
const largestGrowth = 1.2;
const restMilliseconds = 5000;
const shownWrong = 5;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '200000' },
    concurrency: { type: 'string', default: '32' },
    cancelled: { type: 'string', default: '0.01' },
  },
});
const requests = Number(values.requests);
const concurrency = Number(values.concurrency);
const cancelledShare = Number(values.cancelled);

async function soak(cluster: Cluster, urls: DatabaseUrls): Promise<boolean> {
  const principals = await readPrincipals(urls);
  const settings = {
    databaseUrl: urls.loginUrl,
    signinUrl: urls.signinUrl,
    secretKeys,
    connections,
  };
  const server = start(join(compiledFolder, 'bench/soak/server.js'), [...shippedArguments, '--expose-gc'], {
    NODE_ENV: 'production',
    BENCH_CONTENDER: JSON.stringify(settings),
  });
  const started = await answerOf<FromContender>(server);
  if (typeof started === 'string' || !('ready' in started))
    throw new Error(`the server did not start: ${JSON.stringify(started)}`);
  const stateOf = () => {
    const answer = answerOf<ServerState>(server);
    server.send('state');
    return answer;
  };
  const load = start(join(compiledFolder, 'bench/soak/load.js'));
  const tell = <Answer>(message: ToLoad) => {
    const answer = answerOf<Answer>(load);
    load.send(message);
    return answer;
  };
  await tell({ begin: { url: started.ready, principals, concurrency, cancelledShare } });
  say(`${requests} requests of ${principals.length} principals, ${concurrency} at once`);

  const wrong: string[] = [];
  let [sent, cancelled, wrongAnswers] = [0, 0, 0];
  const answered: Record<string, number> = {};
  const memoryBytes: number[] = [];
  const startedAt = Date.now();
  for (let batch = 0; batch < batches && wrong.length === 0; batch += 1) {
    const result = await tell<BatchResult>({ batch: Math.ceil(requests / batches) });
    sent += result.sent;
    cancelled += result.cancelled;
    wrongAnswers += result.wrong;
    for (const [kind, count] of Object.entries(result.answered))
      answered[kind] = (answered[kind] ?? 0) + count;
    wrong.push(...result.firstWrong);
    const { unrest, state } = await rest(cluster, urls, stateOf);
    wrong.push(...unrest, ...state.firstFaults.map((fault) => `a fault was logged: ${fault}`));
    memoryBytes.push(state.memoryBytes);
    say(`  ${sent} sent, ${cancelled} given up, ${wrongAnswers} wrong, ${mebibytes(state.memoryBytes)} MiB`);
  }
  const seconds = (Date.now() - startedAt) / 1000;
  wrong.push(...(await halfChanges(urls)));
  const growth = growthOf(memoryBytes);
  if (wrong.length === 0 && growth > largestGrowth)
    wrong.push(
      `the memory grew by the factor ${growth.toFixed(2)}: ${memoryBytes.map(mebibytes).join(', ')} MiB`,
    );

  const summary = { requests: sent, cancelled, seconds, answered, wrongAnswers, wrong, memoryBytes, growth };
  mkdirSync(join(benchFolder, 'results'), { recursive: true });
  writeFileSync(join(benchFolder, 'results/soak.json'), `${JSON.stringify(summary, null, 2)}\n`);
  for (const problem of wrong.slice(0, shownWrong)) say(`WRONG: ${problem}`);
  say(
    `${sent} requests in ${seconds.toFixed(0)} s (${(sent / seconds).toFixed(0)}/s), ${cancelled} given up, ` +
      `${wrongAnswers} wrong answers, memory × ${growth.toFixed(2)}: ${wrong.length === 0 ? 'all is well' : 'it FAILED'}`,
  );
  await end(load);
  await end(server);
  return wrong.length === 0;
}

/** Once nobody asks any more, every connection must be idle outside a transaction, and in the pool. */
async function rest(
  cluster: Cluster,
  urls: DatabaseUrls,
  stateOf: () => Promise<ServerState>,
): Promise<{ unrest: string[]; state: ServerState }> {
  for (const deadline = Date.now() + restMilliseconds; ;) {
    const state = await stateOf();
    const backends = await withClient(cluster.url, async (client) => {
      const { rows } = await client.query<{ state: string }>(
        "select state from pg_stat_activity where datname = $1 and usename = 'ringfence_login'",
        [urls.name],
      );
      return rows.map((row) => row.state);
    });
    const { total, idle, waiting } = state.pool;
    const unrest = [
      ...(backends.some((backend) => backend !== 'idle') ? [`connections are ${backends.join(', ')}`] : []),
      ...(backends.length > connections ? [`there are ${backends.length} connections`] : []),
      ...(idle !== total || waiting > 0 || total > connections
        ? [`the pool has ${total} connections, ${idle} idle, ${waiting} waiting`]
        : []),
    ];
    if (unrest.length === 0 || Date.now() > deadline) return { unrest, state };
    await wait(100);
  }
}

/** Changes of which one column was saved and the other was not. */
async function halfChanges(urls: DatabaseUrls): Promise<string[]> {
  return withClient(urls.adminUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "select name from ringfence.clients where not is_house and contact_name is distinct from name || ' ' || contact_position",
    );
    return rows.map(({ name }) => `a change of ${name} was done by half`);
  });
}

/** How much larger the last quarter is than the second one, when everything that is kept has been there once. */
function growthOf(samples: number[]): number {
  if (samples.length < 4) return 1;
  const quarter = Math.floor(samples.length / 4);
  const median = (part: number[]) => part.toSorted((a, b) => a - b)[Math.floor(part.length / 2)] ?? 0;
  return median(samples.slice(-quarter)) / median(samples.slice(quarter, 2 * quarter));
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

async function main(): Promise<boolean> {
  const cluster = await startCluster();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(
      signal,
      () =>
        void endAll()
          .then(() => cluster.stop())
          .finally(() => process.exit(1)),
    );
  try {
    const urls = await createSoakDatabase(cluster);
    try {
      return await soak(cluster, urls);
    } finally {
      await endAll();
      await dropSoakDatabase(cluster, urls);
    }
  } finally {
    await cluster.stop();
  }
}

main().then(
  (isWell) => process.exit(isWell ? 0 : 1),
  (error: unknown) => {
    say(`soak: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exit(1);
  },
);
