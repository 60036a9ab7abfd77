// Every setting, its meaning and its default. Read from the environment once at start; whatever is wrong is said at
// once, a line per problem. docs/settings.md is made from the descriptions here.
import { join } from 'node:path';
import { z } from 'zod';
import { isDeliverable } from './mail/address';

const count = (low: number, high: number, fallback: number, description: string) =>
  z.coerce.number().int().min(low).max(high).default(fallback).describe(description);
const flag = (description: string) => z.stringbool().optional().describe(description);
/** Parameters of a connection URL that only concern the connection; others could preset what the fence relies on (a role, row_security). */
const urlParameters = new Set([
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'application_name',
  'connect_timeout',
  'keepalives',
]);

function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\/\S+$/.test(text) && URL.canParse(text);
}

const webPage = (description: string) =>
  z
    .url({ protocol: /^https?$/, error: 'must be an address like https://app.example.com/join' })
    .refine((url) => !url.includes('#'), { error: 'must have no #' })
    .optional()
    .describe(description);
const postgresUrl = (description: string) =>
  z
    .string()
    .refine(isPostgresUrl, { error: 'must be a postgres:// URL', abort: true })
    .refine((url) => [...new URL(url).searchParams.keys()].every((name) => urlParameters.has(name)), {
      error: `may only carry ${[...urlParameters].join(', ')}`,
    })
    .optional()
    .describe(description);

const smtpUrl = (text: string) =>
  /^smtps?:\/\/\S+$/.test(text) && URL.canParse(text) && new URL(text).hostname !== '';

const secretKey = /^[A-Za-z0-9_-]{1,32}:[A-Za-z0-9+/_-]{43,}={0,2}$/;

/** Nobody can answer to it, so it is no sender for a real mail server. */
const localSender = 'ringfence@localhost';

/** The environment variables that are understood. */
export const settings = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('In production there is no demo data, no embedded database and no generated secret.'),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  PORT: count(0, 65_535, 4000, 'Port to listen on; 0 takes any free one.'),
  DATABASE_URL: postgresUrl(
    'Postgres 15 to 18, as a user who owns the database and may create roles. For migrations, demo data and the command line; the server itself never uses it. Left out: the embedded Postgres (not in production).',
  ),
  LOGIN_DATABASE_URL: postgresUrl('The same database as ringfence_login; what the API is served with.'),
  SIGNIN_DATABASE_URL: postgresUrl('The same database as ringfence_signin; sign-in, refresh and sign-up.'),
  WORKER_DATABASE_URL: postgresUrl(
    'The same database as ringfence_worker; jobs and mail. Directly, not through a pooler. Needed where WORKER is on.',
  ),
  WORKER: flag(
    'Whether this process works off jobs, such as sending mail. Default: yes. No where `ringfence worker` runs beside it.',
  ),
  SMTP_URL: z
    .string()
    .refine(smtpUrl, 'must be a smtp:// or smtps:// URL')
    .optional()
    .describe(
      'The server that takes mail: smtp://user:password@host:587, or smtps:// for TLS from the start. Left out: mail is shown at /dev/mail; in production it waits.',
    ),
  MAIL_FROM: z
    .string()
    .refine(isDeliverable, 'must be an address like ringfence@example.com')
    .default(localSender)
    .describe('The address that mail comes from. Needed with SMTP_URL.'),
  PUBLIC_URL: z
    .string()
    .refine(isOrigin, 'must be an origin like https://app.example.com')
    .optional()
    .describe(
      'Where people open the front end; links in mails begin with it. Needed with SMTP_URL in production. Default: http://localhost and PORT.',
    ),
  INVITATION_URL: webPage(
    'Page of a front end of your own where invitations are accepted; the token is appended after a #. Default: /accept-invitation of PUBLIC_URL, which Ringfence serves.',
  ),
  PASSWORD_RESET_URL: webPage(
    'Page of a front end of your own where a new password is chosen; the token is appended after a #. Default: /reset-password of PUBLIC_URL, which Ringfence serves.',
  ),
  IDENTITY_VERIFICATION_URL: webPage(
    'Page of a front end of your own where the address of an email identity is confirmed; the token is appended after a #. Default: /verify-identity of PUBLIC_URL, which Ringfence serves.',
  ),
  INVITATION_SECONDS: count(60, 7_776_000, 604_800, 'How long an invitation can be accepted.'),
  PASSWORD_RESET_SECONDS: count(60, 86_400, 3600, 'How long a link to choose a new password works.'),
  IDENTITY_VERIFICATION_SECONDS: count(
    60,
    2_592_000,
    604_800,
    'How long a link to confirm the address of an email identity works.',
  ),
  DATA_DIRECTORY: z
    .string()
    .min(1)
    .default('.ringfence')
    .describe('Where the embedded Postgres and generated secrets are kept, relative to the project.'),
  FILES_DIRECTORY: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Where uploaded files are kept, relative to the project; one folder for all processes. Default: `files` in DATA_DIRECTORY.',
    ),
  S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket')
    .optional()
    .describe('Keeps uploaded files in this bucket of an S3-compatible service instead of FILES_DIRECTORY.'),
  S3_ENDPOINT: z
    .string()
    .refine(isOrigin, 'must be an origin like https://s3.example.com')
    .optional()
    .describe('Where the S3-compatible service answers. Left out: AWS.'),
  S3_REGION: z.string().min(1).default('us-east-1').describe('Region of the bucket.'),
  S3_ACCESS_KEY_ID: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Credentials for the bucket. Left out: where the AWS SDK looks, such as AWS_ACCESS_KEY_ID or the role of the machine.',
    ),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional().describe('Goes with S3_ACCESS_KEY_ID.'),
  S3_ANSWER_MILLISECONDS: count(
    100,
    600_000,
    15_000,
    'How long the service may say and take nothing before it is asked again, three times in all.',
  ),
  MAXIMUM_UPLOAD_BYTES: count(1024, 107_374_182_400, 536_870_912, 'Size of an uploaded file.'),
  FILES_URL: z
    .string()
    .refine(isOrigin, 'must be an origin like https://api.example.com')
    .optional()
    .describe('Where this server is reached; addresses of files begin with it. Default: PUBLIC_URL.'),
  FILE_STALL_MILLISECONDS: count(
    100,
    3_600_000,
    30_000,
    'How long whoever uploads a file may send nothing of it, and whoever reads one may take less than 64 KiB, before they are cut off.',
  ),
  FILE_READS_AT_ONCE: count(1, 10_000, 200, 'Files that are read at once, in one process.'),
  FILE_READS_PER_ACCOUNT: count(
    1,
    10_000,
    100,
    'Files of one account that are read at once, in one process; never all of FILE_READS_AT_ONCE.',
  ),
  FILE_READS_PER_SESSION: count(
    1,
    10_000,
    20,
    'Files that are read at once with addresses of one session or partner token, in one process.',
  ),
  FILE_URL_SECONDS: count(30, 3600, 600, 'How long the address of a file works.'),
  SECRET_KEYS: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(z.string().regex(secretKey, 'must be id:key, the key at least 32 bytes in base64')).min(1))
    .optional()
    .describe(
      'id:key pairs, separated by commas; keys of 32 bytes or more in base64. The first signs access tokens and cursors, the others still verify. Needed in production.',
    ),
  ACCESS_TOKEN_SECONDS: count(30, 3600, 600, 'How long an access token lives.'),
  SESSION_SECONDS: count(
    300,
    31_536_000,
    2_592_000,
    'How long a session lives, however often it is refreshed.',
  ),
  SIGN_UP: flag('Whether anybody may open an account with signUp. Default: yes, in production no.'),
  SIGN_UPS_PER_HOUR: count(1, 100_000, 20, 'Accounts that may be opened from one address within an hour.'),
  PASSWORD_RESETS_PER_HOUR: count(
    1,
    100_000,
    30,
    'New passwords that may be asked for from one address within an hour.',
  ),
  PASSWORD_MINIMUM: count(6, 128, 6, 'Shortest password an account may allow, in characters.'),
  HASH_CONCURRENCY: count(1, 64, 2, 'Password hashes computed at once.'),
  HASH_QUEUE: count(1, 10_000, 100, 'Password hashes that may wait; beyond it sign-in answers RATE_LIMITED.'),
  POOL_SIZE: count(1, 500, 10, 'Connections for the API.'),
  SIGNIN_POOL_SIZE: count(1, 100, 3, 'Connections for signing in.'),
  POOL_WAIT_MILLISECONDS: count(
    10,
    60_000,
    5000,
    'How long a request waits for a connection before it is answered UNAVAILABLE.',
  ),
  OPERATION_MILLISECONDS: count(
    100,
    600_000,
    15_000,
    'How long a transaction may take before its connection is destroyed.',
  ),
  EXPORTS_AT_ONCE: count(1, 100, 4, 'Exports that run at once, each on a connection of its own.'),
  EXPORTS_PER_ACCOUNT: count(
    1,
    100,
    2,
    'Exports of one account that run at once, in one process; never all of EXPORTS_AT_ONCE, where these are more than one.',
  ),
  EXPORTS_PER_PRINCIPAL: count(
    1,
    100,
    1,
    'Exports of one member or partner token that run at once, in one process.',
  ),
  EXPORT_MILLISECONDS: count(
    100,
    86_400_000,
    3_600_000,
    'How long an export may take before it is ended, incomplete.',
  ),
  EXPORT_STALL_MILLISECONDS: count(
    100,
    3_600_000,
    30_000,
    'How long whoever receives an export may take nothing of it before it is cut off.',
  ),
  EXPORT_CHECK_MILLISECONDS: count(
    0,
    60_000,
    1000,
    'How often a running export looks whether it is still allowed.',
  ),
  PREPARED_STATEMENTS: flag(
    'Whether statements are prepared by name. Default: yes. No for poolers that do not keep them.',
  ),
  COMPILE_QUERIES: z
    .enum(['never', 'repeated', 'always'])
    .default('repeated')
    .describe('Which queries are compiled for their execution: none, those that are sent again, or all.'),
  CORS_ORIGINS: z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(
      z.array(
        z.string().refine(isOrigin, 'must be origins like https://app.example.com, separated by commas'),
      ),
    )
    .default([])
    .describe('Origins of front ends that may call the API from a browser, separated by commas.'),
  TRUSTED_PROXIES: count(
    0,
    10,
    0,
    'How many proxies stand in front; that many hops of X-Forwarded-For are believed.',
  ),
  PLAYGROUND: flag('Whether /playground is served. Default: yes, in production no.'),
  INTROSPECTION: flag('Whether the schema may be asked for. Default: as PLAYGROUND.'),
  DEMO: flag('Whether demo data is loaded into an empty database. Default: yes with the embedded Postgres.'),
  MAXIMUM_DEPTH: count(3, 50, 12, 'Levels of fields in a document.'),
  MAXIMUM_ALIASES: count(1, 500, 30, 'Aliases in a document.'),
  MAXIMUM_TOKENS: count(100, 50_000, 2000, 'Lexical tokens in a document.'),
  MAXIMUM_COST: count(
    100,
    1_000_000,
    20_000,
    'Cost of an operation: fields, times the size of the lists they stand in.',
  ),
  MAXIMUM_BODY_BYTES: count(1024, 104_857_600, 524_288, 'Size of a request body.'),
  BODY_MILLISECONDS: count(
    100,
    600_000,
    30_000,
    'How long the body of a request may take to arrive, unless it is a file that was announced.',
  ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'])
    .default('info')
    .describe('Least severe level that is logged.'),
});

type Settings = z.infer<typeof settings>;

/** The settings after everything that depends on others has been decided. */
export type Config = Settings & {
  production: boolean;
  embedded: boolean;
  WORKER: boolean;
  PUBLIC_URL: string;
  FILES_DIRECTORY: string;
  FILES_URL: string;
  SIGN_UP: boolean;
  PREPARED_STATEMENTS: boolean;
  PLAYGROUND: boolean;
  INTROSPECTION: boolean;
  DEMO: boolean;
};

/** Settings that can't be used; `problems` has a sentence for each. */
export class ConfigurationError extends Error {
  constructor(readonly problems: string[]) {
    super(problems.join('\n'));
  }
}

/** Reads the settings from an environment. Throws ConfigurationError with every problem at once. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(
    Object.keys(settings.shape)
      .filter((name) => environment[name] !== undefined && environment[name] !== '')
      .map((name) => [name, environment[name]]),
  );
  const parsed = settings.safeParse(given);
  const problems = parsed.success
    ? crossChecks(parsed.data)
    : parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`);
  if (!parsed.success || problems.length > 0) throw new ConfigurationError(problems);

  const values = parsed.data;
  const production = values.NODE_ENV === 'production';
  const playground = values.PLAYGROUND ?? !production;
  const publicUrl = values.PUBLIC_URL ?? `http://localhost:${values.PORT}`;
  const embedded = values.LOGIN_DATABASE_URL === undefined && values.DATABASE_URL === undefined;
  return {
    ...values,
    production,
    embedded,
    WORKER: values.WORKER ?? true,
    PUBLIC_URL: publicUrl,
    FILES_DIRECTORY: values.FILES_DIRECTORY ?? join(values.DATA_DIRECTORY, 'files'),
    FILES_URL: values.FILES_URL ?? publicUrl,
    SIGN_UP: values.SIGN_UP ?? !production,
    PREPARED_STATEMENTS: values.PREPARED_STATEMENTS ?? true,
    PLAYGROUND: playground,
    INTROSPECTION: values.INTROSPECTION ?? playground,
    DEMO: values.DEMO ?? embedded,
  };
}

/** As browsers send it: scheme, host and port, nothing behind. */
function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

function crossChecks(values: Settings): string[] {
  const problems: string[] = [];
  const urls = [values.LOGIN_DATABASE_URL, values.SIGNIN_DATABASE_URL];
  const worker = values.WORKER ?? true;
  if (values.NODE_ENV === 'production') {
    for (const name of ['LOGIN_DATABASE_URL', 'SIGNIN_DATABASE_URL', 'SECRET_KEYS'] as const) {
      if (values[name] === undefined) problems.push(`${name}: is needed in production`);
    }
    if (worker && values.WORKER_DATABASE_URL === undefined)
      problems.push('WORKER_DATABASE_URL: is needed in production where WORKER is on');
    if (values.SMTP_URL !== undefined && values.PUBLIC_URL === undefined)
      problems.push('PUBLIC_URL: is needed in production with SMTP_URL');
    if (values.DEMO) problems.push('DEMO: there is no demo data in production');
  } else if (
    urls.some((url) => url === undefined) &&
    (values.DATABASE_URL ?? urls.find(Boolean)) !== undefined
  ) {
    problems.push('LOGIN_DATABASE_URL, SIGNIN_DATABASE_URL: both are needed where a database is given');
  } else if (worker && values.LOGIN_DATABASE_URL !== undefined && values.WORKER_DATABASE_URL === undefined) {
    problems.push('WORKER_DATABASE_URL: is needed where a database is given and WORKER is on');
  }
  if (values.SMTP_URL !== undefined && values.MAIL_FROM === localSender)
    problems.push('MAIL_FROM: is needed with SMTP_URL');
  for (const name of ['S3_ENDPOINT', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const) {
    if (values[name] !== undefined && values.S3_BUCKET === undefined)
      problems.push(`${name}: means nothing without S3_BUCKET`);
  }
  if ((values.S3_ACCESS_KEY_ID === undefined) !== (values.S3_SECRET_ACCESS_KEY === undefined))
    problems.push('S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY: both are needed, or none');
  for (const [name, login] of [
    ['LOGIN_DATABASE_URL', 'ringfence_login'],
    ['SIGNIN_DATABASE_URL', 'ringfence_signin'],
    ['WORKER_DATABASE_URL', 'ringfence_worker'],
  ] as const) {
    const url = values[name];
    if (url !== undefined && new URL(url).username !== login)
      problems.push(`${name}: must sign in as ${login}`);
    if (url !== undefined && new URL(url).password === '') problems.push(`${name}: must carry a password`);
  }
  return problems;
}
