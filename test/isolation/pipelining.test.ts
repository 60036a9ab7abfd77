// Statements of one tick travel together, as whoever asks. When one of them fails, what the others are answered stays with
// them, and nothing of it reaches the next user of the connection.
import { Client, type PoolClient } from 'pg';
import type { Transaction } from '../../src/database/transaction';
import { allowSleeping, statesOfApi } from '../support/activity';
import { send, type Caller } from '../support/client';
import { watchReleases, type Releases } from '../support/releases';
import { startTestServer, type TestServer } from '../support/server';
import { statementFeature } from '../support/statement-feature';
import { createWorld, type World } from '../support/world';
import { sessionOfToken } from './sessions';

const own = {
  asOwner: ['Five', 'Four', 'One', 'Six', 'Three', 'Two'],
  asScopedMember: ['One', 'Three'],
  other: ['Beta Client'],
};
const namesStatement = 'select name as value from ringfence.clients where not is_house order by name';

/** Statements that fail, and whether the connection is destroyed for it. */
const failures: Record<string, { sql: string; values?: unknown[]; code: string; fault: boolean }> = {
  'a table out of reach': { sql: 'select from fence.seal_keys', code: 'FORBIDDEN', fault: false },
  'a division by zero': { sql: 'select 1 / 0', code: '22012', fault: true },
  'a syntax error': { sql: 'selekt', code: '42601', fault: true },
  'a table that is not there': { sql: 'select from ringfence.nothing', code: '42P01', fault: true },
  'a value that does not fit': { sql: 'select $1::uuid', values: ['x'], code: '22P02', fault: true },
  'too few values': { sql: 'select $1::int + $2::int', values: [1], code: 'UNAVAILABLE', fault: false },
};

let server: TestServer;
let world: World;
let superuser: Client;
let releases: Releases;

async function start(poolSize: number): Promise<void> {
  server = await startTestServer({
    settings: { POOL_SIZE: String(poolSize), POOL_WAIT_MILLISECONDS: '30000' },
    features: [statementFeature],
  });
  releases = watchReleases(server.services.database.pool);
  await allowSleeping(server.database.adminUrl);
  world = await createWorld(server);
  superuser = new Client({ connectionString: server.database.adminUrl });
  await superuser.connect();
}
afterEach(async () => {
  expect(releases.wrong).toEqual([]);
  expect(releases.kept).toBeGreaterThan(0);
  await superuser.end();
  await server.close();
});

const transactionOf = (caller: Caller): Transaction =>
  server.services.database.transaction(sessionOfToken(caller).credential, 'read only');

/** Backend of the one connection that is idle. */
async function idleBackend(): Promise<number> {
  const { rows } = await superuser.query<{ pid: number }>(
    "select pid from pg_stat_activity where datname = current_database() and usename = 'ringfence_login' and state = 'idle'",
  );
  expect(rows).toHaveLength(1);
  return rows[0]?.pid ?? 0;
}

const namesOver = async (caller: Caller): Promise<unknown> => {
  const { data } = await send<{ statement: string[] }>(
    server.url,
    caller.token,
    'query ($sql: String!) { statement(sql: $sql) }',
    { sql: namesStatement },
  );
  return data?.statement;
};

describe('with a single connection', () => {
  beforeEach(() => start(1));

  test.each(Object.entries(failures))(
    'of seven statements of one tick %s fails wherever it stands: those before are answered right, those behind not at all, and the next principal gets exactly its own',
    async (_, { sql, values, code, fault }) => {
      await namesOver(world.asOwner);
      for (let failing = 0; failing < 7; failing += 1) {
        const before = await idleBackend();
        const transaction = transactionOf(world.asOwner);
        const answers = await Promise.allSettled(
          Array.from({ length: 7 }, (_, index) => {
            if (index === failing) return transaction.query(sql, values);
            return index % 2 === 0
              ? transaction.query<{ value: string }>(namesStatement)
              : transaction.query('select $1::int as value', [index]);
          }),
        );
        const next = namesOver(world.asScopedMember);
        await expect(transaction.commit()).rejects.toMatchObject(failureOf('UNAVAILABLE'));
        for (const [index, answer] of answers.entries()) {
          if (index < failing && index % 2 === 0)
            expect(answer).toMatchObject({ value: own.asOwner.map((value) => ({ value })) });
          else if (index < failing) expect(answer).toMatchObject({ value: [{ value: index }] });
          else if (index === failing) expect(answer).toMatchObject({ reason: failureOf(code) });
          else expect(answer).toMatchObject({ reason: failureOf('UNAVAILABLE') });
        }
        expect(await next).toEqual(own.asScopedMember);
        expect((await idleBackend()) === before).toBe(!fault);
        expect(await namesOver(world.other.asOwner)).toEqual(own.other);
        expect(await statesOfApi(superuser)).toEqual(['idle']);
      }
    },
  );

  test('of several root fields one fails: each field is answered its own or UNAVAILABLE, and the next principal gets exactly its own', async () => {
    const document = `query ($names: String!, $fails: String!) {
      first: statement(sql: $names)
      client(id: "${world.clients.three}") { name organization { name } }
      fails: statement(sql: $fails)
      last: statement(sql: $names)
    }`;
    for (const { sql, values, code, fault } of Object.values(failures)) {
      if (values !== undefined) continue;
      const variables = { names: namesStatement, fails: sql };
      const [answer, next] = await Promise.all([
        send(server.url, world.asOwner.token, document, variables),
        namesOver(world.asScopedMember),
      ]);
      // The client is loaded in the tick after; by then the transaction has failed.
      expect(answer.data).toEqual({ first: own.asOwner, client: null, fails: null, last: null });
      expect(
        Object.fromEntries(answer.errors?.map((error) => [error.path?.[0], error.extensions.code]) ?? []),
      ).toEqual({ client: 'UNAVAILABLE', fails: fault ? 'INTERNAL' : code, last: 'UNAVAILABLE' });
      expect(next).toEqual(own.asScopedMember);
    }
  });

  test('a statement that was to be prepared behind one that failed is answered right at its next use, on that connection', async () => {
    const fresh = "select name || ' again' as value from ringfence.clients where not is_house order by name";
    const attempt = async () => {
      const transaction = transactionOf(world.asScopedMember);
      const answers = await Promise.allSettled([
        transaction.query('select from fence.seal_keys'),
        transaction.query(fresh),
        transaction.query(fresh),
        transaction.query(fresh),
      ]);
      await transaction.rollback();
      return answers.map(({ status }) => status);
    };
    for (let time = 0; time < 3; time += 1) expect(new Set(await attempt())).toEqual(new Set(['rejected']));
    const before = await idleBackend();
    for (const caller of [world.asScopedMember, world.asOwner, world.asScopedMember]) {
      const transaction = transactionOf(caller);
      const expected = (caller === world.asOwner ? own.asOwner : own.asScopedMember).map((name) => ({
        value: `${name} again`,
      }));
      expect(await Promise.all([1, 2, 3].map(() => transaction.query(fresh)))).toEqual([
        expected,
        expected,
        expected,
      ]);
      await transaction.commit();
    }
    expect(await idleBackend()).toBe(before);
  });

  test('a session that does not open is refused for every statement, and the next principal gets exactly its own, on the same connection', async () => {
    await namesOver(world.asOwner);
    const before = await idleBackend();
    const { credential } = sessionOfToken(world.asOwner);
    const { database } = server.services;
    const wrong = { ...credential, secretDigest: Buffer.alloc(32) };
    for (let time = 0; time < 20; time += 1) {
      const refused = [database.transaction(wrong, 'read only'), database.transaction(wrong, 'read write')];
      const answers = refused.flatMap((transaction) =>
        Array.from({ length: 7 }, () => transaction.query(namesStatement)),
      );
      answers.push(database.singleStatements(wrong).query(namesStatement));
      const next = namesOver(world.asScopedMember);
      for (const answer of await Promise.allSettled(answers))
        expect(answer).toMatchObject({ reason: failureOf('UNAUTHENTICATED') });
      await refused[0]?.commit();
      await refused[1]?.rollback();
      expect(await next).toEqual(own.asScopedMember);
    }
    expect(await idleBackend()).toBe(before);
    expect(releases.destroyed).toBe(0);
  });

  test('an answer that is complete before all of its statements ends the transaction behind the last of them', async () => {
    const document = `{
      clients(first: 1000) { nodes { id } }
      ${Array.from({ length: 8 }, (_, index) => `slow${index}: statement(sql: "select pg_sleep(0.02), ${index} as value")`).join('\n')}
    }`;
    for (let time = 0; time < 20; time += 1) {
      const [answer, next, other] = await Promise.all([
        send(server.url, world.asOwner.token, document),
        namesOver(world.asScopedMember),
        namesOver(world.other.asOwner),
      ]);
      expect(answer.data).toBeNull();
      expect(answer.errors?.map((error) => error.extensions.code)).toEqual(['VALIDATION_FAILED']);
      expect([next, other]).toEqual([own.asScopedMember, own.other]);
    }
    expect(await statesOfApi(superuser)).toEqual(['idle']);
  });
});

describe.each([1, 4])('with a pool of %s', (poolSize) => {
  beforeEach(() => start(poolSize));

  test('A65: two principals ask a thousand times at once, every third request fails in the middle, and neither is answered a row of the other', async () => {
    const document = `query ($names: String!, $fails: String!) {
      before: statement(sql: $names)
      middle: statement(sql: $fails)
      after: statement(sql: $names)
    }`;
    const sides = [
      [world.asScopedMember, own.asScopedMember],
      [world.other.asOwner, own.other],
    ] as const;
    const wrong = Object.values(failures).filter(({ values }) => values === undefined);
    const atOnce = 25;
    for (let sent = 0; sent < 1000; sent += atOnce) {
      const turn = Array.from({ length: atOnce }, (_, index) => sent + index);
      const answers = await Promise.all(
        turn.map(async (number) => {
          const [{ token }] = sides[number % 2] ?? sides[0];
          // Half of those that fail leave a connection that is used again.
          const failing = wrong[number % 2 === 0 ? 0 : (number >> 1) % wrong.length]?.sql;
          const fails = number % 3 === 0 ? (failing ?? '') : "select 'middle' as value";
          return (await send(server.url, token, document, { names: namesStatement, fails })).data;
        }),
      );
      expect(answers).toEqual(
        turn.map((number) => {
          const [, names] = sides[number % 2] ?? sides[0];
          return number % 3 === 0
            ? { before: names, middle: null, after: null }
            : { before: names, middle: ['middle'], after: names };
        }),
      );
    }
    // The last one may have failed, and taken its connection with it.
    expect((await statesOfApi(superuser)).filter((state) => state !== 'idle')).toEqual([]);
    const { pool } = server.services.database;
    expect([pool.waitingCount, pool.idleCount]).toEqual([0, pool.totalCount]);
    expect(pool.totalCount).toBeLessThanOrEqual(poolSize);
  });
});

test('whoever watches the releases notices a connection that is given back inside a transaction, or before its answers', async () => {
  await start(2);
  const { pool } = server.services.database;
  const inside: PoolClient = await pool.connect();
  await inside.query('begin');
  inside.release();
  const early: PoolClient = await pool.connect();
  const answer = early.query('rollback');
  early.release();
  await answer;
  expect(releases.wrong).toEqual([
    'given back in the transaction status T',
    'given back in the transaction status T',
    'given back with 1 statements under way',
  ]);
  releases.wrong = [];
});

/** What a failed statement is thrown as: an error of the API, or one of Postgres that is still to be masked. */
function failureOf(code: string): object {
  return /^[A-Z_]+$/.test(code) ? { extensions: { code } } : { code };
}
