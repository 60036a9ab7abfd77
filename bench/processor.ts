// Processor time, from the accounts that Linux keeps of every process (proc(5)). Steadier than requests per second on a shared
// machine, and it tells whose time a request takes.
import { readdirSync, readFileSync } from 'node:fs';
import { withClient } from './database/cluster';

/** Milliseconds per request; null where it can't be read: not Linux, or Postgres is elsewhere. */
export interface ProcessorTime {
  server: number | null;
  postgres: number | null;
}

/** Starts to count for a server and all of Postgres; what it answers ends that, given the number of requests. */
export type ProcessorClock = (serverPid: number) => (requests: number) => ProcessorTime;

/** Of a tick, in which Linux counts; the same on every platform that Node runs on. */
const millisecondsPerTick = 10;

/** A clock for the Postgres behind a URL. */
export async function startProcessorClock(adminUrl: string): Promise<ProcessorClock> {
  const backend = await withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return accountOf(rows[0]?.pid ?? 0);
  });
  const postmaster = backend?.command.includes('postgres') ? backend.parent : null;
  return (serverPid) => {
    const before = accounts();
    return (requests) => {
      const after = accounts();
      return {
        server: spent(before, after, requests, ({ pid }) => pid === serverPid),
        postgres: spent(before, after, requests, ({ parent }) => parent === postmaster),
      };
    };
  };
}

/** Of the processes that are there at the end: connections that others have left idle end in between. */
function spent(
  before: Map<number, Account>,
  after: Map<number, Account>,
  requests: number,
  counts: (account: Account) => boolean,
): number | null {
  const counted = [...after.values()].filter(counts);
  if (counted.length === 0) return null;
  let milliseconds = 0;
  for (const account of counted)
    milliseconds += account.milliseconds - (before.get(account.pid)?.milliseconds ?? 0);
  return milliseconds / requests;
}

function accounts(): Map<number, Account> {
  const all = processIds().map(accountOf);
  return new Map(all.flatMap((account) => (account === undefined ? [] : [[account.pid, account]])));
}

function processIds(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

interface Account {
  pid: number;
  command: string;
  parent: number;
  milliseconds: number;
}

function accountOf(pid: number): Account | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command stands in parentheses and may hold any character; what follows begins with the third field.
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number);
  return {
    pid,
    command: text.slice(text.indexOf('(') + 1, end),
    parent: parent ?? 0,
    milliseconds: ((user ?? 0) + (system ?? 0)) * millisecondsPerTick,
  };
}
