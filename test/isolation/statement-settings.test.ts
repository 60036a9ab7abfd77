// Settings for one statement alone (Transaction.queryWithin): none outlives its statement, however that ended, and the
// statements that travel with it are answered as if it were not there.
import { Client } from 'pg';
import type { Transaction } from '../../src/database/transaction';
import { allowSleeping, statesOfApi } from '../support/activity';
import { send } from '../support/client';
import { watchReleases, type Releases } from '../support/releases';
import { startTestServer, type TestServer } from '../support/server';
import { statementFeature } from '../support/statement-feature';
import { createWorld, type World } from '../support/world';
import { sessionOfToken } from './sessions';

const timeout = 60;
const slow = 'select pg_sleep(20)::text as value';
const settings = { statement_timeout: timeout, enable_sort: 'off', work_mem: 3072 };
const read = `select concat_ws(' ', current_setting('statement_timeout'), current_setting('enable_sort'), current_setting('work_mem'), session_user, current_user) as value`;
const names = 'select name as value from ringfence.clients where not is_house order by name';
const own = [{ value: 'One' }, { value: 'Three' }];

let server: TestServer;
let world: World;
let releases: Releases;
let usual: unknown;

beforeAll(async () => {
  server = await startTestServer({ settings: { POOL_SIZE: '1' }, features: [statementFeature] });
  await allowSleeping(server.database.adminUrl);
  world = await createWorld(server);
  releases = watchReleases(server.services.database.pool);
  usual = await inTransaction((transaction) => transaction.query(read));
  expect(JSON.stringify(usual)).not.toContain(' off ');
});
afterAll(async () => {
  await server.close();
  expect(releases.wrong).toEqual([]);
  expect(releases.kept).toBeGreaterThan(0);
});

/** As the scoped member; undone in the end. */
async function inTransaction<Result>(
  work: (transaction: Transaction) => Promise<Result>,
  mode: 'read only' | 'read write' = 'read only',
): Promise<Result> {
  const { credential } = sessionOfToken(world.asScopedMember);
  const transaction = server.services.database.transaction(credential, mode);
  try {
    return await work(transaction);
  } finally {
    await transaction.rollback();
  }
}

const outcomes: Record<string, { sql: string; values?: unknown[]; outcome: object }> = {
  success: {
    sql: read,
    outcome: { value: [{ value: `${timeout}ms off 3MB ringfence_login ringfence_member` }] },
  },
  'its timeout': { sql: slow, outcome: { status: 'fulfilled', value: null } },
  'a refusal': {
    sql: 'select from fence.seal_keys',
    outcome: { reason: { extensions: { code: 'FORBIDDEN' } } },
  },
  'a fault': { sql: 'select 1 / 0', outcome: { reason: { code: '22012' } } },
  'a statement that is none': { sql: 'selekt', outcome: { reason: { code: '42601' } } },
  'a value that does not fit': {
    sql: 'select $1::uuid',
    values: ['x'],
    outcome: { reason: { code: '22P02' } },
  },
};

test.each(Object.entries(outcomes))(
  'after %s no setting is left, and the statements of the same tick, before and behind, are answered right under the usual ones',
  async (_, { sql, values = [], outcome }) => {
    // The first time unnamed, then prepared, then by name.
    for (let time = 0; time < 4; time += 1) {
      await inTransaction(async (transaction) => {
        const answers = await Promise.allSettled([
          transaction.query(read),
          transaction.query(names),
          transaction.queryWithin(settings, sql, values),
          transaction.query(read),
          transaction.query(names),
          // Another text: the same one, whose preparing failed, would not be there.
          transaction.queryWithin(settings, `${sql} -- again`, values),
          transaction.query(read),
        ]);
        const right = { status: 'fulfilled', value: usual };
        const rightNames = { status: 'fulfilled', value: own };
        expect(answers).toMatchObject([right, rightNames, outcome, right, rightNames, outcome, right]);
        expect(await transaction.query(read)).toEqual(usual);
      });
      expect(await inTransaction((transaction) => transaction.query(read))).toEqual(usual);
    }
  },
);

test('what a statement wrote before its timeout fired is undone with it, and what others of the transaction wrote stays', async () => {
  const rename = (name: string) =>
    `update ringfence.clients set contact_name = '${name}' where name = 'One' returning contact_name as value`;
  await inTransaction(async (transaction) => {
    const answers = await Promise.all([
      transaction.query(rename('before')),
      transaction.queryWithin(
        settings,
        `with written as (${rename('within')}) select value, pg_sleep(20) from written`,
        [],
      ),
      transaction.query("select contact_name as value from ringfence.clients where name = 'One'"),
    ]);
    expect(answers).toEqual([[{ value: 'before' }], null, [{ value: 'before' }]]);
  }, 'read write');
});

test('settings opened by the first statement of a transaction leave its session as it is', async () => {
  for (const sql of [read, slow]) {
    await inTransaction(async (transaction) => {
      await transaction.queryWithin(settings, sql, []);
      expect(await transaction.query(names)).toEqual(own);
      expect(await transaction.query(read)).toEqual(usual);
    });
  }
});

test('null is for the timeout alone: a backend that is terminated meanwhile answers UNAVAILABLE', async () => {
  const superuser = new Client({ connectionString: server.database.adminUrl });
  await superuser.connect();
  try {
    await inTransaction(async (transaction) => {
      const [row] = await transaction.query<{ pid: number }>('select pg_backend_pid() as pid');
      const answer = expect(
        transaction.queryWithin({ statement_timeout: 30_000 }, slow, []),
      ).rejects.toMatchObject({ extensions: { code: 'UNAVAILABLE' } });
      await superuser.query('select pg_terminate_backend($1)', [row?.pid]);
      await answer;
    });
    expect(await inTransaction((transaction) => transaction.query(names))).toEqual(own);
    expect(await statesOfApi(superuser)).toEqual(['idle']);
  } finally {
    await superuser.end();
  }
});

test('behind a statement that failed it is no success, and no timeout either', async () => {
  await inTransaction(async (transaction) => {
    const answers = await Promise.allSettled([
      transaction.query('select from fence.seal_keys'),
      transaction.queryWithin(settings, names, []),
      transaction.query(names),
    ]);
    expect(answers).toMatchObject([
      { reason: { extensions: { code: 'FORBIDDEN' } } },
      { reason: { extensions: { code: 'UNAVAILABLE' } } },
      { reason: { extensions: { code: 'UNAVAILABLE' } } },
    ]);
  });
  expect(await inTransaction((transaction) => transaction.query(names))).toEqual(own);
});

test('over HTTP, a root field that ran out of time is null beside others that are answered right, again and again', async () => {
  const document = `query ($names: String!, $slow: String!, $read: String!) {
    before: statement(sql: $names)
    slow: within(sql: $slow, milliseconds: ${timeout})
    quick: within(sql: $names, milliseconds: 5000)
    behind: statement(sql: $names)
    left: statement(sql: $read)
  }`;
  const kept = releases.kept;
  const { destroyed } = releases;
  const own = [
    [world.asScopedMember, ['One', 'Three'], 'ringfence_member'],
    [world.other.asOwner, ['Beta Client'], 'ringfence_admin'],
  ] as const;
  for (let time = 0; time < 6; time += 1) {
    const answers = await Promise.all(
      own.map(([{ token }]) => send(server.url, token, document, { names, slow, read })),
    );
    for (const [index, [, expected, role]] of own.entries()) {
      expect(answers[index]?.errors).toBeUndefined();
      expect(answers[index]?.data).toMatchObject({
        before: expected,
        slow: null,
        quick: expected,
        behind: expected,
        left: [expect.stringMatching(new RegExp(`^\\d+m?s on \\d+MB ringfence_login ${role}$`))],
      });
    }
  }
  expect(releases).toMatchObject({ kept: kept + 12, destroyed });
});
