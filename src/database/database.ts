// The connections of the API, and what all transactions share: the pool, statement names, TypeORM's metadata.
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { Pool, types, type CustomTypesConfig, type PoolClient } from 'pg';
import { DataSource, type EntityManager, type EntitySchema, type MixedList } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import type { Logger } from 'pino';
import type { Config } from '../config';
import { expectedError, isOurs } from './sql-errors';
import { Transaction, type AccessMode, type Connections, type Credential } from './transaction';

/** Texts that are remembered per role, those used last; one is named when it is used again. */
const rememberedStatements = 1000;

const timestamptz = 1184;
const bigint = 20;

/**
 * Timestamps stay text, as RFC 3339 with microseconds: parsing each to a Date and formatting it again is what a list
 * would mostly do otherwise. The login's time zone is UTC. Counts (bigint) are numbers.
 */
const typeParsers: CustomTypesConfig = {
  getTypeParser: (oid: number, format?: string) => {
    if (oid === timestamptz) return (text: string) => text.replace(' ', 'T').replace('+00', 'Z');
    if (oid === bigint) return Number;
    return types.getTypeParser(oid, format as 'text') as (text: string) => unknown;
  },
};

export class Database implements Connections {
  private readonly statements = new Map<string, LRUCache<string, { name: string | undefined }>>();
  readonly pool: Pool;
  readonly operationMilliseconds: number;
  readonly pipelined = true;

  /** Without pipelining, and with time: for what is read as it comes. Apart, so that it takes no request's connection. */
  readonly streaming: Connections;

  private constructor(
    private readonly dataSource: DataSource,
    private readonly config: Config,
    streamingPool: Pool,
  ) {
    this.streaming = {
      pool: streamingPool,
      operationMilliseconds: config.EXPORT_MILLISECONDS,
      pipelined: false,
    };
    this.pool = (dataSource.driver as PostgresDriver).master as Pool;
    this.operationMilliseconds = config.OPERATION_MILLISECONDS;
  }

  /** Connects as ringfence_login. Rejects when Postgres does not answer. */
  static async connect(
    url: string,
    config: Config,
    logger: Logger,
    entities: MixedList<NewableFunction | EntitySchema>,
  ): Promise<Database> {
    const poolErrorHandler = (error: unknown) =>
      logger.warn({ err: error }, 'an idle database connection broke');
    const dataSource = new DataSource({
      type: 'postgres',
      url,
      entities: entities as never,
      synchronize: false,
      installExtensions: false,
      logging: false,
      applicationName: 'ringfence',
      poolSize: config.POOL_SIZE,
      connectTimeoutMS: config.POOL_WAIT_MILLISECONDS,
      poolErrorHandler,
      extra: { pipeline: true, types: typeParsers, allowExitOnIdle: true },
    });
    await dataSource.initialize();
    const streamingPool = new Pool({
      connectionString: url,
      application_name: 'ringfence export',
      max: config.EXPORTS_AT_ONCE,
      connectionTimeoutMillis: config.POOL_WAIT_MILLISECONDS,
      types: typeParsers,
      allowExitOnIdle: true,
    });
    streamingPool.on('error', poolErrorHandler);
    return new Database(dataSource, config, streamingPool);
  }

  /** A transaction as the holder of a credential; nothing is sent before its first statement. */
  transaction(credential: Credential, mode: AccessMode): Transaction {
    return new Transaction(this, credential, mode);
  }

  /** Read-only transactions, one for each statement. */
  singleStatements(credential: Credential): Transaction {
    return new Transaction(this, credential, 'read only', true);
  }

  /** A read-only transaction that may take long, on a connection that can be copied from. */
  streamingTransaction(credential: Credential): Transaction {
    return new Transaction(this, credential, 'read only', false, this.streaming);
  }

  /**
   * Name under which a statement is prepared, unique per role (one name for two roles is planned again at each change);
   * undefined: send it unnamed, because it was not sent lately or names are switched off.
   */
  statementName(role: string, text: string): string | undefined {
    if (!this.config.PREPARED_STATEMENTS) return undefined;
    let ofRole = this.statements.get(role);
    if (ofRole === undefined)
      this.statements.set(role, (ofRole = new LRUCache({ max: rememberedStatements })));
    const known = ofRole.get(text);
    if (known === undefined) {
      ofRole.set(text, { name: undefined });
      return undefined;
    }
    return (known.name ??= `${role}_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`);
  }

  /** An entity manager whose statements all go through the given transaction. */
  entityManagerOver(transaction: Transaction): EntityManager {
    const runner = this.dataSource.createQueryRunner() as PostgresQueryRunner;
    // TypeORM must neither take a connection of its own nor begin: it is inside a transaction already.
    const connection = { query: (text: string, values?: unknown[]) => transaction.run(text, values ?? []) };
    runner.connect = () => Promise.resolve(connection as unknown as PoolClient);
    runner.isTransactionActive = true;
    return runner.manager;
  }

  /** For the gate and health checks: a statement as the bare login, which can read no data. */
  async asLogin<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query(text, values)).rows as Row[];
  }

  /**
   * As `asLogin`, whatever the connection's last user left behind: one on which it fails is destroyed, and another is taken,
   * at most as many as the pool has places. So the statement may be sent twice. What our functions refuse is refused.
   */
  async askAsLogin<Row>(text: string, values: unknown[]): Promise<Row[]> {
    for (let tries = 1; ; tries += 1) {
      const client = await this.pool.connect().catch((error: unknown) => {
        throw expectedError(error) ?? error;
      });
      try {
        const { rows } = await client.query(text, values);
        client.release();
        return rows as Row[];
      } catch (error) {
        const refused = isOurs(error);
        client.release(!refused);
        if (refused || tries >= this.pool.options.max) throw expectedError(error) ?? error;
      }
    }
  }

  async close(): Promise<void> {
    await this.streaming.pool.end();
    await this.dataSource.destroy();
  }
}
