import { startTestServer, type TestServer } from '../support/server';

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer({ settings: { POOL_WAIT_MILLISECONDS: '300' } });
});
afterEach(() => server.close());

const ask = async (path: string) => {
  const response = await fetch(`${server.url}${path}`);
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: (await response.json()) as unknown,
  };
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
  const held = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
  try {
    expect((await ask('/health/live')).status).toBe(200);
    expect((await ask('/health/ready')).status).toBe(503);
  } finally {
    for (const client of held) client.release();
  }
  expect((await ask('/health/ready')).status).toBe(200);
});
