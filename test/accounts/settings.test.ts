import type { Caller } from '../support/client';
import {
  AccountDocument,
  ClientDocument,
  UpdateAccountDocument,
  type AccountChanges,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let asSettler: Caller;
let asScopedSettler: Caller;

beforeAll(async () => {
  server = await startTestServer({ settings: { PASSWORD_MINIMUM: '8' } });
  world = await createWorld(server);
  const permissions = ['MANAGE_ACCOUNT'];
  asSettler = await signInAs(
    server,
    await world.arrange.member(world.accountId, { clientAccess: 'ALL', permissions }),
  );
  asScopedSettler = await signInAs(server, await world.arrange.member(world.accountId, { permissions }));
});
afterAll(() => server.close());

const read = async (caller: Caller) => (await caller.get(AccountDocument)).account;
const update = async (caller: Caller, changes: AccountChanges, expectedVersion?: number) =>
  (await caller.get(UpdateAccountDocument, { input: { changes, expectedVersion } })).updateAccount.account;
const refused = (caller: Caller, changes: AccountChanges, expectedVersion?: number) =>
  changingNothing(server.owner, () =>
    caller.refusal(UpdateAccountDocument, { input: { changes, expectedVersion } }),
  );

describe('the account', () => {
  const conventions = () => ({
    id: world.accountId,
    slug: 'alpha',
    name: 'Account alpha',
    timeZone: 'UTC',
    locale: 'en',
    currency: 'EUR',
    blindMode: false,
    passwordMinimum: 6,
    secondFactorRequired: false,
    version: 1,
  });
  const agency = {
    id: 'AGENCY',
    name: 'Agency',
    clientLimit: 25,
    features: ['CLIENT_IDENTITIES', 'CLIENT_ISOLATION', 'CRM_INTEGRATIONS'],
  };
  const nothingOfThePlan = { plan: null, clientLimit: null, clientCount: null };

  test('shows its conventions, its plan and how full it is to owners and administrators', async () => {
    for (const caller of [world.asOwner, world.asAdmin]) {
      expect(await read(caller)).toEqual({
        ...conventions(),
        plan: agency,
        clientLimit: 25,
        clientCount: 5,
        canCreateClient: true,
      });
    }
  });

  test('shows its conventions to members, and of its plan only whether those who create clients may create one', async () => {
    for (const caller of [world.asMemberWithAll, world.asScopedMember]) {
      expect(await read(caller)).toEqual({ ...conventions(), ...nothingOfThePlan, canCreateClient: true });
    }
    for (const caller of [world.asPowerless, asSettler, asScopedSettler]) {
      expect(await read(caller)).toEqual({ ...conventions(), ...nothingOfThePlan, canCreateClient: null });
    }
  });

  test('is everybody’s own and shown to nobody who is not signed in', async () => {
    expect(await read(world.other.asOwner)).toMatchObject({ slug: 'beta', clientCount: 1 });
    expect(await world.asAnonymous.refusal(AccountDocument)).toEqual({ code: 'UNAUTHENTICATED' });
  });
});

describe('its settings', () => {
  test.each<[changes: AccountChanges, expected: AccountChanges]>([
    [{ name: '  Renamed  ' }, { name: 'Renamed' }],
    [{ timeZone: 'America/Argentina/Buenos_Aires' }, { timeZone: 'America/Argentina/Buenos_Aires' }],
    [{ timeZone: 'GMT' }, { timeZone: 'GMT' }],
    [{ timeZone: 'UTC' }, { timeZone: 'UTC' }],
    [{ locale: 'de' }, { locale: 'de' }],
    [{ locale: 'zh-Hant-TW' }, { locale: 'zh-Hant-TW' }],
    [{ currency: 'JPY' }, { currency: 'JPY' }],
    [{ blindMode: true }, { blindMode: true }],
    [{ passwordMinimum: 8 }, { passwordMinimum: 8 }],
    [{ passwordMinimum: 128 }, { passwordMinimum: 128 }],
    [{ secondFactorRequired: true }, { secondFactorRequired: true }],
    [{ secondFactorRequired: false }, { secondFactorRequired: false }],
    [{}, {}],
  ])('are changed by %j, and nothing else', async (changes, expected) => {
    const before = await read(world.asOwner);
    const account = await update(world.asOwner, changes);
    expect(account).toEqual({ ...before, ...expected, version: before.version + 1 });
    expect(await read(world.asOwner)).toEqual(account);
  });

  test('are all changed at once', async () => {
    const changes = {
      name: 'All',
      timeZone: 'Europe/Berlin',
      locale: 'de-AT',
      currency: 'CHF',
      blindMode: false,
      passwordMinimum: 12,
    };
    expect(await update(world.asAdmin, changes)).toMatchObject(changes);
  });

  test('are changed by holders of MANAGE_ACCOUNT, who learn nothing of the plan by it', async () => {
    for (const caller of [asSettler, asScopedSettler]) {
      expect(await update(caller, { name: 'Settled' })).toMatchObject({
        name: 'Settled',
        plan: null,
        clientLimit: null,
        clientCount: null,
      });
    }
  });

  test('are changed by nobody else, and only those of the own account', async () => {
    for (const caller of [world.asMemberWithAll, world.asScopedMember, world.asPowerless]) {
      expect(await refused(caller, { name: 'Refused' })).toEqual({ code: 'FORBIDDEN' });
    }
    expect(await refused(world.asAnonymous, { name: 'Refused' })).toEqual({ code: 'UNAUTHENTICATED' });
    await update(world.other.asOwner, { name: 'Beta renamed' });
    expect((await read(world.asOwner)).name).toBe('Settled');
  });

  test('are kept from those who saw another version', async () => {
    const { version } = await read(world.asOwner);
    expect((await update(world.asOwner, { name: 'First' }, version)).version).toBe(version + 1);
    for (const caller of [world.asAdmin, asSettler, asScopedSettler]) {
      expect(await refused(caller, { name: 'Second' }, version)).toEqual({
        code: 'CONFLICT',
        reason: 'VERSION',
      });
    }
    expect((await update(world.asAdmin, { name: 'Last write' })).name).toBe('Last write');
  });

  test('decide about the blind mode of clients that inherit it', async () => {
    const effective = async () =>
      (await world.asOwner.get(ClientDocument, { id: world.clients.one })).client?.effectiveBlindMode;
    await update(world.asOwner, { blindMode: true });
    expect(await effective()).toBe(true);
    await update(world.asOwner, { blindMode: false });
    expect(await effective()).toBe(false);
  });
});

const text = (field: keyof AccountChanges, values: unknown[]) =>
  values.map((value): [keyof AccountChanges, unknown] => [field, value]);
test.each([
  ...text('name', [null, '', '   ', 'x'.repeat(201), 'a\u0000b', 'a\nb']),
  ...text('timeZone', [
    null,
    '',
    ' ',
    'Mars/Olympus',
    'Europe',
    '+01:00',
    '-05',
    'Europe/Berlin ',
    'Europe/Berlin\u0000',
    "UTC'; drop table x --",
    // What Postgres reads otherwise than everybody else, or does not know.
    'CET',
    'IST',
    'AET',
    'US/Pacific-New',
  ]),
  ...text('locale', [
    null,
    '',
    'e',
    'english language',
    'en_GB',
    'EN-gb',
    'de-DE-u-co-phonebk',
    'en\u0000',
    `en-${'abcdefgh-'.repeat(5)}x`,
  ]),
  ...text('currency', [null, '', 'eur', 'EURO', '€', 'ZZZ', 'EU\u0000']),
  ...text('blindMode', [null]),
  ...text('passwordMinimum', [null, -1, 0, 7, 129, 2_147_483_647]),
])('a %s that is %j is refused', async (field, value) => {
  expect(await refused(world.asOwner, { [field]: value })).toEqual({
    code: 'VALIDATION_FAILED',
    field: `input.changes.${field}`,
  });
});

test.each([
  { passwordMinimum: 8.5 },
  { passwordMinimum: '8' },
  { passwordMinimum: 2_147_483_648 },
  { blindMode: 'yes' },
  { slug: 'mine' },
  { planId: 'AGENCY' },
  { status: 'ACTIVE' },
])('%j does not fit the schema and changes nothing', async (changes) => {
  expect((await refused(world.asOwner, changes as AccountChanges)).code).toBe('VALIDATION_FAILED');
});
