import { ConfigurationError, readConfig } from '../../src/config';

const key = `main:${Buffer.alloc(32, 7).toString('base64')}`;
const production = {
  NODE_ENV: 'production',
  LOGIN_DATABASE_URL: 'postgres://ringfence_login:a@db/app',
  SIGNIN_DATABASE_URL: 'postgres://ringfence_signin:b@db/app',
  WORKER_DATABASE_URL: 'postgres://ringfence_worker:c@db/app',
  SECRET_KEYS: key,
};

function problemsOf(environment: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

test('without settings there is the embedded database, demo data and the playground', () => {
  expect(readConfig({})).toMatchObject({
    PORT: 4000,
    embedded: true,
    DEMO: true,
    PLAYGROUND: true,
    INTROSPECTION: true,
    SIGN_UP: true,
  });
});

test('production has neither demo data nor playground, introspection or sign-up unless asked for', () => {
  expect(readConfig(production)).toMatchObject({
    embedded: false,
    DEMO: false,
    PLAYGROUND: false,
    INTROSPECTION: false,
    SIGN_UP: false,
  });
  expect(readConfig({ ...production, PLAYGROUND: 'true', SIGN_UP: 'true' })).toMatchObject({
    PLAYGROUND: true,
    INTROSPECTION: true,
    SIGN_UP: true,
  });
});

test('production without logins or secrets is refused, all of it at once', () => {
  expect(problemsOf({ NODE_ENV: 'production' })).toEqual([
    'LOGIN_DATABASE_URL: is needed in production',
    'SIGNIN_DATABASE_URL: is needed in production',
    'SECRET_KEYS: is needed in production',
    'WORKER_DATABASE_URL: is needed in production where WORKER is on',
  ]);
});

test('a process without a worker needs no login for it', () => {
  const { WORKER_DATABASE_URL: _, ...without } = production;
  expect(problemsOf(without)).toEqual(['WORKER_DATABASE_URL: is needed in production where WORKER is on']);
  expect(problemsOf({ ...without, WORKER: 'false' })).toEqual([]);
  const given = { ...without, NODE_ENV: 'development' };
  expect(problemsOf(given)).toEqual([
    'WORKER_DATABASE_URL: is needed where a database is given and WORKER is on',
  ]);
  expect(problemsOf({ ...given, WORKER: 'false' })).toEqual([]);
});

test('a mail server needs a sender, and in production the address that links lead to', () => {
  const mail = { SMTP_URL: 'smtp://mail.example', MAIL_FROM: 'hello@example.com' };
  expect(problemsOf({ ...production, SMTP_URL: mail.SMTP_URL })).toEqual([
    'PUBLIC_URL: is needed in production with SMTP_URL',
    'MAIL_FROM: is needed with SMTP_URL',
  ]);
  expect(problemsOf({ ...production, ...mail, PUBLIC_URL: 'https://app.example.com' })).toEqual([]);
  expect(problemsOf(mail)).toEqual([]);
});

test('production refuses demo data', () => {
  expect(problemsOf({ ...production, DEMO: 'true' })).toEqual(['DEMO: there is no demo data in production']);
});

test.each([
  ['PORT', 'eighty'],
  ['PORT', '65536'],
  ['POOL_SIZE', '0'],
  ['POOL_SIZE', '2.5'],
  ['PLAYGROUND', 'perhaps'],
  ['NODE_ENV', 'staging'],
  ['LOG_LEVEL', 'loud'],
  ['CORS_ORIGINS', 'example.com'],
  ['CORS_ORIGINS', 'https://app.example.com/'],
  ['DATABASE_URL', 'postgres://['],
  ['SECRET_KEYS', 'main:short'],
  ['SECRET_KEYS', 'no-id'],
  ['DATABASE_URL', 'mysql://db/app'],
  ['PASSWORD_MINIMUM', '5'],
  ['SMTP_URL', 'mail.example:25'],
  ['MAIL_FROM', 'Us <us@example.com>'],
  ['MAIL_FROM', 'us@example.com, them@example.com'],
  ['PUBLIC_URL', 'https://app.example.com/path'],
])('%s=%s is refused with one line that names the setting', (name, value) => {
  const problems = problemsOf({ ...production, [name]: value });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(new RegExp(`^${name}: \\S`));
});

test.each(['?options=-c%20role%3Dringfence_admin', '?%6Fptions=-crole', '?user=postgres', '?host=elsewhere'])(
  'a login URL with %s is refused: it could preset what the fence relies on',
  (parameters) => {
    const url = `${production.LOGIN_DATABASE_URL}${parameters}`;
    expect(problemsOf({ ...production, LOGIN_DATABASE_URL: url })).toEqual([
      expect.stringMatching(/^LOGIN_DATABASE_URL: may only carry sslmode/),
    ]);
  },
);

test('a login URL may say how to connect', () => {
  expect(
    problemsOf({ ...production, LOGIN_DATABASE_URL: `${production.LOGIN_DATABASE_URL}?sslmode=require` }),
  ).toEqual([]);
});

test('a login URL of another role, or without a password, is refused', () => {
  expect(problemsOf({ ...production, LOGIN_DATABASE_URL: 'postgres://postgres:a@db/app' })).toEqual([
    'LOGIN_DATABASE_URL: must sign in as ringfence_login',
  ]);
  expect(problemsOf({ ...production, SIGNIN_DATABASE_URL: 'postgres://ringfence_signin@db/app' })).toEqual([
    'SIGNIN_DATABASE_URL: must carry a password',
  ]);
});

test('a database without the logins is refused: they are not guessed', () => {
  expect(problemsOf({ DATABASE_URL: 'postgres://owner:a@db/app' })).toEqual([
    'LOGIN_DATABASE_URL, SIGNIN_DATABASE_URL: both are needed where a database is given',
  ]);
});

test('an empty setting is one that is left out', () => {
  expect(readConfig({ PORT: '', DATABASE_URL: '' })).toMatchObject({ PORT: 4000, embedded: true });
});

test('several secret keys are read in their order', () => {
  const second = `old:${Buffer.alloc(40, 9).toString('base64url')}`;
  expect(readConfig({ ...production, SECRET_KEYS: `${key}, ${second}` }).SECRET_KEYS).toEqual([key, second]);
});
