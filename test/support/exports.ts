// Exports as whoever receives them has them: records, or the files of a zip.
import { get, type IncomingMessage } from 'node:http';
import { fromBufferPromise } from 'yauzl';
import type { Client } from 'pg';
import type { GraphqlError } from './client';
import type { TestAgent } from './arrange';
import type { World } from './world';

export interface Download {
  status: number;
  headers: Headers;
  body: Buffer;
}

export type ExportedRecord = Record<string, unknown> & { type: string };

/** Downloads an export as whoever holds the token; null: nobody. */
export async function download(
  { url, token }: { url: string; token: string | null },
  path: string,
  headers: Record<string, string> = {},
): Promise<Download> {
  const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/export/clients/${path}`, {
    headers: { ...authorization, ...headers },
  });
  return {
    status: response.status,
    headers: response.headers,
    body: Buffer.from(await response.arrayBuffer()),
  };
}

/** The records of an export as NDJSON. */
export function recordsIn(body: Buffer | string): ExportedRecord[] {
  const lines = body.toString().split('\n');
  if (lines.pop() !== '') throw new Error('the last line is not finished');
  return lines.map((line) => JSON.parse(line) as ExportedRecord);
}

/** The refusal that was answered instead of an export. */
export function refusalIn({ status, body }: Download): { status: number; code: string; field?: string } {
  const { errors } = JSON.parse(body.toString()) as { errors: GraphqlError[] };
  const { code, field } = errors[0]?.extensions ?? { code: 'none' };
  return { status, code, ...(field === undefined ? {} : { field }) };
}

/** The files of a zip, by name, in their order. */
export async function filesIn(zip: Buffer): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const archive = await fromBufferPromise(zip);
  for await (const entry of archive.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await archive.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    files.set(entry.fileName, Buffer.concat(chunks).toString());
  }
  return files;
}

/** An export that is being received: it goes on when more of it is taken. */
export interface Receiving {
  /** What has been received so far. */
  received: string;
  /** Takes the rest; rejects when it breaks off. */
  rest(): Promise<string>;
  /** Resolves when it has broken off. */
  broken: Promise<void>;
  hangUp(): void;
}

/** More than sockets hold, so that an export which is not taken can't be over. */
export const manyRows = 2400;
const rowBytes = 10_000;

/** Gives client `one` an agent with so many versions of its configuration. */
export async function arrangeManyRows(owner: Client, world: World): Promise<TestAgent> {
  const { accountId, clients } = world;
  const agent = await world.arrange.agent(accountId, clients.one);
  await owner.query(
    `insert into ringfence.agent_configurations (account_id, client_id, agent_id, stay_id, number, settings, saved_by)
     select $1, $2, $3, $4, n, jsonb_build_object('text', repeat('x', $5)), 'Adam' from generate_series(1, $6) n`,
    [accountId, clients.one, agent.id, agent.stayId, rowBytes, manyRows],
  );
  return agent;
}

/** States of the connections of exports. */
export async function statesOfExports(superuser: Client): Promise<string[]> {
  const { rows } = await superuser.query<{ state: string }>(
    "select state from pg_stat_activity where datname = current_database() and application_name = 'ringfence export'",
  );
  return rows.map(({ state }) => state);
}

/** Whether Postgres waits for somebody to take what it has to send. */
export async function databaseWaits(superuser: Client): Promise<boolean> {
  const { rowCount } = await superuser.query(
    "select from pg_stat_activity where datname = current_database() and application_name = 'ringfence export' and wait_event = 'ClientWrite' and query like 'copy %'",
  );
  return rowCount === 1;
}

/** The last record of an export. */
export function endOf(text: string): ExportedRecord | undefined {
  return recordsIn(text).at(-1);
}

/** Begins to receive an export: resolves when the first of the many rows is there. Nothing more is taken until `rest`. */
export async function receive(
  { url, token }: { url: string; token: string | null },
  path: string,
): Promise<Receiving> {
  const behind = path.includes('csv') ? 'agent-configurations.csv' : '"agentConfiguration"';
  const headers = { authorization: `Bearer ${token}` };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${url}/export/clients/${path}`, { headers, agent: false }, resolve).on('error', reject);
  });
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const take = async (enough: () => boolean) => {
    while (!enough()) {
      const next = await chunks.next();
      if (next.done) return;
      receiving.received += next.value.toString('latin1');
    }
  };
  const receiving: Receiving = {
    received: '',
    async rest() {
      await take(() => false);
      return Buffer.from(receiving.received, 'latin1').toString();
    },
    broken: new Promise((resolve) => response.once('close', () => resolve())),
    hangUp: () => void response.destroy(),
  };
  await take(() => receiving.received.includes(behind));
  return receiving;
}
