// The second lock: with shield taken off, the database refuses everything again by itself.
import { allow, isAdministrator, isMember, isOwner, isPerson, signedIn } from '../../src/graphql/shield';
import { buildSchema, rulesOf } from '../../src/graphql/schema';
import { Permission } from '../../src/members/permission';
import { tokenPermissions } from '../isolation/sessions';
import { Caller, send } from '../support/client';
import { dumpDatabase } from '../support/dump';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, signInAs, type World } from '../support/world';
import { allBut, isEnough, lackedBy, permissionsOf } from './needed';
import { rootFields, type RootField } from './root-fields';

jest.mock('../../src/graphql/shield', () => ({
  ...jest.requireActual<object>('../../src/graphql/shield'),
  applyShield: (schema: unknown) => schema,
}));

const rules = rulesOf();

let server: TestServer;
let world: World;
let fields: RootField[];
let before: Map<string, string[]>;

beforeAll(async () => {
  // All of everything is asked for.
  server = await startTestServer({ settings: { MAXIMUM_COST: '1000000' } });
  world = await createWorld(server);
  fields = rootFields(buildSchema(), world).filter((field) => ruleOf(field) !== allow);
});
afterAll(() => server.close());
beforeEach(async () => {
  before = await accountData();
});
afterEach(async () => {
  expect(await accountData()).toEqual(before);
});

/** Everything but who signed in when, which members made for a test leave behind. */
async function accountData(): Promise<Map<string, string[]>> {
  const dumped = await dumpDatabase(server.owner);
  for (const table of [
    'fence.sessions',
    'fence.access_credentials',
    'fence.refresh_tokens',
    'fence.rate_limits',
    'fence.logins',
  ]) {
    dumped.delete(table);
  }
  return dumped;
}

function ruleOf({ type, name }: RootField) {
  return rules[type]?.[name];
}

const named = ({ type, name }: RootField) => `${type}.${name}`;

/** `nothing`, a code, or what was shown. */
async function shownTo(caller: Caller, { name, query, variables }: RootField): Promise<string> {
  const { data, errors } = await send(caller.url, caller.token, query, variables);
  const code = errors?.[0]?.extensions.code;
  if (code !== undefined) return code;
  const text = JSON.stringify(data);
  const isEmpty =
    /^\{"__typename":"\w+Connection","edges":\[\],"nodes":\[\],"pageInfo":\{[^}]*\},"totalCount":0\}$|^\[\]$/;
  return isEmpty.test(JSON.stringify(data?.[name])) ? 'nothing' : text;
}

async function expectHeld(caller: Caller, guarded: RootField[]): Promise<void> {
  for (const field of guarded) {
    const allowed =
      field.type === 'Query' ? ['FORBIDDEN', 'NOT_FOUND', 'nothing'] : ['FORBIDDEN', 'NOT_FOUND'];
    const shown = await shownTo(caller, field);
    expect([named(field), allowed.includes(shown) ? 'held' : shown]).toEqual([named(field), 'held']);
  }
}

test('shield is off: lists that it would refuse are empty instead', async () => {
  for (const name of ['clients', 'organizations']) {
    const list = fields.find((field) => field.name === name);
    expect([name, list && (await shownTo(world.asPowerless, list))]).toEqual([name, 'nothing']);
  }
});

test('whoever is not signed in is refused everything', async () => {
  for (const field of fields) {
    expect([named(field), await shownTo(world.asAnonymous, field)]).toEqual([
      named(field),
      'UNAUTHENTICATED',
    ]);
  }
});

test('a member without any permission sees and changes nothing that needs one', async () => {
  await expectHeld(
    world.asPowerless,
    fields.filter((field) => ![signedIn, isPerson, isMember].includes(ruleOf(field) as typeof isMember)),
  );
});

test('a portal user sees and changes nothing but what is everybody’s or of their client', async () => {
  const seesClients = (field: RootField) =>
    /VIEW_CLIENTS/.test((ruleOf(field) as { name?: string } | undefined)?.name ?? '');
  await expectHeld(
    world.asPortalUser,
    fields.filter(
      (field) =>
        ![signedIn, isPerson].includes(ruleOf(field) as typeof signedIn) &&
        !(field.type === 'Query' && seesClients(field)),
    ),
  );
});

test('a partner token with every permission that one can have does nothing that is for people, members or administrators', async () => {
  const { text } = await world.arrange.accessToken(world.accountId, { permissions: tokenPermissions });
  before = await accountData();
  const guarded = fields.filter((field) => {
    const rule = ruleOf(field);
    // Where it finds itself.
    if (field.name === 'accessTokens') return false;
    return rule !== signedIn && !isEnough(permissionsOf(rule), tokenPermissions);
  });
  expect(guarded.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['sessions', 'updateMyProfile', 'createAccessToken', 'removeMember', 'plans']),
  );
  // What is for people may look at its input first.
  const ofPeople = (field: RootField) => field.type === 'Mutation' && ruleOf(field) === isPerson;
  const asProgram = new Caller(server.url, text);
  await expectHeld(
    asProgram,
    guarded.filter((field) => !ofPeople(field)),
  );
  for (const field of guarded.filter(ofPeople))
    expect([field.name, await shownTo(asProgram, field)]).toEqual([
      field.name,
      expect.stringMatching(/^(FORBIDDEN|NOT_FOUND|VALIDATION_FAILED)$/),
    ]);
});

test('the owner of another account sees and changes nothing by an id of this one', async () => {
  const withId = fields.filter(
    ({ name, query }) =>
      /ID!|\bid\b|Update|Change|Assign|Merge|Portal/.test(query.split('{')[0] ?? '') &&
      !/Account|Plan|My/.test(name),
  );
  expect(withId.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['client', 'member', 'organization', 'updateClient', 'assignClients']),
  );
  for (const field of withId) {
    // Of many, each is answered by itself.
    const nothing = /^(update|archive|restore|delete)Leads$/.test(field.name)
      ? (expect.stringMatching(/"outcome":"REJECTED","id":null,"lead":null,.*"code":"NOT_FOUND"/) as string)
      : 'NOT_FOUND';
    expect([named(field), await shownTo(world.other.asOwner, field)]).toEqual([named(field), nothing]);
  }
});

describe('a member with every permission but the one that is needed', () => {
  const sets = new Map(
    Object.values(rules)
      .flatMap((ofType) => Object.values(ofType))
      .map((rule) => [(rule as { name?: string }).name ?? '', rule] as const)
      .filter(([name]) => name.startsWith('can ')),
  );

  test.each(
    [...sets].flatMap(([ruleName, rule]) =>
      lackedBy(permissionsOf(rule)).map((missing) => [ruleName, missing] as const),
    ),
  )('is held where the rule is: %s, without %s', async (ruleName, missing) => {
    const held = allBut(missing);
    const member = await world.arrange.member(world.accountId, { clientAccess: 'ALL', permissions: held });
    const scoped = await world.arrange.member(world.accountId, {
      permissions: held,
      clients: [world.clients.one, world.clients.two],
    });
    const callers = [await signInAs(server, member), await signInAs(server, scoped)];
    before = await accountData();
    const guarded = fields.filter((field) => ruleOf(field) === sets.get(ruleName));
    expect(guarded.length).toBeGreaterThan(0);
    for (const caller of callers) await expectHeld(caller, guarded);
  });
});

test('what is for owners or administrators is refused to a member with every permission, and owners’ to administrators', async () => {
  const member = await world.arrange.member(world.accountId, {
    clientAccess: 'ALL',
    permissions: Object.values(Permission),
  });
  const asMember = await signInAs(server, member);
  before = await accountData();
  await expectHeld(
    asMember,
    fields.filter((field) => [isOwner, isAdministrator].includes(ruleOf(field) as typeof isOwner)),
  );
  await expectHeld(
    world.asAdmin,
    fields.filter((field) => ruleOf(field) === isOwner),
  );
});
