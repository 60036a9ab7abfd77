// Two accounts with somebody of every kind; everybody signs in over HTTP.
import { Arrange, password, type TestAccessToken, type TestAgent, type TestMember } from './arrange';
import { arrangeCampaign, arrangeSegment } from './arrange-plans';
import { Caller, send } from './client';
import type { TestServer } from './server';

/** Signs somebody in over HTTP. */
export async function signInAs(
  server: Pick<TestServer, 'url'>,
  member: { email: string },
  account: string | null = null,
): Promise<Caller> {
  const { data, errors } = await send<{ signIn: { accessToken: string } }>(
    server.url,
    null,
    'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }',
    { input: { email: member.email, password, account } },
  );
  if (!data) throw new Error(`could not sign in: ${JSON.stringify(errors)}`);
  return new Caller(server.url, data.signIn.accessToken);
}

export function asAnonymous(server: TestServer): Caller {
  return new Caller(server.url, null);
}

export interface World {
  arrange: Arrange;
  /** Account `alpha`, plan Agency: clients `one` to `six`, of which `one` and `two` are of organization `north`, `three` of `south`. */
  accountId: string;
  clients: Record<'one' | 'two' | 'three' | 'four' | 'five' | 'six', string>;
  organizations: Record<'north' | 'south', string>;
  members: Record<'owner' | 'admin' | 'all' | 'scoped' | 'powerless', TestMember>;
  /** Of client `one`, and of `two`. */
  portalUsers: Record<'one' | 'two', TestMember>;
  /** To a third portal user, of client `two`, by the owner. */
  invitation: string;
  /** Of client `two`. */
  agent: TestAgent;
  /** An email identity of client `two`, which is not verified. */
  identity: string;
  /** `Prospects`, of client `two`, open to all who reach it. */
  list: string;
  /** How it came there. */
  listJob: string;
  /** On that list, with a note. */
  lead: string;
  /** Another one of the same list. */
  mergedLead: string;
  leadNote: string;
  /** Of that list, shared; and a campaign over the list, a draft. */
  segment: string;
  campaign: string;
  /** Of that list. */
  disposition: string;
  /** The account's, for all clients; VIEW_CLIENTS. */
  accessToken: TestAccessToken;
  asOwner: Caller;
  asAdmin: Caller;
  /** All clients, with every permission on clients and organizations. */
  asMemberWithAll: Caller;
  /** Clients `one` and `three`; VIEW, CREATE, EDIT and DELETE_CLIENTS. */
  asScopedMember: Caller;
  /** Client `one` assigned, but no permission at all. */
  asPowerless: Caller;
  /** Signs in for client `one`, and hears its recordings. */
  asPortalUser: Caller;
  asAnonymous: Caller;
  /** Account `beta`: what nobody of alpha may ever notice. */
  other: { accountId: string; clientId: string; organizationId: string; owner: TestMember; asOwner: Caller };
}

export const clientPermissions = ['VIEW_CLIENTS', 'CREATE_CLIENTS', 'EDIT_CLIENTS', 'DELETE_CLIENTS'];

export async function createWorld(server: TestServer): Promise<World> {
  const arrange = new Arrange(server.owner);
  const accountId = await arrange.account('alpha');
  const organizations = {
    north: await arrange.organization(accountId, 'North', ['priority', 'retail']),
    south: await arrange.organization(accountId, 'South', ['retail']),
  };
  const clients = {
    one: await arrange.client(accountId, 'One', {
      organization_id: organizations.north,
      contact_email: 'one@client.test',
    }),
    two: await arrange.client(accountId, 'Two', {
      organization_id: organizations.north,
      contact_email: 'two@client.test',
    }),
    three: await arrange.client(accountId, 'Three', { organization_id: organizations.south }),
    four: await arrange.client(accountId, 'Four'),
    five: await arrange.client(accountId, 'Five', { status: 'INACTIVE' }),
    six: await arrange.client(accountId, 'Six', { status: 'ARCHIVED', contact_email: 'six@client.test' }),
  };
  const members = {
    owner: await arrange.member(accountId, { role: 'OWNER', name: 'Olga Owner' }),
    admin: await arrange.member(accountId, { role: 'ADMIN', name: 'Adam Admin' }),
    all: await arrange.member(accountId, {
      clientAccess: 'ALL',
      permissions: [...clientPermissions, 'MANAGE_CLIENT_ORGANIZATIONS'],
      name: 'Alma All',
    }),
    scoped: await arrange.member(accountId, {
      permissions: clientPermissions,
      clients: [clients.one, clients.three],
      name: 'Sam Scoped',
    }),
    powerless: await arrange.member(accountId, {
      permissions: [],
      clients: [clients.one],
      name: 'Pat Powerless',
    }),
  };
  const portalUsers = {
    one: await arrange.portalUser(accountId, clients.one, { recordings: true }),
    two: await arrange.portalUser(accountId, clients.two, { name: 'Paul Portal' }),
  };
  const invited = await arrange.portalUser(accountId, clients.two, {
    name: 'Ina Invited',
    status: 'INVITED',
  });
  const invitation = await arrange.invitation(accountId, invited, members.owner);
  const list = await arrange.list(accountId, clients.two);
  const listJob = await arrange.listJob(list);
  const lead = await arrange.lead(list);
  const otherAccount = await arrange.account('beta');
  const otherOrganization = await arrange.organization(otherAccount, 'Beta Group', ['priority']);
  const otherOwner = await arrange.member(otherAccount, { role: 'OWNER', name: 'Otto Other' });
  const other = {
    accountId: otherAccount,
    organizationId: otherOrganization,
    clientId: await arrange.client(otherAccount, 'Beta Client', {
      organization_id: otherOrganization,
      contact_email: 'beta@client.test',
    }),
    owner: otherOwner,
    asOwner: await signInAs(server, otherOwner),
  };
  const { owner, admin, all, scoped, powerless } = members;
  const [asOwner, asAdmin, asMemberWithAll, asScopedMember, asPowerless, asPortalUser] = await Promise.all(
    [owner, admin, all, scoped, powerless, portalUsers.one].map((person) => signInAs(server, person)),
  );
  if (!asOwner || !asAdmin || !asMemberWithAll || !asScopedMember || !asPowerless || !asPortalUser)
    throw new Error('somebody is missing');
  return {
    arrange,
    accountId,
    organizations,
    clients,
    members,
    portalUsers,
    invitation,
    agent: await arrange.agent(accountId, clients.two),
    identity: await arrange.identity(accountId, clients.two, { email: 'outreach@two.test' }),
    list,
    listJob,
    lead,
    mergedLead: await arrange.lead(list),
    leadNote: await arrange.leadNote(lead),
    segment: await arrangeSegment(server.owner, list),
    campaign: await arrangeCampaign(server.owner, list),
    disposition: await arrange.dispositionOf(lead),
    accessToken: await arrange.accessToken(accountId),
    asOwner,
    asAdmin,
    asMemberWithAll,
    asScopedMember,
    asPowerless,
    asPortalUser,
    asAnonymous: asAnonymous(server),
    other,
  };
}
