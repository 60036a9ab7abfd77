/**
 * Who uses a server. Every process that started or found one keeps a connection with a shared advisory lock,
 * and the last to leave stops the server: it is the one that gets the lock for itself. The kernel closes the
 * connection of a process that was killed, so there is no list of users that could be wrong.
 */
import { Socket } from 'node:net';
import { Client } from 'pg';
import { SUPERUSER } from './cluster';
import { errorCode } from './files';

export interface Claim {
  readonly port: number;
  /** Whether the server flushes what it acknowledges. */
  readonly durable: boolean;
  /** Gives up the use. True: nobody else uses the server, and until `end` nobody can begin to. */
  isLast(): Promise<boolean>;
  end(): Promise<void>;
}

/** Any number, as long as all versions agree. Advisory locks of other databases are apart from it. */
const LOCK = 7_464_333;
const CONNECT_TIMEOUT_MILLISECONDS = 10_000;
const WRONG_PASSWORD = '28P01';

/** Undefined: not now, because it is about to start or stop. */
export async function claimServer(port: number, password: string): Promise<Claim | undefined> {
  const socket = new Socket();
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password,
    database: 'postgres',
    ssl: false,
    application_name: 'ringfence supervisor',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS,
    stream: () => socket,
  });
  // The server ends this connection when it stops or crashes, and that must not end us.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ claimed: boolean; durable: boolean }>(
      `select pg_try_advisory_lock_shared($1) as claimed, current_setting('fsync') = 'on' as durable`,
      [LOCK],
    );
    if (rows[0]?.claimed) {
      // It only marks presence and must not keep a process alive that is done.
      socket.unref();
      return {
        port,
        durable: rows[0].durable,
        isLast: () => isLast(client, socket),
        end: () => end(client, socket),
      };
    }
  } catch (cause) {
    if (errorCode(cause) === WRONG_PASSWORD) {
      throw new Error(
        `The Postgres on port ${port} does not accept the password in the file beside its data: ` +
          'put the right one there, or give the superuser that one again.',
        { cause },
      );
    }
  }
  await client.end();
  return undefined;
}

/** Whoever waits for an answer wants to live until it comes. */
async function end(client: Client, socket: Socket): Promise<void> {
  socket.ref();
  await client.end();
}

async function isLast(client: Client, socket: Socket): Promise<boolean> {
  socket.ref();
  try {
    await client.query('select pg_advisory_unlock_shared($1)', [LOCK]);
    const { rows } = await client.query<{ alone: boolean }>('select pg_try_advisory_lock($1) as alone', [
      LOCK,
    ]);
    return rows[0]?.alone === true;
  } catch {
    // The connection is lost, so the server crashed or was stopped by other hands: what is left of it may go.
    return true;
  }
}
