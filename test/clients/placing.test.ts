// Where a client belongs: its organization and its account manager, when it is created and when it is edited.
import type { Caller } from '../support/client';
import {
  CreateClientDocument,
  OrganizationDocument,
  OrganizationsDocument,
  UpdateClientDocument,
  type ClientChanges,
  type CreateClientInput,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing } from '../support/stored';
import { clientPermissions, createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let archivedOrganization: string;

const nobodys = '01900000-0000-7000-8000-000000000000';

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  archivedOrganization = await world.arrange.organization(world.accountId, 'Gone');
  await server.owner.query("update ringfence.organizations set status = 'ARCHIVED' where id = $1", [
    archivedOrganization,
  ]);
});
afterAll(() => server.close());

const create = async (caller: Caller, input: CreateClientInput) =>
  (await caller.get(CreateClientDocument, { input })).createClient.client;
const update = async (caller: Caller, id: string, changes: ClientChanges) =>
  (await caller.get(UpdateClientDocument, { input: { id, changes } })).updateClient.client;

/** What creating and what editing with the same choice are refused with, nothing being changed. */
async function bothRefused(
  caller: Caller,
  choice: Pick<ClientChanges, 'organizationId' | 'accountManagerId'>,
) {
  return changingNothing(server.owner, async () => ({
    create: await caller.refusal(CreateClientDocument, { input: { name: 'Refused', ...choice } }),
    update: await caller.refusal(UpdateClientDocument, { input: { id: world.clients.one, changes: choice } }),
  }));
}
/** The same refusal twice, its field where each mutation has it. */
const both = ({ field, ...refusal }: { code: string; field?: string; reason?: string }) => {
  const at = (path: string) => (field === undefined ? refusal : { ...refusal, field: `${path}.${field}` });
  return { create: at('input'), update: at('input.changes') };
};

describe('an organization that is left out', () => {
  async function accountWith(slug: string, organizations: string[]) {
    const id = await world.arrange.account(slug);
    const ids: string[] = [];
    for (const name of organizations) ids.push(await world.arrange.organization(id, name));
    return { id, ids, asOwner: await signInAs(server, await world.arrange.member(id, { role: 'OWNER' })) };
  }

  test('is none where there is none', async () => {
    const { asOwner } = await accountWith('none', []);
    expect((await create(asOwner, { name: 'Alone' })).organization).toBeNull();
  });

  test('is the only one there is', async () => {
    const { asOwner, ids } = await accountWith('single', ['Only']);
    expect((await create(asOwner, { name: 'Preselected' })).organization?.id).toBe(ids[0]);
    expect((await create(asOwner, { name: 'Not wanted', organizationId: null })).organization).toBeNull();
  });

  test('is none where there are several', async () => {
    const { asOwner } = await accountWith('several', ['Left', 'Right']);
    expect((await create(asOwner, { name: 'Undecided' })).organization).toBeNull();
  });

  test('is the only one that is not archived', async () => {
    const { asOwner, ids } = await accountWith('archive', ['Old', 'New']);
    await server.owner.query("update ringfence.organizations set status = 'ARCHIVED' where id = $1", [
      ids[0],
    ]);
    expect((await create(asOwner, { name: 'Up to date' })).organization?.id).toBe(ids[1]);
  });

  test('is the only one that the creator sees, whatever else there is', async () => {
    const { id, ids } = await accountWith('partly', ['Seen', 'Hidden']);
    const client = await world.arrange.client(id, 'Known', { organization_id: ids[0] });
    const asScoped = await signInAs(
      server,
      await world.arrange.member(id, { clients: [client], permissions: clientPermissions }),
    );
    expect((await create(asScoped, { name: 'Next to it' })).organization?.id).toBe(ids[0]);
    const asNewcomer = await signInAs(
      server,
      await world.arrange.member(id, { permissions: clientPermissions }),
    );
    expect((await create(asNewcomer, { name: 'Sees nothing' })).organization).toBeNull();
  });

  test('stays what it was when editing', async () => {
    expect(
      (await update(world.asOwner, world.clients.one, { contactName: 'Somebody' })).organization?.id,
    ).toBe(world.organizations.north);
  });
});

describe('an organization that is given', () => {
  test('is the client’s, and null takes it away', async () => {
    const client = await create(world.asOwner, { name: 'Placed', organizationId: world.organizations.north });
    expect(client.organization?.id).toBe(world.organizations.north);
    expect(
      (await update(world.asOwner, client.id, { organizationId: world.organizations.south })).organization
        ?.id,
    ).toBe(world.organizations.south);
    expect((await update(world.asOwner, client.id, { organizationId: null })).organization).toBeNull();
  });

  test('may be written in capitals', async () => {
    const organizationId = world.organizations.north.toUpperCase();
    const { id, organization } = await create(world.asOwner, { name: 'Loud', organizationId });
    expect(organization?.id).toBe(world.organizations.north);
    expect((await update(world.asOwner, id, { organizationId })).organization?.id).toBe(
      world.organizations.north,
    );
  });

  test('must be one that a scoped member sees', async () => {
    const { id } = await create(world.asScopedMember, {
      name: 'Scoped',
      organizationId: world.organizations.north,
    });
    expect(
      (await update(world.asScopedMember, id, { organizationId: world.organizations.south })).organization
        ?.id,
    ).toBe(world.organizations.south);
    const hidden = await world.arrange.organization(world.accountId, 'Hidden');
    expect(await bothRefused(world.asScopedMember, { organizationId: hidden })).toEqual(
      both({ code: 'NOT_FOUND', field: 'organizationId' }),
    );
  });

  test.each([
    ['of another account', () => world.other.organizationId],
    ['that does not exist', () => nobodys],
    ['which is a client', () => world.clients.two],
  ])('%s is not found', async (_what, organizationId) => {
    for (const caller of [world.asOwner, world.asMemberWithAll, world.asScopedMember]) {
      const refusal = both({ code: 'NOT_FOUND', field: 'organizationId' });
      expect(await bothRefused(caller, { organizationId: organizationId() })).toEqual(refusal);
    }
  });

  test('and is archived is in conflict for those who see it, and not found for others', async () => {
    const choice = { organizationId: archivedOrganization };
    expect(await bothRefused(world.asOwner, choice)).toEqual(
      both({ code: 'CONFLICT', reason: 'ORGANIZATION_ARCHIVED' }),
    );
    expect(await bothRefused(world.asScopedMember, choice)).toEqual(
      both({ code: 'NOT_FOUND', field: 'organizationId' }),
    );
  });
});

describe('an organization that is created with its client', () => {
  test('is there afterwards, with that client in it', async () => {
    const { organization } = await create(world.asMemberWithAll, {
      name: 'Founder',
      newOrganization: { name: '  Founded  ' },
    });
    expect(organization).toMatchObject({ name: 'Founded', clientCount: 1 });
    const answer = await world.asOwner.get(OrganizationDocument, { id: organization?.id ?? '' });
    expect(answer.organization).toMatchObject({
      name: 'Founded',
      status: 'ACTIVE',
      clientCount: 1,
      version: 1,
    });
  });

  test('is visible to a scoped member who may manage organizations', async () => {
    const member = await world.arrange.member(world.accountId, {
      permissions: [...clientPermissions, 'MANAGE_CLIENT_ORGANIZATIONS'],
    });
    const asManager = await signInAs(server, member);
    const client = await create(asManager, {
      name: 'Scoped founder',
      newOrganization: { name: 'Scoped founded' },
      organizationId: null,
    });
    expect(client.organization?.name).toBe('Scoped founded');
  });

  test('needs MANAGE_CLIENT_ORGANIZATIONS', async () => {
    const input = { name: 'Refused', newOrganization: { name: 'Refused too' } };
    const refusal = await changingNothing(server.owner, () =>
      world.asScopedMember.refusal(CreateClientDocument, { input }),
    );
    expect(refusal).toEqual({ code: 'FORBIDDEN' });
  });

  test('is not there when the client could not be created', async () => {
    const input = {
      name: 'Refused',
      newOrganization: { name: 'Left over' },
      contactEmail: 'one@client.test',
    };
    const refusal = await changingNothing(server.owner, () =>
      world.asOwner.refusal(CreateClientDocument, { input }),
    );
    expect(refusal).toEqual({ code: 'EMAIL_TAKEN', field: 'input.contactEmail' });
    expect(
      (await world.asOwner.get(OrganizationsDocument, { search: 'Left over' })).organizations.totalCount,
    ).toBe(0);
  });

  test('cannot stand beside one that is given', async () => {
    const input = {
      name: 'Refused',
      newOrganization: { name: 'One of two' },
      organizationId: world.organizations.north,
    };
    const refusal = await changingNothing(server.owner, () =>
      world.asOwner.refusal(CreateClientDocument, { input }),
    );
    expect(refusal).toEqual({ code: 'VALIDATION_FAILED', field: 'input.newOrganization' });
  });

  test.each(['', 'x', ' x ', 'x'.repeat(201), 'a\u0007b'])('is refused with the name %j', async (name) => {
    const refusal = await changingNothing(server.owner, () =>
      world.asOwner.refusal(CreateClientDocument, { input: { name: 'Refused', newOrganization: { name } } }),
    );
    expect(refusal).toEqual({ code: 'VALIDATION_FAILED', field: 'input.newOrganization.name' });
  });
});

describe('an account manager', () => {
  test('is any active member of the account, and null is nobody', async () => {
    const { id, accountManager } = await create(world.asOwner, {
      name: 'Managed',
      accountManagerId: world.members.powerless.id,
    });
    expect(accountManager?.name).toBe('Pat Powerless');
    expect(
      (await update(world.asOwner, id, { accountManagerId: world.members.owner.id })).accountManager?.name,
    ).toBe('Olga Owner');
    expect((await update(world.asOwner, id, { accountManagerId: null })).accountManager).toBeNull();
  });

  test.each([
    ['of another account', () => world.other.owner.id],
    ['who does not exist', () => nobodys],
    ['who is disabled', async () => (await world.arrange.member(world.accountId, { status: 'DISABLED' })).id],
    [
      'who has not accepted the invitation',
      async () => (await world.arrange.member(world.accountId, { status: 'INVITED' })).id,
    ],
  ])('%s is not found', async (_what, accountManagerId) => {
    const choice = { accountManagerId: await accountManagerId() };
    for (const caller of [world.asOwner, world.asScopedMember]) {
      expect(await bothRefused(caller, choice)).toEqual(
        both({ code: 'NOT_FOUND', field: 'accountManagerId' }),
      );
    }
  });

  test('who was disabled later stays, and does not stand in the way of other changes', async () => {
    const manager = await world.arrange.member(world.accountId, { name: 'Lea Leaver' });
    const { id } = await create(world.asOwner, { name: 'Left behind', accountManagerId: manager.id });
    await server.owner.query("update ringfence.member_access set status = 'DISABLED' where member_id = $1", [
      manager.id,
    ]);
    const client = await update(world.asOwner, id, { contactName: 'Still here' });
    expect(client).toMatchObject({ contactName: 'Still here', accountManager: { name: 'Lea Leaver' } });
  });
});
