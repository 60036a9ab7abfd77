import {
  ClientsDocument,
  type ClientFilter,
  type ClientsQueryVariables,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, signInAs, type World } from '../support/world';
import type { Caller } from '../support/client';

let server: TestServer;
let world: World;
let asOwner: Caller;
let asScoped: Caller;
/** Ids by the names that the tables below use. */
const ids: Record<string, string> = {};

interface Row {
  name: string;
  contact?: [name: string, email: string, phone: string, position: string];
  organization?: string;
  manager?: string;
  status?: string;
}

const rows: Row[] = [
  {
    name: 'Bäckerei Müller',
    contact: ['Änne Müller', 'Aenne@Mueller.test', '+4930901820', 'Owner'],
    organization: 'Food',
    manager: 'Mia',
  },
  {
    name: 'Blue 100% Cotton',
    contact: ['Bo', 'bo@cotton.test', '+442079460000', 'Head of Sales'],
    organization: 'Textile',
    manager: 'Mia',
  },
  { name: 'Blue 1000 Ltd', organization: 'Textile', manager: 'Max', status: 'INACTIVE' },
  {
    name: 'snake_case GmbH',
    contact: ['Sue', 'sue@snake.test', '+12025550123', 'CTO'],
    organization: 'Food',
  },
  { name: 'snakeXcase GmbH', manager: 'Max' },
  { name: 'back\\slash AG', status: 'ARCHIVED', organization: 'Food' },
  { name: 'backslash AG' },
];

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const accountId = await world.arrange.account('searched');
  ids.Food = await world.arrange.organization(accountId, 'Food', ['Priority', 'Café']);
  ids.Textile = await world.arrange.organization(accountId, 'Textile', ['retail']);
  for (const name of ['Mia', 'Max']) ids[name] = (await world.arrange.member(accountId, { name })).id;
  for (const { name, contact = [], organization = '', manager = '', status = 'ACTIVE' } of rows) {
    ids[name] = await world.arrange.client(accountId, name, { status, organization_id: ids[organization] });
    await server.owner.query(
      `update ringfence.clients set contact_name = $2, contact_email = $3, contact_phone = $4, contact_position = $5,
         account_manager_id = $6 where id = $1 and status <> 'ARCHIVED'`,
      [ids[name], contact[0], contact[1], contact[2], contact[3], ids[manager]],
    );
  }
  asOwner = await signInAs(server, await world.arrange.member(accountId, { role: 'OWNER' }));
  asScoped = await signInAs(
    server,
    await world.arrange.member(accountId, {
      clients: [ids['Blue 1000 Ltd'] ?? '', ids['snake_case GmbH'] ?? ''],
    }),
  );
});
afterAll(() => server.close());

async function found(caller: Caller, variables: ClientsQueryVariables): Promise<string[]> {
  const { clients } = await caller.get(ClientsDocument, variables);
  expect(clients.totalCount).toBe(clients.nodes.length);
  return clients.nodes.map((client) => client.name);
}

test.each<[what: string, search: string, names: string[]]>([
  ['part of the name', 'Blue 1', ['Blue 100% Cotton', 'Blue 1000 Ltd']],
  ['the name in another case', 'bLUE 1000', ['Blue 1000 Ltd']],
  ['letters with accents in another case', 'BÄCKEREI MÜLLER', ['Bäckerei Müller']],
  ['part of the contact’s name', 'änne', ['Bäckerei Müller']],
  ['part of the email in another case', 'aenne@MUELLER', ['Bäckerei Müller']],
  ['part of the phone number', '3090182', ['Bäckerei Müller']],
  ['the phone number with its plus', '+4420', ['Blue 100% Cotton']],
  ['the phone number as people write it', '(030) 901 82', ['Bäckerei Müller']],
  ['part of the position', 'head of', ['Blue 100% Cotton']],
  ['spaces around, which do not count', '   cotton  ', ['Blue 100% Cotton']],
  ['a percent sign, which stands for itself', '100%', ['Blue 100% Cotton']],
  ['percent signs, which match nothing by themselves', '%o%', []],
  ['an underscore, which stands for itself', 'snake_', ['snake_case GmbH']],
  ['a backslash, which stands for itself', 'k\\s', []],
  ['a quote, which ends nothing', "' or true --", []],
  ['nothing that is there', 'zebra', []],
  ['an archived client, which is not searched', 'back', ['backslash AG']],
  [
    'only spaces, which is no search',
    '   ',
    [
      'backslash AG',
      'Blue 100% Cotton',
      'Blue 1000 Ltd',
      'Bäckerei Müller',
      'snake_case GmbH',
      'snakeXcase GmbH',
    ],
  ],
])('a search finds %s', async (_what, search, names) => {
  expect(await found(asOwner, { search })).toEqual(names);
});

test('a backslash finds the archived client that has one, when archived ones are asked for', async () => {
  expect(await found(asOwner, { search: 'k\\s', filter: { status: ['ARCHIVED'] } })).toEqual([
    'back\\slash AG',
  ]);
});

type Filter = Omit<ClientFilter, 'organizationId' | 'accountManagerId'> & {
  organization?: string;
  manager?: string;
};

/** The filter with ids for the names. */
function filterOf({ organization, manager, ...filter }: Filter): ClientFilter {
  return {
    ...filter,
    organizationId: organization && ids[organization],
    accountManagerId: manager && ids[manager],
  };
}

test.each<[what: string, filter: Filter, names: string[]]>([
  ['one status', { status: ['INACTIVE'] }, ['Blue 1000 Ltd']],
  ['two states', { status: ['INACTIVE', 'ARCHIVED'] }, ['back\\slash AG', 'Blue 1000 Ltd']],
  ['no status at all', { status: [] }, []],
  ['a status left open', { status: null, manager: 'Max' }, ['Blue 1000 Ltd', 'snakeXcase GmbH']],
  ['the organization', { organization: 'Food' }, ['Bäckerei Müller', 'snake_case GmbH']],
  [
    'the organization, archived ones too',
    { organization: 'Food', status: ['ACTIVE', 'ARCHIVED'] },
    ['back\\slash AG', 'Bäckerei Müller', 'snake_case GmbH'],
  ],
  ['a tag of the organization', { organizationTag: 'Priority' }, ['Bäckerei Müller', 'snake_case GmbH']],
  ['a tag in another case', { organizationTag: 'CAFÉ' }, ['Bäckerei Müller', 'snake_case GmbH']],
  ['part of a tag, which is no tag', { organizationTag: 'prior' }, []],
  ['the account manager', { manager: 'Mia' }, ['Blue 100% Cotton', 'Bäckerei Müller']],
  ['organization and account manager', { organization: 'Textile', manager: 'Mia' }, ['Blue 100% Cotton']],
  ['tag and account manager', { organizationTag: 'retail', manager: 'Max' }, ['Blue 1000 Ltd']],
  ['organization and a tag of another one', { organization: 'Food', organizationTag: 'retail' }, []],
  [
    'all four',
    { status: ['INACTIVE'], organization: 'Textile', organizationTag: 'retail', manager: 'Max' },
    ['Blue 1000 Ltd'],
  ],
])('a filter picks by %s', async (_what, filter, names) => {
  expect(await found(asOwner, { filter: filterOf(filter) })).toEqual(names);
});

test('search and filters are combined', async () => {
  expect(await found(asOwner, { search: 'gmbh', filter: filterOf({ organizationTag: 'priority' }) })).toEqual(
    ['snake_case GmbH'],
  );
  expect(await found(asOwner, { search: 'gmbh', filter: filterOf({ organization: 'Textile' }) })).toEqual([]);
});

test('a scoped member’s search and filters reach only the clients of the set', async () => {
  expect(await found(asScoped, { search: 'blue' })).toEqual(['Blue 1000 Ltd']);
  expect(await found(asScoped, { filter: filterOf({ organization: 'Textile' }) })).toEqual(['Blue 1000 Ltd']);
  expect(await found(asScoped, { filter: filterOf({ organizationTag: 'priority' }) })).toEqual([
    'snake_case GmbH',
  ]);
  expect(await found(asScoped, { filter: filterOf({ manager: 'Mia' }) })).toEqual([]);
});

test('filtering by what belongs to another account finds nothing', async () => {
  expect(await found(asOwner, { filter: { organizationId: world.organizations.north } })).toEqual([]);
  expect(await found(asOwner, { filter: { accountManagerId: world.members.owner.id } })).toEqual([]);
  expect(await found(world.asOwner, { search: 'Müller' })).toEqual([]);
});

test.each<[what: string, variables: ClientsQueryVariables, field: string]>([
  ['an organization id that is no id', { filter: { organizationId: 'x' } }, 'filter.organizationId'],
  ['a manager id that is no id', { filter: { accountManagerId: "' or 1=1" } }, 'filter.accountManagerId'],
  ['an empty tag', { filter: { organizationTag: '' } }, 'filter.organizationTag'],
  ['a tag of 51 characters', { filter: { organizationTag: 'x'.repeat(51) } }, 'filter.organizationTag'],
  ['a search with a null character', { search: 'a\u0000b' }, 'search'],
  ['a search of 255 characters', { search: 'x'.repeat(255) }, 'search'],
])('%s is refused, naming the argument', async (_what, variables, field) => {
  expect(await asOwner.refusal(ClientsDocument, variables)).toEqual({ code: 'VALIDATION_FAILED', field });
});
