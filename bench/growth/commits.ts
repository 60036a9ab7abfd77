// C: how many small changes a second are saved by many connections at once, each with a notification as every audited change has:
// where the commit itself waits for the disk, and where what is sent behind it does (src/database/transaction.ts).
import { Client, type QueryResult } from 'pg';
import { withClient, type DatabaseUrls } from '../database/cluster';
import { say } from '../say';
import { racedOf, type Raced } from './race';

const connections = 32;

const write = [
  `insert into bench_commits.rows (text) values ('sixteen letters.')`,
  `select pg_notify('bench_commits', '')`,
];

/** Statements of one change, which travel together. */
const ways = [
  { label: 'the commit waits for the disk', statements: ['begin', ...write, 'commit'] },
  {
    label: 'what is sent behind it does',
    statements: [
      'begin; set local synchronous_commit = off',
      ...write,
      'commit',
      `select pg_logical_emit_message(true, 'bench', ''::text)`,
    ],
  },
];

export async function raceCommits(urls: DatabaseUrls, rounds: number, seconds: number): Promise<Raced[]> {
  const asAdmin = (sql: string) => withClient(urls.adminUrl, (client) => client.query(sql));
  await asAdmin(
    'create schema bench_commits; create table bench_commits.rows (id bigserial primary key, text text not null)',
  );
  const clients = await Promise.all(Array.from({ length: connections }, () => connected(urls.adminUrl)));
  const perSecond = ways.map(() => [] as number[]);
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, { label, statements }] of ways.entries()) {
        let saved = 0;
        const began = performance.now();
        const until = began + 1000 * seconds;
        await Promise.all(
          clients.map(async (client) => {
            for (; performance.now() < until; saved += 1) await together(client, statements);
          }),
        );
        const rate = (1000 * saved) / (performance.now() - began);
        perSecond[index]?.push(rate);
        say(`  round ${round + 1}  ${label}: ${rate.toFixed(0)}/s`);
      }
    }
  } finally {
    await Promise.all(clients.map((client) => client.end()));
    await asAdmin('drop schema bench_commits cascade');
  }
  return racedOf(
    ways.map(({ label }) => label),
    perSecond,
  );
}

async function connected(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString, pipeline: true });
  await client.connect();
  return client;
}

const together = (client: Client, statements: string[]): Promise<QueryResult[]> =>
  Promise.all(statements.map((statement) => client.query(statement)));
