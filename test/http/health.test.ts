import { startTestServer, type TestServer } from '../support/server';

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer({ settings: { POOL_WAIT_MILLISECONDS: '2000', POOL_SIZE: '1' } });
});
afterEach(() => {
  jest.restoreAllMocks();
  return server.close();
});

const ask = async (path: string) => {
  const response = await fetch(`${server.url}${path}`);
  const body: unknown = await response.json();
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body };
};

test('a server whose database answers and whose fence stands is live and ready', async () => {
  expect(await ask('/health/live')).toEqual({ status: 200, retryAfter: null, body: { status: 'live' } });
  expect(await ask('/health/ready')).toEqual({ status: 200, retryAfter: null, body: { status: 'ready' } });
});

test.each([
  ['row security is switched off', 'alter table ringfence.clients disable row level security'],
  ['a migration is missing', "delete from fence.migrations where name like '0005%'"],
  ['a policy file changed', "update fence.applied_fence set digest = 'another'"],
])('when %s it is live but not ready, and says no more than that', async (_, statement) => {
  await server.owner.query(statement);
  expect((await ask('/health/live')).status).toBe(200);
  expect(await ask('/health/ready')).toEqual({ status: 503, retryAfter: '5', body: { status: 'not ready' } });
});

test('it is ready again as soon as the fence stands again', async () => {
  await server.owner.query('alter table ringfence.clients no force row level security');
  expect((await ask('/health/ready')).status).toBe(503);
  await server.owner.query('alter table ringfence.clients force row level security');
  expect((await ask('/health/ready')).status).toBe(200);
});

test('when no connection can be had it is live but not ready', async () => {
  const { pool } = server.services.database;
  const held = await pool.connect();
  try {
    expect((await ask('/health/live')).status).toBe(200);
    expect((await ask('/health/ready')).status).toBe(503);
  } finally {
    held.release();
  }
  expect((await ask('/health/ready')).status).toBe(200);
});

test('a fence that is broken while it is ready is noticed within half a minute', async () => {
  expect((await ask('/health/ready')).status).toBe(200);
  await server.owner.query('drop policy owner on ringfence.clients');
  await server.owner.query('alter table ringfence.clients no force row level security');
  const now = Date.now();
  jest.spyOn(Date, 'now').mockImplementation(() => now + 30_001);
  expect(await ask('/health/ready')).toEqual({ status: 503, retryAfter: '5', body: { status: 'not ready' } });
});

test('asked often, it looks through the catalog once and asks the database for no more than a sign of life', async () => {
  const statements = jest.spyOn(server.services.database, 'asLogin');
  expect((await ask('/health/ready')).status).toBe(200);
  const looking = statements.mock.calls.length;
  expect(looking).toBeGreaterThan(1);
  for (let time = 0; time < 3; time += 1) expect((await ask('/health/ready')).status).toBe(200);
  expect(statements.mock.calls.slice(looking)).toEqual([['select 1'], ['select 1'], ['select 1']]);
});

test('why it is not ready stands in the log, and not in the answer', async () => {
  await server.owner.query('alter table ringfence.clients disable row level security');
  expect(JSON.stringify(await ask('/health/ready'))).not.toMatch(/clients|table|security/);
  expect(JSON.stringify(server.log)).toContain('table ringfence.clients: row security is not enabled');
});
