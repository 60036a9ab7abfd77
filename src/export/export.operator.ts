// An export by the operator of the installation, into a file: the same kinds and the same writers, read as the owner of the
// tables, who sees everything.
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { SingleBar } from 'cli-progress';
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { asOwner } from '../database/owner';
import { writers, type Format } from './export.service';
import { countStatement, kinds } from './kinds';
import { isoTime } from './rows';
import { Run, type About, type End } from './run';

export interface OperatorExport {
  /** Of the account. */
  slug: string;
  clientId: string;
  format: Format;
  /** A file that is not there yet. */
  output: string;
}

/** Rights on the file: it holds what row security keeps apart. */
const ownerOnly = 0o600;

interface Exported {
  accountId: string;
  name: string;
  status: string;
  readAt: string;
}

/** Writes all there is of a client into a file; shows how far it is, where somebody looks. Throws where it is not complete. */
export async function exportToFile(adminUrl: string, request: OperatorExport): Promise<End> {
  const { slug, clientId, format, output } = request;
  const bar = new SingleBar({ format: '{bar} {percentage} % of {total} rows', stream: process.stderr });
  let result: End | undefined;
  let failure: unknown;
  await asOwner(adminUrl, async (client) => {
    const exported = await openSnapshot(client, slug, clientId);
    const file = await open(output, 'wx', ownerOnly);
    const about: About = {
      clientId,
      snapshotAt: exported.readAt,
      kinds: kinds.map(({ name }) => name),
      withheld: [],
    };
    await writeAudit(adminUrl, exported.accountId, clientId, 'STARTED', { format, kinds: about.kinds });
    bar.start(await countRows(client), 0);
    const snapshot = {
      reader: 'operator' as const,
      copyOut: (statement: string) => client.query(copyTo(statement)) as AsyncIterable<Buffer>,
      close: () => Promise.resolve(),
    };
    const run = new Run(about, kinds, snapshot, {
      look() {
        bar.update(Object.values(run.counts).reduce((sum, count) => sum + count, 0));
        return Promise.resolve(null);
      },
      reasonOf(error) {
        failure = error;
        return 'FAILED';
      },
      ended(end) {
        result = end;
        return writeAudit(adminUrl, exported.accountId, clientId, 'ENDED', { complete: end.complete });
      },
    });
    await pipeline(writers[format](run), file.createWriteStream());
  }).finally(() => bar.stop());
  if (result?.complete !== true) throw new Error(`${output} is not complete`, { cause: failure });
  return result;
}

async function openSnapshot(client: Client, slug: string, clientId: string): Promise<Exported> {
  await client.query('set transaction isolation level repeatable read, read only');
  // As the logins have it: what is copied is text.
  await client.query("set local timezone to 'UTC'; set local datestyle to 'ISO, YMD'; set local jit to off");
  const { rows } = await client.query<Exported>(
    `select a.id as "accountId", c.name, c.status, now()::text as "readAt",
       set_config('ringfence.exported_account', a.id::text, true), set_config('ringfence.exported_client', c.id::text, true)
     from ringfence.accounts a join ringfence.clients c on c.account_id = a.id
     where a.slug = $1 and c.id::text = $2 and not c.is_house`,
    [slug, clientId.toLowerCase()],
  );
  const [exported] = rows;
  if (exported === undefined) throw new Error(`there is no client ${clientId} in the account ${slug}`);
  if (exported.status === 'DELETING') throw new Error(`${exported.name} is being deleted for good`);
  return { ...exported, readAt: isoTime(exported.readAt) };
}

async function countRows(client: Client): Promise<number> {
  let total = 0;
  for (const kind of kinds) {
    const { rows } = await client.query<{ count: string }>(countStatement(kind));
    total += Number(rows[0]?.count ?? 0);
  }
  return total;
}

/** In a transaction of its own: the one that reads writes nothing. */
async function writeAudit(
  adminUrl: string,
  accountId: string,
  clientId: string,
  what: 'STARTED' | 'ENDED',
  details: object,
): Promise<void> {
  await asOwner(adminUrl, (client) =>
    client.query(
      `insert into ringfence.audit_entries (account_id, client_id, actor_kind, action, subject_kind, subject_id, details)
       values ($1, $2, 'SYSTEM', $3, 'CLIENT', $2, $4)`,
      [accountId, clientId, `CLIENT_EXPORT_${what}`, details],
    ),
  );
}
