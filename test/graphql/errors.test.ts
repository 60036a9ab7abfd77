// What goes wrong inside stays inside: the answer has a code and an id, the log has the rest under that id.
import { Client } from 'pg';
import { expectedError } from '../../src/database/sql-errors';
import { Transaction } from '../../src/database/transaction';
import { startAnotherServer, type AnotherServer } from '../support/another-server';
import { bearer, codeOf, errorsOf, onTheWire, post, type WireAnswer } from '../support/http';
import { interruptible, type InterruptibleDatabase } from '../support/interruptible';
import { startTestServer, type TestServer } from '../support/server';
import { startSession } from '../support/sessions';
import { password } from '../support/arrange';
import { createWorld, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());
afterEach(() => jest.restoreAllMocks());

const plans = { query: '{ plans { id } }' };

function ask(body: object): Promise<WireAnswer> {
  return post(server.url, body, bearer(world.asOwner.token));
}

/** Lines of the log that carry the id of an answer. */
function logged({ headers }: WireAnswer): string {
  return JSON.stringify(server.log.filter(({ requestId }) => requestId === headers['x-request-id']));
}

/** All there is to an error of `plans`: no SQL, constraint, table or row has room in it. */
function shown(answer: WireAnswer, code: string, message: string): object {
  return {
    message,
    locations: [{ line: 1, column: 3 }],
    path: ['plans'],
    extensions: { code, requestId: answer.headers['x-request-id'] },
  };
}

/** Makes the next statement of a request another one, sent as the same role in the same transaction. */
function insteadSend(text: string, values: unknown[] = []): void {
  jest.spyOn(Transaction.prototype, 'query').mockImplementationOnce(async function (this: Transaction) {
    return (await this.run<never>(text, values)).rows;
  });
}

describe('a fault of ours', () => {
  const faults: [string, unknown][] = [
    ['an error', new Error('secret detail')],
    ['an error of the runtime', new TypeError('secret detail of undefined')],
    ['an error with another inside', new Error('secret detail', { cause: new Error('secret cause') })],
    [
      'an error that calls itself one of ours',
      Object.assign(new Error('secret detail'), { extensions: { code: 'NOT_FOUND' }, code: 'FORBIDDEN' }),
    ],
    ['several errors', new AggregateError([new Error('secret part')], 'secret detail')],
    ['text', 'secret detail'],
    ['nothing', undefined],
    ['an object', { message: 'secret detail', extensions: { code: 'NOT_FOUND' } }],
  ];

  test.each(faults)('is masked: %s', async (_name, thrown) => {
    jest.spyOn(Transaction.prototype, 'query').mockRejectedValueOnce(thrown);
    const answer = await ask(plans);
    expect(errorsOf(answer)).toEqual([shown(answer, 'INTERNAL', 'Something went wrong on our side.')]);
    const log = logged(answer);
    expect(log).toContain('"level":50');
    if (thrown instanceof Error) expect(log).toContain('secret detail');
  });

  test('inside a rule is masked like any other', async () => {
    jest.spyOn(Transaction.prototype, 'query').mockRejectedValueOnce(new Error('secret detail'));
    const answer = await post(server.url, plans, bearer(world.asMemberWithAll.token));
    expect(codeOf(answer)).toBe('INTERNAL');
    expect(answer.text).not.toContain('secret');
    expect(logged(answer)).toContain('secret detail');
  });

  test('in a mutation is masked, and undoes what was written before it', async () => {
    const run = Object.getOwnPropertyDescriptor(Transaction.prototype, 'run')?.value as Transaction['run'];
    const written = jest.fn();
    jest.spyOn(Transaction.prototype, 'run').mockImplementationOnce(async function (
      this: Transaction,
      text,
      values,
    ) {
      written((await run.call(this, text, values)).rowCount);
      throw new Error('secret detail');
    });
    const query =
      'mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { account { name } } }';
    const answer = await ask({ query, variables: { input: { changes: { name: 'Never' } } } });
    expect(written).toHaveBeenCalledWith(1);
    expect(codeOf(answer)).toBe('INTERNAL');
    expect(answer.text).not.toContain('secret');
    const { rowCount } = await server.owner.query(`select from ringfence.accounts where name = 'Never'`);
    expect(rowCount).toBe(0);
  });

  test('before there is a transaction is masked: when signing in', async () => {
    jest.spyOn(server.services.signIn, 'signIn').mockRejectedValueOnce(new Error('secret detail'));
    const answer = await post(server.url, {
      query: `mutation { signIn(input: { email: "a@example.test", password: "unguessable" }) { accessToken } }`,
    });
    expect(codeOf(answer)).toBe('INTERNAL');
    expect(answer.text).not.toContain('secret');
    expect(logged(answer)).toContain('secret detail');
    expect(logged(answer)).not.toContain('unguessable');
  });

  test('is not what callers do wrong: refusals leave no line in the log', async () => {
    const before = server.log.length;
    await ask({ query: '{' });
    await ask({ query: '{ nothing }' });
    await ask({ query: '{ client(id: "x") { id } }' });
    await ask({ query: `{ client(id: "${world.other.clientId}") { id } }` });
    await post(server.url, plans);
    await post(server.url, plans, bearer(world.asScopedMember.token));
    expect(server.log.slice(before)).toEqual([]);
  });
});

describe('an error of the database', () => {
  const masked: [string, string, unknown[], string][] = [
    ['a text that is no uuid', `select 'secret'::uuid from ringfence.accounts`, [], '22P02'],
    ['a number beyond its type', 'select 2147483647 + 1 as secret', [], '22003'],
    ['NUL in a text', 'select $1::text as secret', ['sec\0ret'], '22021'],
    ['a division by nothing', 'select 1 / (id is null)::int from ringfence.accounts', [], '22012'],
    ['a table that does not exist', 'select secret from ringfence.secrets', [], '42P01'],
    ['a column that does not exist', 'select secret from ringfence.accounts', [], '42703'],
    ['a statement that is none', 'selekt secret', [], '42601'],
  ];

  test.each(masked)('is masked: %s', async (_name, text, values, state) => {
    insteadSend(text, values);
    const answer = await ask(plans);
    expect(errorsOf(answer)).toEqual([shown(answer, 'INTERNAL', 'Something went wrong on our side.')]);
    expect(logged(answer)).toContain(state);
  });

  const refused: [string, string][] = [
    ['a table without a grant', 'select * from fence.logins'],
    ['a column without a grant', `update ringfence.accounts set plan_id = 'AGENCY'`],
    ['a function without a grant', `select signin.find_logins(null, 'secret', 1)`],
    ['a function of the fence', 'select fence.identity()'],
    [
      'a row that a policy forbids',
      `insert into ringfence.organizations (account_id, name) values ('01900000-0000-7000-8000-000000000000', 'secret')`,
    ],
    ['another role', 'set local role ringfence_owner'],
  ];

  test.each(refused)('that is a refusal says no more than that: %s', async (_name, text) => {
    insteadSend(text);
    const answer = await ask({
      query: 'mutation { changePlan(input: { planId: "GROWTH" }) { account { id } } }',
    });
    expect(errorsOf(answer)).toEqual([
      {
        ...shown(answer, 'FORBIDDEN', 'You may not do this.'),
        locations: [{ line: 1, column: 12 }],
        path: ['changePlan'],
      },
    ]);
  });

  test('does not reach the next request', async () => {
    insteadSend('selekt secret');
    expect(codeOf(await ask(plans))).toBe('INTERNAL');
    for (let time = 0; time < 3; time += 1) expect(codeOf(await ask(plans))).toBeUndefined();
  });
});

describe('a database that is gone', () => {
  let database: InterruptibleDatabase;
  let behind: AnotherServer;
  let token: string;

  beforeAll(async () => {
    database = await interruptible(server.database.adminUrl);
    behind = await startAnotherServer(server.database, {
      loginUrl: database.through(server.database.loginUrl),
      signinUrl: database.through(server.database.signinUrl),
      settings: { POOL_WAIT_MILLISECONDS: '2000', POOL_SIZE: '2' },
    });
    token = (await startSession(behind.url, world.members.owner)).accessToken;
    expect(codeOf(await post(behind.url, plans, bearer(token)))).toBeUndefined();
  });
  afterAll(async () => {
    await behind.close();
    await database.close();
  });

  test('is UNAVAILABLE with 503 and a time to try again, live but not ready, and served again when it is back', async () => {
    database.interrupt();
    const signIn = {
      query: `mutation { signIn(input: { email: "${world.members.owner.email}", password: "${password}" }) { accessToken } }`,
    };
    for (const answer of [await post(behind.url, plans, bearer(token)), await post(behind.url, signIn)]) {
      const [error] = errorsOf(answer);
      expect([answer.status, error?.extensions.code]).toEqual([503, 'UNAVAILABLE']);
      expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
      expect(answer.text).not.toMatch(/ECONN|127\.0\.0\.1|postgres|connect/i);
    }
    const health = async () => [
      (await onTheWire(behind.url, { method: 'GET', path: '/health/live' })).status,
      (await onTheWire(behind.url, { method: 'GET', path: '/health/ready' })).status,
    ];
    expect(await health()).toEqual([200, 503]);
    // What needs no database is answered all the same.
    expect(codeOf(await post(behind.url, { query: '{ viewer { kind } }' }))).toBeUndefined();

    database.restore();
    expect(codeOf(await post(behind.url, plans, bearer(token)))).toBeUndefined();
    expect(codeOf(await post(behind.url, signIn))).toBeUndefined();
    expect(await health()).toEqual([200, 200]);
  });

  test.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH'])(
    'is UNAVAILABLE whatever its socket says: %s',
    (code) => {
      expect(expectedError(Object.assign(new Error('connect'), { code }))?.extensions.code).toBe(
        'UNAVAILABLE',
      );
    },
  );

  test('is UNAVAILABLE when no connection is free in time', async () => {
    const { pool } = behind.services.database;
    const held = await Promise.all([pool.connect(), pool.connect()]);
    try {
      const answer = await post(behind.url, plans, bearer(token));
      expect([answer.status, codeOf(answer)]).toEqual([503, 'UNAVAILABLE']);
    } finally {
      for (const client of held) client.release();
    }
    expect(codeOf(await post(behind.url, plans, bearer(token)))).toBeUndefined();
  });

  test('only for idle connections is not noticed', async () => {
    const admin = new Client({ connectionString: server.database.adminUrl });
    await admin.connect();
    try {
      const { rowCount } = await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'ringfence_login' and datname = current_database()`,
      );
      expect(rowCount).toBeGreaterThan(0);
    } finally {
      await admin.end();
    }
    expect(codeOf(await post(behind.url, plans, bearer(token)))).toBeUndefined();
    expect(codeOf(await ask(plans))).toBeUndefined();
  });
});
