// What an attacker has who can send any SQL through the API's database login: a connection as ringfence_login, and a
// session of their own to open on it. Statements are tried inside savepoints, so that one refusal does not hide the next.
import { Client, DatabaseError } from 'pg';
import type { Session } from './sessions';

/** Rows, or the SQLSTATE of the refusal. */
export type Outcome = Record<string, unknown>[] | string;

export interface OpeningOptions {
  /** Become this role instead of the one the session is served as; null: stay the login. */
  role?: string | null;
  isolation?: 'read committed' | 'repeatable read' | 'serializable';
}

export class LoginConnection {
  private constructor(readonly client: Client) {}

  static async open(url: string): Promise<LoginConnection> {
    const client = new Client({ connectionString: url });
    // A terminated backend is part of some tests; without a listener it would end the process.
    client.on('error', () => undefined);
    await client.connect();
    return new LoginConnection(client);
  }

  /** Begins a transaction with the session open; null: with none. */
  async begin(session: Session | null, options: OpeningOptions = {}): Promise<void> {
    const { isolation = 'read committed' } = options;
    await this.client.query(`begin isolation level ${isolation}`);
    if (session !== null) {
      const { sessionId, secretDigest, kind } = session.credential;
      await this.client.query('select ringfence.open_session($1, $2, $3)', [sessionId, secretDigest, kind]);
    }
    const role = options.role === undefined ? session?.role : options.role;
    if (role != null) await this.client.query(`set local role ${role}`);
  }

  /** Does the work in a transaction as the session's holder, and rolls it back. */
  async as<T>(session: Session | null, work: () => Promise<T>, options: OpeningOptions = {}): Promise<T> {
    try {
      await this.begin(session, options);
      return await work();
    } finally {
      await this.client.query('rollback');
    }
  }

  /** The rows of a statement inside the running transaction; throws what Postgres refuses. */
  async rows(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return (await this.client.query<Record<string, unknown>>(text, values)).rows;
  }

  /** Tries a statement inside the running transaction and undoes what it did if it was refused. */
  async attempt(text: string, values: unknown[] = []): Promise<Outcome> {
    await this.client.query('savepoint attempt');
    try {
      const { rows } = await this.client.query<Record<string, unknown>>(text, values);
      await this.client.query('release savepoint attempt');
      return rows;
    } catch (error) {
      await this.client.query('rollback to savepoint attempt; release savepoint attempt');
      return sqlStateOf(error);
    }
  }

  /** As `attempt`, and undoes it also when it was allowed. Several statements at once are sent without values. */
  async dry(text: string, values: unknown[] = []): Promise<Outcome> {
    await this.client.query('savepoint dry');
    try {
      return (await this.client.query<Record<string, unknown>>(text, values)).rows;
    } catch (error) {
      return sqlStateOf(error);
    } finally {
      await this.client.query('rollback to savepoint dry; release savepoint dry');
    }
  }

  /** A statement outside any transaction: its rows or SQLSTATE. */
  async outside(text: string, values: unknown[] = []): Promise<Outcome> {
    try {
      return (await this.client.query<Record<string, unknown>>(text, values)).rows;
    } catch (error) {
      return sqlStateOf(error);
    }
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

/** The SQLSTATE of an error of Postgres; throws anything else. */
export function sqlStateOf(error: unknown): string {
  if (error instanceof DatabaseError && error.code !== undefined) return error.code;
  throw error;
}
