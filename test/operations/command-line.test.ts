import { createEmptyDatabase, createTestDatabase, onDatabase, type TestDatabase } from '../support/database';
import { environmentOf, ringfence } from '../support/command';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const asOwner = <Row>(text: string, values: unknown[] = []) =>
  onDatabase(database.adminUrl, async (client) => {
    await client.query('set role ringfence_owner');
    return (await client.query(text, values)).rows as Row[];
  });

test('migrate brings an empty database to this version, says what ran, and finds nothing to do the second time', async () => {
  const empty = await createEmptyDatabase();
  try {
    const first = await ringfence(environmentOf(empty), 'migrate');
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/ran +0001_foundation\.sql[\s\S]*applied +functions and policies/);
    expect((await ringfence(environmentOf(empty), 'migrate')).out).toBe('nothing to do\n');
  } finally {
    await empty.drop();
  }
});

test('doctor leaves with 0 where the fence stands, and with 1 and the reason where it does not', async () => {
  const healthy = await ringfence(environmentOf(database), 'doctor');
  expect(healthy.out).toContain('healthy  the fence stands');
  expect(healthy.code).toBe(0);

  await asOwner('alter table ringfence.clients no force row level security');
  try {
    const broken = await ringfence(environmentOf(database), 'doctor');
    expect(broken.out).toContain('refused  table ringfence.clients: row security is not forced');
    expect(broken.code).toBe(1);
  } finally {
    await asOwner('alter table ringfence.clients force row level security');
  }
});

test('doctor warns of a unique constraint that spans accounts, and of a foreign key that could', async () => {
  await asOwner('alter table ringfence.client_assignments add constraint reckless_key unique (client_id)');
  try {
    const { out, code } = await ringfence(environmentOf(database), 'doctor');
    expect(out).toMatch(/warning +unique constraint reckless_key of ringfence\.client_assignments/);
    expect(code).toBe(0);
  } finally {
    await asOwner('alter table ringfence.client_assignments drop constraint reckless_key');
  }
});

test('doctor warns where mail would stay: no mail server in production, or a worker that cannot connect', async () => {
  const production = {
    ...environmentOf(database),
    NODE_ENV: 'production',
    SECRET_KEYS: `k:${Buffer.alloc(32, 7).toString('base64')}`,
  };
  const { out, code } = await ringfence(production, 'doctor');
  expect(out).toContain('warning  SMTP_URL is not set: mail waits in the outbox');
  expect(code).toBe(0);
  const locked = { ...environmentOf(database), WORKER_DATABASE_URL: `${database.workerUrl}x` };
  expect((await ringfence(locked, 'doctor')).out).toContain('warning  ringfence_worker cannot connect');
});

test('account create opens an account whose owner can sign in with the printed password, and says when the slug is taken', async () => {
  const create = () =>
    ringfence(
      environmentOf(database),
      'account',
      'create',
      '--slug',
      'acme',
      '--name',
      'Acme',
      '--owner',
      'Ann Acme',
      '--email',
      'ann@acme.test',
    );
  const { out, code } = await create();
  expect(code).toBe(0);
  expect(out).toMatch(/ann@acme\.test signs in with the password \S{20}/);
  expect(
    await asOwner(
      'select a.plan_id, m.role from ringfence.accounts a join ringfence.member_access m on m.account_id = a.id where a.slug = $1',
      ['acme'],
    ),
  ).toEqual([{ plan_id: 'STARTER', role: 'OWNER' }]);
  const again = await create();
  expect(again).toMatchObject({ code: 1, err: 'ringfence: there is an account of that slug\n' });
});

test('account plan gives an account another plan, and refuses plans and accounts that do not exist', async () => {
  expect((await ringfence(environmentOf(database), 'account', 'plan', 'acme', 'growth')).code).toBe(0);
  expect(await asOwner("select plan_id from ringfence.accounts where slug = 'acme'")).toEqual([
    { plan_id: 'GROWTH' },
  ]);
  expect(await ringfence(environmentOf(database), 'account', 'plan', 'acme', 'gold')).toMatchObject({
    code: 1,
    err: expect.stringContaining('STARTER, GROWTH or AGENCY') as string,
  });
  expect(await ringfence(environmentOf(database), 'account', 'plan', 'nobody', 'growth')).toMatchObject({
    code: 1,
    err: expect.stringContaining('no account nobody') as string,
  });
});

test('owner reset-password prints a new password, ends the sessions of that owner, and leaves an audit entry', async () => {
  const [owner] = await asOwner<{ account_id: string; member_id: string; password_hash: string }>(
    "select * from fence.logins where email = 'ann@acme.test'",
  );
  await asOwner(
    "insert into fence.sessions (account_id, member_id, expires_at) values ($1, $2, now() + interval '1 day')",
    [owner?.account_id, owner?.member_id],
  );

  const { out } = await ringfence(
    environmentOf(database),
    'owner',
    'reset-password',
    'acme',
    'Ann@ACME.test',
  );
  expect(out).toMatch(/signs in with the password \S{20}/);
  const [after] = await asOwner<{ password_hash: string }>(
    "select password_hash from fence.logins where email = 'ann@acme.test'",
  );
  expect(after?.password_hash).not.toBe(owner?.password_hash);
  expect(
    await asOwner('select end_reason from fence.sessions where member_id = $1', [owner?.member_id]),
  ).toEqual([{ end_reason: 'PASSWORD_CHANGED' }]);
  expect(
    await asOwner("select actor_kind from ringfence.audit_entries where action = 'PASSWORD_CHANGED'"),
  ).toEqual([{ actor_kind: 'SYSTEM' }]);
  expect(
    (await ringfence(environmentOf(database), 'owner', 'reset-password', 'acme', 'nobody@acme.test')).code,
  ).toBe(1);
});

test('owner reset-second-factor removes that of one owner, and fails where there is none', async () => {
  await asOwner(
    `insert into fence.second_factors (account_id, login_id, secret, confirmed_at)
     select account_id, id, sha256('1') || sha256('2'), now() from fence.logins where email = 'ann@acme.test'`,
  );
  const reset = () =>
    ringfence(environmentOf(database), 'owner', 'reset-second-factor', 'acme', 'Ann@ACME.test');
  expect((await reset()).code).toBe(0);
  expect(await asOwner('select from fence.second_factors')).toEqual([]);
  expect(await reset()).toMatchObject({
    code: 1,
    err: expect.stringContaining('no second factor') as string,
  });
});

test('reseal-secrets says how many secrets of second factors it could read', async () => {
  const { code, out } = await ringfence(environmentOf(database), 'reseal-secrets');
  expect({ code, out: out.trim() }).toEqual({
    code: 0,
    out: '0 secrets of second factors are encrypted with the first key of SECRET_KEYS.',
  });
});

test('demo loads accounts of a size of choice, with progress', async () => {
  const { out, code } = await ringfence(
    environmentOf(database),
    'demo',
    '--accounts',
    '2',
    '--clients',
    '30',
  );
  expect(code).toBe(0);
  expect(out).toContain('60 of 60 clients (100 %)');
  expect(
    await asOwner(
      "select count(*)::int as count from ringfence.clients c join ringfence.accounts a on a.id = c.account_id where a.slug like 'load-%' and not is_house",
    ),
  ).toEqual([{ count: 60 }]);
});

test('rotate-seal-key makes a new key; the one before seals no more', async () => {
  expect((await ringfence(environmentOf(database), 'rotate-seal-key')).code).toBe(0);
  expect(await asOwner('select id, retired_at is null as active from fence.seal_keys order by id')).toEqual([
    { id: '0001', active: false },
    { id: '0002', active: true },
  ]);
});

test('commands that write need the URL of the migrating user', async () => {
  const { DATABASE_URL: _, ...environment } = environmentOf(database);
  expect(await ringfence(environment, 'account', 'plan', 'acme', 'growth')).toMatchObject({
    code: 1,
    err: 'ringfence: DATABASE_URL: is needed for this command\n',
  });
});
