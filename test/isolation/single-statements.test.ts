// A document that reads with one statement: its transaction opens, reads and ends in one round trip. What it saves is waiting,
// nothing else: each statement is a principal's own transaction, whatever becomes of the others.
import { Client } from 'pg';
import type { Transaction } from '../../src/database/transaction';
import { allowSleeping, statesOfApi } from '../support/activity';
import { send, type Caller } from '../support/client';
import { watchReleases, type Releases } from '../support/releases';
import { startTestServer, type TestServer } from '../support/server';
import { statementFeature } from '../support/statement-feature';
import { createWorld, signInAs, type World } from '../support/world';
import { sessionOfToken } from './sessions';

const names = 'select name as value from ringfence.clients where not is_house order by name';
const own = { asOwner: ['Five', 'Four', 'One', 'Six', 'Three', 'Two'], asScopedMember: ['One', 'Three'] };
const rowsOf = (values: string[]) => values.map((value) => ({ value }));

let server: TestServer;
let world: World;
let superuser: Client;
let releases: Releases;

beforeAll(async () => {
  server = await startTestServer({
    settings: { POOL_SIZE: '2', POOL_WAIT_MILLISECONDS: '30000' },
    features: [statementFeature],
  });
  await allowSleeping(server.database.adminUrl);
  world = await createWorld(server);
  releases = watchReleases(server.services.database.pool);
  superuser = new Client({ connectionString: server.database.adminUrl });
  await superuser.connect();
});
afterAll(async () => {
  expect(releases.wrong).toEqual([]);
  expect(releases.kept).toBeGreaterThan(0);
  await superuser.end();
  await server.close();
});
afterEach(async () => {
  expect((await statesOfApi(superuser)).filter((state) => state !== 'idle')).toEqual([]);
  const { pool } = server.services.database;
  expect([pool.waitingCount, pool.idleCount]).toEqual([0, pool.totalCount]);
});

const singleStatements = (caller: Caller): Transaction =>
  server.services.database.singleStatements(sessionOfToken(caller).credential);

/** How often a transaction is begun, and how often the server waits for Postgres, while a document is answered. */
async function costOf(caller: Caller, document: string): Promise<{ transactions: number; waits: number }> {
  const query = jest.spyOn(Client.prototype, 'query');
  const seen = { transactions: 0, waits: 0 };
  const received: number[] = [];
  query.mockImplementation(function (this: Client, ...given: unknown[]) {
    const { bytesRead } = (this as unknown as { connection: { stream: { bytesRead: number } } }).connection
      .stream;
    if (received.at(-1) !== bytesRead) received.push(bytesRead);
    if (typeof given[0] === 'string' && given[0].startsWith('begin')) seen.transactions += 1;
    return sent.apply(this, given);
  });
  const sent = originalQuery as (this: Client, ...given: unknown[]) => never;
  try {
    const answer = await send(server.url, caller.token, document);
    expect(answer.errors).toBeUndefined();
  } finally {
    query.mockRestore();
  }
  return { ...seen, waits: received.length };
}
const originalQuery: unknown = Reflect.get(Client.prototype, 'query');

describe('what is one round trip', () => {
  beforeAll(async () => {
    // Connections are there, and statements known.
    for (const caller of [world.asOwner, world.asScopedMember])
      await costOf(caller, '{ clients { nodes { id } } }');
  });

  let caller: Caller;
  beforeAll(async () => {
    const clients = [world.clients.one, world.clients.three];
    const permissions = ['VIEW_CLIENTS', 'ACCESS_CRM'];
    caller = await signInAs(server, await world.arrange.member(world.accountId, { clients, permissions }));
  });

  test.each([
    ['a row', () => `{ client(id: "${world.clients.one}") { id name } }`],
    [
      'a row of a fragment',
      () => `query { ...all } fragment all on Query { client(id: "${world.clients.one}") { id } }`,
    ],
    ['a list', () => '{ clients(first: 3) { nodes { id name status } } }'],
    [
      'a list with its cursors',
      () => '{ clients { edges { cursor node { id __typename } } pageInfo { endCursor hasNextPage } } }',
    ],
    ['a list over a client set', () => '{ leads(first: 5) { nodes { id } } }'],
    ['organizations', () => '{ organizations { nodes { id } } }'],
    ['members', () => '{ __typename members { nodes { id } } }'],
  ])('%s', async (_, document) => {
    expect(await costOf(caller, document())).toEqual({ transactions: 1, waits: 1 });
  });

  test('what a mutation shows, after its own transaction', async () => {
    const document = `mutation { updateClient(input: { id: "${world.clients.one}", changes: { contactName: "Ada" } }) { client { id contactName } } }`;
    expect((await costOf(world.asOwner, document)).transactions).toBe(2);
  });
});

describe('what is read by several statements is read in one transaction, at one moment', () => {
  test.each([
    ['two root fields', () => `{ one: client(id: "${world.clients.one}") { id } clients { nodes { id } } }`],
    ['a field of a row', () => `{ client(id: "${world.clients.one}") { id organization { name } } }`],
    ['a field of rows', () => '{ clients { edges { node { effectiveBlindMode } } } }'],
    ['a total', () => '{ clients { totalCount nodes { id } } }'],
    ['the viewer', () => '{ viewer { kind account { name } member { name } } }'],
    [
      'a field that a fragment adds',
      () =>
        `{ client(id: "${world.clients.one}") { id ...more } } fragment more on Client { accountManager { name } }`,
    ],
    [
      'a field that is left out',
      () => `{ client(id: "${world.clients.one}") { id organization @skip(if: true) { name } } }`,
    ],
  ])('%s', async (_, document) => {
    expect((await costOf(world.asScopedMember, document())).transactions).toBe(1);
  });
});

test('of statements of one tick each is a transaction of its own: one that fails is nobody else’s failure', async () => {
  const failures = [
    ['select from fence.seal_keys', { extensions: { code: 'FORBIDDEN' } }],
    ['select 1 / 0', { code: '22012' }],
    ['selekt', { code: '42601' }],
  ] as const;
  for (const [sql, reason] of failures) {
    const transaction = singleStatements(world.asOwner);
    const answers = await Promise.allSettled(
      Array.from({ length: 7 }, (_, index) => transaction.query(index === 3 ? sql : names)),
    );
    for (const [index, answer] of answers.entries())
      expect(answer).toMatchObject(
        index === 3 ? { status: 'rejected', reason } : { value: rowsOf(own.asOwner) },
      );
    await transaction.commit();
    expect(await singleStatements(world.asScopedMember).query(names)).toEqual(rowsOf(own.asScopedMember));
  }
});

test('two principals ask at once, again and again, and neither is answered a row of the other', async () => {
  const sides = [
    [world.asScopedMember, own.asScopedMember],
    [world.other.asOwner, ['Beta Client']],
  ] as const;
  const document = 'query ($sql: String!) { statement(sql: $sql) }';
  for (let turn = 0; turn < 20; turn += 1) {
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const [{ token }] = sides[index % 2] ?? sides[0];
        const sql = index % 5 === turn % 5 ? 'select 1 / 0' : names;
        return (await send(server.url, token, document, { sql })).data?.statement;
      }),
    );
    for (const [index, answer] of answers.entries())
      expect(answer).toEqual(index % 5 === turn % 5 ? null : sides[index % 2]?.[1]);
  }
});

test('the settings of one statement are not those of the next, and its timeout is no failure', async () => {
  const read = `select current_setting('work_mem') as value`;
  const transaction = singleStatements(world.asScopedMember);
  const usual = await transaction.query(read);
  expect(await transaction.queryWithin({ work_mem: 3072 }, read, [])).toEqual(rowsOf(['3MB']));
  expect(await transaction.query(read)).toEqual(usual);
  expect(await transaction.queryWithin({ statement_timeout: 30 }, 'select pg_sleep(20)', [])).toBeNull();
  expect(await transaction.query(names)).toEqual(rowsOf(own.asScopedMember));
});

test('it reads, and writes nothing', async () => {
  await expect(
    singleStatements(world.asOwner).query("update ringfence.clients set name = 'changed'"),
  ).rejects.toMatchObject({ extensions: { code: 'UNAVAILABLE' } });
  expect(await singleStatements(world.asOwner).query(names)).toEqual(rowsOf(own.asOwner));
});

test('after it was closed nothing is sent any more', async () => {
  const transaction = singleStatements(world.asOwner);
  await transaction.query(names);
  await transaction.commit();
  await expect(transaction.query(names)).rejects.toMatchObject({ extensions: { code: 'UNAVAILABLE' } });
});

test('connections that broke, or that somebody left inside a transaction or without what was prepared, are replaced unnoticed', async () => {
  const { pool } = server.services.database;
  for (const poison of [
    'begin',
    'deallocate all',
    'prepare theirs as select 1',
    'select pg_terminate_backend(pg_backend_pid())',
  ]) {
    // Known by name on every connection.
    for (let time = 0; time < 4; time += 1)
      await Promise.all([1, 2].map(() => singleStatements(world.asOwner).query(names)));
    const clients = await Promise.all([pool.connect(), pool.connect()]);
    for (const client of clients) {
      client.on('error', () => undefined);
      await client.query(poison).catch(() => undefined);
    }
    releases.wrong = [];
    for (const client of clients) client.release();
    releases.wrong = [];
    expect(await Promise.all([1, 2].map(() => singleStatements(world.asOwner).query(names)))).toEqual([
      rowsOf(own.asOwner),
      rowsOf(own.asOwner),
    ]);
  }
});

test('a backend that is terminated under its statement: UNAVAILABLE, and the next one is answered', async () => {
  const answer = expect(singleStatements(world.asOwner).query('select pg_sleep(20)')).rejects.toMatchObject({
    extensions: { code: 'UNAVAILABLE' },
  });
  const running = "select pid from pg_stat_activity where query = 'select pg_sleep(20)'";
  let pid: number | undefined;
  while (pid === undefined) pid = (await superuser.query<{ pid: number }>(running)).rows[0]?.pid;
  await superuser.query('select pg_terminate_backend($1)', [pid]);
  await answer;
  expect(await singleStatements(world.asScopedMember).query(names)).toEqual(rowsOf(own.asScopedMember));
});

test('an ended session: UNAUTHENTICATED', async () => {
  const { credential } = sessionOfToken(world.asOwner);
  const unknown = { ...credential, secretDigest: Buffer.alloc(32) };
  await expect(server.services.database.singleStatements(unknown).query(names)).rejects.toMatchObject({
    extensions: { code: 'UNAUTHENTICATED' },
  });
});
