// How often a password may be guessed.
import argon2 from '@node-rs/argon2';
import { SignInDocument, type SignInMutationVariables } from '../support/documents.generated';
import { startAnotherServer } from '../support/another-server';
import { codeOf, errorsOf, post, postDocument, withoutRequestId, type WireAnswer } from '../support/http';
import { startTestServer, type TestServer } from '../support/server';
import { startSession } from '../support/sessions';
import { Arrange, password, type TestMember } from '../support/arrange';

const allowedFailures = 10;
const windowSeconds = 15 * 60;
const hashRuns = 3;
const refused = 'UNAUTHENTICATED';
const limited = 'RATE_LIMITED';

// Hashing is what these tests mostly do, and it is meant to be slow.
jest.setTimeout(60_000);

let server: TestServer;
let arrange: Arrange;
let alpha: string;
let member: TestMember;

beforeAll(async () => {
  server = await startTestServer({ settings: { MAXIMUM_ALIASES: '200', MAXIMUM_TOKENS: '20000' } });
  arrange = new Arrange(server.owner);
  alpha = await arrange.account('alpha');
});
afterAll(() => server.close());
beforeEach(async () => {
  await server.owner.query('delete from fence.rate_limits');
  member = await arrange.member(alpha);
});
afterEach(() => jest.restoreAllMocks());

type Input = SignInMutationVariables['input'];

function signIn(input: Input, url = server.url): Promise<WireAnswer> {
  return postDocument(url, SignInDocument, { input });
}

/** Fails one try after the other; answers the codes. */
async function guess(
  tries: number,
  { email }: { email: string },
  url = server.url,
): Promise<(string | undefined)[]> {
  const codes: (string | undefined)[] = [];
  for (let time = 0; time < tries; time += 1)
    codes.push(codeOf(await signIn({ email, password: 'wrong' }, url)));
  return codes;
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

/** Passwords that were really tried. */
function countHashRuns(): () => number {
  const verify = jest.spyOn(argon2, 'verify');
  return () => verify.mock.calls.length;
}

describe('ten failures', () => {
  test('are all there are within a quarter of an hour: then even the right password is not tried any more', async () => {
    expect(await guess(allowedFailures, member)).toEqual(times(allowedFailures, refused));
    const runs = countHashRuns();
    for (const typed of ['wrong', password]) {
      const answer = await signIn({ email: member.email, password: typed });
      const [error] = errorsOf(answer);
      expect(error?.extensions.code).toBe(limited);
      expect(answer.status).toBe(429);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(error?.extensions.retryAfterSeconds).toBeGreaterThan(0);
      expect(error?.extensions.retryAfterSeconds).toBeLessThanOrEqual(windowSeconds);
    }
    expect(runs()).toBe(0);
  });

  test('are forgotten when their time is over, and the next ten count again', async () => {
    await guess(allowedFailures + 1, member);
    await server.owner.query('update fence.rate_limits set expire = expire - $1 * 1000', [windowSeconds]);
    await startSession(server.url, member);
    expect(await guess(allowedFailures + 1, member)).toEqual([...times(allowedFailures, refused), limited]);
  });

  test('of one email do not keep others from signing in', async () => {
    const other = await arrange.member(alpha);
    await guess(allowedFailures + 1, member);
    await expect(startSession(server.url, other)).resolves.toBeDefined();
  });

  test('count together however the email is written', async () => {
    const spellings = [member.email, member.email.toUpperCase(), ` ${member.email}`, `${member.email} `];
    for (const email of [...spellings, ...spellings, ...spellings].slice(0, allowedFailures)) {
      expect(await guess(1, { email })).toEqual([refused]);
    }
    expect(codeOf(await signIn({ email: member.email, password }))).toBe(limited);
  });

  test('are not taken back by success, which costs none', async () => {
    await guess(allowedFailures - 1, member);
    for (let time = 0; time < 3; time += 1) await startSession(server.url, member);
    expect(await guess(2, member)).toEqual([refused, limited]);
  });

  test('are not taken back by somebody who signs in to an own account with the email of another', async () => {
    const email = member.email;
    const attacker = await arrange.member(await arrange.account('attacker'), { role: 'OWNER', email });
    const known = 'the attacker knows this one';
    const passwordHash = await argon2.hash(known, { memoryCost: 8, timeCost: 1 });
    await server.owner.query('update fence.logins set password_hash = $2 where member_id = $1', [
      attacker.id,
      passwordHash,
    ]);
    const codes: (string | undefined)[] = [];
    for (let time = 0; time <= allowedFailures; time += 1) {
      codes.push(...(await guess(1, { email })));
      await signIn({ email, password: known });
      await signIn({ account: 'attacker', email, password: known });
    }
    expect(codes).toEqual([...times(allowedFailures, refused), limited]);
  });

  test('leave nothing in the database that says whose they were', async () => {
    await guess(1, member);
    const { rows } = await server.owner.query<{ key: string }>('select key from fence.rate_limits');
    expect(rows).toHaveLength(1);
    expect(rows[0]?.key).not.toContain(member.email.split('@')[0]);
    expect(rows[0]?.key).not.toContain(member.id);
  });
});

describe('what the count tells', () => {
  test('an email that nobody has is limited with the same bytes at the same try, whether or not accounts are named', async () => {
    const disabled = await arrange.member(alpha, { status: 'DISABLED' });
    const shared = 'in-two-accounts@example.test';
    await arrange.member(alpha, { email: shared });
    await arrange.member(await arrange.account('second'), { role: 'OWNER', email: shared });
    const accounts = [
      null,
      'alpha',
      'second',
      'nowhere',
      null,
      'alpha',
      null,
      'nowhere',
      'alpha',
      null,
      'alpha',
      'second',
      null,
      'nowhere',
    ];
    const answersFor = async (email: string) => {
      const answers: string[] = [];
      for (const account of accounts) {
        const answer = await signIn({ account, email, password: 'wrong' });
        const seconds = /"retryAfterSeconds":\d+/;
        answers.push(
          `${answer.status} ${withoutRequestId(answer).replace(seconds, '"retryAfterSeconds":…')}`,
        );
      }
      return answers;
    };
    const unknown = await answersFor('nobody@example.test');
    expect(unknown.filter((answer) => answer.startsWith('429'))).toHaveLength(
      accounts.length - allowedFailures,
    );
    for (const email of [member.email, disabled.email, shared])
      expect(await answersFor(email)).toEqual(unknown);
  });
});

describe('many tries at once', () => {
  test('a hundred parallel tries are a hundred tries: ten passwords are tried', async () => {
    const runs = countHashRuns();
    const answers = await Promise.all(
      times(100, { email: member.email, password: 'wrong' }).map((input) => signIn(input)),
    );
    const codes = answers.map(codeOf);
    expect(codes.filter((code) => code === refused)).toHaveLength(allowedFailures);
    expect(codes.filter((code) => code === limited)).toHaveLength(100 - allowedFailures);
    expect(runs()).toBe(allowedFailures * hashRuns);
  });

  test('a hundred aliases in one document do not reach a right password behind ten wrong ones', async () => {
    const runs = countHashRuns();
    const guesses = [...times(99, 'wrong'), password].map(
      (typed, index) =>
        `try${index}: signIn(input: { email: "${member.email}", password: "${typed}" }) { accessToken }`,
    );
    const answer = await post(server.url, { query: `mutation { ${guesses.join(' ')} }` });
    expect(errorsOf(answer).length).toBeGreaterThan(0);
    expect(answer.text).not.toContain('accessToken');
    expect(runs()).toBeLessThanOrEqual(allowedFailures * hashRuns);
    const { rowCount } = await server.owner.query('select from fence.sessions where member_id = $1', [
      member.id,
    ]);
    expect(rowCount).toBe(0);
  });

  test('aliases of one document count like documents of their own', async () => {
    const both = `mutation {
      right: signIn(input: { email: "${member.email}", password: "${password}" }) { accessToken }
      wrong: signIn(input: { email: "${member.email}", password: "wrong" }) { accessToken }
    }`;
    const codes: (string | undefined)[] = [];
    for (let time = 0; time <= allowedFailures; time += 1)
      codes.push(codeOf(await post(server.url, { query: both })));
    expect(codes).toEqual([...times(allowedFailures, refused), limited]);
  });
});

describe('many servers', () => {
  test('failures count together at all servers of a database, and at one that starts afterwards', async () => {
    const second = await startAnotherServer(server.database);
    try {
      for (let time = 0; time < allowedFailures / 2; time += 1) {
        expect(await guess(1, member, server.url)).toEqual([refused]);
        expect(await guess(1, member, second.url)).toEqual([refused]);
      }
      expect(codeOf(await signIn({ email: member.email, password }))).toBe(limited);
      expect(codeOf(await signIn({ email: member.email, password }, second.url))).toBe(limited);
    } finally {
      await second.close();
    }
    const restarted = await startAnotherServer(server.database);
    try {
      expect(codeOf(await signIn({ email: member.email, password }, restarted.url))).toBe(limited);
    } finally {
      await restarted.close();
    }
  });
});

describe('too many people at once', () => {
  test('beyond the queue for hashing, sign-in is refused without a hash, and costs no try', async () => {
    const small = await startAnotherServer(server.database, {
      settings: { HASH_CONCURRENCY: '1', HASH_QUEUE: '1' },
    });
    let release = (): void => undefined;
    const released = new Promise<boolean>((resolve) => {
      release = () => resolve(false);
    });
    const verify = jest.spyOn(argon2, 'verify').mockImplementation(() => released);
    try {
      const answers = Array.from({ length: 20 }, (_, index) =>
        signIn({ email: `person${index}@example.test`, password }, small.url),
      );
      // Only one is let in, and waits; all others are answered before it.
      const refusals: WireAnswer[] = [];
      await new Promise<void>((resolve) => {
        const keep = (refusal: WireAnswer) => refusals.push(refusal) === answers.length - 1 && resolve();
        for (const answer of answers) void answer.then(keep);
      });
      expect(refusals.map(codeOf)).toEqual(times(answers.length - 1, limited));
      expect(refusals.every(({ status, text }) => status === 429 && text.includes('retryAfterSeconds'))).toBe(
        true,
      );
      release();
      expect((await Promise.all(answers)).map(codeOf).filter((code) => code === refused)).toHaveLength(1);
      expect(verify).toHaveBeenCalledTimes(hashRuns);
      const { rows } = await server.owner.query<{ points: string }>(
        'select sum(points) as points from fence.rate_limits',
      );
      expect(Number(rows[0]?.points)).toBe(1);
      verify.mockRestore();
      await expect(startSession(small.url, member)).resolves.toBeDefined();
    } finally {
      release();
      await small.close();
    }
  });
});
