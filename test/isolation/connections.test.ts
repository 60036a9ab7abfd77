// The pool under the API: what one user of a connection leaves behind never reaches, nor fails, the next; a connection
// that broke or may not be clean is replaced; and a request never waits for one without end.
import { Client, type Pool, type PoolClient } from 'pg';
import { statesOfApi, until } from '../support/activity';
import { send, type Caller } from '../support/client';
import { ClientNamesDocument, UpdateClientDocument } from '../support/documents.generated';
import { onDatabase } from '../support/database';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';
import { roleOfKind, sessionOfToken } from './sessions';

const own = {
  asOwner: ['Five', 'Four', 'One', 'Three', 'Two'],
  asScopedMember: ['One', 'Three'],
  other: ['Beta Client'],
};
const operationMilliseconds = 1500;

const names = async (caller: Caller) =>
  (await caller.get(ClientNamesDocument)).clients.nodes.map((client) => client.name);
const poolOf = (server: TestServer): Pool => server.services.database.pool;

/** Takes the connection out of the pool, leaves something on it, and gives it back as if nothing had happened. */
async function poison(server: TestServer, statements: string[]): Promise<number> {
  const client = await poolOf(server).connect();
  for (const statement of statements) await client.query(statement);
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  client.release();
  return rows[0]?.pid ?? 0;
}

describe('with a single connection', () => {
  let server: TestServer;
  let world: World;
  /** Sees, and ends, what other sessions do. */
  let superuser: Client;

  beforeAll(async () => {
    server = await startTestServer({
      settings: {
        POOL_SIZE: '1',
        POOL_WAIT_MILLISECONDS: '4000',
        OPERATION_MILLISECONDS: String(operationMilliseconds),
      },
    });
    world = await createWorld(server);
    superuser = new Client({ connectionString: server.database.adminUrl });
    await superuser.connect();
  });
  afterAll(async () => {
    await superuser.end();
    await server.close();
  });

  const states = () => statesOfApi(superuser);

  /** Everybody gets what is theirs, reading and writing, and the connection is idle afterwards. */
  async function expectOrder(): Promise<void> {
    expect(await names(world.asScopedMember)).toEqual(own.asScopedMember);
    expect(await names(world.other.asOwner)).toEqual(own.other);
    const { updateClient } = await world.asScopedMember.get(UpdateClientDocument, {
      input: { id: world.clients.one, changes: { name: 'One' } },
    });
    expect(updateClient.client.name).toBe('One');
    expect(await names(world.asOwner)).toEqual(own.asOwner);
    expect(await states()).toEqual(['idle']);
  }

  /** Names of the statements that the driver has prepared on the connection. */
  const preparedNames = async () => {
    const client = await poolOf(server).connect();
    const { rows } = await client.query<{ name: string }>(
      'select name from pg_prepared_statements where not from_sql',
    );
    client.release();
    return rows.map((row) => row.name);
  };

  test.each([
    [
      'a session-wide identity',
      ["select set_config('ringfence.identity', 'A', false), set_config('ringfence.seal', 'B', false)"],
    ],
    ['row security off', ['set row_security = off']],
    [
      'another search path',
      ['set search_path = pg_temp, public', "select set_config('search_path', 'nowhere', false)"],
    ],
    ['another time zone', ["set timezone = 'Asia/Kolkata'"]],
    ['another date style', ["set datestyle = 'SQL, DMY'"]],
    ['read only by default', ['set default_transaction_read_only = on']],
    [
      'serializable by default',
      [
        'set default_transaction_isolation = serializable',
        'set session characteristics as transaction read only',
      ],
    ],
    ['no timeouts', ['set statement_timeout = 0', 'set lock_timeout = 0']],
    ['a timeout that everything exceeds', ['set statement_timeout = 1']],
    ['the role of administrators', ['set role ringfence_admin']],
    ['another role, set as a setting', ["select set_config('role', 'ringfence_member', false)"]],
    ['a prepared statement', ['prepare behind as select 1']],
    ['a held cursor', ['declare behind cursor with hold for select 1']],
    ['a listening channel', ['listen behind']],
    ['a transaction without a snapshot', ['begin']],
    ['a transaction with a snapshot', ['begin isolation level repeatable read', 'select 1']],
    ['a read-only transaction', ['begin read only', 'select 1']],
    ['a transaction of another role', ['begin', 'set local role ringfence_admin', 'select 1']],
  ])('%s left behind does not reach the next request, nor fail it', async (_, statements) => {
    await poison(server, statements);
    await expectOrder();
  });

  test('a failed transaction left behind does not fail the next request', async () => {
    const client = await poolOf(server).connect();
    await client.query('begin');
    await expect(client.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
    client.release();
    await expectOrder();
  });

  test("an open session of somebody else, in a transaction left behind, is not the next request's", async () => {
    const session = sessionOfToken(world.asOwner);
    const client = await poolOf(server).connect();
    await client.query('begin');
    await client.query('select ringfence.open_session($1, $2, $3)', [
      session.credential.sessionId,
      session.credential.secretDigest,
      session.credential.kind,
    ]);
    await client.query(`set local role ${roleOfKind[session.credential.kind]}`);
    expect((await client.query('select from ringfence.clients')).rowCount).toBe(6);
    client.release();
    await expectOrder();
  });

  test('statements prepared under the names of the driver are not run, and their connection is not given back', async () => {
    await expectOrder();
    const prepared = await preparedNames();
    expect(prepared.length).toBeGreaterThan(1);
    const pid = await poison(server, [
      'deallocate all',
      ...prepared.map((name) => `prepare "${name}" as select gen_random_uuid() as id, 'Forged' as name`),
    ]);
    await expectOrder();
    const { rows } = await superuser.query('select from pg_stat_activity where pid = $1', [pid]);
    expect(rows).toEqual([]);
  });

  test('statements deallocated under the names of the driver fail no request', async () => {
    await expectOrder();
    await poison(server, ['deallocate all']);
    await expectOrder();
  });

  test('a backend that is terminated between two requests fails neither', async () => {
    const pid = await poison(server, ['select 1']);
    await superuser.query('select pg_terminate_backend($1)', [pid]);
    await expectOrder();
  });

  test('a backend that is terminated between two statements of a request fails that request alone', async () => {
    const { credential } = sessionOfToken(world.asOwner);
    const transaction = server.services.database.transaction(credential, 'read only');
    const [row] = await transaction.query<{ pid: number }>('select pg_backend_pid() as pid');
    await superuser.query('select pg_terminate_backend($1)', [row?.pid]);
    await expect(transaction.query('select 1')).rejects.toMatchObject({
      extensions: { code: 'UNAVAILABLE' },
    });
    await transaction.rollback();
    await expectOrder();
  });

  test('a statement that fails, and a document that is refused, leave the connection usable', async () => {
    const missing = await world.asOwner.refusal(UpdateClientDocument, {
      input: { id: world.other.clientId, changes: { name: 'X' } },
    });
    expect(missing.code).toBe('NOT_FOUND');
    const archived = await world.asOwner.refusal(UpdateClientDocument, {
      input: { id: world.clients.six, changes: { name: 'X' } },
    });
    expect(archived).toEqual({ code: 'CONFLICT', reason: 'CLIENT_ARCHIVED' });
    expect(await states()).toEqual(['idle']);
    await expectOrder();
  });

  describe('while a row is locked', () => {
    beforeEach(async () => {
      await server.owner.query('begin');
      await server.owner.query('select from ringfence.clients where id = $1 for update', [world.clients.two]);
    });
    afterEach(() => server.owner.query('rollback'));
    const update = () =>
      world.asOwner.ask(UpdateClientDocument, {
        input: { id: world.clients.two, changes: { name: 'Waited' } },
      });

    test('an update whose backend is terminated answers UNAVAILABLE, changes nothing, and the pool recovers', async () => {
      const answer = update();
      await until(async () => {
        const { rowCount } = await superuser.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'ringfence_login' and wait_event_type = 'Lock'",
        );
        return rowCount === 1;
      });
      expectUnavailable(await answer);
      await server.owner.query('rollback');
      await expectOrder();
    });

    test('an update that outlasts its deadline answers UNAVAILABLE, changes nothing, and the pool recovers', async () => {
      expectUnavailable(await update());
      await server.owner.query('rollback');
      await until(async () => (await states()).length === 0);
      await expectOrder();
    });
  });

  test('a request waits for a connection as long as it may, and is answered UNAVAILABLE with 503 and Retry-After', async () => {
    const impatient = await startTestServer({ settings: { POOL_SIZE: '1', POOL_WAIT_MILLISECONDS: '400' } });
    let held: PoolClient | undefined;
    try {
      const { asOwner, other } = await createWorld(impatient);
      held = await poolOf(impatient).connect();
      for (const answer of await Promise.all(
        [asOwner, other.asOwner, asOwner].map((caller) => caller.ask(ClientNamesDocument)),
      )) {
        expectUnavailable(answer);
      }
      held.release();
      held = undefined;
      expect(await names(asOwner)).toEqual(own.asOwner);
    } finally {
      held?.release();
      await impatient.close();
    }
  });

  test('introspection, rubbish, refused documents and anonymous callers take no connection', async () => {
    let taken = 0;
    const count = () => (taken += 1);
    poolOf(server).on('acquire', count);
    try {
      const token = world.asOwner.token;
      for (const [caller, document] of [
        [token, '{ __schema { types { name } } }'],
        [token, '{ __typename }'],
        [token, '{ clients { nodes { id }'],
        [token, '{ nothing }'],
        [token, `{ ${Array.from({ length: 60 }, (_, index) => `a${index}: viewer { kind }`).join(' ')} }`],
        [token, 'query ($id: ID!) { client(id: $id) { id } }'],
        [`${token}x`, '{ clients { nodes { id } } }'],
        [null, '{ clients { nodes { id } } }'],
        [null, '{ viewer { kind } }'],
      ] as const) {
        await send(server.url, caller, document);
      }
      expect(taken).toBe(0);
      await names(world.asOwner);
      expect(taken).toBe(1);
    } finally {
      poolOf(server).removeListener('acquire', count);
    }
  });

  test('A65: two principals on one connection, five hundred requests at a time, get each their own', async () => {
    await expectNeverMixed(world, 500, 25);
    expect(await states()).toEqual(['idle']);
  });
});

describe('with a small pool', () => {
  test('three principals, reading and writing by turns three hundred times, get each their own', async () => {
    const server = await startTestServer({ settings: { POOL_SIZE: '2', POOL_WAIT_MILLISECONDS: '10000' } });
    try {
      const world = await createWorld(server);
      const writes = Array.from({ length: 60 }, async (_, index) => {
        const name = index % 2 === 0 ? 'One' : 'Three';
        const id = index % 2 === 0 ? world.clients.one : world.clients.three;
        const answer = await world.asScopedMember.get(UpdateClientDocument, {
          input: { id, changes: { name } },
        });
        expect(answer.updateClient.client.name).toBe(name);
      });
      await Promise.all([expectNeverMixed(world, 300, 20), ...writes]);
      expect(await onDatabase(server.database.adminUrl, statesOfApi)).toEqual(['idle', 'idle']);
      expect(server.services.database.pool.idleCount).toBe(2);
    } finally {
      await server.close();
    }
  });
});

/** Sends requests of three principals by turns, some at once, and compares each answer with what is that principal's. */
async function expectNeverMixed(world: World, requests: number, atOnce: number): Promise<void> {
  const callers = [
    [world.asOwner, own.asOwner],
    [world.asScopedMember, own.asScopedMember],
    [world.other.asOwner, own.other],
  ] as const;
  for (let sent = 0; sent < requests; sent += atOnce) {
    const turn = Array.from(
      { length: atOnce },
      (_, index) => callers[(sent + index) % callers.length] ?? callers[0],
    );
    const answers = await Promise.all(turn.map(([caller]) => names(caller)));
    expect(answers).toEqual(turn.map(([, expected]) => expected));
  }
}

function expectUnavailable({
  status,
  headers,
  data,
  errors,
}: {
  status: number;
  headers: Headers;
  data: unknown;
  errors?: { extensions: { code: string } }[] | undefined;
}): void {
  expect(errors?.map((error) => error.extensions.code)).toEqual(['UNAVAILABLE']);
  expect(status).toBe(503);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(data ?? null).toBeNull();
}
