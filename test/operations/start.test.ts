import { randomBytes } from 'node:crypto';
import { createEmptyDatabase, createTestDatabase, onDatabase, type TestDatabase } from '../support/database';
import { environmentOf, finished, printed, startMain } from '../support/command';
import { demoPassword, demoSignIns } from '../../src/demo/sign-ins';

let database: TestDatabase;
const secretKeys = () => `start:${randomBytes(32).toString('base64')}`;

beforeAll(async () => {
  database = await createEmptyDatabase();
});
afterAll(() => database.drop());

const urlIn = (out: string) => /(http:\/\/[\d.:]+)\/graphql/.exec(out)?.[1] ?? '';

test('an empty database is migrated, filled with demo data once, served, and everybody printed can sign in', async () => {
  const settings = { PORT: '0', DEMO: 'true' };
  for (const start of ['first', 'second']) {
    const server = startMain(environmentOf(database, settings));
    const ended = finished(server);
    const out = await printed(server, /Ctrl-C/);
    expect(out).toContain(`${urlIn(out)}/playground`);
    expect(out).toContain(`password: ${demoPassword}`);
    for (const { email } of demoSignIns) {
      expect(out).toContain(email);
      const response = await fetch(`${urlIn(out)}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          query:
            'mutation ($input: SignInInput!) { signIn(input: $input) { viewer { member { email } portalUser { email } } } }',
          variables: { input: { email, password: demoPassword } },
        }),
      });
      const { data } = (await response.json()) as { data: { signIn: { viewer: Record<string, unknown> } } };
      expect(Object.values(data.signIn.viewer)).toContainEqual({ email });
    }
    server.kill(start === 'first' ? 'SIGINT' : 'SIGTERM');
    expect((await ended).code).toBe(0);
  }
  await onDatabase(database.adminUrl, async (client) => {
    await client.query('set role ringfence_owner');
    const { rows } = await client.query(
      'select slug, plan_id, (select count(*)::int from ringfence.clients c where c.account_id = a.id and not is_house) as clients from ringfence.accounts a order by slug',
    );
    expect(rows).toEqual([
      { slug: 'contoso', plan_id: 'GROWTH', clients: 2 },
      { slug: 'demo', plan_id: 'AGENCY', clients: 24 },
      { slug: 'northwind', plan_id: 'STARTER', clients: 3 },
    ]);
  });
});

test('production has neither demo data nor playground, and starts without the migrating user', async () => {
  const { DATABASE_URL: _, ...environment } = environmentOf(database, {
    NODE_ENV: 'production',
    PORT: '0',
    SECRET_KEYS: secretKeys(),
  });
  const server = startMain(environment);
  const ended = finished(server);
  const out = await printed(server, /\/graphql\n/);
  expect(out).not.toContain('password');
  expect((await fetch(`${urlIn(out)}/playground`)).status).toBe(404);
  server.kill('SIGTERM');
  expect((await ended).code).toBe(0);
});

test('settings that cannot be used stop the start, with a line for each', async () => {
  const { code, err } = await finished(
    startMain(environmentOf(database, { NODE_ENV: 'production', PORT: '70000', DEMO: 'perhaps' })),
  );
  expect(code).toBe(1);
  expect(err.trim().split('\n')).toEqual([
    expect.stringMatching(/^ringfence: PORT: /),
    expect.stringMatching(/^ringfence: DEMO: /),
  ]);
  const missing = await finished(startMain({ PATH: process.env.PATH, NODE_ENV: 'production' }));
  expect(missing.err.trim().split('\n')).toHaveLength(4);
  expect(missing.err).toContain('SECRET_KEYS: is needed in production');
});

test('a database whose fence is broken is not served, and the reason is said', async () => {
  const broken = await createTestDatabase();
  try {
    await onDatabase(broken.adminUrl, (client) =>
      client.query('alter table ringfence.organizations disable row level security'),
    );
    const { code, err } = await finished(startMain(environmentOf(broken, { PORT: '0' })));
    expect(code).toBe(1);
    expect(err).toBe('ringfence: table ringfence.organizations: row security is not enabled\n');
  } finally {
    await broken.drop();
  }
});

test('a database that is older than this version is not served without being migrated', async () => {
  const old = await createTestDatabase();
  try {
    await onDatabase(old.adminUrl, (client) =>
      client.query("delete from fence.migrations where name like '0005%'"),
    );
    const { DATABASE_URL: _, ...environment } = environmentOf(old, { PORT: '0' });
    const { code, err } = await finished(startMain(environment));
    expect(code).toBe(1);
    expect(err).toMatch(
      /^ringfence: database: it is older than this version, 0005_audit\.sql did not run; run `ringfence migrate`\n$/,
    );
  } finally {
    await old.drop();
  }
});
