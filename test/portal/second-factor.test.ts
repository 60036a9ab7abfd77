// A portal user's second factor: as with members, but for the account's demand, which is for members.
import {
  RemoveSecondFactorDocument,
  ResetPortalUserSecondFactorDocument,
  SecondFactorDocument,
} from '../support/documents.generated';
import { Caller } from '../support/client';
import { asked, codeNow, complete, enrol } from '../support/second-factor';
import { startTestServer, type TestServer } from '../support/server';
import { startSession, viewerOf } from '../support/sessions';
import { auditedBy, changingNothing } from '../support/stored';
import { password } from '../support/arrange';
import { createWorld, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

async function enrolled(clientId = world.clients.one, options: { recordings?: boolean } = {}) {
  const person = await world.arrange.portalUser(world.accountId, clientId, options);
  return { person, ...(await enrol(server, person)) };
}
const reset = (caller: Caller, id: string) =>
  caller.ask(ResetPortalUserSecondFactorDocument, { input: { id } });
const refused = (caller: Caller, id: string) =>
  changingNothing(server.owner, () => caller.refusal(ResetPortalUserSecondFactorDocument, { input: { id } }));

test('is turned on, asked for, and turned off by themselves', async () => {
  const { person, secret, recoveryCodes } = await enrolled();
  const { challenge } = await asked(server.url, person);
  const { data } = await complete(server.url, challenge, await codeNow(server.owner, secret));
  expect(data?.completeSignIn.viewer).toMatchObject({ kind: 'PORTAL_USER', portalUser: { id: person.id } });
  const caller = new Caller(server.url, data?.completeSignIn.accessToken ?? null);
  expect((await caller.get(SecondFactorDocument)).secondFactor).toMatchObject({
    enabled: true,
    recoveryCodesLeft: 10,
  });
  const input = { password, code: recoveryCodes[0] ?? '' };
  const entries = await auditedBy(server.owner, () => caller.get(RemoveSecondFactorDocument, { input }));
  expect(entries).toMatchObject(
    ['RECOVERY_CODE_USED', 'SECOND_FACTOR_REMOVED'].map((action) => ({
      action,
      actorKind: 'PORTAL_USER',
      subjectKind: 'PORTAL_USER',
      subjectId: person.id,
      clientId: world.clients.one,
    })),
  );
  await startSession(server.url, person);
});

test('is not demanded of them where the account demands it of its members, and stays theirs to turn off', async () => {
  const demand = (required: boolean) =>
    server.owner.query('update ringfence.accounts set second_factor_required = $2 where id = $1', [
      world.accountId,
      required,
    ]);
  const { caller, secret } = await enrolled();
  await demand(true);
  try {
    await startSession(server.url, await world.arrange.portalUser(world.accountId, world.clients.one));
    const code = await codeNow(server.owner, secret);
    const { removeSecondFactor } = await caller.get(RemoveSecondFactorDocument, {
      input: { password, code },
    });
    expect(removeSecondFactor.secondFactor.enabled).toBe(false);
  } finally {
    await demand(false);
  }
});

test('that is lost is removed by whoever may set their password, and the sessions end', async () => {
  const { person, caller } = await enrolled();
  const entries = await auditedBy(server.owner, async () => {
    expect(
      (await reset(world.asScopedMember, person.id)).data?.resetPortalUserSecondFactor.portalUser,
    ).toEqual({
      id: person.id,
    });
  });
  expect(entries.map(({ action }) => action)).toEqual(['SECOND_FACTOR_REMOVED', 'SESSION_ENDED']);
  expect(await viewerOf(server.url, caller.token)).toBe('UNAUTHENTICATED');
  await startSession(server.url, person);
});

test('is removed by nobody else', async () => {
  const { person, caller } = await enrolled();
  for (const somebody of [caller, world.asPowerless])
    expect(await refused(somebody, person.id)).toEqual({ code: 'FORBIDDEN' });
  expect(await refused(world.asAnonymous, person.id)).toEqual({ code: 'UNAUTHENTICATED' });
  const notThere = { code: 'NOT_FOUND', field: 'input.id' };
  expect(await refused(world.other.asOwner, person.id)).toEqual(notThere);
  expect(await refused(world.asScopedMember, (await enrolled(world.clients.two)).person.id)).toEqual(
    notThere,
  );
  // Who hears recordings can be signed in as by those who hear them too.
  const hearing = await enrolled(world.clients.one, { recordings: true });
  expect(await refused(world.asScopedMember, hearing.person.id)).toEqual({ code: 'FORBIDDEN' });
  expect((await reset(world.asOwner, hearing.person.id)).errors).toBeUndefined();
});
