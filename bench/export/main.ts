// `npm run bench:export`: a client's calls exported over HTTP against `copy … to stdout` of the same rows as the owner of the
// tables, in turns; and how much memory the server takes for it. `-- --calls 20000 --rounds 1` to see that it works.
import { randomBytes } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { to as copyTo } from 'pg-copy-streams';
import type { FromContender } from '../contender';
import { startCluster, withClient, type Cluster } from '../database/cluster';
import { connections, shippedArguments } from '../options';
import { compiledFolder } from '../paths';
import { answerOf, endAll, start } from '../processes';
import { say } from '../say';
import { spreadOf } from '../statistics';
import { table } from '../table';
import { setExportStage, type ExportStage } from './stage';

/** At most so many times as long as copying. */
const goalRatio = 2;
const goalMegabytes = 200;

const { values } = parseArgs({
  options: { calls: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '5' } },
});
const calls = Number(values.calls);
const rounds = Number(values.rounds);

interface Taken {
  seconds: number;
  bytes: number;
}

type Taking = () => Promise<Taken>;

async function measure(cluster: Cluster): Promise<boolean> {
  const secretKeys = [`export:${randomBytes(32).toString('base64')}`];
  const stage = await setExportStage(cluster, secretKeys, calls);
  say(`${calls.toLocaleString('en')} calls`);
  try {
    const { urls } = stage;
    const settings = { databaseUrl: urls.loginUrl, signinUrl: urls.signinUrl, secretKeys, connections };
    const server = start(
      join(compiledFolder, 'bench/export/server.js'),
      [...shippedArguments, '--expose-gc'],
      {
        NODE_ENV: 'production',
        BENCH_CONTENDER: JSON.stringify(settings),
      },
    );
    const started = await answerOf<FromContender>(server);
    if (typeof started === 'string' || !('ready' in started))
      throw new Error(`the server did not start: ${JSON.stringify(started)}`);
    const url = `${started.ready}/export/clients/${stage.clientId}/calls`;
    const largestMegabytes = async () => {
      const answer = answerOf<{ largestBytes: number }>(server);
      server.send('largest');
      return Math.ceil((await answer).largestBytes / 1e6);
    };
    const ways: Record<string, Taking> = {
      'copy … to stdout': () => copied(stage),
      NDJSON: () => exported(url, stage, {}),
      'NDJSON, gzip': () => exported(url, stage, { 'accept-encoding': 'gzip' }),
      'zip of CSV': () => exported(`${url}?format=csv`, stage, {}),
    };
    return await race(ways, largestMegabytes);
  } finally {
    await endAll();
    await stage.drop();
  }
}

async function race(ways: Record<string, Taking>, largestMegabytes: () => Promise<number>): Promise<boolean> {
  const taken: Record<string, Taken[]> = {};
  const megabytes: Record<string, number> = {};
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, take] of Object.entries(ways)) {
      await largestMegabytes();
      const one = await take();
      megabytes[name] = Math.max(megabytes[name] ?? 0, await largestMegabytes());
      // The first round warms up.
      if (round > 0) (taken[name] ??= []).push(one);
    }
    say(round === 0 ? '  warm' : `  round ${round} of ${rounds}`);
  }
  const medianOf = (name: string) => spreadOf((taken[name] ?? []).map(({ seconds }) => seconds)).median;
  const ratioOf = (name: string) => medianOf(name) / medianOf('copy … to stdout');
  const rows = Object.entries(taken).map(([name, all]) => [
    name,
    `${medianOf(name).toFixed(2)} s`,
    `${Math.round((all[0]?.bytes ?? 0) / 1e6)} MB`,
    `${ratioOf(name).toFixed(2)} ×`,
    name.startsWith('copy') ? '' : `${megabytes[name]} MB`,
  ]);
  const headings = ['way', 'time', 'size', 'against copy', "server's memory, at most"];
  process.stdout.write(`${table(headings, rows)}\n`);
  const largest = Math.max(...Object.values(megabytes));
  const kept = ratioOf('NDJSON') <= goalRatio && largest < goalMegabytes;
  say(`goals (${goalRatio} × for NDJSON, ${goalMegabytes} MB): ${kept ? 'kept' : 'missed'}`);
  return kept;
}

async function copied({ urls, accountId, clientId }: ExportStage): Promise<Taken> {
  return withClient(urls.adminUrl, async (client) => {
    // Ids of the benchmark's own database; copy takes no values.
    const statement = `copy (select * from ringfence.calls where account_id = '${accountId}' and client_id = '${clientId}'
      order by started_at, id) to stdout`;
    return timed(client.query(copyTo(statement)));
  });
}

async function exported(
  url: string,
  { accessToken }: ExportStage,
  headers: Record<string, string>,
): Promise<Taken> {
  const authorization = `Bearer ${accessToken}`;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { ...headers, authorization } }, resolve).on('error', reject);
  });
  let last = '';
  const result = await timed(response, (chunk) => (last = (last + chunk.toString('latin1')).slice(-500)));
  if (response.statusCode !== 200) throw new Error(`the export was refused: ${last}`);
  const readable = response.headers['content-encoding'] === undefined && !url.includes('csv');
  if (readable && !last.includes(`"complete":true,"counts":{"calls":${calls}}`))
    throw new Error(`the export is not complete: ${last}`);
  return result;
}

async function timed(
  chunks: AsyncIterable<Buffer>,
  look: (chunk: Buffer) => void = () => undefined,
): Promise<Taken> {
  const startedAt = performance.now();
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    look(chunk);
  }
  return { seconds: (performance.now() - startedAt) / 1000, bytes };
}

async function main(): Promise<boolean> {
  const cluster = await startCluster();
  try {
    return await measure(cluster);
  } finally {
    await cluster.stop();
  }
}

main().then(
  (kept) => process.exit(kept ? 0 : 1),
  (error: unknown) => {
    say(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
