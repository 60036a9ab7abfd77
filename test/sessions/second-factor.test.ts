// One's own second factor: turned on and off by whoever has both the password and the app, and by nobody else.
import type { Caller } from '../support/client';
import {
  ConfirmSecondFactorDocument,
  RemoveSecondFactorDocument,
  ReplaceRecoveryCodesDocument,
  SecondFactorDocument,
  StartSecondFactorDocument,
} from '../support/documents.generated';
import { replayedIn } from '../support/idempotency';
import { asked, codeNow, completionCode, enrol, forgetUse } from '../support/second-factor';
import { startTestServer, type TestServer } from '../support/server';
import { refreshCode, startSession, viewerOf } from '../support/sessions';
import { auditedBy, changingNothing } from '../support/stored';
import { password } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const newMember = () => world.arrange.member(world.accountId);
const now = (secret: string) => codeNow(server.owner, secret);
const own = async (caller: Caller) => (await caller.get(SecondFactorDocument)).secondFactor;
const off = { enabled: false, enabledAt: null, recoveryCodesLeft: 0 };

async function somebody() {
  const member = await newMember();
  return { member, caller: await signInAs(server, member) };
}
async function enrolled() {
  const member = await newMember();
  return { member, ...(await enrol(server, member)) };
}
const start = async (caller: Caller) =>
  (await caller.get(StartSecondFactorDocument, { input: { password } })).startSecondFactor;
const confirm = async (caller: Caller, code: string) =>
  (await caller.get(ConfirmSecondFactorDocument, { input: { code } })).confirmSecondFactor;
const refusedConfirming = (caller: Caller, code: string) =>
  changingNothing(server.owner, () => caller.refusal(ConfirmSecondFactorDocument, { input: { code } }));
const wrongCode = { code: 'VALIDATION_FAILED', field: 'input.code' };

describe('turning it on', () => {
  test('takes the password, and then a code of the app; until then nothing is asked for', async () => {
    const { member, caller } = await somebody();
    expect(await own(caller)).toEqual(off);
    const { secret, uri } = await start(caller);
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(new URL(uri ?? '').searchParams.get('secret')).toBe(secret);
    expect(decodeURIComponent(uri ?? '')).toContain(`Account alpha:${member.email}`);
    expect(await own(caller)).toEqual(off);
    await startSession(server.url, member);

    const confirmed = await confirm(caller, await now(secret ?? ''));
    expect(confirmed.secondFactor).toEqual({
      enabled: true,
      enabledAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      recoveryCodesLeft: 10,
    });
    expect(await own(caller)).toEqual(confirmed.secondFactor);
    await asked(server.url, member);
  });

  test('shows ten recovery codes of eighty bits', async () => {
    const { recoveryCodes } = await enrolled();
    expect(new Set(recoveryCodes).size).toBe(10);
    for (const code of recoveryCodes)
      expect(code).toMatch(/^([0-9abcdefghjkmnpqrstvwxyz]{4}-){3}[0-9abcdefghjkmnpqrstvwxyz]{4}$/);
  });

  test('ends the other sessions, and is in the log without a secret', async () => {
    const { member, caller } = await somebody();
    const other = await startSession(server.url, member);
    const { secret } = await start(caller);
    const entries = await auditedBy(server.owner, async () => confirm(caller, await now(secret ?? '')));
    expect(entries).toMatchObject([
      { action: 'SECOND_FACTOR_ENABLED', actorId: member.id, subjectId: member.id, details: {} },
      { action: 'SESSION_ENDED', subjectId: member.id },
    ]);
    expect(await viewerOf(server.url, caller.token)).toBe('MEMBER');
    expect(await viewerOf(server.url, other.accessToken)).toBe('UNAUTHENTICATED');
    expect(await refreshCode(server.url, other.refreshToken)).toBe('UNAUTHENTICATED');
  });

  test('with another password is refused, and after ten of them with the right one too', async () => {
    const { caller } = await somebody();
    const refused = (tried: string) =>
      changingNothing(server.owner, () =>
        caller.refusal(StartSecondFactorDocument, { input: { password: tried } }),
      );
    for (let time = 0; time < 10; time += 1)
      expect(await refused('wrong')).toEqual({ code: 'VALIDATION_FAILED', field: 'input.password' });
    expect((await refused(password)).code).toBe('RATE_LIMITED');
  });

  test('again, before it is confirmed, takes another secret in place of the first', async () => {
    const { caller } = await somebody();
    const first = await start(caller);
    const second = await start(caller);
    expect(await refusedConfirming(caller, await now(first.secret ?? ''))).toEqual(wrongCode);
    await confirm(caller, await now(second.secret ?? ''));
  });

  test('takes a code of the app: a wrong one confirms nothing, and after ten of them none does', async () => {
    const { caller } = await somebody();
    const { secret } = await start(caller);
    for (let time = 0; time < 10; time += 1)
      expect(await refusedConfirming(caller, time % 2 === 0 ? '000000' : 'abcd-abcd-abcd-abcd')).toEqual(
        wrongCode,
      );
    expect((await refusedConfirming(caller, await now(secret ?? ''))).code).toBe('RATE_LIMITED');
  });

  test('uses that code: it signs nobody in', async () => {
    const { member, caller } = await somebody();
    const { secret } = await start(caller);
    const code = await now(secret ?? '');
    await confirm(caller, code);
    const { challenge } = await asked(server.url, member);
    expect(await completionCode(server.url, challenge, code)).toBe('UNAUTHENTICATED');
  });

  test('at once from two places happens once', async () => {
    const { member, caller } = await somebody();
    const other = await signInAs(server, member);
    const { secret } = await start(caller);
    const code = await now(secret ?? '');
    const answers = await Promise.all(
      [caller, other].map((each) => each.ask(ConfirmSecondFactorDocument, { input: { code } })),
    );
    expect(answers.filter(({ errors }) => errors === undefined)).toHaveLength(1);
  });

  test('is in conflict where it has not been started, or is on', async () => {
    const { caller } = await somebody();
    expect(await refusedConfirming(caller, '000000')).toEqual({
      code: 'CONFLICT',
      reason: 'SECOND_FACTOR_NOT_STARTED',
    });
    const on = await enrolled();
    const isOn = { code: 'CONFLICT', reason: 'SECOND_FACTOR_ENABLED' };
    expect(await refusedConfirming(on.caller, await now(on.secret))).toEqual(isOn);
    expect(
      await changingNothing(server.owner, () =>
        on.caller.refusal(StartSecondFactorDocument, { input: { password } }),
      ),
    ).toEqual(isOn);
  });

  test('sent again under its Idempotency-Key shows no secret and no code a second time', async () => {
    const { caller } = await somebody();
    const starting = await caller.under('start').get(StartSecondFactorDocument, { input: { password } });
    const startedAgain = await caller.under('start').ask(StartSecondFactorDocument, { input: { password } });
    expect(replayedIn(startedAgain)).toEqual(['startSecondFactor']);
    expect(startedAgain.data?.startSecondFactor).toEqual({ secret: null, uri: null });
    const input = { code: await now(starting.startSecondFactor.secret ?? '') };
    const first = await caller.under('confirm').get(ConfirmSecondFactorDocument, { input });
    expect(first.confirmSecondFactor.recoveryCodes).toHaveLength(10);
    const again = await caller.under('confirm').ask(ConfirmSecondFactorDocument, { input });
    expect(replayedIn(again)).toEqual(['confirmSecondFactor']);
    expect(again.data?.confirmSecondFactor).toEqual({ ...first.confirmSecondFactor, recoveryCodes: null });
  });
});

describe('new recovery codes', () => {
  const replace = (caller: Caller, code: string) =>
    caller.ask(ReplaceRecoveryCodesDocument, { input: { code } });

  test('take a code, and make those before worth nothing', async () => {
    const { member, caller, secret, recoveryCodes } = await enrolled();
    const entries = await auditedBy(server.owner, async () => {
      const { data } = await replace(caller, await now(secret));
      expect(data?.replaceRecoveryCodes).toMatchObject({
        secondFactor: { enabled: true, recoveryCodesLeft: 10 },
      });
      const fresh = data?.replaceRecoveryCodes.recoveryCodes ?? [];
      expect(new Set([...fresh, ...recoveryCodes]).size).toBe(20);
      const { challenge } = await asked(server.url, member);
      expect(await completionCode(server.url, challenge, recoveryCodes[0] ?? '')).toBe('UNAUTHENTICATED');
      expect(await completionCode(server.url, challenge, fresh[0] ?? '')).toBeUndefined();
    });
    expect(entries.map(({ action }) => action)).toEqual([
      'RECOVERY_CODES_REPLACED',
      'RECOVERY_CODE_USED',
      'SIGNED_IN',
    ]);
    expect((await own(caller)).recoveryCodesLeft).toBe(9);
  });

  test('are not had by guessing: wrong codes of either kind count, and ten are too many', async () => {
    const { caller, secret } = await enrolled();
    for (let time = 0; time < 10; time += 1)
      await caller.refusal(ReplaceRecoveryCodesDocument, {
        input: { code: time % 2 === 0 ? '000000' : 'abcd-abcd-abcd-abcd' },
      });
    const code = await now(secret);
    expect((await caller.refusal(ReplaceRecoveryCodesDocument, { input: { code } })).code).toBe(
      'RATE_LIMITED',
    );
  });

  test('are not had for a code that was used, is wrong, or of somebody without a factor', async () => {
    const { caller, secret, recoveryCodes } = await enrolled();
    const used = await now(secret);
    await replace(caller, used);
    for (const code of [used, '000000', recoveryCodes[0] ?? ''])
      expect(
        await changingNothing(server.owner, () =>
          caller.refusal(ReplaceRecoveryCodesDocument, { input: { code } }),
        ),
      ).toEqual(wrongCode);
    const { caller: without } = await somebody();
    expect(await without.refusal(ReplaceRecoveryCodesDocument, { input: { code: '000000' } })).toEqual({
      code: 'CONFLICT',
      reason: 'SECOND_FACTOR_NOT_ENABLED',
    });
  });
});

describe('turning it off', () => {
  const remove = (caller: Caller, code: string, tried = password) =>
    caller.ask(RemoveSecondFactorDocument, { input: { code, password: tried } });
  const refused = (caller: Caller, code: string, tried = password) =>
    changingNothing(server.owner, () =>
      caller.refusal(RemoveSecondFactorDocument, { input: { code, password: tried } }),
    );

  test('takes the password and a code; then the password signs in alone', async () => {
    for (const kind of ['app', 'recovery'] as const) {
      const { member, caller, secret, recoveryCodes } = await enrolled();
      const code = kind === 'app' ? await now(secret) : (recoveryCodes[0] ?? '');
      const entries = await auditedBy(server.owner, async () => {
        expect((await remove(caller, code)).data?.removeSecondFactor.secondFactor).toEqual(off);
      });
      expect(entries.map(({ action }) => action)).toEqual([
        ...(kind === 'recovery' ? ['RECOVERY_CODE_USED'] : []),
        'SECOND_FACTOR_REMOVED',
      ]);
      await startSession(server.url, member);
      expect(await viewerOf(server.url, caller.token)).toBe('MEMBER');
    }
  });

  test('is refused without either', async () => {
    const { caller, secret } = await enrolled();
    expect(await refused(caller, await now(secret), 'wrong')).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.password',
    });
    expect(await refused(caller, '000000')).toEqual(wrongCode);
    expect(await refused((await somebody()).caller, '000000')).toEqual({
      code: 'CONFLICT',
      reason: 'SECOND_FACTOR_NOT_ENABLED',
    });
  });

  test('is refused while the account demands it', async () => {
    const accountId = await world.arrange.account('demanding');
    const member = await world.arrange.member(accountId);
    const { caller, secret } = await enrol(server, member);
    const demand = (required: boolean) =>
      server.owner.query('update ringfence.accounts set second_factor_required = $2 where id = $1', [
        accountId,
        required,
      ]);
    await demand(true);
    expect(await refused(caller, await now(secret))).toEqual({
      code: 'CONFLICT',
      reason: 'SECOND_FACTOR_REQUIRED',
    });
    await demand(false);
    expect((await remove(caller, await now(secret))).errors).toBeUndefined();
  });

  test('and on again makes another secret', async () => {
    const { member, caller, secret } = await enrolled();
    await remove(caller, await now(secret));
    const again = await enrol(server, member);
    expect(again.secret).not.toBe(secret);
    await forgetUse(server.owner, member);
    const { challenge } = await asked(server.url, member);
    expect(await completionCode(server.url, challenge, await now(secret))).toBe('UNAUTHENTICATED');
  });
});

test('without a session: UNAUTHENTICATED, and nothing is tried', async () => {
  const nobody = world.asAnonymous;
  expect(await nobody.refusal(SecondFactorDocument)).toEqual({ code: 'UNAUTHENTICATED' });
  const { member, caller, secret } = await enrolled();
  await server.owner.query(
    "update fence.sessions set ended_at = now(), end_reason = 'REVOKED' where member_id = $1",
    [member.id],
  );
  const code = await now(secret);
  for (const refusal of [
    () => caller.refusal(StartSecondFactorDocument, { input: { password: 'wrong' } }),
    () => caller.refusal(ConfirmSecondFactorDocument, { input: { code: '000000' } }),
    () => caller.refusal(ReplaceRecoveryCodesDocument, { input: { code } }),
    () => caller.refusal(RemoveSecondFactorDocument, { input: { code, password } }),
    () => nobody.refusal(RemoveSecondFactorDocument, { input: { code, password } }),
  ])
    for (let time = 0; time < 3; time += 1)
      expect(await changingNothing(server.owner, refusal)).toEqual({ code: 'UNAUTHENTICATED' });
  // Of all keys that count tries, none is of this member.
  const { rowCount } = await server.owner.query(
    `select from fence.rate_limits r join fence.logins l on l.member_id = $1
     where r.points > 0 and (r.key like '%' || l.id or r.key like '%' || l.member_id)`,
    [member.id],
  );
  expect(rowCount).toBe(0);
});
