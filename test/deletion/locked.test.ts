// From the moment that its deletion is asked for a client is of no use: whatever would change it, or something of it, answers
// CONFLICT, nobody signs in for it, and no token for it alone opens anything.
import { buildSchema } from '../../src/graphql/schema';
import { tokenPermissions } from '../isolation/sessions';
import { accept, invitePortalUser } from '../invitations/invitations';
import { rootFields } from '../graphql/root-fields';
import { Caller, send } from '../support/client';
import {
  ArchiveOrganizationDocument,
  CreateClientDocument,
  DeleteClientDocument,
  UpdateClientDocument,
} from '../support/documents.generated';
import { refreshCode, startSession, viewerOf } from '../support/sessions';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, signInAs, type World } from '../support/world';
import { rowsOf } from './client-data';
import { finishDeletions } from './working';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const remove = (id: string, confirmName: string) =>
  world.asOwner.get(DeleteClientDocument, { input: { id, confirmName } });

/** What goes with members and tokens as well, or is of whoever signs in. */
const ofOthersToo =
  /client_assignments$|\.access_token_|^fence\.(sessions|access_credentials|refresh_tokens)$/;

/** What is of a client, and of nobody else as much. */
async function contents(id: string) {
  const owned = await rowsOf(server.owner, world.accountId, id);
  return owned.filter(({ data }) => !ofOthersToo.test(data));
}

describe('no mutation of the API changes anything of it', () => {
  let outcomes: Map<string, string>;
  let before: unknown;
  const both = async () => [await contents(world.clients.one), await contents(world.clients.two)];

  beforeAll(async () => {
    const { one, two, five } = world.clients;
    const owner = await world.arrange.member(world.accountId, { role: 'OWNER' });
    const caller = await signInAs(server, owner);
    await remove(one, 'One');
    await remove(two, 'Two');
    await remove(five, 'Five');
    before = await both();
    outcomes = new Map();
    for (const { type, name, query, variables } of rootFields(buildSchema(), world)) {
      if (type === 'Query') continue;
      const { errors } = await send(server.url, caller.token, query, variables);
      outcomes.set(name, errors?.[0]?.extensions.reason ?? errors?.[0]?.extensions.code ?? 'done');
    }
  });

  test('whatever it is called', async () => {
    expect(outcomes.size).toBeGreaterThan(40);
    expect(await both()).toEqual(before);
  });

  test.each([
    'activateClient',
    'archiveClient',
    'assignAgents',
    'assignClients',
    'cancelInvitation',
    'createPortalUser',
    'deactivateClient',
    'deleteClient',
    'deletePortalUser',
    'invitePortalUser',
    'resendInvitation',
    'restoreClient',
    'revokePortalUserSessions',
    'updateClient',
    'updatePortalUser',
  ])('%s answers why', (name) => {
    expect([name, outcomes.get(name)]).toEqual([name, 'CLIENT_DELETING']);
  });

  test.each([
    ['a token for it', 'createAccessToken', { name: 'A', permissions: ['VIEW_CLIENTS'] }],
    [
      'a member for it',
      'createMember',
      { name: 'A', email: 'a@b.test', password: 'umbrella teapot lantern' },
    ],
  ])('there is no new %s', async (_, field, input) => {
    const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
    const more =
      field === 'createAccessToken' ? { expiresAt: new Date(Date.now() + 3_600_000).toISOString() } : {};
    const { errors } = await send(
      server.url,
      world.asOwner.token,
      `mutation ($input: ${type}!) { ${field}(input: $input) { __typename } }`,
      { input: { ...input, ...more, clientIds: [world.clients.one] } },
    );
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', reason: 'CLIENT_DELETING' });
  });
});

test('a portal user of it is signed out, cannot sign in, and is not let in by an invitation', async () => {
  const id = await world.arrange.client(world.accountId, 'Doomed');
  const person = await world.arrange.portalUser(world.accountId, id);
  const session = await startSession(server.url, person);
  const invited = await invitePortalUser(world.asOwner, { clientId: id });
  expect(await viewerOf(server.url, session.accessToken)).toBe('PORTAL_USER');

  await remove(id, 'Doomed');
  expect(await viewerOf(server.url, session.accessToken)).toBe('UNAUTHENTICATED');
  expect(await refreshCode(server.url, session.refreshToken)).toBe('UNAUTHENTICATED');
  await expect(signInAs(server, person)).rejects.toThrow('UNAUTHENTICATED');
  expect((await accept(world.asAnonymous, invited.token)).errors?.[0]?.extensions.code).toBe('NOT_FOUND');
});

test('nobody of it is written to, neither what waits nor what is asked for', async () => {
  const id = await world.arrange.client(world.accountId, 'Doomed');
  const person = await world.arrange.portalUser(world.accountId, id);
  await invitePortalUser(world.asOwner, { clientId: id });
  await remove(id, 'Doomed');
  const mails = async () =>
    (await server.owner.query<{ id: string }>('select id from fence.outbox where sent_at is null')).rows;
  const waiting = await mails();
  await send(
    server.url,
    null,
    'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { __typename } }',
    { input: { email: person.email } },
  );
  expect(await mails()).toEqual(waiting);
  await server.owner.query('reset role; set role ringfence_definer');
  const { rows } = await server.owner.query(
    'select w.* from fence.outbox o cross join lateral worker.mail(o.id) w',
  );
  await server.owner.query('reset role; set role ringfence_owner');
  expect(rows).toEqual([]);
});

test('a token for it alone opens nothing; one for others as well does not change it', async () => {
  const id = await world.arrange.client(world.accountId, 'Doomed');
  const token = async (clients: string[]) => {
    const made = await world.arrange.accessToken(world.accountId, { permissions: tokenPermissions, clients });
    return new Caller(server.url, made.text);
  };
  const [alone, among] = [await token([id]), await token([id, world.clients.four])];
  await remove(id, 'Doomed');
  expect(await viewerOf(server.url, alone.token)).toBe('UNAUTHENTICATED');
  expect(await among.refusal(UpdateClientDocument, { input: { id, changes: { name: 'Saved' } } })).toEqual({
    code: 'CONFLICT',
    reason: 'CLIENT_DELETING',
  });
  await finishDeletions(server);
  expect(await viewerOf(server.url, alone.token)).toBe('UNAUTHENTICATED');
  expect(await viewerOf(server.url, among.token)).toBe('PARTNER_TOKEN');
});

test('its place in the plan and its email are free at once, and its organization can be archived', async () => {
  const accountId = await world.arrange.account('full', 'STARTER');
  const owner = await signInAs(server, await world.arrange.member(accountId, { role: 'OWNER' }));
  const organization = await world.arrange.organization(accountId, 'Only');
  const create = (name: string) =>
    owner.ask(CreateClientDocument, {
      input: { name, contactEmail: 'same@client.test', organizationId: null },
    });
  const id = await world.arrange.client(accountId, 'One', {
    contact_email: 'same@client.test',
    organization_id: organization,
  });
  for (const name of ['Two', 'Three']) await world.arrange.client(accountId, name);
  expect((await create('Four')).errors?.[0]?.extensions.code).toBe('PLAN_LIMIT_REACHED');
  await owner.get(DeleteClientDocument, { input: { id, confirmName: 'One' } });
  expect((await create('Four')).errors).toBeUndefined();
  expect((await create('Five')).errors?.[0]?.extensions.code).toBe('PLAN_LIMIT_REACHED');
  await owner.get(ArchiveOrganizationDocument, { input: { id: organization } });
});
