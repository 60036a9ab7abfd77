// The API against itself: in every place that takes an id, the id of somebody else's row answers exactly like the id of
// no row, changes nothing, and no answer shows what Postgres calls things.
import { send, type Caller, type GraphqlAnswer } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, signInAs, type World } from '../support/world';
import { LoginConnection } from './login-connection';
import { nobodys } from './probes';
import { everyPermission } from './sessions';

let server: TestServer;
let world: World;
let asManager: Caller;

/** What Postgres calls things; no answer may show it. */
const internals =
  /ringfence|fence\.|_fkey|_pkey|_key\b|_check|_activity|constraint|policy|relation|RF00|42501|42P01|23503|\b(select|update|insert) /i;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  // Scoped to client `one`, with every permission there is: what shield would refuse is not what is tested here.
  const manager = await world.arrange.member(world.accountId, {
    permissions: everyPermission.filter((permission) => permission !== 'MANAGE_CLIENT_ORGANIZATIONS'),
    clients: [world.clients.one],
  });
  asManager = await signInAs(server, manager);
});
afterAll(() => server.close());

/** An answer without what differs from request to request. */
const bare = ({ status, data, errors }: GraphqlAnswer<unknown>, id: string) => {
  expect(JSON.stringify(errors ?? [])).not.toMatch(internals);
  return JSON.parse(
    JSON.stringify({
      status,
      data,
      errors: errors?.map((error) => ({
        ...error,
        extensions: { ...error.extensions, requestId: undefined },
      })),
    }).replaceAll(id, 'ID'),
  ) as unknown;
};

interface Place {
  place: string;
  document: string;
  variables: (id: string) => Record<string, unknown>;
  /** Whose id is put there. */
  of: 'client' | 'organization' | 'member';
}

const clientFields =
  'id name contactEmail organization { id name clientCount } accountManager { id name email role assignedClientIds }';
const input = (document: string) => (values: (id: string) => Record<string, unknown>) => ({
  document: `mutation ($input: ${document}`,
  variables: (id: string) => ({ input: values(id) }),
});
const places: Place[] = [
  {
    place: 'client(id)',
    of: 'client',
    document: `query ($id: ID!) { client(id: $id) { ${clientFields} } }`,
    variables: (id) => ({ id }),
  },
  {
    place: 'organization(id)',
    of: 'organization',
    document: 'query ($id: ID!) { organization(id: $id) { id name tags clientCount accountManager { id } } }',
    variables: (id) => ({ id }),
  },
  {
    place: 'member(id)',
    of: 'member',
    document: 'query ($id: ID!) { member(id: $id) { id name email role permissions assignedClientIds } }',
    variables: (id) => ({ id }),
  },
  {
    place: 'a filter by organization',
    of: 'organization',
    variables: (id) => ({ id }),
    document:
      'query ($id: ID!) { clients(filter: { organizationId: $id, status: [ACTIVE, INACTIVE, ARCHIVED] }) { totalCount nodes { id } edges { cursor } pageInfo { startCursor hasNextPage } } }',
  },
  {
    place: 'a filter by account manager',
    of: 'member',
    variables: (id) => ({ id }),
    document:
      'query ($id: ID!) { clients(filter: { accountManagerId: $id }) { totalCount nodes { id } } organizations(filter: { accountManagerId: $id }) { totalCount nodes { id } } }',
  },
  {
    place: 'an alias, a fragment and an @include variable',
    of: 'client',
    variables: (id) => ({ id, deep: true }),
    document: `query ($id: ID!, $deep: Boolean!) { a: client(id: $id) { ...F } b: client(id: $id) { ...F @include(if: $deep) id @skip(if: $deep) } }
      fragment F on Client { ${clientFields} }`,
  },
  ...(['deactivate', 'activate', 'archive', 'restore'] as const).map((verb) => ({
    place: `${verb}Client`,
    of: 'client' as const,
    ...input(`ChangeClientStatusInput!) { ${verb}Client(input: $input) { client { id name } } }`)((id) => ({
      id,
    })),
  })),
  {
    place: 'updateClient',
    of: 'client',
    ...input('UpdateClientInput!) { updateClient(input: $input) { client { id name } } }')((id) => ({
      id,
      changes: { name: 'Stolen' },
    })),
  },
  {
    place: 'updateClient with nothing to change',
    of: 'client',
    ...input('UpdateClientInput!) { updateClient(input: $input) { client { id name } } }')((id) => ({
      id,
      changes: {},
    })),
  },
  {
    place: 'updateClient with a version',
    of: 'client',
    ...input('UpdateClientInput!) { updateClient(input: $input) { client { id name } } }')((id) => ({
      id,
      changes: { name: 'Stolen' },
      expectedVersion: 1,
    })),
  },
  {
    place: 'the organization of updateClient',
    of: 'organization',
    ...input('UpdateClientInput!) { updateClient(input: $input) { client { id } } }')((organizationId) => ({
      id: world.clients.one,
      changes: { organizationId },
    })),
  },
  {
    place: 'the account manager of updateClient',
    of: 'member',
    ...input('UpdateClientInput!) { updateClient(input: $input) { client { id } } }')((accountManagerId) => ({
      id: world.clients.one,
      changes: { accountManagerId },
    })),
  },
  {
    place: 'the organization of createClient',
    of: 'organization',
    ...input('CreateClientInput!) { createClient(input: $input) { client { id } } }')((organizationId) => ({
      name: 'New',
      organizationId,
    })),
  },
  {
    place: 'the account manager of createClient',
    of: 'member',
    ...input('CreateClientInput!) { createClient(input: $input) { client { id } } }')((accountManagerId) => ({
      name: 'New',
      accountManagerId,
      organizationId: null,
    })),
  },
  {
    place: 'the member of assignClients',
    of: 'member',
    ...input('AssignClientsInput!) { assignClients(input: $input) { member { id } } }')((memberId) => ({
      memberId,
      add: [world.clients.one],
    })),
  },
  {
    place: 'add of assignClients',
    of: 'client',
    ...input('AssignClientsInput!) { assignClients(input: $input) { member { id } } }')((id) => ({
      memberId: world.members.scoped.id,
      add: [world.clients.one, id],
    })),
  },
  {
    place: 'remove of assignClients',
    of: 'client',
    ...input('AssignClientsInput!) { assignClients(input: $input) { member { id } } }')((id) => ({
      memberId: world.members.scoped.id,
      remove: [id],
    })),
  },
];

const organizationPlaces: Place[] = [
  {
    place: 'updateOrganization',
    of: 'organization',
    ...input('UpdateOrganizationInput!) { updateOrganization(input: $input) { organization { id } } }')(
      (id) => ({ id, changes: { name: 'Stolen', tags: ['stolen'] } }),
    ),
  },
  {
    place: 'archiveOrganization',
    of: 'organization',
    ...input(
      'ChangeOrganizationStatusInput!) { archiveOrganization(input: $input) { organization { id } } }',
    )((id) => ({ id })),
  },
  {
    place: 'restoreOrganization',
    of: 'organization',
    ...input(
      'ChangeOrganizationStatusInput!) { restoreOrganization(input: $input) { organization { id } } }',
    )((id) => ({ id })),
  },
  {
    place: 'the account manager of createOrganization',
    of: 'member',
    ...input('CreateOrganizationInput!) { createOrganization(input: $input) { organization { id } } }')(
      (accountManagerId) => ({ name: 'New', accountManagerId }),
    ),
  },
  {
    place: 'the account manager of updateOrganization',
    of: 'member',
    ...input('UpdateOrganizationInput!) { updateOrganization(input: $input) { organization { id } } }')(
      (accountManagerId) => ({ id: world.organizations.north, changes: { accountManagerId } }),
    ),
  },
];

const foreign = (of: Place['of']) =>
  ({ client: world.other.clientId, organization: world.other.organizationId, member: world.other.owner.id })[
    of
  ];

/** Everything of both accounts that a change could have touched. */
const everything = async () =>
  (
    await server.owner.query(`
      select 'clients' as what, jsonb_agg(to_jsonb(c) order by id) as rows from ringfence.clients c
      union all select 'organizations', jsonb_agg(to_jsonb(o) order by id) from ringfence.organizations o
      union all select 'tags', jsonb_agg(to_jsonb(t) order by organization_id, tag_key) from ringfence.organization_tags t
      union all select 'assignments', jsonb_agg(to_jsonb(a) order by member_id, client_id) from ringfence.client_assignments a
      union all select 'emails', jsonb_agg(to_jsonb(e) order by account_id, email_key) from fence.contact_emails e`)
  ).rows as unknown[];

async function expectLikeNobodys(caller: Caller, { document, variables }: Place, id: string): Promise<void> {
  const before = await everything();
  const absent = bare(await send(server.url, caller.token, document, variables(nobodys)), nobodys);
  expect(bare(await send(server.url, caller.token, document, variables(id)), id)).toEqual(absent);
  expect(await everything()).toEqual(before);
}

describe('A66 an id of another account answers like the id of nothing, and changes nothing', () => {
  test.each([...places, ...organizationPlaces])('for the owner in $place', async (place) => {
    await expectLikeNobodys(world.asOwner, place, foreign(place.of));
  });

  test.each(places)('for a scoped member in $place', async (place) => {
    await expectLikeNobodys(asManager, place, foreign(place.of));
  });
});

describe('an id of their own account outside their set answers like the id of nothing, and changes nothing', () => {
  test.each(places.filter(({ of }) => of === 'client'))('for a scoped member in $place', async (place) => {
    await expectLikeNobodys(asManager, place, world.clients.two);
  });

  test.each(places.filter(({ of }) => of === 'organization'))(
    'for a scoped member in $place',
    async (place) => {
      await expectLikeNobodys(asManager, place, world.organizations.south);
    },
  );
});

test('A66: a cursor of another account or of another list is refused like rubbish', async () => {
  const cursorOf = async (token: string | null, list: string) => {
    const { data } = await send<Record<string, { edges: { cursor: string }[] }>>(
      server.url,
      token,
      `{ ${list} { edges { cursor } } }`,
    );
    return data?.[list]?.edges[0]?.cursor ?? '';
  };
  const [foreignCursor, organizationCursor] = [
    await cursorOf(world.other.asOwner.token, 'clients'),
    await cursorOf(world.asOwner.token, 'organizations'),
  ];
  expect(foreignCursor.length).toBeGreaterThan(20);
  expect(organizationCursor.length).toBeGreaterThan(20);
  const page = 'query ($after: String) { clients(after: $after) { nodes { id } } }';
  const rubbish = bare(await send(server.url, world.asOwner.token, page, { after: 'rubbish' }), 'rubbish');
  for (const cursor of [foreignCursor, organizationCursor]) {
    expect(bare(await send(server.url, world.asOwner.token, page, { after: cursor }), cursor)).toEqual(
      rubbish,
    );
  }
});

test('pitfall 15: a contact email that another account uses is free, and an own one that is taken names nobody', async () => {
  const create = (contactEmail: string) =>
    send<{ createClient: { client: { contactEmail: string } } }>(
      server.url,
      world.asOwner.token,
      'mutation ($input: CreateClientInput!) { createClient(input: $input) { client { contactEmail } } }',
      { input: { name: 'Email', contactEmail, organizationId: null } },
    );
  expect((await create('Beta@Client.test')).data?.createClient.client).toEqual({
    contactEmail: 'Beta@Client.test',
  });
  const taken = await create('TWO@client.test');
  expect(taken.errors?.[0]?.extensions.code).toBe('EMAIL_TAKEN');
  // The field is named, the client is not.
  expect(taken.errors?.[0]?.message).not.toMatch(/Two|client\.test|\d/);
});

test('pitfall 31: what somebody searches for is in no statement that the login can see', async () => {
  const secret = 'very-secret-literal';
  const found = await send(
    server.url,
    world.asOwner.token,
    'query ($s: String) { clients(search: $s) { nodes { id } } }',
    { s: secret },
  );
  expect(found.errors).toBeUndefined();
  const connection = await LoginConnection.open(server.database.loginUrl);
  try {
    const statements = await connection.rows(
      'select query from pg_catalog.pg_stat_activity where pid <> pg_backend_pid() and usename = session_user',
    );
    expect(statements.length).toBeGreaterThan(0);
    expect(JSON.stringify(statements)).not.toContain(secret);
  } finally {
    await connection.close();
  }
});

test('pitfall 36: a statement that fails in an unexpected way is answered without a word of Postgres', async () => {
  await server.owner.query('alter table ringfence.client_activity rename to renamed_activity');
  try {
    const { data, errors } = await send(
      server.url,
      world.asOwner.token,
      '{ clients { nodes { lastActivityAt } } }',
    );
    // The field may be null, so that is all that is lost.
    expect(
      new Set(
        (data as { clients: { nodes: { lastActivityAt: null }[] } }).clients.nodes.map(
          (node) => node.lastActivityAt,
        ),
      ),
    ).toEqual(new Set([null]));
    expect(errors?.map((error) => error.extensions.code)).toContain('INTERNAL');
    expect(JSON.stringify(errors)).not.toMatch(internals);
  } finally {
    await server.owner.query('alter table ringfence.renamed_activity rename to client_activity');
  }
});
