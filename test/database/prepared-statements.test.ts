// Statements are prepared by name where that pays, and never more of them than a connection should hold.
import { randomBytes } from 'node:crypto';
import type { Transaction } from '../../src/database/transaction';
import { sessionOfToken } from '../isolation/sessions';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';

/** As src/database/transaction.ts has it. */
const maximumPrepared = 500;

let server: TestServer;
let world: World;

async function start(settings: Record<string, string> = {}): Promise<void> {
  server = await startTestServer({ settings: { POOL_SIZE: '1', ...settings } });
  world = await createWorld(server);
}
afterEach(() => server.close());

/** As the scoped member, on the one connection there is; what is done is committed. */
async function inTransaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
  const { credential } = sessionOfToken(world.asScopedMember);
  const transaction = server.services.database.transaction(credential, 'read only');
  const result = await work(transaction);
  await transaction.commit();
  return result;
}

const prepared = () =>
  inTransaction((transaction) =>
    transaction.query<{ name: string; statement: string }>(
      'select name, statement from pg_prepared_statements',
    ),
  );
const connection = async () =>
  (
    await inTransaction((transaction) => transaction.query<{ pid: number }>('select pg_backend_pid() as pid'))
  )[0]?.pid;

test('a statement is prepared when it is sent again, not the first time, under a name of its role', async () => {
  await start();
  const text = `select '${randomBytes(8).toString('hex')}' as once`;
  const namesOfIt = async () =>
    (await prepared()).filter(({ statement }) => statement === text).map(({ name }) => name);
  await inTransaction((transaction) => transaction.query(text));
  expect(await namesOfIt()).toEqual([]);
  await inTransaction((transaction) => transaction.query(text));
  expect(await namesOfIt()).toEqual([expect.stringMatching(/^ringfence_member_/)]);
});

test('a connection that holds too many prepared statements makes room for a new one', async () => {
  await start();
  const before = await connection();
  const more = Array.from({ length: maximumPrepared + 1 }, (_, index) => `select ${index} as number`);
  for (const round of [1, 2]) {
    await inTransaction(async (transaction) => {
      await Promise.all(more.map((text) => transaction.query(text)));
      // Not in the middle of somebody's transaction.
      expect(await transaction.query('select pg_backend_pid() as pid')).toEqual([{ pid: before }]);
    });
    if (round === 1) expect(await connection()).toBe(before);
  }
  expect(await connection()).not.toBe(before);
  expect((await prepared()).length).toBeLessThan(10);
});

test('where poolers can keep none, nothing is prepared', async () => {
  await start({ PREPARED_STATEMENTS: 'false' });
  for (const text of ['select 1 as one', 'select 1 as one', 'select 1 as one'])
    await inTransaction((transaction) => transaction.query(text));
  expect(await prepared()).toEqual([]);
});
