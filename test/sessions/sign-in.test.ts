import argon2 from '@node-rs/argon2';
import {
  SignInDocument,
  type SignInMutation,
  type SignInMutationVariables,
  ViewerDocument,
} from '../support/documents.generated';
import { Caller } from '../support/client';
import { codeOf, dataOf, errorsOf, postDocument, withoutRequestId, type WireAnswer } from '../support/http';
import { startTestServer, type TestServer } from '../support/server';
import { Arrange, password, type TestMember } from '../support/arrange';

// Every sign-in costs as much as one without an account named, with as many candidates as are tried.
const hashRuns = 3;
const otherPassword = 'another battery staple';

let server: TestServer;
let arrange: Arrange;
let alpha: string;
let member: TestMember;
let disabled: TestMember;
let invited: TestMember;
let withoutPassword: TestMember;
let ofSuspended: TestMember;

beforeAll(async () => {
  server = await startTestServer();
  arrange = new Arrange(server.owner);
  alpha = await arrange.account('alpha');
  member = await arrange.member(alpha, { email: 'Mia.Müller@example.test', name: 'Mia' });
  disabled = await arrange.member(alpha, { status: 'DISABLED' });
  invited = await arrange.member(alpha, { status: 'INVITED' });
  withoutPassword = await arrange.member(alpha);
  await server.owner.query('update fence.logins set password_hash = null where member_id = $1', [
    withoutPassword.id,
  ]);
  const suspended = await arrange.account('suspended');
  ofSuspended = await arrange.member(suspended, { role: 'OWNER' });
  await server.owner.query(`update ringfence.accounts set status = 'SUSPENDED' where id = $1`, [suspended]);
});
afterAll(() => server.close());
afterEach(() => {
  jest.restoreAllMocks();
  return server.owner.query('delete from fence.rate_limits');
});

type Input = SignInMutationVariables['input'];

function signIn(input: Input): Promise<WireAnswer> {
  return postDocument(server.url, SignInDocument, { input });
}

/** An answer, and how many passwords were hashed for it. */
async function counted(input: Input): Promise<{ answer: WireAnswer; runs: number; hashes: unknown[] }> {
  const verify = jest.spyOn(argon2, 'verify');
  const answer = await signIn(input);
  const hashes = verify.mock.calls.map(([hash]) => hash);
  verify.mockRestore();
  return { answer, runs: hashes.length, hashes };
}

/** Members of as many new accounts, all with one email; those after the first have another password if it is given. */
async function sharing(slugs: string[], laterPassword?: string): Promise<string> {
  const email = `${slugs.join('.')}@shared.test`;
  for (const [index, slug] of slugs.entries()) {
    const { id } = await arrange.member(await arrange.account(slug), { role: 'OWNER', email });
    if (index === 0 || laterPassword === undefined) continue;
    const passwordHash = await argon2.hash(laterPassword, { memoryCost: 8, timeCost: 1 });
    await server.owner.query('update fence.logins set password_hash = $2 where member_id = $1', [
      id,
      passwordHash,
    ]);
  }
  return email;
}

function accountOf(answer: WireAnswer): string | undefined {
  return dataOf<SignInMutation>(answer).signIn.viewer.account?.slug;
}

describe('who may sign in', () => {
  test('the right password opens a session whose access token says who it is for', async () => {
    const { signIn: issued } = dataOf<SignInMutation>(await signIn({ email: member.email, password }));
    expect(issued.viewer).toMatchObject({
      kind: 'MEMBER',
      role: 'MEMBER',
      account: { slug: 'alpha' },
      member: { id: member.id, name: 'Mia' },
    });
    const { viewer } = await new Caller(server.url, issued.accessToken).get(ViewerDocument);
    expect(viewer).toEqual(issued.viewer);
    expect(issued.refreshToken).toEqual(expect.stringMatching(/^[\w-]{43}$/));
  });

  test('an email signs in whatever its case, with spaces around it too', async () => {
    for (const email of [
      'MIA.MÜLLER@EXAMPLE.TEST',
      'mia.müller@example.test',
      '  Mia.Müller@example.test ',
    ]) {
      expect(accountOf(await signIn({ email, password }))).toBe('alpha');
    }
  });

  test('a slug signs in whatever its case', async () => {
    expect(accountOf(await signIn({ account: 'ALPHA', email: member.email, password }))).toBe('alpha');
  });

  test('an email of several accounts signs in to the one whose password it is', async () => {
    const email = await sharing(['first', 'second'], otherPassword);
    expect(accountOf(await signIn({ email, password }))).toBe('first');
    expect(accountOf(await signIn({ email, password: otherPassword }))).toBe('second');
  });

  test('an email with the same password in several accounts signs in with the slug alone', async () => {
    const email = await sharing(['third', 'fourth']);
    expect(codeOf(await signIn({ email, password }))).toBe('UNAUTHENTICATED');
    expect(accountOf(await signIn({ account: 'third', email, password }))).toBe('third');
    expect(accountOf(await signIn({ account: 'fourth', email, password }))).toBe('fourth');
  });

  test('an email of more than three accounts signs in with the slug alone', async () => {
    const email = await sharing(['one', 'two', 'three', 'four'], otherPassword);
    expect(codeOf(await signIn({ email, password }))).toBe('UNAUTHENTICATED');
    expect(accountOf(await signIn({ account: 'one', email, password }))).toBe('one');
  });

  test('an account in which one is disabled does not stand in the way of another with the same email and password', async () => {
    const email = await sharing(['left', 'stayed']);
    await server.owner.query(
      `update ringfence.member_access set status = 'DISABLED' where account_id = (select id from ringfence.accounts where slug = 'left')`,
    );
    expect(accountOf(await signIn({ email, password }))).toBe('stayed');
  });

  test('a password is compared to the last character, whatever its script and length', async () => {
    const long = 'пароль🔑'.repeat(16);
    const exact = await arrange.member(alpha);
    const passwordHash = await argon2.hash(long, { memoryCost: 8, timeCost: 1 });
    await server.owner.query('update fence.logins set password_hash = $2 where member_id = $1', [
      exact.id,
      passwordHash,
    ]);
    expect(accountOf(await signIn({ email: exact.email, password: long }))).toBe('alpha');
    for (const wrong of [long.slice(0, -2), `${long} `, `${long}\0`, long.toUpperCase()]) {
      expect(codeOf(await signIn({ email: exact.email, password: wrong }))).toBe('UNAUTHENTICATED');
    }
  });
});

describe('who may not', () => {
  const cases: [string, () => Input | Promise<Input>][] = [
    ['a wrong password', () => ({ email: member.email, password: 'wrong' })],
    [
      'a wrong password with the right slug',
      () => ({ account: 'alpha', email: member.email, password: 'wrong' }),
    ],
    ['an empty password', () => ({ email: member.email, password: '' })],
    ['an email nobody has', () => ({ email: 'nobody@example.test', password })],
    ['text that is no email', () => ({ email: `' or true --`, password })],
    ['a pattern for emails', () => ({ email: '%@example.test', password })],
    ['an account that does not exist', () => ({ account: 'nowhere', email: member.email, password })],
    ['the account of somebody else', () => ({ account: 'suspended', email: member.email, password })],
    ['a disabled member', () => ({ email: disabled.email, password })],
    ['a disabled member with the slug', () => ({ account: 'alpha', email: disabled.email, password })],
    ['a member who has not accepted the invitation', () => ({ email: invited.email, password })],
    ['a member without a password', () => ({ email: withoutPassword.email, password })],
    ['a member of a suspended account', () => ({ email: ofSuspended.email, password })],
    [
      'a password that fits in two accounts',
      async () => ({ email: await sharing(['fifth', 'sixth']), password }),
    ],
    [
      'an email of four accounts',
      async () => ({ email: await sharing(['a1', 'a2', 'a3', 'a4'], otherPassword), password }),
    ],
  ];

  test.each(cases)(
    '%s is refused with the very bytes of a wrong password, after as many hash runs',
    async (_name, given) => {
      const input = await given();
      const { answer, runs } = await counted(input);
      const wrong = await signIn({ email: 'somebody@example.test', password: 'wrong' });
      expect(codeOf(answer)).toBe('UNAUTHENTICATED');
      expect(withoutRequestId(answer)).toBe(withoutRequestId(wrong));
      expect(answer.status).toBe(wrong.status);
      expect(Object.keys(answer.headers)).toEqual(Object.keys(wrong.headers));
      expect(answer.headers['content-length']).toBe(wrong.headers['content-length']);
      expect(runs).toBe(hashRuns);
    },
  );

  test('a refused sign-in leaves no session behind', async () => {
    const count = async () =>
      (await server.owner.query<{ count: string }>('select count(*) from fence.sessions')).rows[0]?.count;
    const before = await count();
    await signIn({ email: member.email, password: 'wrong' });
    await signIn({ email: disabled.email, password });
    expect(await count()).toBe(before);
  });
});

describe('what signing in costs', () => {
  test('success takes as many hash runs as failure, with and without the slug', async () => {
    expect((await counted({ email: member.email, password })).runs).toBe(hashRuns);
    expect((await counted({ account: 'alpha', email: member.email, password })).runs).toBe(hashRuns);
    const shared = await sharing(['seventh', 'eighth', 'ninth'], otherPassword);
    expect((await counted({ email: shared, password })).runs).toBe(hashRuns);
  });

  test('a padding run costs what the hash of a password set today costs', async () => {
    const signUp = jest.spyOn(argon2, 'hash');
    await server.services.signIn.passwords.hash(password);
    const [made] = await Promise.all(signUp.mock.results.map((result) => result.value as Promise<string>));
    const { hashes } = await counted({ email: 'nobody@example.test', password });
    const parameters = (hash: unknown) => String(hash).split('$').slice(0, 4).join('$');
    expect(parameters(made)).toBe('$argon2id$v=19$m=19456,t=2,p=1');
    expect(hashes.map(parameters)).toEqual(Array.from({ length: hashRuns }, () => parameters(made)));
  });

  test('input that can be nobody’s is refused before anything is hashed', async () => {
    const refusals: [Input, string][] = [
      [{ email: '', password }, 'input.email'],
      [{ email: 'x'.repeat(255), password }, 'input.email'],
      [{ email: 'a\0b@example.test', password }, 'input.email'],
      [{ email: 'a@example.test\r\nbcc: b@example.test', password }, 'input.email'],
      [{ account: '', email: member.email, password }, 'input.account'],
      [{ account: 'x'.repeat(51), email: member.email, password }, 'input.account'],
      [{ email: member.email, password: 'x'.repeat(129) }, 'input.password'],
    ];
    for (const [input, field] of refusals) {
      const { answer, runs } = await counted(input);
      expect(errorsOf(answer)[0]?.extensions).toMatchObject({ code: 'VALIDATION_FAILED', field });
      expect(runs).toBe(0);
    }
  });
});
