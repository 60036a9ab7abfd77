// A connection of the pool while a transaction uses it: what is sent on it, and how it is got rid of.
import type { Socket } from 'node:net';
import type { PoolClient } from 'pg';

/** Settings of Postgres, by name. */
export type Settings = Record<string, string | number>;

/** A connection in use by a transaction. */
export interface Connection {
  client: PoolClient;
  /** Settles when the session is open, or could not be opened. */
  opened: Promise<unknown>;
  /** Whether a statement has been answered: from then on the transaction can't be begun again unnoticed. */
  answered: boolean;
  /** Whether a statement has failed: those behind it fail too, and what they were to prepare is not there. */
  failed: boolean;
  /** Whether its last user deallocated what the driver believes to be prepared. */
  stale: boolean;
  destroyed: boolean;
  deadline: NodeJS.Timeout;
}

/**
 * The pool listens to its connections only while they are idle; one that breaks in use, without a listener, would end the
 * process. Nothing is lost: the running statement fails, or the next one does.
 */
export function ignoreBreaking(): void {}

export function destroy(connection: Connection): void {
  if (connection.destroyed) return;
  connection.destroyed = true;
  const { client, deadline } = connection;
  clearTimeout(deadline);
  // Ending politely would wait for statements that are still running.
  connectionSocket(client).destroy();
  client.release(true);
}

/** Every prepared statement costs memory of its connection, so one that has this many makes room for a new one. */
const maximumPreparedStatements = 500;

const preparedStatements = new WeakMap<PoolClient, Set<string>>();

export function countStatement(client: PoolClient, name: string | undefined): void {
  if (name === undefined) return;
  const names = preparedStatements.get(client);
  if (names === undefined) preparedStatements.set(client, new Set([name]));
  else names.add(name);
}

export function isFull(client: PoolClient): boolean {
  return (preparedStatements.get(client)?.size ?? 0) > maximumPreparedStatements;
}

/** Sends what is answered before the statement that the caller waits for, and fails only if that one does. */
export function sendBeside(client: PoolClient, text: string): void {
  client.query(text).catch(() => undefined);
}

export function settingStatements(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `; set local ${name} = ${value}`)
    .join('');
}

/** Sends each statement when the one ahead has been answered. */
export async function sendInTurn(
  client: PoolClient,
  statements: readonly [text: string, values?: unknown[]][],
): Promise<void> {
  for (const [text, values] of statements) await client.query(text, values);
}

/** What is sent within one turn of the event loop leaves in one write, so that Postgres wakes up once for all of it. */
export function sendTogether(client: PoolClient): void {
  const socket = connectionSocket(client);
  if (socket.writableCorked > 0) return;
  socket.cork();
  setImmediate(() => socket.uncork());
}

export function connectionSocket(client: PoolClient): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}
