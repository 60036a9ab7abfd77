// A client is created together with who signs in for it, all or nothing.
import type { Caller } from '../support/client';
import {
  CreateClientWithPortalDocument,
  type CreateClientWithPortalMutationVariables,
  ReceivedInvitationDocument,
} from '../support/documents.generated';
import { accept, chosen, tokenOf } from '../invitations/invitations';
import { startTestServer, type TestServer } from '../support/server';
import { startSession } from '../support/sessions';
import { changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

type Input = Partial<CreateClientWithPortalMutationVariables['input']>;
const create = async (caller: Caller, input: Input) =>
  (await caller.get(CreateClientWithPortalDocument, { input: { name: 'New', ...input } })).createClient;
const refused = (caller: Caller, input: Input) =>
  changingNothing(server.owner, () =>
    caller.refusal(CreateClientWithPortalDocument, { input: { name: 'New', ...input } }),
  );
const login = (more: object = {}) => ({
  name: 'Lotte Login',
  email: 'lotte@client.test',
  password: chosen,
  ...more,
});
const mails = async () => (await server.owner.query('select from fence.outbox')).rowCount ?? 0;

test('nobody is notified unless it is asked for', async () => {
  const before = await mails();
  const created = await create(world.asOwner, { contactEmail: 'quiet@client.test' });
  expect(created).toMatchObject({ invitationLink: null, portalUser: null });
  expect(await mails()).toBe(before);
});

test('with sendInvitation the contact is invited, and accepts', async () => {
  const before = await mails();
  const caller = world.asScopedMember.under('create-and-invite');
  const input = { contactName: 'Conny Contact', contactEmail: 'conny@client.test', sendInvitation: true };
  const { client, invitationLink } = await create(caller, input);
  expect(await mails()).toBe(before + 1);
  // Sent again, nothing happens again, and the link is not shown again.
  expect(await create(caller, input)).toMatchObject({ client: { id: client.id }, invitationLink: null });
  expect(await mails()).toBe(before + 1);
  const token = tokenOf(invitationLink);
  const { invitation } = await world.asAnonymous.get(ReceivedInvitationDocument, { token });
  expect(invitation).toMatchObject({ name: 'Conny Contact', clientName: 'New', invitedBy: 'Sam Scoped' });
  const { data } = await accept(world.asAnonymous, token);
  expect(data?.acceptInvitation.viewer.portalUser?.client?.id).toBe(client.id);
});

test('with portalLogin somebody signs in from the first moment', async () => {
  const { client, portalUser } = await create(world.asScopedMember, { portalLogin: login() });
  expect(portalUser).toMatchObject({
    name: 'Lotte Login',
    email: 'lotte@client.test',
    client: { id: client.id },
  });
  await startSession(server.url, { email: 'lotte@client.test' }, { password: chosen });
});

test.each<[string, Input, object]>([
  [
    'an invitation without an email',
    { sendInvitation: true },
    { code: 'VALIDATION_FAILED', field: 'input.contactEmail' },
  ],
  [
    'a login with a common password',
    { portalLogin: login({ email: 'other@client.test', password: 'qwerty123' }) },
    { code: 'VALIDATION_FAILED', field: 'input.portalLogin.password' },
  ],
  [
    'a login with a list of emails',
    { portalLogin: login({ email: 'a@b.test,c@d.test' }) },
    { code: 'VALIDATION_FAILED', field: 'input.portalLogin.email' },
  ],
])('%s is refused, and no client is left', async (_, input, refusal) => {
  expect(await refused(world.asOwner, input)).toEqual(refusal);
});

test('an email that somebody signs in with is refused where it stands, and no client is left', async () => {
  const { email } = world.portalUsers.two;
  expect(await refused(world.asOwner, { contactEmail: email, sendInvitation: true })).toEqual({
    code: 'EMAIL_TAKEN',
    field: 'input.contactEmail',
  });
  expect(await refused(world.asOwner, { portalLogin: login({ email }) })).toEqual({
    code: 'EMAIL_TAKEN',
    field: 'input.portalLogin.email',
  });
});

test('nobody gives the login what they do not hold', async () => {
  const creator = await signInAs(
    server,
    await world.arrange.member(world.accountId, { permissions: ['VIEW_CLIENTS', 'CREATE_CLIENTS'] }),
  );
  expect(
    await refused(creator, { portalLogin: login({ email: 'x@client.test', viewsRecordings: true }) }),
  ).toEqual({
    code: 'FORBIDDEN',
  });
});
