// The second factor against somebody who can send SQL as the serving role, in a transaction of its owner's: it is not read, not
// turned off, and not replaced by one of the attacker's.
import { createHash, randomBytes } from 'node:crypto';
import { Secret } from 'otpauth';
import { Client } from 'pg';
import { SecondFactorDocument } from '../support/documents.generated';
import { asked, codeNow, completionCode, enrol, forgetUse, type Enrolled } from '../support/second-factor';
import { startTestServer, type TestServer } from '../support/server';
import { oneRow, stored } from '../support/stored';
import { password, type TestMember } from '../support/arrange';
import { createWorld, type World } from '../support/world';
import { dumpDatabase } from '../support/dump';
import { LoginConnection } from './login-connection';
import { sessionOfToken, type Session } from './sessions';

let server: TestServer;
let world: World;
let login: LoginConnection;
let victim: TestMember;
let factor: Enrolled;
let session: Session;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  login = await LoginConnection.open(server.database.loginUrl);
  // An administrator: no other serving role has more rights.
  victim = await world.arrange.member(world.accountId, { role: 'ADMIN' });
  factor = await enrol(server, victim);
  session = sessionOfToken(factor.caller);
});
afterAll(async () => {
  await login.close();
  await server.close();
});

const denied = '42501';
const digest = (text: string | Buffer) => createHash('sha256').update(text).digest();
const [someStep] = [Math.floor(Date.now() / 30_000)];

/** Tries statements in a transaction of the victim's that is committed, as S1 could. */
async function committed(text: string, values: unknown[] = []): Promise<unknown> {
  await login.begin(session);
  const outcome = await login.attempt(text, values);
  await login.client.query('commit');
  return outcome;
}

test.each([
  'select secret from fence.second_factors',
  'select count(*) from fence.second_factors',
  'select digest from fence.recovery_codes',
  'update fence.second_factors set confirmed_at = null',
  "update fence.second_factors set secret = 'x'",
  'delete from fence.second_factors',
  'delete from fence.recovery_codes',
  'insert into fence.second_factors default values',
  "select signin.second_factor('01900000-0000-7000-8000-000000000000', '01900000-0000-7000-8000-000000000000')",
  "select signin.offer_second_factor('01900000-0000-7000-8000-000000000000', '01900000-0000-7000-8000-000000000000', 'x', 'x')",
  "select signin.start_session_with_new_factor('01900000-0000-7000-8000-000000000000', '01900000-0000-7000-8000-000000000000', 'x', 'x', 'x', 1, 1, null, null, 'x', 1, '{}')",
  "select fence.use_code(null, 'x', 1, null)",
  'select fence.remove_factor(null)',
  "select fence.second_factor_enabled(null, '{}', null)",
  "select fence.set_recovery_codes(null, '{}')",
  "select signin.begin_session('01900000-0000-7000-8000-000000000000', '01900000-0000-7000-8000-000000000000', 'x', 'x', 'x', 1, 1, null, null)",
])('%s: not for a serving role, nor for the login', async (statement) => {
  expect(await committed(statement)).toBe(denied);
  await login.as(session, async () => expect(await login.attempt(statement)).toBe(denied), { role: null });
});

test('what one’s own functions take is a proof that no statement makes: nothing changes without it', async () => {
  const before = await stored(server.owner);
  const recovery = [digest('mine')];
  const passwordProof = digest(
    (
      await oneRow<{ hash: string }>(
        server.owner,
        'select password_hash as hash from fence.logins where member_id = $1',
        [victim.id],
      )
    ).hash,
  );
  for (const proof of [
    null,
    Buffer.alloc(0),
    Buffer.alloc(32),
    digest(''),
    digest(password),
    passwordProof,
  ]) {
    for (const step of [null, 0, someStep, someStep + 1000]) {
      for (const [statement, values] of [
        ['select ringfence.confirm_second_factor($1, $2, $3) as done', [proof, step, recovery]],
        ['select ringfence.replace_recovery_codes($1, $2, null, $3) as done', [proof, step, recovery]],
        [
          'select ringfence.replace_recovery_codes($1, $2, $3, $4) as done',
          [proof, step, digest('x'), recovery],
        ],
        ['select ringfence.remove_second_factor($1, $2, $3, null) as done', [passwordProof, proof, step]],
        [
          'select ringfence.remove_second_factor($1, $2, $3, $4) as done',
          [passwordProof, proof, step, digest('x')],
        ],
      ] as const)
        expect(await committed(statement, [...values])).toEqual([{ done: false }]);
    }
  }
  expect(await stored(server.owner)).toEqual(before);
  const { challenge } = await asked(server.url, victim);
  expect(
    await completionCode(server.url, challenge, await codeNow(server.owner, factor.secret)),
  ).toBeUndefined();
});

test('what is being set up is confirmed by no statement either', async () => {
  const other = await world.arrange.member(world.accountId, { role: 'ADMIN' });
  const caller = await enrol(server, other);
  await server.owner.query(
    'update fence.second_factors f set confirmed_at = null from fence.logins l where l.id = f.login_id and l.member_id = $1',
    [other.id],
  );
  await login.begin(sessionOfToken(caller.caller));
  expect(
    await login.attempt('select ringfence.confirm_second_factor($1, $2, $3) as done', [
      digest(''),
      someStep,
      [digest('mine')],
    ]),
  ).toEqual([{ done: false }]);
  await login.client.query('commit');
  expect((await caller.caller.get(SecondFactorDocument)).secondFactor.enabled).toBe(false);
});

test('an administrator’s statement removes no factor of their own, of an owner, or of another account', async () => {
  await enrol(server, world.members.owner);
  for (const [member, state] of [
    [victim.id, 'RF004'],
    [world.members.owner.id, 'RF003'],
    [world.other.owner.id, 'RF006'],
  ])
    expect(await committed('select ringfence.reset_member_second_factor($1)', [member])).toBe(state);
});

test('whether members have one is told of one’s own account alone', async () => {
  expect(
    await committed('select * from ringfence.member_second_factors($1)', [
      [victim.id, world.other.owner.id, '01900000-0000-7000-8000-000000000000'],
    ]),
  ).toEqual([{ member_id: victim.id, enabled: true }]);
});

test('an encrypted secret that is moved to another login, or changed by a bit, opens nothing there', async () => {
  const other = await world.arrange.member(world.accountId);
  const theirs = await enrol(server, other);
  const sealed = async ({ id }: TestMember) =>
    (
      await oneRow<{ secret: Buffer }>(
        server.owner,
        'select f.secret from fence.second_factors f join fence.logins l on l.id = f.login_id where l.member_id = $1',
        [id],
      )
    ).secret;
  const put = (secret: Buffer) =>
    server.owner.query(
      'update fence.second_factors f set secret = $2 from fence.logins l where l.id = f.login_id and l.member_id = $1',
      [other.id, secret],
    );
  const own = await sealed(other);
  const fits = async (secret: string) => {
    await forgetUse(server.owner, other);
    const { challenge } = await asked(server.url, other);
    return (await completionCode(server.url, challenge, await codeNow(server.owner, secret))) === undefined;
  };
  await put(await sealed(victim));
  expect(await fits(factor.secret)).toBe(false);
  for (const position of [0, 1, 8, own.length - 20, own.length - 1]) {
    const flipped = Buffer.from(own);
    flipped[position] = (flipped[position] ?? 0) ^ 1;
    await put(flipped);
    expect([position, await fits(theirs.secret)]).toEqual([position, false]);
  }
  await put(randomBytes(60));
  expect(await fits(theirs.secret)).toBe(false);
  await put(own);
  expect(await fits(theirs.secret)).toBe(true);
});

test('neither secret, code nor recovery code is sent to Postgres, or in the log of the server', async () => {
  const query = jest.spyOn(Client.prototype, 'query');
  const member = await world.arrange.member(world.accountId);
  const { secret, recoveryCodes } = await enrol(server, member);
  const code = await codeNow(server.owner, secret);
  for (const used of [code, recoveryCodes[0] ?? '']) {
    const { challenge } = await asked(server.url, member);
    expect(await completionCode(server.url, challenge, used)).toBeUndefined();
  }
  const sent = JSON.stringify(query.mock.calls, (_name, value: unknown) =>
    value instanceof Buffer ? value.toString('hex') : value,
  );
  query.mockRestore();
  expect(sent).toContain('start_session_with_code');
  const secrets = [secret, Secret.fromBase32(secret).hex.toLowerCase(), `"${code}"`, ...recoveryCodes];
  for (const known of [...secrets, ...recoveryCodes.map((each) => each.replaceAll('-', ''))]) {
    expect(sent).not.toContain(known);
    expect(JSON.stringify(server.log)).not.toContain(known);
  }
});

test('neither secret nor recovery code is in a dump, nor the digest that the server gives', async () => {
  const dump = [...(await dumpDatabase(server.owner)).values()].flat().join('\n');
  expect(dump).toContain(victim.email);
  const hex = Secret.fromBase32(factor.secret).hex.toLowerCase();
  const codes = factor.recoveryCodes.flatMap((code) => {
    const plain = code.replaceAll('-', '');
    return [code, plain, digest(plain).toString('hex')];
  });
  for (const secret of [factor.secret, hex, ...codes]) expect(dump).not.toContain(secret);
});
