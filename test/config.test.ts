// Settings that are wrong are said all at once, so that nobody has to start ten times.
import { ConfigurationError, readConfig, settings } from '../src/config';

function problemsOf(environment: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

/** A value for every setting that can be wrong by itself. */
const wrong: Record<string, string> = {
  ...Object.fromEntries(Object.keys(settings.shape).map((name) => [name, '-1 hunter2'])),
  CORS_ORIGINS: 'hunter2',
  DATABASE_URL: 'mysql://owner:hunter2@db/app',
  LOGIN_DATABASE_URL: 'mysql://login:hunter2@db/app',
  SIGNIN_DATABASE_URL: 'mysql://signin:hunter2@db/app',
  WORKER_DATABASE_URL: 'mysql://worker:hunter2@db/app',
  SECRET_KEYS: 'main:hunter2',
};
/** Any text will do for these. */
const free = [
  'HOST',
  'DATA_DIRECTORY',
  'FILES_DIRECTORY',
  'S3_REGION',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
];

test('every wrong setting is named, each in a line of its own', () => {
  const problems = problemsOf(wrong);
  const named = problems.map((problem) => problem.split(':')[0]);
  expect(named.sort()).toEqual(
    Object.keys(wrong)
      .filter((name) => !free.includes(name))
      .sort(),
  );
  for (const problem of problems) expect(problem).toMatch(/^[A-Z0-9_]+: \S[^\n]*$/);
});

test('settings of a bucket that would mean nothing are refused', () => {
  expect(problemsOf({ S3_ENDPOINT: 'https://s3.example.com', S3_ACCESS_KEY_ID: 'key' })).toEqual([
    'S3_ENDPOINT: means nothing without S3_BUCKET',
    'S3_ACCESS_KEY_ID: means nothing without S3_BUCKET',
    'S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY: both are needed, or none',
  ]);
});

test('no problem repeats what was given, which may be a password', () => {
  expect(problemsOf(wrong).join('\n')).not.toContain('hunter2');
});

test('everything that is missing or contradicts something is named at once too', () => {
  const url = (user: string) => `postgres://${user}@db/app`;
  expect(
    problemsOf({
      NODE_ENV: 'production',
      DEMO: 'true',
      LOGIN_DATABASE_URL: url('postgres:x'),
      SIGNIN_DATABASE_URL: url('ringfence_login'),
      WORKER_DATABASE_URL: url('ringfence_login:x'),
    }),
  ).toEqual([
    'SECRET_KEYS: is needed in production',
    'DEMO: there is no demo data in production',
    'LOGIN_DATABASE_URL: must sign in as ringfence_login',
    'SIGNIN_DATABASE_URL: must sign in as ringfence_signin',
    'SIGNIN_DATABASE_URL: must carry a password',
    'WORKER_DATABASE_URL: must sign in as ringfence_worker',
  ]);
});

test('a setting that nobody knows changes nothing: other programs have theirs in the same environment', () => {
  expect(readConfig({ PATH: '/bin', RINGFENCE_SECRET: 'x', port: '1' })).toEqual(readConfig({}));
});

test('every setting is described, in sentences', () => {
  const descriptions = Object.entries(settings.shape).map(([name, setting]) => [name, setting.description]);
  expect(descriptions.filter(([, description]) => !/^[A-Za-z][^]*\.$/.test(description ?? ''))).toEqual([]);
});
