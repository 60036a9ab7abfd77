// Second factors of others: who sees them, and who may remove one that somebody has lost.
import {
  AcceptInvitationDocument,
  InviteMemberDocument,
  MemberDocument,
  MembersDocument,
  ResetMemberSecondFactorDocument,
  UpdateAccountDocument,
} from '../support/documents.generated';
import { resetOwnerSecondFactor } from '../../src/accounts/account.operator';
import { resealSecondFactors } from '../../src/sessions/second-factor.operator';
import { newSecretKey, startAnotherServer } from '../support/another-server';
import type { Caller } from '../support/client';
import { asked, codeNow, complete, completionCode, enrol, forgetUse } from '../support/second-factor';
import { startTestServer, type TestServer } from '../support/server';
import { startSession, viewerOf } from '../support/sessions';
import { statementsOf } from '../support/statements';
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

const newMember = (options: Parameters<World['arrange']['member']>[1] = {}) =>
  world.arrange.member(world.accountId, options);

async function enrolled(options: Parameters<World['arrange']['member']>[1] = {}) {
  const member = await newMember(options);
  return { member, ...(await enrol(server, member)) };
}
const reset = (caller: Caller, id: string) => caller.get(ResetMemberSecondFactorDocument, { input: { id } });
const refused = (caller: Caller, id: string) =>
  changingNothing(server.owner, () => caller.refusal(ResetMemberSecondFactorDocument, { input: { id } }));

describe('a lost second factor', () => {
  test('is removed by whoever manages the team, and the sessions end', async () => {
    const { member, caller } = await enrolled();
    const entries = await auditedBy(server.owner, async () => {
      expect((await reset(world.asAdmin, member.id)).resetMemberSecondFactor.member).toEqual({
        id: member.id,
        secondFactorEnabled: false,
      });
    });
    expect(entries).toMatchObject([
      { action: 'SECOND_FACTOR_REMOVED', actorId: world.members.admin.id, subjectId: member.id },
      { action: 'SESSION_ENDED', subjectId: member.id },
    ]);
    expect(await viewerOf(server.url, caller.token)).toBe('UNAUTHENTICATED');
    await startSession(server.url, member);
  });

  test('that is not there any more is no error, and nothing in the log', async () => {
    const { member } = await enrolled();
    await reset(world.asOwner, member.id);
    expect(await auditedBy(server.owner, () => reset(world.asOwner, member.id))).toEqual([]);
  });

  test('voids what was asked for before', async () => {
    const { member, secret, recoveryCodes } = await enrolled();
    const { challenge } = await asked(server.url, member);
    await reset(world.asOwner, member.id);
    for (const code of [await codeNow(server.owner, secret), recoveryCodes[0] ?? ''])
      expect((await complete(server.url, challenge, code)).errors?.[0]?.extensions.code).toBe(
        'UNAUTHENTICATED',
      );
  });

  test('is not removed of those who hold or reach more, nor one’s own, nor without MANAGE_MEMBERS', async () => {
    const manager = await signInAs(
      server,
      await newMember({ permissions: ['VIEW_CLIENTS', 'MANAGE_MEMBERS'], clients: [world.clients.one] }),
    );
    await reset(manager, (await enrolled({ clients: [world.clients.one] })).member.id);
    for (const id of [
      (await enrolled({ role: 'OWNER' })).member.id,
      (await enrolled({ clientAccess: 'ALL' })).member.id,
      (await enrolled({ clients: [world.clients.two] })).member.id,
    ])
      expect(await refused(manager, id)).toEqual({ code: 'FORBIDDEN' });
    const { member } = await enrolled();
    expect(await refused(world.asScopedMember, member.id)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(world.asAdmin, world.members.owner.id)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(world.asOwner, world.members.owner.id)).toEqual({
      code: 'CONFLICT',
      reason: 'OWN_MEMBER',
    });
    expect(await refused(world.asAnonymous, member.id)).toEqual({ code: 'UNAUTHENTICATED' });
  });

  test('of another account’s member is answered like one of nobody’s', async () => {
    await enrol(server, world.other.owner);
    const notThere = { code: 'NOT_FOUND', field: 'input.id' };
    expect(await refused(world.asOwner, world.other.owner.id)).toEqual(notThere);
    expect(await refused(world.asOwner, '01900000-0000-7000-8000-000000000000')).toEqual(notThere);
  });

  test('of an owner is removed by the operator', async () => {
    const { member, caller } = await enrolled({ role: 'OWNER' });
    const { adminUrl } = server.database;
    const entries = await auditedBy(server.owner, () =>
      resetOwnerSecondFactor(adminUrl, 'alpha', member.email),
    );
    expect(entries).toMatchObject([
      { action: 'SECOND_FACTOR_REMOVED', actorKind: 'SYSTEM', subjectId: member.id },
    ]);
    expect(await viewerOf(server.url, caller.token)).toBe('UNAUTHENTICATED');
    await startSession(server.url, member);
    await expect(resetOwnerSecondFactor(adminUrl, 'alpha', member.email)).rejects.toThrow('no second factor');
    await expect(resetOwnerSecondFactor(adminUrl, 'beta', member.email)).rejects.toThrow('no owner');
  });
});

describe('rotated keys', () => {
  test('open no secret once the one that sealed it is gone, unless it was sealed anew before; recovery codes go on', async () => {
    const [first, second] = [newSecretKey('first'), newSecretKey('second')];
    const under = async <Result>(secretKeys: string[], work: (url: string) => Promise<Result>) => {
      const other = await startAnotherServer(server.database, { secretKeys });
      return work(other.url).finally(() => other.close());
    };
    const member = await newMember();
    const { secret, recoveryCodes } = await under([first], (url) =>
      enrol({ url, owner: server.owner }, member),
    );
    const refusal = (keys: string[], code: string) =>
      under(keys, async (url) => completionCode(url, (await asked(url, member)).challenge, code));
    const now = () => codeNow(server.owner, secret);

    expect(await refusal([second, first], await now())).toBeUndefined();
    await forgetUse(server.owner, member);
    expect(await refusal([second], await now())).toBe('UNAUTHENTICATED');
    expect(await refusal([second], recoveryCodes[0] ?? '')).toBeUndefined();
    const { lost } = await resealSecondFactors(server.database.adminUrl, [second, first]);
    expect(lost).toBe(await countOfFactorsSealedByTheServer());
    expect(await refusal([second], await now())).toBeUndefined();
  });

  /** Those of the other tests, whose keys nobody has here. */
  async function countOfFactorsSealedByTheServer(): Promise<number> {
    const { rowCount } = await server.owner.query(
      "select from fence.second_factors where substr(secret, 2, 4) = 'test'",
    );
    return rowCount ?? 0;
  }
});

describe('whether somebody has a second factor', () => {
  test('is shown to those who manage the team, and to oneself', async () => {
    const { member } = await enrolled();
    const shown = async (caller: Caller, id: string) =>
      (await caller.get(MemberDocument, { id })).member?.secondFactorEnabled;
    expect(await shown(world.asOwner, member.id)).toBe(true);
    expect(await shown(world.asOwner, world.members.powerless.id)).toBe(false);
    expect(await shown(world.asMemberWithAll, member.id)).toBeNull();
    expect(await shown(world.asScopedMember, member.id)).toBeNull();
    expect(await shown(world.asScopedMember, world.members.scoped.id)).toBe(false);
  });

  test('is not shown of one that has not been confirmed', async () => {
    const { member } = await enrolled();
    await server.owner.query(
      `update fence.second_factors f set confirmed_at = null from fence.logins l where l.id = f.login_id and l.member_id = $1`,
      [member.id],
    );
    expect((await world.asOwner.get(MemberDocument, { id: member.id })).member?.secondFactorEnabled).toBe(
      false,
    );
  });

  test('of a whole list takes one statement', async () => {
    const few = await statementsOf(() => world.asOwner.get(MembersDocument, { first: 2 }));
    const many = await statementsOf(() => world.asOwner.get(MembersDocument, { first: 50 }));
    expect(many).toBe(few);
  });
});

describe('the account’s demand', () => {
  test('meets whoever accepts an invitation: the password is theirs, and a code is asked for before a session starts', async () => {
    const { inviteMember } = await world.asOwner.get(InviteMemberDocument, {
      input: { name: 'Ivy', email: 'ivy@invited.test' },
    });
    await demand(world.asOwner, true);
    try {
      const { errors } = await world.asAnonymous.ask(AcceptInvitationDocument, {
        input: { token: inviteMember.link?.split('#')[1] ?? '', password },
      });
      const { code, challenge, setup } = errors?.[0]?.extensions ?? {};
      expect(code).toBe('SECOND_FACTOR_REQUIRED');
      const { data } = await complete(
        server.url,
        challenge ?? '',
        await codeNow(server.owner, setup?.secret ?? ''),
      );
      expect(data?.completeSignIn.viewer.member?.name).toBe('Ivy');
      expect(data?.completeSignIn.recoveryCodes).toHaveLength(10);
    } finally {
      await demand(world.asOwner, false);
    }
  });

  const demand = (caller: Caller, secondFactorRequired: boolean) =>
    caller.ask(UpdateAccountDocument, { input: { changes: { secondFactorRequired } } });

  test('is made and taken back by holders of MANAGE_ACCOUNT alone; whoever is signed in goes on', async () => {
    const settler = await signInAs(server, await newMember({ permissions: ['MANAGE_ACCOUNT'] }));
    const member = await newMember();
    const { accessToken } = await startSession(server.url, member);
    const { data } = await demand(settler, true);
    expect(data?.updateAccount.account.secondFactorRequired).toBe(true);
    expect(await viewerOf(server.url, accessToken)).toBe('MEMBER');
    expect((await asked(server.url, member)).setup).toBeDefined();
    expect((await demand(settler, false)).data?.updateAccount.account.secondFactorRequired).toBe(false);
    await startSession(server.url, member);
    const { errors } = await changingNothing(server.owner, () => demand(world.asMemberWithAll, true));
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });
});
