import type { Caller } from '../support/client';
import {
  ClientDocument,
  ClientNamesDocument,
  UpdateClientDocument,
  type ClientChanges,
  type ClientDetailsFragment,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing, oneRow } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;

const nobodys = '01900000-0000-7000-8000-000000000000';

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const update = async (caller: Caller, id: string, changes: ClientChanges, expectedVersion?: number) =>
  (await caller.get(UpdateClientDocument, { input: { id, changes, expectedVersion } })).updateClient.client;
const refused = (caller: Caller, id: string, changes: ClientChanges, expectedVersion?: number) =>
  changingNothing(server.owner, () =>
    caller.refusal(UpdateClientDocument, { input: { id, changes, expectedVersion } }),
  );
const read = async (id: string) => (await world.asOwner.get(ClientDocument, { id })).client;
const newClient = (name: string, columns = {}) => world.arrange.client(world.accountId, name, columns);

describe('a field', () => {
  const given: ClientChanges = {
    name: 'Complete',
    contactName: 'Carl',
    contactEmail: 'carl@complete.test',
    contactPhone: '+4930901820',
    contactPosition: 'Chief',
    blindMode: 'OFF',
  };
  let complete: ClientDetailsFragment;
  beforeAll(async () => {
    complete = await update(world.asOwner, await newClient('Incomplete'), {
      ...given,
      organizationId: world.organizations.north,
      accountManagerId: world.members.all.id,
    });
  });

  test.each<[keyof ClientChanges, Partial<ClientChanges>, Partial<ClientDetailsFragment>]>([
    ['name', { name: ' Renamed ' }, { name: 'Renamed' }],
    ['contactName', { contactName: ' Cara ' }, { contactName: 'Cara' }],
    ['contactEmail', { contactEmail: 'Cara@complete.test' }, { contactEmail: 'Cara@complete.test' }],
    ['contactPhone', { contactPhone: '+1 202-456-1111' }, { contactPhone: '+12024561111' }],
    ['contactPosition', { contactPosition: 'Head' }, { contactPosition: 'Head' }],
    ['blindMode', { blindMode: 'ON' }, { blindMode: 'ON', effectiveBlindMode: true }],
    ['contactName', { contactName: null }, { contactName: null }],
    ['contactEmail', { contactEmail: null }, { contactEmail: null }],
    ['contactPhone', { contactPhone: null }, { contactPhone: null }],
    ['contactPosition', { contactPosition: null }, { contactPosition: null }],
    ['organizationId', { organizationId: null }, { organization: null }],
    ['accountManagerId', { accountManagerId: null }, { accountManager: null }],
  ])('%s is set by %j, and nothing else changes', async (_field, changes, expected) => {
    const before = await read(complete.id);
    const client = await update(world.asOwner, complete.id, changes);
    expect(client).toEqual({
      ...before,
      ...expected,
      version: (before?.version ?? 0) + 1,
      updatedAt: client.updatedAt,
    });
    expect(client.updatedAt > (before?.updatedAt ?? '')).toBe(true);
    expect(await read(complete.id)).toEqual(client);
  });

  test.each<keyof ClientChanges>(['name', 'blindMode'])('%s cannot be cleared', async (field) => {
    expect(await refused(world.asOwner, complete.id, { [field]: null })).toEqual({
      code: 'VALIDATION_FAILED',
      field: `input.changes.${field}`,
    });
  });

  test('that is left out stays as it is', async () => {
    const before = await read(complete.id);
    const client = await update(world.asOwner, complete.id, {});
    expect({ ...client, version: 0, updatedAt: '' }).toEqual({ ...before, version: 0, updatedAt: '' });
  });
});

test('a new name shows everywhere, and the old one nowhere', async () => {
  const id = await newClient('Before', { organization_id: world.organizations.north });
  await update(world.asOwner, id, { name: 'After' });
  const search = async (text: string) =>
    (await world.asOwner.get(ClientNamesDocument, { search: text })).clients.nodes.map((node) => node.id);
  expect((await read(id))?.name).toBe('After');
  expect(await search('After')).toEqual([id]);
  expect(await search('Before')).toEqual([]);
  const { clients } = await world.asOwner.get(ClientNamesDocument, { first: 100 });
  const names = clients.nodes.map(({ name }) => name.toLowerCase());
  expect(names).toEqual([...names].sort());
});

describe('two who edit the same client', () => {
  test('without an expectation both write, and the last one wins', async () => {
    const id = await newClient('Contested');
    await update(world.asOwner, id, { contactName: 'First', contactPosition: 'Kept' });
    const client = await update(world.asAdmin, id, { contactName: 'Second' });
    expect(client).toMatchObject({ contactName: 'Second', contactPosition: 'Kept', version: 3 });
  });

  test('with an expectation the second learns that it changed, and overwrites nothing', async () => {
    const id = await newClient('Guarded');
    await update(world.asOwner, id, { contactName: 'First' }, 1);
    expect(await refused(world.asAdmin, id, { contactName: 'Second' }, 1)).toEqual({
      code: 'CONFLICT',
      reason: 'VERSION',
    });
    expect((await update(world.asAdmin, id, { contactName: 'Second' }, 2)).version).toBe(3);
  });

  test.each([0, -1, 2, 2_147_483_647])(
    'an expected version of %i that never was is a conflict',
    async (expectedVersion) => {
      const id = await newClient('Never');
      expect(await refused(world.asOwner, id, { contactName: 'Nobody' }, expectedVersion)).toEqual({
        code: 'CONFLICT',
        reason: 'VERSION',
      });
    },
  );

  test('of 100 edits at once exactly as many succeed as the version counts', async () => {
    const id = await newClient('Crowded');
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => {
        const input = { id, changes: { contactName: `Editor ${index}` }, expectedVersion: 1 + (index % 5) };
        return world.asOwner.ask(UpdateClientDocument, { input });
      }),
    );
    const successes = answers.filter(({ errors }) => errors === undefined);
    const reasons = new Set(
      answers.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions.reason)),
    );
    expect(reasons).toEqual(new Set(['VERSION']));
    expect(successes.length).toBeGreaterThan(0);
    const versions = successes.map(({ data }) => data?.updateClient.client.version ?? 0);
    expect((await read(id))?.version).toBe(1 + successes.length);
    expect(Math.max(...versions)).toBe(1 + successes.length);
    const { edits } = await oneRow<{ edits: number }>(
      server.owner,
      "select count(*)::int as edits from ringfence.audit_entries where subject_id = $1 and action = 'CLIENT_UPDATED'",
      [id],
    );
    expect(edits).toBe(successes.length);
  });

  test('of 100 edits at once without an expectation every one counts', async () => {
    const id = await newClient('Open');
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        update(world.asOwner, id, { contactName: `Editor ${index}` }),
      ),
    );
    expect((await read(id))?.version).toBe(101);
  });
});

describe('who edits', () => {
  test.each<[string, () => Caller]>([
    ['the owner', () => world.asOwner],
    ['an administrator', () => world.asAdmin],
    ['a member with all clients', () => world.asMemberWithAll],
    ['a scoped member', () => world.asScopedMember],
  ])('%s may, with EDIT_CLIENTS', async (name, caller) => {
    expect((await update(caller(), world.clients.one, { contactName: name })).contactName).toBe(name);
  });

  test('nobody may without EDIT_CLIENTS, whether the client is theirs to see or not', async () => {
    const member = await world.arrange.member(world.accountId, {
      clients: [world.clients.one],
      permissions: ['VIEW_CLIENTS', 'CREATE_CLIENTS', 'DELETE_CLIENTS'],
    });
    const asViewer = await signInAs(server, member);
    for (const id of [world.clients.one, world.clients.two, nobodys]) {
      expect(await refused(asViewer, id, { name: 'Refused' })).toEqual({ code: 'FORBIDDEN' });
      expect(await refused(world.asPowerless, id, { name: 'Refused' })).toEqual({ code: 'FORBIDDEN' });
      expect(await refused(world.asAnonymous, id, { name: 'Refused' })).toEqual({ code: 'UNAUTHENTICATED' });
    }
  });

  test('cannot tell a hidden client, a foreign one, the house client and none at all apart', async () => {
    const house = await oneRow<{ id: string }>(
      server.owner,
      'select id from ringfence.clients where is_house and account_id = $1',
      [world.accountId],
    );
    for (const id of [world.clients.two, world.other.clientId, house.id, nobodys]) {
      const answer = await changingNothing(server.owner, () =>
        world.asScopedMember.ask(UpdateClientDocument, { input: { id, changes: { name: 'Mine' } } }),
      );
      expect(answer.data ?? null).toBeNull();
      expect(
        answer.errors?.map(({ message, path, extensions: { requestId: _, ...rest } }) => ({
          message,
          path,
          ...rest,
        })),
      ).toEqual([
        {
          message: 'There is nothing here by that id.',
          path: ['updateClient'],
          code: 'NOT_FOUND',
          field: 'input.id',
        },
      ]);
    }
    expect(await refused(world.asOwner, house.id, { name: 'Not a house' })).toEqual({
      code: 'NOT_FOUND',
      field: 'input.id',
    });
    expect(await refused(world.asOwner, world.other.clientId, { name: 'Not ours' })).toEqual({
      code: 'NOT_FOUND',
      field: 'input.id',
    });
  });

  test('a hidden client stays hidden when the version is asked about', async () => {
    for (const expectedVersion of [1, 2]) {
      expect(
        await refused(world.asScopedMember, world.clients.two, { name: 'Mine' }, expectedVersion),
      ).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
    }
  });

  test('a client may be named by its id in capitals', async () => {
    expect(
      (await update(world.asOwner, world.clients.four.toUpperCase(), { contactName: 'Loud' })).contactName,
    ).toBe('Loud');
  });
});

describe('a contact email', () => {
  const taken = { code: 'EMAIL_TAKEN', field: 'input.changes.contactEmail' };

  test('that another client has is taken in any case, also when that client is hidden', async () => {
    expect(await refused(world.asOwner, world.clients.four, { contactEmail: 'TWO@client.test' })).toEqual(
      taken,
    );
    expect(
      await refused(world.asScopedMember, world.clients.three, { contactEmail: 'two@client.test' }),
    ).toEqual(taken);
  });

  test('that an archived client or one of another account has is free', async () => {
    for (const contactEmail of ['six@client.test', 'beta@client.test']) {
      expect((await update(world.asOwner, world.clients.four, { contactEmail })).contactEmail).toBe(
        contactEmail,
      );
    }
    await update(world.asOwner, world.clients.four, { contactEmail: null });
  });

  test('of its own may be written in another case, and is free for others once it is given up', async () => {
    const id = await newClient('Mover', { contact_email: 'mover@client.test' });
    expect((await update(world.asOwner, id, { contactEmail: 'Mover@Client.Test' })).contactEmail).toBe(
      'Mover@Client.Test',
    );
    expect(await refused(world.asOwner, world.clients.four, { contactEmail: 'mover@client.test' })).toEqual(
      taken,
    );
    await update(world.asOwner, id, { contactEmail: 'moved@client.test' });
    expect(
      (await update(world.asOwner, world.clients.four, { contactEmail: 'mover@client.test' })).contactEmail,
    ).toBe('mover@client.test');
    await update(world.asOwner, id, { contactEmail: null });
    expect(
      (await update(world.asOwner, world.clients.four, { contactEmail: 'moved@client.test' })).contactEmail,
    ).toBe('moved@client.test');
  });
});

test('an archived client is not edited', async () => {
  for (const changes of [{ name: 'Refused' }, { contactEmail: null }, {}]) {
    expect(await refused(world.asOwner, world.clients.six, changes)).toEqual({
      code: 'CONFLICT',
      reason: 'CLIENT_ARCHIVED',
    });
  }
});

test('an inactive client is edited like an active one, and stays inactive', async () => {
  const client = await update(world.asOwner, world.clients.five, { contactName: 'Resting' });
  expect(client).toMatchObject({ contactName: 'Resting', status: 'INACTIVE' });
});
