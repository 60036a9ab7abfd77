// Permissions and sets that change while somebody is signed in: the access token still says what was, the database what is.
import { Caller } from '../support/client';
import {
  ActivateClientDocument,
  ArchiveClientDocument,
  ArchiveOrganizationDocument,
  AssignClientsDocument,
  ClientDocument,
  ClientNamesDocument,
  CreateClientDocument,
  CreateOrganizationDocument,
  DeactivateClientDocument,
  OrganizationsDocument,
  RefreshSessionDocument,
  RestoreClientDocument,
  RestoreOrganizationDocument,
  SignInDocument,
  UpdateAccountDocument,
  UpdateClientDocument,
  UpdateOrganizationDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing } from '../support/stored';
import { password, type MemberOptions, type TestMember } from '../support/arrange';
import { asAnonymous, createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

interface Subject {
  memberId: string;
  client: string;
  archivedClient: string;
  organization: string;
  emptyOrganization: string;
  archivedOrganization: string;
}

/** Every mutation that asks for a permission: its code, or `done`. */
const mutations: [
  name: string,
  permission: string,
  run: (caller: Caller, subject: Subject) => ReturnType<Caller['ask']>,
][] = [
  [
    'createClient',
    'CREATE_CLIENTS',
    (caller) => caller.ask(CreateClientDocument, { input: { name: 'New' } }),
  ],
  [
    'updateClient',
    'EDIT_CLIENTS',
    (caller, { client: id }) =>
      caller.ask(UpdateClientDocument, { input: { id, changes: { name: 'Renamed' } } }),
  ],
  [
    'deactivateClient',
    'EDIT_CLIENTS',
    (caller, { client: id }) => caller.ask(DeactivateClientDocument, { input: { id } }),
  ],
  [
    'activateClient',
    'EDIT_CLIENTS',
    (caller, { client: id }) => caller.ask(ActivateClientDocument, { input: { id } }),
  ],
  [
    'archiveClient',
    'DELETE_CLIENTS',
    (caller, { client: id }) => caller.ask(ArchiveClientDocument, { input: { id } }),
  ],
  [
    'restoreClient',
    'DELETE_CLIENTS',
    (caller, { archivedClient: id }) => caller.ask(RestoreClientDocument, { input: { id } }),
  ],
  [
    'createOrganization',
    'MANAGE_CLIENT_ORGANIZATIONS',
    (caller) => caller.ask(CreateOrganizationDocument, { input: { name: 'New', tags: ['new'] } }),
  ],
  [
    'updateOrganization',
    'MANAGE_CLIENT_ORGANIZATIONS',
    (caller, { organization: id }) =>
      caller.ask(UpdateOrganizationDocument, { input: { id, changes: { name: 'Renamed', tags: ['new'] } } }),
  ],
  [
    'archiveOrganization',
    'MANAGE_CLIENT_ORGANIZATIONS',
    (caller, { emptyOrganization: id }) => caller.ask(ArchiveOrganizationDocument, { input: { id } }),
  ],
  [
    'restoreOrganization',
    'MANAGE_CLIENT_ORGANIZATIONS',
    (caller, { archivedOrganization: id }) => caller.ask(RestoreOrganizationDocument, { input: { id } }),
  ],
  [
    'assignClients',
    'MANAGE_MEMBERS',
    (caller, { memberId, client }) =>
      caller.ask(AssignClientsDocument, { input: { memberId, add: [client], remove: [client] } }),
  ],
  [
    'updateAccount',
    'MANAGE_ACCOUNT',
    (caller) => caller.ask(UpdateAccountDocument, { input: { changes: { name: 'Renamed' } } }),
  ],
];

const permissions = [...new Set(mutations.map(([, permission]) => permission))];

let accounts = 0;

/** An account of its own with one member, and something for every mutation to work on. */
async function arrangeSubject(options: MemberOptions): Promise<{ member: TestMember; subject: Subject }> {
  const { arrange } = world;
  accounts += 1;
  const accountId = await arrange.account(`subject-${accounts}`);
  const organization = await arrange.organization(accountId, 'Organization');
  const client = await arrange.client(accountId, 'Client', { organization_id: organization });
  const archivedClient = await arrange.client(accountId, 'Archived', { status: 'ARCHIVED' });
  const archivedOrganization = await arrange.organization(accountId, 'Archived');
  await server.owner.query("update ringfence.organizations set status = 'ARCHIVED' where id = $1", [
    archivedOrganization,
  ]);
  const member = await arrange.member(accountId, { clients: [client, archivedClient], ...options });
  const emptyOrganization = await arrange.organization(accountId, 'Empty');
  return {
    member,
    subject: {
      memberId: member.id,
      client,
      archivedClient,
      organization,
      emptyOrganization,
      archivedOrganization,
    },
  };
}

const grant = ({ accountId, id }: TestMember, permission: string) =>
  server.owner.query(
    'insert into ringfence.member_permissions (account_id, member_id, permission) values ($1, $2, $3)',
    [accountId, id, permission],
  );
const revoke = ({ id }: TestMember, permission: string) =>
  server.owner.query('delete from ringfence.member_permissions where member_id = $1 and permission = $2', [
    id,
    permission,
  ]);

describe.each(mutations)('%s', (_name, permission, run) => {
  const outcome = async (caller: Caller, subject: Subject) =>
    (await run(caller, subject)).errors?.[0]?.extensions.code ?? 'done';

  describe.each(['ALL', 'ASSIGNED'] as const)('by a member with clients %s', (clientAccess) => {
    let member: TestMember;
    let subject: Subject;
    /** Signed in with the permission and without; for both it is revoked now. */
    let asFormerHolder: Caller;
    let asOther: Caller;
    beforeAll(async () => {
      ({ member, subject } = await arrangeSubject({
        clientAccess,
        permissions: ['VIEW_CLIENTS', ...permissions],
      }));
      asFormerHolder = await signInAs(server, member);
      await revoke(member, permission);
      asOther = await signInAs(server, member);
    });

    test(`is refused without ${permission}, whatever other permission there is`, async () => {
      expect(await changingNothing(server.owner, () => outcome(asOther, subject))).toBe('FORBIDDEN');
    });

    test(`is refused by the database when ${permission} was revoked after signing in`, async () => {
      expect(await changingNothing(server.owner, () => outcome(asFormerHolder, subject))).toBe('FORBIDDEN');
    });

    test(`works at once when ${permission} is granted after signing in`, async () => {
      await grant(member, permission);
      expect(await outcome(asOther, subject)).toBe('done');
    });
  });
});

test('what VIEW_CLIENTS shows is gone at once when it is revoked after signing in', async () => {
  for (const clientAccess of ['ALL', 'ASSIGNED'] as const) {
    const { member, subject } = await arrangeSubject({ clientAccess });
    const caller = await signInAs(server, member);
    expect((await caller.get(ClientNamesDocument)).clients.nodes).toHaveLength(1);
    await revoke(member, 'VIEW_CLIENTS');
    expect((await caller.get(ClientNamesDocument)).clients.nodes).toEqual([]);
    expect((await caller.get(OrganizationsDocument)).organizations).toMatchObject({
      nodes: [],
      totalCount: 0,
    });
    expect(await caller.refusal(ClientDocument, { id: subject.client })).toEqual({
      code: 'NOT_FOUND',
      field: 'id',
    });
  }
});

test('what VIEW_CLIENTS shows is there at once when it is granted after signing in', async () => {
  const { member, subject } = await arrangeSubject({ permissions: [] });
  const caller = await signInAs(server, member);
  expect(await caller.refusal(ClientNamesDocument)).toEqual({ code: 'FORBIDDEN' });
  await grant(member, 'VIEW_CLIENTS');
  expect((await caller.get(ClientNamesDocument)).clients.nodes).toEqual([
    { id: subject.client, name: 'Client' },
  ]);
});

test('a client that is taken out of the set is gone at the next request, one that is added is there', async () => {
  const { member, subject } = await arrangeSubject({ permissions: ['VIEW_CLIENTS', 'EDIT_CLIENTS'] });
  const caller = await signInAs(server, member);
  const added = await world.arrange.client(member.accountId, 'Added');
  await server.owner.query(
    'update ringfence.client_assignments set client_id = $3 where member_id = $1 and client_id = $2',
    [member.id, subject.client, added],
  );
  expect((await caller.get(ClientNamesDocument)).clients.nodes).toEqual([{ id: added, name: 'Added' }]);
  const rename = (id: string) =>
    caller.ask(UpdateClientDocument, { input: { id, changes: { name: 'Renamed' } } });
  expect((await rename(subject.client)).errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  expect((await rename(added)).data?.updateClient.client.name).toBe('Renamed');
});

describe('a member whose kind has changed is nobody until the session is refreshed:', () => {
  const all = ['Client', 'Other'];
  const assigned = ['Client'];
  test.each<
    [what: string, before: MemberOptions, after: { role: string; clientAccess: string }, seen: string[]]
  >([
    ['promoted to administrator', {}, { role: 'ADMIN', clientAccess: 'ALL' }, all],
    ['demoted from administrator', { role: 'ADMIN' }, { role: 'MEMBER', clientAccess: 'ASSIGNED' }, assigned],
    ['demoted from owner', { role: 'OWNER' }, { role: 'ADMIN', clientAccess: 'ALL' }, all],
    ['given all clients', { clientAccess: 'ASSIGNED' }, { role: 'MEMBER', clientAccess: 'ALL' }, all],
    [
      'narrowed to assigned clients',
      { clientAccess: 'ALL' },
      { role: 'MEMBER', clientAccess: 'ASSIGNED' },
      assigned,
    ],
  ])('%s', async (_what, before, after, seen) => {
    const { member, subject } = await arrangeSubject({ permissions: [], ...before });
    await world.arrange.client(member.accountId, 'Other');
    const { signIn } = await asAnonymous(server).get(SignInDocument, {
      input: { email: member.email, password },
    });
    const caller = new Caller(server.url, signIn.accessToken);
    await server.owner.query(
      'update ringfence.member_access set role = $2, client_access = $3 where member_id = $1',
      [member.id, after.role, after.clientAccess],
    );
    await server.owner.query('delete from ringfence.member_permissions where member_id = $1', [member.id]);
    for (const permission of ['VIEW_CLIENTS', 'EDIT_CLIENTS']) await grant(member, permission);

    await changingNothing(server.owner, async () => {
      expect(await caller.refusal(ClientNamesDocument)).toEqual({ code: 'UNAUTHENTICATED' });
      expect(
        await caller.refusal(UpdateClientDocument, {
          input: { id: subject.client, changes: { name: 'Refused' } },
        }),
      ).toEqual({ code: 'UNAUTHENTICATED' });
      expect(await caller.refusal(CreateOrganizationDocument, { input: { name: 'Refused' } })).toEqual({
        code: 'UNAUTHENTICATED',
      });
    });
    const { refreshSession } = await asAnonymous(server).get(RefreshSessionDocument, {
      input: { refreshToken: signIn.refreshToken },
    });
    const refreshed = new Caller(server.url, refreshSession.accessToken);
    expect((await refreshed.get(ClientNamesDocument)).clients.nodes.map(({ name }) => name)).toEqual(seen);
    const answer = await refreshed.get(UpdateClientDocument, {
      input: { id: subject.client, changes: { contactName: 'Done' } },
    });
    expect(answer.updateClient.client.contactName).toBe('Done');
  });
});

test.each([
  [
    'a member who was disabled',
    "update ringfence.member_access set status = 'DISABLED' where account_id = $1",
  ],
  [
    'anybody of an account that was suspended',
    "update ringfence.accounts set status = 'SUSPENDED' where id = $1",
  ],
  [
    'a member whose session was ended',
    "update fence.sessions set ended_at = now(), end_reason = 'SIGNED_OUT' where account_id = $1",
  ],
  ['a member who was removed', 'delete from ringfence.members where account_id = $1'],
])('%s is nobody at the next request, and refreshing does not help', async (_who, statement) => {
  const { member } = await arrangeSubject({ role: 'OWNER' });
  const { signIn } = await asAnonymous(server).get(SignInDocument, {
    input: { email: member.email, password },
  });
  const caller = new Caller(server.url, signIn.accessToken);
  expect((await caller.get(ClientNamesDocument)).clients.nodes).toHaveLength(1);
  await server.owner.query(statement, [member.accountId]);
  expect(await caller.refusal(ClientNamesDocument)).toEqual({ code: 'UNAUTHENTICATED' });
  expect(await caller.refusal(CreateClientDocument, { input: { name: 'Refused' } })).toEqual({
    code: 'UNAUTHENTICATED',
  });
  const refresh = { input: { refreshToken: signIn.refreshToken } };
  expect(await asAnonymous(server).refusal(RefreshSessionDocument, refresh)).toEqual({
    code: 'UNAUTHENTICATED',
  });
});
