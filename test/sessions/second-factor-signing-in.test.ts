// Between password and session: a code, where one is needed, which works once.
import jwt from 'jsonwebtoken';
import {
  ChangeMemberPasswordDocument,
  CompleteSignInDocument,
  RefreshSessionDocument,
  SecondFactorDocument,
  SignInDocument,
} from '../support/documents.generated';
import { newSecretKey, startAnotherServer, type AnotherServer } from '../support/another-server';
import { Caller } from '../support/client';
import { onDatabase } from '../support/database';
import { postDocument, withoutRequestId } from '../support/http';
import {
  asked,
  codeNow,
  codeOfStep,
  complete,
  completionCode,
  enrol,
  forgetUse,
  presentStep,
} from '../support/second-factor';
import { startTestServer, type TestServer } from '../support/server';
import { refreshCode, startSession, viewerOf } from '../support/sessions';
import { auditedBy, changingNothing, oneRow } from '../support/stored';
import type { TestMember } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
/** Two processes with the same keys. */
let others: [AnotherServer, AnotherServer];

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const secretKeys = [newSecretKey('shared')];
  others = [
    await startAnotherServer(server.database, { secretKeys }),
    await startAnotherServer(server.database, { secretKeys }),
  ];
});
afterAll(async () => {
  for (const other of others) await other.close();
  await server.close();
});

const newMember = () => world.arrange.member(world.accountId);
const now = (secret: string) => codeNow(server.owner, secret);
const sessionsOf = async ({ id }: TestMember) =>
  (
    await oneRow<{ count: number }>(
      server.owner,
      'select count(*)::int as count from fence.sessions where member_id = $1',
      [id],
    )
  ).count;

async function enrolled(on: { url: string } = server) {
  const member = await newMember();
  return { member, ...(await enrol({ url: on.url, owner: server.owner }, member)) };
}

/** Does something while no step of the clock ends. */
async function within<Result>(work: (step: number) => Promise<Result>): Promise<Result> {
  for (;;) {
    const before = await presentStep(server.owner);
    const result = await work(before);
    if ((await presentStep(server.owner)) === before) return result;
  }
}

describe('the right password of somebody with a second factor', () => {
  test('starts no session, and a code of the app does', async () => {
    const { member, secret } = await enrolled();
    const before = await sessionsOf(member);
    const { challenge, setup } = await changingNothing(server.owner, () => asked(server.url, member));
    expect(setup).toBeUndefined();
    expect(await sessionsOf(member)).toBe(before);
    const { data } = await complete(server.url, challenge, await now(secret));
    expect(data?.completeSignIn).toMatchObject({
      recoveryCodes: null,
      viewer: { kind: 'MEMBER', member: { id: member.id } },
    });
    expect(await viewerOf(server.url, data?.completeSignIn.accessToken ?? null)).toBe('MEMBER');
    expect(await refreshCode(server.url, data?.completeSignIn.refreshToken ?? '')).toBeUndefined();
  });

  test('is what it takes to learn that there is one', async () => {
    const { member } = await enrolled();
    const wrong = (email: string) =>
      postDocument(server.url, SignInDocument, { input: { email, password: 'wrong' } });
    expect(withoutRequestId(await wrong(member.email))).toBe(
      withoutRequestId(await wrong('nobody@example.test')),
    );
  });

  test('puts the refresh token into the cookie if that is asked for', async () => {
    const { member, secret } = await enrolled();
    const { challenge } = await asked(server.url, member);
    const answer = await postDocument(server.url, CompleteSignInDocument, {
      input: { challenge, code: await now(secret), refreshTokenIn: 'COOKIE' },
    });
    expect(answer.text).toContain('"refreshToken":null');
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^ringfence_refresh=[\w-]{43};.*HttpOnly/);
  });

  test('goes on being asked for a code, while sessions go on being refreshed without', async () => {
    const { member, secret } = await enrolled();
    const { challenge } = await asked(server.url, member);
    const { data } = await complete(server.url, challenge, await now(secret));
    const { refreshSession } = await new Caller(server.url, null).get(RefreshSessionDocument, {
      input: { refreshToken: data?.completeSignIn.refreshToken ?? '' },
    });
    expect(await viewerOf(server.url, refreshSession.accessToken)).toBe('MEMBER');
    await asked(server.url, member);
  });
});

describe('a code', () => {
  test('is accepted of the step before and after by the database’s clock, and of none further away', async () => {
    const { member, secret } = await enrolled();
    const { challenge } = await asked(server.url, member);
    for (const [skew, expected] of [
      [-2, 'UNAUTHENTICATED'],
      [-1, undefined],
      [0, undefined],
      [1, undefined],
      [2, 'UNAUTHENTICATED'],
    ] as const) {
      const outcome = await within(async (step) => {
        await forgetUse(server.owner, member);
        return completionCode(server.url, challenge, codeOfStep(secret, step + skew));
      });
      expect([skew, outcome]).toEqual([skew, expected]);
    }
  });

  test('works once, also with another challenge, and so does none before it', async () => {
    const { member, secret } = await enrolled();
    await within(async (step) => {
      await forgetUse(server.owner, member);
      const first = await asked(server.url, member);
      const second = await asked(server.url, member);
      const code = codeOfStep(secret, step);
      expect(await completionCode(server.url, first.challenge, code)).toBeUndefined();
      for (const used of [code, codeOfStep(secret, step - 1)])
        for (const { challenge } of [first, second])
          expect(await completionCode(server.url, challenge, used)).toBe('UNAUTHENTICATED');
    });
  });

  test('sent twenty times at once to two servers starts one session', async () => {
    const [one, two] = others;
    const { member, secret } = await enrolled(one);
    const { challenge } = await asked(one.url, member);
    const before = await sessionsOf(member);
    const code = await now(secret);
    const codes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        completionCode((index % 2 === 0 ? one : two).url, challenge, code),
      ),
    );
    expect(codes.filter((refused) => refused === undefined)).toHaveLength(1);
    expect(await sessionsOf(member)).toBe(before + 1);
  });

  test('is not used where no session starts', async () => {
    const { member, secret } = await enrolled();
    const { challenge } = await asked(server.url, member);
    const status = (to: string) =>
      server.owner.query('update ringfence.member_access set status = $2 where member_id = $1', [
        member.id,
        to,
      ]);
    await status('DISABLED');
    const code = await now(secret);
    expect(await changingNothing(server.owner, () => completionCode(server.url, challenge, code))).toBe(
      'UNAUTHENTICATED',
    );
    await status('ACTIVE');
    expect(await completionCode(server.url, challenge, code)).toBeUndefined();
  });

  test.each(['', ' ', '12345', '1234567', 'abcdef', '١٢٣٤٥٦', 'x'.repeat(101), '0000-0000-0000-0000'])(
    'that is none (%j) is refused',
    async (code) => {
      const { member } = await enrolled();
      const { challenge } = await asked(server.url, member);
      expect(await completionCode(server.url, challenge, code)).toMatch(
        /^(UNAUTHENTICATED|VALIDATION_FAILED)$/,
      );
    },
  );

  test('may have spaces', async () => {
    const { member, secret } = await enrolled();
    const { challenge } = await asked(server.url, member);
    const code = await now(secret);
    expect(
      await completionCode(server.url, challenge, ` ${code.slice(0, 3)} ${code.slice(3)} `),
    ).toBeUndefined();
  });
});

describe('ten wrong codes within a quarter of an hour', () => {
  test('refuse right ones too, on every server, and the password takes none of them back', async () => {
    const [one, two] = others;
    const { member, secret, recoveryCodes } = await enrolled(one);
    for (let time = 0; time < 10; time += 1) {
      const { challenge } = await asked(one.url, member);
      expect(
        await completionCode(one.url, challenge, time % 2 === 0 ? '000000' : 'abcd-abcd-abcd-abcd'),
      ).toBe('UNAUTHENTICATED');
    }
    const { challenge } = await asked(two.url, member);
    for (const code of [await now(secret), recoveryCodes[0] ?? ''])
      expect(await changingNothing(server.owner, () => completionCode(two.url, challenge, code))).toBe(
        'RATE_LIMITED',
      );
    const other = await enrolled();
    const { challenge: ofOther } = await asked(server.url, other.member);
    expect(await completionCode(server.url, ofOther, await now(other.secret))).toBeUndefined();
  });

  test('are not made of right ones', async () => {
    const { member, secret } = await enrolled();
    for (let time = 0; time < 12; time += 1) {
      await forgetUse(server.owner, member);
      const { challenge } = await asked(server.url, member);
      expect(await completionCode(server.url, challenge, await now(secret))).toBeUndefined();
    }
  });
});

test('thirty wrong codes of the app in a day refuse right ones, but no recovery code', async () => {
  const { member, secret, recoveryCodes } = await enrolled();
  for (let time = 0; time < 30; time += 1) {
    // As if a quarter of an hour had passed.
    await server.owner.query("delete from fence.rate_limits where key not like '%-day:%'");
    const { challenge } = await asked(server.url, member);
    expect(await completionCode(server.url, challenge, '000000')).toBe('UNAUTHENTICATED');
  }
  await server.owner.query("delete from fence.rate_limits where key not like '%-day:%'");
  const { challenge } = await asked(server.url, member);
  expect(await completionCode(server.url, challenge, await now(secret))).toBe('RATE_LIMITED');
  expect(await completionCode(server.url, challenge, recoveryCodes[0] ?? '')).toBeUndefined();
});

describe('a challenge', () => {
  test('is worth nothing once the password has been changed', async () => {
    const { member, secret } = await enrolled();
    const { challenge } = await asked(server.url, member);
    await world.asOwner.get(ChangeMemberPasswordDocument, {
      input: { id: member.id, password: 'umbrella teapot lantern' },
    });
    expect(await completionCode(server.url, challenge, await now(secret))).toBe('UNAUTHENTICATED');
  });

  test('is for one login: somebody else’s code does not fit', async () => {
    const one = await enrolled();
    const two = await enrolled();
    const { challenge } = await asked(server.url, one.member);
    expect(await completionCode(server.url, challenge, await now(two.secret))).toBe('UNAUTHENTICATED');
    expect(await completionCode(server.url, challenge, two.recoveryCodes[0] ?? '')).toBe('UNAUTHENTICATED');
  });

  test('lasts five minutes', async () => {
    const { challenge } = await asked(server.url, (await enrolled()).member);
    const { iat, exp } = jwt.decode(challenge) as { iat: number; exp: number };
    expect(exp - iat).toBe(300);
  });

  test('that is too old is refused', async () => {
    const { member, secret } = await enrolled();
    const { challenge } = await asked(server.url, member);
    const late = Date.now() + 301_000;
    const clock = jest.spyOn(Date, 'now').mockReturnValue(late);
    const refusal = await completionCode(server.url, challenge, await now(secret));
    clock.mockRestore();
    expect(refusal).toBe('UNAUTHENTICATED');
  });

  test('is no access token, and an access token is no challenge', async () => {
    const { member, secret, caller } = await enrolled();
    const { challenge } = await asked(server.url, member);
    expect(await viewerOf(server.url, challenge)).toBe('UNAUTHENTICATED');
    expect(await completionCode(server.url, caller.token ?? '', await now(secret))).toBe('UNAUTHENTICATED');
  });

  test('of another server’s keys, with a bit of it changed, or without a signature, is refused', async () => {
    const { member, secret } = await enrolled();
    const { challenge } = await asked(server.url, member);
    const [header = '', claims = '', signature = ''] = challenge.split('.');
    const flipped = (part: string) => `${part.slice(0, 20)}${part[20] === 'A' ? 'B' : 'A'}${part.slice(21)}`;
    const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
    const other = await startAnotherServer(server.database);
    const foreign = await asked(other.url, member);
    await other.close();
    for (const forged of [
      [flipped(header), claims, signature].join('.'),
      [header, flipped(claims), signature].join('.'),
      [header, claims, flipped(signature)].join('.'),
      `${unsigned}.${claims}.`,
      foreign.challenge,
      'x',
    ])
      expect(await completionCode(server.url, forged, await now(secret))).toBe('UNAUTHENTICATED');
    expect(await completionCode(server.url, challenge, await now(secret))).toBeUndefined();
  });

  test('is answered alike, whatever is wrong', async () => {
    const { member, secret } = await enrolled();
    const { challenge } = await asked(server.url, member);
    const messages = [
      await complete(server.url, challenge, '000000'),
      await complete(server.url, challenge, 'abcd-abcd-abcd-abcd'),
      await complete(server.url, 'x', await now(secret)),
    ].map(({ errors }) => errors?.[0]?.message);
    expect(new Set(messages).size).toBe(1);
  });
});

describe('a recovery code', () => {
  test('signs in once, in any case and grouping, and is in the log', async () => {
    const { member, recoveryCodes } = await enrolled();
    const [code = ''] = recoveryCodes;
    const { challenge } = await asked(server.url, member);
    const entries = await auditedBy(server.owner, async () => {
      expect(
        await completionCode(server.url, challenge, code.toUpperCase().replaceAll('-', ' ')),
      ).toBeUndefined();
    });
    expect(entries.map(({ action }) => action)).toEqual(['RECOVERY_CODE_USED', 'SIGNED_IN']);
    expect(JSON.stringify(entries)).not.toContain(code);
    expect(await completionCode(server.url, challenge, code)).toBe('UNAUTHENTICATED');
    expect(await completionCode(server.url, challenge, recoveryCodes[1] ?? '')).toBeUndefined();
  });

  test('sent ten times at once starts one session', async () => {
    const { member, recoveryCodes } = await enrolled();
    const { challenge } = await asked(server.url, member);
    const codes = await Promise.all(
      Array.from({ length: 10 }, () => completionCode(server.url, challenge, recoveryCodes[0] ?? '')),
    );
    expect(codes.filter((refused) => refused === undefined)).toHaveLength(1);
  });
});

describe('an account that demands a second factor', () => {
  let accountId: string;
  const demand = (required: boolean) =>
    server.owner.query('update ringfence.accounts set second_factor_required = $2 where id = $1', [
      accountId,
      required,
    ]);
  beforeAll(async () => {
    accountId = await world.arrange.account('demanding');
  });
  beforeEach(() => demand(true));

  test('has members without one set it up while they sign in, and shows the recovery codes once', async () => {
    const member = await world.arrange.member(accountId, { role: 'OWNER' });
    const { challenge, setup } = await changingNothing(server.owner, () => asked(server.url, member));
    expect(setup?.uri).toMatch(/^otpauth:\/\/totp\//);
    const url = new URL(setup?.uri ?? '');
    expect(decodeURIComponent(url.pathname)).toContain(`Account demanding:${member.email}`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      issuer: 'Account demanding',
      secret: setup?.secret,
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
    const code = await now(setup?.secret ?? '');
    const entries = await auditedBy(server.owner, async () => {
      const { data } = await complete(server.url, challenge, code);
      expect(data?.completeSignIn.recoveryCodes).toHaveLength(10);
      const caller = new Caller(server.url, data?.completeSignIn.accessToken ?? '');
      expect((await caller.get(SecondFactorDocument)).secondFactor).toMatchObject({
        enabled: true,
        recoveryCodesLeft: 10,
      });
    });
    expect(entries.map(({ action }) => action)).toEqual(['SECOND_FACTOR_ENABLED', 'SIGNED_IN']);
    // From now on it is asked for like any other, and the code that confirmed it has been used.
    expect(await completionCode(server.url, challenge, code)).toBe('UNAUTHENTICATED');
    expect((await asked(server.url, member)).setup).toBeUndefined();
  });

  test('asks for a code of the very secret that was shown, and starts nothing without', async () => {
    const member = await world.arrange.member(accountId);
    const { challenge } = await asked(server.url, member);
    const other = await asked(server.url, member);
    for (const code of ['000000', await now(other.setup?.secret ?? ''), 'abcd-abcd-abcd-abcd'])
      expect(await changingNothing(server.owner, () => completionCode(server.url, challenge, code))).toBe(
        'UNAUTHENTICATED',
      );
  });

  test('ends the sessions that began without one when it is set up', async () => {
    const member = await world.arrange.member(accountId);
    await demand(false);
    const { accessToken } = await startSession(server.url, member);
    await demand(true);
    expect(await viewerOf(server.url, accessToken)).toBe('MEMBER');
    const { challenge, setup } = await asked(server.url, member);
    await complete(server.url, challenge, await now(setup?.secret ?? ''));
    expect(await viewerOf(server.url, accessToken)).toBe('UNAUTHENTICATED');
  });

  test('of two who set one up at once for one login, one does', async () => {
    const member = await world.arrange.member(accountId);
    const [one, two] = [await asked(server.url, member), await asked(server.url, member)];
    const codes = await Promise.all(
      [one, two].map(async ({ challenge, setup }) =>
        completionCode(server.url, challenge, await now(setup?.secret ?? '')),
      ),
    );
    expect(codes.filter((refused) => refused === undefined)).toHaveLength(1);
  });

  test('keeps nobody of another account from signing in without', async () => {
    await signInAs(server, world.members.powerless);
  });
});

test('below the API, a password alone starts no session where a code is needed', async () => {
  const { member } = await enrolled();
  const started = await onDatabase(server.database.signinUrl, (signin) =>
    signin.query(
      `select * from signin.find_logins(null, $1, 4) l cross join lateral
       signin.start_session(l.account_id, l.login_id, l.password_hash, sha256('a'), sha256('b'), 600, 600, null, null)`,
      [member.email],
    ),
  );
  expect(started.rowCount).toBe(0);
});
