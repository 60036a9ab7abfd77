// The only way to a principal's data. A transaction opens with the sealed session (db/functions/10_identity.sql): begin,
// reset all, open_session and set local role travel together with the first statement, in one round trip. Nothing
// relies on what an earlier user of the connection left behind, and a connection that might still carry something of
// this one is destroyed instead of given back.
import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { EntityManager } from 'typeorm';
import {
  connectionSocket,
  countStatement,
  destroy,
  ignoreBreaking,
  isFull,
  sendBeside,
  sendInTurn,
  sendTogether,
  settingStatements,
  type Connection,
  type Settings,
} from './connection';
import type { Database } from './database';
import { databaseErrorOf, expectedError, isRetryable, sqlState } from './sql-errors';
import { outcomeUnknown, unauthenticated, unavailable } from '../graphql/errors';

/** The kinds that are sealed into an identity; the letters stand in db/functions/10_identity.sql. */
export enum SealedKind {
  OWNER = 'O',
  ADMIN = 'A',
  MEMBER_ALL = 'L',
  MEMBER = 'M',
  PORTAL_USER = 'P',
  PARTNER_ALL = 'T',
  PARTNER = 'S',
}

/** What opens a session: never an identity, always a secret, of which the database is given the digest. */
export interface Credential {
  /** Of a partner token: the token. */
  sessionId: string;
  secretDigest: Buffer;
  kind: SealedKind;
}

/** Queries see one snapshot and write nothing; mutations see what is committed. */
export type AccessMode = 'read only' | 'read write';

const servingRole: Record<SealedKind, string> = {
  [SealedKind.OWNER]: 'ringfence_admin',
  [SealedKind.ADMIN]: 'ringfence_admin',
  [SealedKind.MEMBER_ALL]: 'ringfence_member_all',
  [SealedKind.MEMBER]: 'ringfence_member',
  [SealedKind.PORTAL_USER]: 'ringfence_portal',
  [SealedKind.PARTNER_ALL]: 'ringfence_partner_all',
  [SealedKind.PARTNER]: 'ringfence_partner',
};

const beginStatement: Record<AccessMode, string> = {
  'read only': 'begin isolation level repeatable read read only; reset all',
  'read write':
    'begin isolation level read committed read write; reset all; set local synchronous_commit = off',
};

/**
 * Sent behind the commit of what writes, which does not wait for the disk, so that nobody waits for its locks meanwhile, nor for that
 * of notifications, which is one for the whole database. This is a transaction of its own that does wait, and what lies ahead of it in
 * the log is on disk with it: https://www.postgresql.org/docs/current/wal-async-commit.html
 */
const reachDisk = `select pg_logical_emit_message(true, 'ringfence', ''::text)`;

/** Where transactions take their connections, and how long each may keep one. */
export interface Connections {
  readonly pool: Pool;
  readonly operationMilliseconds: number;
  /** Whether statements are sent before those ahead are answered; without, rows can be copied out. */
  readonly pipelined: boolean;
}

/**
 * One transaction as one principal, opened at its first statement. Statements of one tick go out together.
 *
 * With `single`, every statement is a transaction of its own, and its commit travels with it: one round trip, for reading
 * what takes one statement.
 */
export class Transaction {
  private connection: Promise<Connection> | undefined;
  private openings = 0;
  private ended = false;
  private unexpected = false;
  /** What has been sent and not answered yet. */
  private readonly running = new Set<Promise<unknown>>();
  private concluded = false;
  /** Whether it lost a deadlock or a serialization conflict: running it again is right. */
  retryable = false;
  private entityManager: EntityManager | undefined;
  private readonly kept = new Map<unknown, unknown>();

  constructor(
    private readonly database: Database,
    private readonly credential: Credential,
    private readonly mode: AccessMode,
    private readonly single = false,
    private readonly connections: Connections = database,
  ) {}

  /** What lives as long as this transaction, made when it is first asked for. (A WeakMap of what lives so short is dear to the collector.) */
  keep<Value>(make: (transaction: Transaction) => Value): Value {
    let value = this.kept.get(make);
    if (value === undefined) this.kept.set(make, (value = make(this)));
    return value as Value;
  }

  /** Sends a statement and answers its rows. Throws an API error where the refusal is expected. */
  async query<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.run<Row>(text, values)).rows;
  }

  /**
   * As `query`, under settings that hold for this statement alone; null: it ran longer than the statement_timeout among
   * them. In the same round trip: a savepoint that is rolled back takes the settings, and a failure, with it.
   */
  async queryWithin<Row extends QueryResultRow>(
    settings: Settings,
    text: string,
    values: unknown[],
  ): Promise<Row[] | null> {
    try {
      return (await this.run<Row>(text, values, settings)).rows;
    } catch (error) {
      if (error instanceof StatementTimeout) return null;
      throw error;
    }
  }

  /** Whom it acts for: what the credential is expected to open. */
  get kind(): SealedKind {
    return this.credential.kind;
  }

  /** As `query`, with the whole result of the driver. */
  async run<Row extends QueryResultRow>(
    text: string,
    values: unknown[] = [],
    settings?: Settings,
  ): Promise<QueryResult<Row>> {
    if (this.concluded) throw unavailable();
    const answer = this.send<Row>(text, values, settings);
    this.running.add(answer);
    try {
      return await answer;
    } finally {
      this.running.delete(answer);
    }
  }

  /**
   * What a `copy … to stdout` sends, as it comes; behind a first statement, on connections without pipelining. Left before
   * its end it can't be taken back, so that the connection is destroyed.
   */
  async *copyOut(text: string): AsyncGenerator<Buffer> {
    const connection = await this.connection;
    if (connection === undefined || this.ended) throw unavailable();
    let whole = false;
    try {
      for await (const chunk of connection.client.query(copyTo(text))) yield chunk as Buffer;
      whole = true;
    } catch (error) {
      throw this.failureOf(error, connection);
    } finally {
      if (!whole) await this.abort();
    }
  }

  /** Ends it at once, whatever is under way, by destroying its connection. */
  async abort(): Promise<void> {
    const connection = await this.detach();
    if (connection !== undefined) destroy(connection);
  }

  /**
   * Undoes what was done since a savepoint, and sends one last statement. What is still running is waited for, and undone
   * as well; nothing that comes later is done, so that no part of the work outlives its being undone.
   */
  async conclude(savepoint: string, text: string, values: unknown[]): Promise<void> {
    this.concluded = true;
    await Promise.allSettled(this.running);
    await Promise.all([this.send(`rollback to savepoint ${savepoint}`, []), this.send(text, values)]);
  }

  private async send<Row extends QueryResultRow>(
    text: string,
    values: unknown[],
    settings?: Settings,
  ): Promise<QueryResult<Row>> {
    const role = servingRole[this.credential.kind];
    for (;;) {
      // A resolver that outlived the answer must not open a transaction that nobody would end.
      if (this.ended) throw unavailable();
      const opening = this.single ? this.open(role) : (this.connection ??= this.open(role));
      const connection = await opening;
      const { client, opened } = connection;
      sendTogether(client);
      if (settings !== undefined) sendBeside(client, `savepoint aside${settingStatements(settings)}`);
      const name = this.database.statementName(role, text);
      countStatement(client, name);
      const statement = { text, values, name };
      const answer = this.connections.pipelined
        ? client.query<Row>(statement)
        : opened.then(() => client.query<Row>(statement));
      answer.catch(() => undefined);
      if (settings !== undefined) sendBeside(client, 'rollback to savepoint aside; release savepoint aside');
      const commit = this.single ? client.query('commit') : undefined;
      commit?.catch(() => undefined);
      try {
        await opened;
      } catch (error) {
        // Refused, on a connection that is as good as before.
        if (databaseErrorOf(error)?.code === sqlState.noSession) {
          if (this.single || this.connection === opening) {
            this.connection = undefined;
            await this.release(connection, commit ?? client.query('rollback'));
          }
          throw unauthenticated();
        }
        this.drop(opening, connection);
        if (!this.mayReopen(error)) throw expectedError(error) ?? error;
        continue;
      }
      try {
        const result = await answer;
        connection.answered = true;
        if (commit !== undefined) await this.release(connection, commit);
        return result;
      } catch (error) {
        connection.stale ||= databaseErrorOf(error)?.code === sqlState.statementMissing && !connection.failed;
        if (connection.stale && !connection.answered && this.openings <= this.connections.pool.options.max) {
          this.drop(opening, connection);
          continue;
        }
        const failure = this.failureOf(error, connection, settings);
        if (commit !== undefined) await this.release(connection, commit);
        throw failure;
      }
    }
  }

  /** What the caller is told of a statement that failed, and what is remembered of it. */
  private failureOf(error: unknown, connection: Connection, settings?: Settings): unknown {
    if (settings !== undefined && databaseErrorOf(error)?.code === sqlState.cancelled)
      return new StatementTimeout();
    connection.failed = true;
    this.retryable ||= isRetryable(error);
    const expected = expectedError(error);
    this.unexpected ||= connection.stale || expected === null || databaseErrorOf(error) === undefined;
    return expected ?? error;
  }

  /** TypeORM over this transaction: for entities, writes and simple reads. Relations are never used. */
  get manager(): EntityManager {
    return (this.entityManager ??= this.database.entityManagerOver(this));
  }

  /** Commits, and gives the connection back. Throws if the database did not say that it committed, and that it is on disk. */
  async commit(): Promise<void> {
    const connection = await this.detach();
    if (connection === undefined) return;
    const { client } = connection;
    const writes = this.mode === 'read write';
    sendTogether(client);
    const committed = client.query('commit');
    const onDisk = writes ? client.query(reachDisk) : undefined;
    onDisk?.catch(() => undefined);
    let command: string;
    try {
      ({ command } = await committed);
    } catch (error) {
      destroy(connection);
      // What Postgres refuses to commit is undone; what it was not heard about may be saved.
      throw databaseErrorOf(error) === undefined && writes
        ? outcomeUnknown()
        : (expectedError(error) ?? error);
    }
    try {
      await onDisk;
    } catch {
      destroy(connection);
      throw outcomeUnknown();
    }
    this.giveBack(connection);
    // A transaction in which a statement failed ends as ROLLBACK, without an error.
    if (command !== 'COMMIT') throw unavailable();
  }

  /** Undoes everything, and gives the connection back. Never throws. */
  async rollback(): Promise<void> {
    const connection = await this.detach();
    if (connection === undefined) return;
    await this.release(connection, connection.client.query('rollback'));
  }

  private async open(role: string): Promise<Connection> {
    this.openings += 1;
    const client = await this.acquire();
    const { sessionId, secretDigest, kind } = this.credential;
    sendTogether(client);
    const statements: [text: string, values?: unknown[]][] = [
      [beginStatement[this.mode]],
      // Unnamed on purpose: a named statement could have been replaced by the connection's last user.
      ['select ringfence.open_session($1, $2, $3)', [sessionId, secretDigest, kind]],
      [`set local role ${role}`],
    ];
    const opened = this.connections.pipelined
      ? Promise.all(statements.map(([text, values]) => client.query(text, values)))
      : sendInTurn(client, statements);
    opened.catch(() => undefined);
    client.on('error', ignoreBreaking);
    const deadline = setTimeout(() => this.expire(connection), this.connections.operationMilliseconds);
    const connection: Connection = {
      client,
      opened,
      deadline,
      answered: false,
      failed: false,
      stale: false,
      destroyed: false,
    };
    return connection;
  }

  private async acquire(): Promise<PoolClient> {
    try {
      return await this.connections.pool.connect();
    } catch (error) {
      throw expectedError(error) ?? error;
    }
  }

  /**
   * A connection that broke, or that its last user left unclean, is no fault of this request: nothing was done on it
   * yet, so another one is taken. Bounded by the size of the pool, so that a broken database ends it.
   */
  private mayReopen(error: unknown): boolean {
    const state = databaseErrorOf(error)?.code;
    const reopenable =
      state === undefined ||
      state === sqlState.connectionNotClean ||
      state === '42501' ||
      // Inside a transaction that somebody left open, or has failed.
      state.startsWith('25') ||
      state.startsWith('57P');
    return reopenable && this.openings <= this.connections.pool.options.max;
  }

  /** Destroys a connection, so that the next statement takes another one. */
  private drop(opening: Promise<Connection>, connection: Connection): void {
    if (this.connection === opening) this.connection = undefined;
    destroy(connection);
  }

  private async detach(): Promise<Connection | undefined> {
    this.ended = true;
    const connection = await this.connection?.catch(() => undefined);
    this.connection = undefined;
    return connection;
  }

  /** Gives a connection back when the end of its transaction has been answered, with whatever. */
  private async release(connection: Connection, end: Promise<unknown>): Promise<void> {
    try {
      await end;
      this.giveBack(connection);
    } catch {
      destroy(connection);
    }
  }

  private giveBack(connection: Connection): void {
    const { client } = connection;
    if (this.unexpected || client.getTransactionStatus() !== 'I' || isFull(client))
      return destroy(connection);
    clearTimeout(connection.deadline);
    client.removeListener('error', ignoreBreaking);
    client.release();
  }

  private expire(connection: Connection): void {
    this.unexpected = true;
    connectionSocket(connection.client).destroy();
  }
}

/** A statement took longer than was set for it. */
class StatementTimeout extends Error {}
