// What a request costs the database does not depend on how much it answers.
import type { Caller } from '../support/client';
import {
  AccountDocument,
  AssignClientsDocument,
  ClientNamesDocument,
  ClientsDocument,
  CreateClientDocument,
  CreateOrganizationDocument,
  MembersDocument,
  OrganizationsDocument,
  UpdateClientDocument,
  UpdateOrganizationDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let ids: { clients: string[]; organizations: string[]; members: string[] };
const callers: Record<string, Caller> = {};

const many = 50;
/** What opens and ends a transaction: begin, open the session, take the role, commit. */
const around = 4;

const everything = [
  'VIEW_CLIENTS',
  'CREATE_CLIENTS',
  'EDIT_CLIENTS',
  'MANAGE_CLIENT_ORGANIZATIONS',
  'MANAGE_MEMBERS',
];

/** 50 members, organizations with tags and a manager, and clients with an organization, a manager and activity, all different. */
beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const accountId = await world.arrange.account('measured');
  await server.owner.query(
    "insert into ringfence.plans (id, name, position) values ('UNLIMITED', 'Unlimited', 9)",
  );
  await server.owner.query("update ringfence.accounts set plan_id = 'UNLIMITED' where id = $1", [accountId]);
  const insert = async (statement: string) =>
    (await server.owner.query<{ id: string }>(`${statement} returning id`, [accountId, many])).rows.map(
      ({ id }) => id,
    );
  ids = {
    members: await insert(
      "insert into ringfence.members (account_id, name) select $1, 'Member ' || n from generate_series(1, $2) n",
    ),
    organizations: await insert(
      "insert into ringfence.organizations (account_id, name) select $1, 'Organization ' || n from generate_series(1, $2) n",
    ),
    clients: await insert(
      "insert into ringfence.clients (account_id, name) select $1, 'Client ' || n from generate_series(1, $2) n",
    ),
  };
  for (const statement of [
    'insert into ringfence.member_access (account_id, member_id) select $1, m from unnest($2::uuid[]) m',
    "insert into ringfence.member_permissions (account_id, member_id, permission) select $1, m, p from unnest($2::uuid[]) m, unnest(array['VIEW_CLIENTS', 'EDIT_CLIENTS']) p",
    "insert into fence.logins (account_id, member_id, email) select $1, m, m || '@measured.test' from unnest($2::uuid[]) m",
  ])
    await server.owner.query(statement, [accountId, ids.members]);
  await server.owner.query(
    "insert into ringfence.organization_tags (account_id, organization_id, tag) select $1, o, t from unnest($2::uuid[]) o, unnest(array['one', 'two']) t",
    [accountId, ids.organizations],
  );
  await server.owner.query(
    'update ringfence.organizations o set account_manager_id = m from unnest($1::uuid[], $2::uuid[]) as u (i, m) where o.id = i',
    [ids.organizations, ids.members],
  );
  await server.owner.query(
    'update ringfence.clients c set organization_id = o, account_manager_id = m from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as u (i, o, m) where c.id = i',
    [ids.clients, ids.organizations, ids.members],
  );
  await server.owner.query(
    'insert into ringfence.client_assignments (account_id, member_id, client_id) select $1, m, c from unnest($2::uuid[]) m, unnest($3::uuid[]) c',
    [accountId, ids.members, ids.clients],
  );
  await server.owner.query(
    "insert into ringfence.client_activity (account_id, client_id, last_activity_at) select $1, c, date_trunc('hour', now()) from unnest($2::uuid[]) c",
    [accountId, ids.clients],
  );
  callers.owner = await signInAs(server, await world.arrange.member(accountId, { role: 'OWNER' }));
  callers['member with all clients'] = await signInAs(
    server,
    await world.arrange.member(accountId, { clientAccess: 'ALL', permissions: everything }),
  );
  callers['scoped member'] = await signInAs(
    server,
    await world.arrange.member(accountId, { clients: ids.clients, permissions: everything }),
  );
});
afterAll(() => server.close());

describe.each(['owner', 'member with all clients', 'scoped member'])('for the %s', (who) => {
  const caller = () => callers[who] ?? world.asAnonymous;

  /** Statements of the same list with 1 row and with 50, besides those around the transaction. */
  async function measure(list: (first: number) => Promise<{ nodes: unknown[] }>): Promise<number[]> {
    const counts: number[] = [];
    for (const size of [1, many]) {
      const rows: unknown[] = [];
      counts.push((await statementsOf(async () => rows.push(...(await list(size)).nodes))) - around);
      expect(rows).toHaveLength(size);
    }
    return counts;
  }

  test('clients with everything about them take the same statements for 1 row and for 50', async () => {
    const list = async (first: number) =>
      (await caller().get(ClientsDocument, { first, orderBy: 'LAST_ACTIVITY_AT_DESC' })).clients;
    const [one, fifty] = await measure(list);
    // The page, its total, organizations, their counts, managers, their emails, activities, agents counted, and the account for its blind mode.
    expect([one, fifty]).toEqual([9, 9]);
  });

  test('organizations with tags, clients counted and managers take the same statements for 1 row and for 50', async () => {
    const list = async (first: number) =>
      (await caller().get(OrganizationsDocument, { first, orderBy: 'CLIENT_COUNT_DESC' })).organizations;
    // The page, its total, tags, counts and managers.
    expect(await measure(list)).toEqual([5, 5]);
  });

  test('members with every field take the same statements for 1 row and for 50', async () => {
    const list = async (first: number) => (await caller().get(MembersDocument, { first })).members;
    // The page, its total, emails, access, permissions, assigned clients and second factors.
    expect(await measure(list)).toEqual([7, 7]);
  });
});

test('a list of which only the page is asked for is one statement: nothing is read for what nobody selects', async () => {
  expect(
    await statementsOf(() => (callers.owner ?? world.asAnonymous).get(ClientNamesDocument, { first: many })),
  ).toBe(around + 1);
});

describe('what a mutation answers takes the same statements', () => {
  const owner = () => callers.owner ?? world.asAnonymous;

  test('whether one client is assigned or fifty', async () => {
    const memberId = (await world.arrange.member(await accountOf(), {})).id;
    const assign = (add: string[]) =>
      statementsOf(() => owner().get(AssignClientsDocument, { input: { memberId, add } }));
    expect(await assign(ids.clients.slice(0, 1))).toBe(await assign(ids.clients));
  });

  test('whether an organization has one tag and one client or many of both', async () => {
    const [first = '', second = ''] = ids.organizations;
    await server.owner.query('update ringfence.clients set organization_id = $1 where id = any ($2)', [
      first,
      ids.clients.slice(2),
    ]);
    const tag = (id: string, tags: string[]) =>
      statementsOf(() => owner().get(UpdateOrganizationDocument, { input: { id, changes: { tags } } }));
    expect(await tag(first, ['one'])).toBe(
      await tag(
        second,
        Array.from({ length: 20 }, (_, index) => `tag ${index}`),
      ),
    );
    const create = (tags: string[]) =>
      statementsOf(() => owner().get(CreateOrganizationDocument, { input: { name: 'Created', tags } }));
    expect(await create(['one'])).toBe(
      await create(Array.from({ length: 20 }, (_, index) => `tag ${index}`)),
    );
  });

  test('whether the account has few clients or many', async () => {
    const [first = '', second = ''] = ids.clients;
    const create = () =>
      statementsOf(() =>
        owner().get(CreateClientDocument, {
          input: { name: 'Created', organizationId: ids.organizations[0] },
        }),
      );
    const edit = (id: string) =>
      statementsOf(() =>
        owner().get(UpdateClientDocument, { input: { id, changes: { contactName: 'Edited' } } }),
      );
    const inFull = [await create(), await edit(first)];
    await server.owner.query(
      'delete from ringfence.clients where not is_house and account_id = $1 and id <> $2',
      [await accountOf(), second],
    );
    expect([await create(), await edit(second)]).toEqual(inFull);
  });

  async function accountOf(): Promise<string> {
    return (await owner().get(AccountDocument)).account.id;
  }
});
