// Creating, editing, moving and deleting caller ids and email identities.
import { Caller } from '../support/client';
import {
  ArchiveClientDocument,
  ChangePlanDocument,
  CreateCallerIdDocument,
  type CreateCallerIdMutationVariables,
  CreateEmailIdentityDocument,
  type CreateEmailIdentityMutationVariables,
  DeleteIdentityDocument,
  IdentityDocument,
  UpdateIdentityDocument,
  type UpdateIdentityMutationVariables,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing, oneRow } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let one: string;
let two: string;
/** MANAGE_IDENTITIES: clients one, three and six; all clients; a token for client one. */
let scoped: Caller;
let withAll: Caller;
let token: Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  ({ one, two } = world.clients);
  const { arrange, accountId } = world;
  const permissions = ['MANAGE_IDENTITIES', 'VIEW_CLIENTS'];
  const member = await arrange.member(accountId, {
    permissions,
    clients: [one, world.clients.three, world.clients.six],
  });
  scoped = await signInAs(server, member);
  withAll = await signInAs(server, await arrange.member(accountId, { permissions, clientAccess: 'ALL' }));
  token = new Caller(
    server.url,
    (await arrange.accessToken(accountId, { permissions, clients: [one] })).text,
  );
});
afterAll(() => server.close());

type NewCallerId = Partial<CreateCallerIdMutationVariables['input']>;
type NewEmail = Partial<CreateEmailIdentityMutationVariables['input']>;
type Changes = UpdateIdentityMutationVariables['input']['changes'];
let count = 0;
const newNumber = () => `+4930901${String((count += 1)).padStart(3, '0')}`;
const newEmail = () => `sales-${(count += 1)}@identities.test`;
const callerId = (more: NewCallerId = {}) => ({ clientId: one, phoneNumber: newNumber(), ...more });
const emailIdentity = (more: NewEmail = {}) => ({ clientId: one, email: newEmail(), ...more });
const createCallerId = async (caller: Caller, more: NewCallerId = {}) =>
  (await caller.get(CreateCallerIdDocument, { input: callerId(more) })).createCallerId.identity;
const createEmail = async (caller: Caller, more: NewEmail = {}) =>
  (await caller.get(CreateEmailIdentityDocument, { input: emailIdentity(more) })).createEmailIdentity
    .identity;
const update = async (caller: Caller, id: string, changes: Changes) =>
  (await caller.get(UpdateIdentityDocument, { input: { id, changes } })).updateIdentity.identity;
const refusedCallerId = (caller: Caller, more: NewCallerId = {}) =>
  changingNothing(server.owner, () => caller.refusal(CreateCallerIdDocument, { input: callerId(more) }));
const refusedEmail = (caller: Caller, more: NewEmail = {}) =>
  changingNothing(server.owner, () =>
    caller.refusal(CreateEmailIdentityDocument, { input: emailIdentity(more) }),
  );
const refusedUpdate = (caller: Caller, id: string, changes: Changes, expectedVersion?: number) =>
  changingNothing(server.owner, () =>
    caller.refusal(UpdateIdentityDocument, {
      input: { id, changes, ...(expectedVersion === undefined ? {} : { expectedVersion }) },
    }),
  );
const refusedDelete = (caller: Caller, id: string, expectedVersion?: number) =>
  changingNothing(server.owner, () =>
    caller.refusal(DeleteIdentityDocument, {
      input: { id, ...(expectedVersion === undefined ? {} : { expectedVersion }) },
    }),
  );
const absent = (field: string) => ({ code: 'NOT_FOUND', field });

describe('creating', () => {
  test('a caller id is kept as E.164, of the client that was chosen, by everybody who may', async () => {
    for (const caller of [world.asOwner, world.asAdmin, withAll, scoped, token]) {
      const number = newNumber();
      const entries = await auditedBy(server.owner, async () => {
        expect(
          await createCallerId(caller, {
            phoneNumber: number.replace('+4930', '+49 (30) '),
            displayName: '  Sales ',
          }),
        ).toMatchObject({
          kind: 'CALLER_ID',
          phoneNumber: number,
          email: null,
          displayName: 'Sales',
          verifiedAt: null,
          version: 1,
          client: { id: one },
        });
      });
      expect(entries).toMatchObject([
        { action: 'IDENTITY_CREATED', subjectKind: 'IDENTITY', clientId: one, details: {} },
      ]);
    }
  });

  test('an email identity is not verified, keeps its address as it was given, and needs no display name', async () => {
    expect(await createEmail(scoped, { email: 'Sales.Team@Identities.test' })).toMatchObject({
      kind: 'EMAIL',
      phoneNumber: null,
      email: 'Sales.Team@Identities.test',
      displayName: null,
      verifiedAt: null,
      client: { id: one },
    });
  });

  test('of no client it is created by those who reach all clients, and refused to others', async () => {
    for (const caller of [world.asOwner, world.asAdmin, withAll]) {
      expect(await createCallerId(caller, { clientId: null })).toMatchObject({ client: null });
      expect(await createEmail(caller, { clientId: null })).toMatchObject({ client: null });
    }
    for (const caller of [scoped, token]) {
      expect(await refusedCallerId(caller, { clientId: null })).toEqual({ code: 'FORBIDDEN' });
      expect(await refusedEmail(caller, { clientId: null })).toEqual({ code: 'FORBIDDEN' });
    }
  });

  test.each<[string, NewCallerId, string]>([
    ['number without a country', { phoneNumber: '030 901820' }, 'input.phoneNumber'],
    ['number that is none', { phoneNumber: 'call me' }, 'input.phoneNumber'],
    ['number with an extension', { phoneNumber: '+49 30 901820 ext. 7' }, 'input.phoneNumber'],
    ['empty display name', { displayName: ' ' }, 'input.displayName'],
    ['display name with a line break', { displayName: 'Sales\nX' }, 'input.displayName'],
    ['client id that is none', { clientId: 'one' }, 'input.clientId'],
  ])('a caller id with a %s is refused', async (_, more, field) => {
    expect(await refusedCallerId(world.asOwner, more)).toEqual({ code: 'VALIDATION_FAILED', field });
  });

  test.each<[string, string]>([
    ['none', 'sales'],
    ['several', 'one@identities.test, two@identities.test'],
    ['a name beside it', 'Sales <sales@identities.test>'],
    ['a line break', 'sales@identities.test\nbcc: all@identities.test'],
    ['letters that look alike', 'sаles@identities.test'],
    ['half a character', 'sales\ud800@identities.test'],
  ])('an email identity whose address is %s is refused', async (_, email) => {
    expect(await refusedEmail(world.asOwner, { email })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.email',
    });
  });

  test('it needs MANAGE_IDENTITIES, the client within reach, and one that is not archived', async () => {
    const reader = await signInAs(
      server,
      await world.arrange.member(world.accountId, {
        clientAccess: 'ALL',
        permissions: ['ACCESS_CRM', 'VIEW_CLIENTS'],
      }),
    );
    for (const caller of [world.asScopedMember, reader, world.asPortalUser])
      expect(await refusedCallerId(caller)).toEqual({ code: 'FORBIDDEN' });
    expect(await refusedCallerId(world.asAnonymous)).toEqual({ code: 'UNAUTHENTICATED' });
    const house = await oneRow<{ id: string }>(
      server.owner,
      'select id from ringfence.clients where account_id = $1 and is_house',
      [world.accountId],
    );
    for (const clientId of [two, world.other.clientId, world.accountId, house.id]) {
      expect(await refusedCallerId(scoped, { clientId })).toEqual(absent('input.clientId'));
      expect(await refusedEmail(scoped, { clientId })).toEqual(absent('input.clientId'));
    }
    expect(await refusedCallerId(world.asOwner, { clientId: house.id })).toEqual(absent('input.clientId'));
    expect(await refusedCallerId(scoped, { clientId: world.clients.six })).toEqual({
      code: 'CONFLICT',
      reason: 'CLIENT_ARCHIVED',
    });
  });

  test('a client has an address once, in any case; another client may have it too', async () => {
    const { email } = await createEmail(scoped);
    expect(await refusedEmail(scoped, { email: email?.toUpperCase() ?? '' })).toEqual({
      code: 'EMAIL_TAKEN',
      field: 'input.email',
    });
    expect(await createEmail(withAll, { email: email ?? '', clientId: two })).toMatchObject({
      email,
      client: { id: two },
    });
  });

  test('sent again under its key, nothing is created a second time', async () => {
    const input = callerId();
    const first = await scoped.under('once').get(CreateCallerIdDocument, { input });
    expect(await scoped.under('once').get(CreateCallerIdDocument, { input })).toEqual(first);
  });
});

describe('editing', () => {
  test('what is left out stays, and null clears', async () => {
    const { id } = await createEmail(scoped, { displayName: 'Before' });
    const entries = await auditedBy(server.owner, async () => {
      expect(await update(scoped, id, { displayName: 'After' })).toMatchObject({
        displayName: 'After',
        version: 2,
        client: { id: one },
      });
      expect(await update(scoped, id, { displayName: null })).toMatchObject({
        displayName: null,
        version: 3,
      });
    });
    expect(entries.map(({ action, details }) => [action, details])).toEqual([
      ['IDENTITY_UPDATED', { changed: ['display_name'] }],
      ['IDENTITY_UPDATED', { changed: ['display_name'] }],
    ]);
  });

  test('another version than the expected one is CONFLICT, also for deleting', async () => {
    const { id } = await createCallerId(scoped);
    await update(scoped, id, { displayName: 'Somebody else' });
    const stale = { code: 'CONFLICT', reason: 'VERSION' };
    expect(await refusedUpdate(scoped, id, { displayName: 'Mine' }, 1)).toEqual(stale);
    expect(await refusedDelete(scoped, id, 1)).toEqual(stale);
    await scoped.get(DeleteIdentityDocument, { input: { id, expectedVersion: 2 } });
  });

  test('a caller id has no address, and an address cannot be cleared', async () => {
    const { id } = await createCallerId(scoped);
    const invalid = { code: 'VALIDATION_FAILED', field: 'input.changes.email' };
    expect(await refusedUpdate(scoped, id, { email: newEmail() })).toEqual(invalid);
    const { id: email } = await createEmail(scoped);
    expect(await refusedUpdate(scoped, email, { email: null })).toEqual(invalid);
  });

  test('an address that the client has already is EMAIL_TAKEN', async () => {
    const { email } = await createEmail(scoped);
    const { id } = await createEmail(scoped);
    expect(await refusedUpdate(scoped, id, { email: email ?? '' })).toEqual({
      code: 'EMAIL_TAKEN',
      field: 'input.changes.email',
    });
  });

  test('what is not theirs answers as what does not exist, to each of the mutations', async () => {
    const { id: ofTwo } = await createEmail(withAll, { clientId: two });
    const { id: ofNone } = await createEmail(withAll, { clientId: null });
    const ofOthers = await world.arrange.identity(world.other.accountId, world.other.clientId, {
      email: newEmail(),
    });
    for (const [caller, ids] of [
      [scoped, [ofTwo, ofNone, ofOthers, world.accountId]],
      [token, [ofTwo, ofNone, ofOthers, world.accountId]],
      [world.asOwner, [ofOthers, world.accountId]],
    ] as const) {
      for (const id of ids) {
        expect(await refusedUpdate(caller, id, { displayName: 'Mine' })).toEqual(absent('input.id'));
        expect(await refusedUpdate(caller, id, { clientId: one })).toEqual(absent('input.id'));
        expect(await refusedDelete(caller, id)).toEqual(absent('input.id'));
      }
    }
  });
});

describe('moving', () => {
  test('to another client, whose it is from then on; the history of each says so and names no other', async () => {
    const { id, phoneNumber } = await createCallerId(withAll, { displayName: 'Moving' });
    const entries = await auditedBy(server.owner, async () => {
      expect(await update(withAll, id, { clientId: two })).toMatchObject({
        phoneNumber,
        displayName: 'Moving',
        client: { id: two },
      });
    });
    const moved = entries.map(({ action, clientId, details }) => [action, clientId, details]);
    expect(moved).toHaveLength(2);
    expect(moved).toEqual(
      expect.arrayContaining([
        ['IDENTITY_MOVED', one, { direction: 'AWAY' }],
        ['IDENTITY_MOVED', two, { direction: 'HERE' }],
      ]),
    );
    expect(await scoped.refusal(IdentityDocument, { id })).toEqual(absent('id'));
  });

  test('to none and back, by those who reach all clients', async () => {
    const { id } = await createEmail(withAll);
    expect(await update(withAll, id, { clientId: null, displayName: 'Everybody' })).toMatchObject({
      client: null,
      displayName: 'Everybody',
    });
    expect(await update(withAll, id, { clientId: one })).toMatchObject({ client: { id: one } });
    expect(await refusedUpdate(scoped, id, { clientId: null })).toEqual({ code: 'FORBIDDEN' });
  });

  test('where it is already, nothing changes', async () => {
    const { id } = await createEmail(scoped);
    expect(await update(scoped, id, { clientId: one })).toMatchObject({ version: 1 });
    const { id: ofNone } = await createEmail(withAll, { clientId: null });
    expect(await update(withAll, ofNone, { clientId: null })).toMatchObject({ version: 1 });
  });

  test('not to a client that is not theirs or archived, nor to one that has the address', async () => {
    const { id, email } = await createEmail(scoped);
    for (const clientId of [two, world.other.clientId, world.accountId])
      expect(await refusedUpdate(scoped, id, { clientId })).toEqual(absent('input.changes.clientId'));
    expect(await refusedUpdate(scoped, id, { clientId: world.clients.six })).toEqual({
      code: 'CONFLICT',
      reason: 'CLIENT_ARCHIVED',
    });
    await createEmail(withAll, { clientId: two, email: email ?? '' });
    expect(await refusedUpdate(withAll, id, { clientId: two })).toMatchObject({ code: 'EMAIL_TAKEN' });
  });

  test('what was verified stays verified', async () => {
    const id = await world.arrange.identity(world.accountId, one, { email: newEmail() }, { verified: true });
    const { verifiedAt } = await update(withAll, id, { clientId: two });
    expect(verifiedAt).not.toBeNull();
  });
});

describe('deleting', () => {
  test('it is gone, its number can be used again, and the log keeps what it was called', async () => {
    const { id, phoneNumber } = await createCallerId(scoped, { displayName: 'Short-lived' });
    const entries = await auditedBy(server.owner, async () => {
      expect((await scoped.get(DeleteIdentityDocument, { input: { id } })).deleteIdentity.deletedId).toBe(id);
    });
    expect(entries).toMatchObject([
      { action: 'IDENTITY_DELETED', clientId: one, details: { name: 'Short-lived' } },
    ]);
    expect(await scoped.refusal(IdentityDocument, { id })).toEqual(absent('id'));
    expect(await refusedDelete(scoped, id)).toEqual(absent('input.id'));
    await createCallerId(withAll, { phoneNumber: phoneNumber ?? '', clientId: two });
  });
});

test('an identity of an archived client is neither edited, moved nor deleted', async () => {
  const client = await world.arrange.client(world.accountId, 'Closing');
  const { id } = await createEmail(world.asOwner, { clientId: client });
  await world.asOwner.get(ArchiveClientDocument, { input: { id: client } });
  expect(await refusedUpdate(world.asOwner, id, { displayName: 'Still' })).toEqual(absent('input.id'));
  expect(await refusedUpdate(world.asOwner, id, { clientId: one })).toEqual(absent('input.id'));
  expect(await refusedDelete(world.asOwner, id)).toEqual(absent('input.id'));
});

test('a plan without CLIENT_IDENTITIES keeps what clients have, refuses to give them more, and leaves those of no client alone', async () => {
  const { id } = await createEmail(world.asOwner);
  const { id: ofNone } = await createEmail(world.asOwner, { clientId: null });
  await world.asOwner.get(ChangePlanDocument, { input: { planId: 'GROWTH' } });
  try {
    const missing = { code: 'PLAN_FEATURE_MISSING' };
    expect(await refusedCallerId(world.asOwner)).toEqual(missing);
    expect(await refusedEmail(scoped)).toEqual(missing);
    expect(await refusedUpdate(world.asOwner, ofNone, { clientId: one })).toEqual(missing);
    expect(await refusedUpdate(world.asOwner, id, { clientId: two })).toEqual(missing);
    // Who may not write them is not told what the plan has.
    expect(await refusedCallerId(world.asScopedMember)).toEqual({ code: 'FORBIDDEN' });
    expect(await refusedCallerId(scoped, { clientId: two })).toEqual(absent('input.clientId'));
    expect(await update(scoped, id, { displayName: 'Kept', clientId: one })).toMatchObject({
      displayName: 'Kept',
      client: { id: one },
    });
    await createCallerId(world.asOwner, { clientId: null });
    expect(await update(world.asOwner, id, { clientId: null })).toMatchObject({ client: null });
    await world.asOwner.get(DeleteIdentityDocument, { input: { id } });
  } finally {
    await world.asOwner.get(ChangePlanDocument, { input: { planId: 'AGENCY' } });
  }
});
