import type { Caller } from '../support/client';
import {
  AccountDocument,
  ClientDocument,
  ClientNamesDocument,
  CreateClientDocument,
  DeactivateClientDocument,
  ArchiveClientDocument,
  type CreateClientInput,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing, oneRow } from '../support/stored';
import { clientPermissions, createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const create = async (caller: Caller, input: CreateClientInput) =>
  (await caller.get(CreateClientDocument, { input })).createClient.client;
const refused = (caller: Caller, input: CreateClientInput) =>
  changingNothing(server.owner, () => caller.refusal(CreateClientDocument, { input }));
const namesSeenBy = async (caller: Caller) =>
  (await caller.get(ClientNamesDocument, { first: 100 })).clients.nodes.map(({ name }) => name);

/** An account of its own with an owner who is signed in. */
async function newAccount(slug: string, plan: string): Promise<{ id: string; asOwner: Caller }> {
  const id = await world.arrange.account(slug, plan);
  return { id, asOwner: await signInAs(server, await world.arrange.member(id, { role: 'OWNER' })) };
}

async function countClients(accountId: string): Promise<number> {
  const { count } = await oneRow<{ count: number }>(
    server.owner,
    "select count(*)::int as count from ringfence.clients where account_id = $1 and not is_house and status <> 'ARCHIVED'",
    [accountId],
  );
  return count;
}

test('a name alone is enough', async () => {
  const client = await create(world.asOwner, { name: 'Just a name' });
  expect(client).toMatchObject({
    name: 'Just a name',
    status: 'ACTIVE',
    blindMode: 'INHERIT',
    effectiveBlindMode: false,
    version: 1,
    contactName: null,
    contactEmail: null,
    contactPhone: null,
    contactPosition: null,
    organization: null,
    accountManager: null,
    lastActivityAt: null,
  });
  expect((await world.asOwner.get(ClientDocument, { id: client.id })).client).toEqual(client);
});

test('everything that is given is kept, cleaned of spaces around it and of how the phone number was written', async () => {
  const client = await create(world.asMemberWithAll, {
    name: '  Every Thing \t',
    contactName: ' Eve Ready ',
    contactEmail: 'Eve.Ready@Every.test',
    contactPhone: '+49 (0)30 / 901 820',
    contactPosition: ' Head of Everything ',
    organizationId: world.organizations.north,
    accountManagerId: world.members.scoped.id,
    blindMode: 'ON',
  });
  expect(client).toMatchObject({
    name: 'Every Thing',
    contactName: 'Eve Ready',
    contactEmail: 'Eve.Ready@Every.test',
    contactPhone: '+4930901820',
    contactPosition: 'Head of Everything',
    organization: { id: world.organizations.north, name: 'North' },
    accountManager: { id: world.members.scoped.id, name: 'Sam Scoped' },
    blindMode: 'ON',
    effectiveBlindMode: true,
  });
});

test('names may be of any script and are measured in characters, not in bytes', async () => {
  for (const name of ['株式会社リング', 'Žluťoučký kůň', '👩‍💻 Code & Co', '𝔉'.repeat(200), 'x']) {
    expect((await create(world.asOwner, { name })).name).toBe(name);
  }
});

test('two clients may have the same name', async () => {
  const [one, other] = [
    await create(world.asOwner, { name: 'Twin' }),
    await create(world.asOwner, { name: 'Twin' }),
  ];
  expect(one.id).not.toBe(other.id);
});

test('a scoped creator sees the new client at once, other scoped members do not', async () => {
  const { id } = await create(world.asScopedMember, { name: 'Of Sam' });
  expect((await world.asScopedMember.get(ClientDocument, { id })).client?.name).toBe('Of Sam');
  expect(await namesSeenBy(world.asScopedMember)).toEqual(['Of Sam', 'One', 'Three']);
  const asColleague = await signInAs(
    server,
    await world.arrange.member(world.accountId, { clients: [world.clients.one] }),
  );
  expect(await namesSeenBy(asColleague)).toEqual(['One']);
  expect(await asColleague.refusal(ClientDocument, { id })).toEqual({ code: 'NOT_FOUND', field: 'id' });
});

test('a creator with all clients is assigned to nothing', async () => {
  const { id } = await create(world.asMemberWithAll, { name: 'Of Alma' });
  const { rowCount } = await server.owner.query(
    'select from ringfence.client_assignments where client_id = $1',
    [id],
  );
  expect(rowCount).toBe(0);
});

test('who may not create clients creates none', async () => {
  const asViewer = await signInAs(
    server,
    await world.arrange.member(world.accountId, {
      clientAccess: 'ALL',
      permissions: ['VIEW_CLIENTS', 'EDIT_CLIENTS'],
    }),
  );
  expect(await refused(asViewer, { name: 'Refused' })).toEqual({ code: 'FORBIDDEN' });
  expect(await refused(world.asPowerless, { name: 'Refused' })).toEqual({ code: 'FORBIDDEN' });
  expect(await refused(world.asAnonymous, { name: 'Refused' })).toEqual({ code: 'UNAUTHENTICATED' });
});

test('who may not see clients creates none, because the answer could not be given', async () => {
  const member = await world.arrange.member(world.accountId, {
    clientAccess: 'ALL',
    permissions: ['CREATE_CLIENTS'],
  });
  expect(await refused(await signInAs(server, member), { name: 'Unseen' })).toEqual({ code: 'FORBIDDEN' });
});

describe('a contact email', () => {
  const taken = { code: 'EMAIL_TAKEN', field: 'input.contactEmail' };

  test('is taken in whatever case it is written', async () => {
    for (const contactEmail of ['one@client.test', 'ONE@Client.Test']) {
      expect(await refused(world.asOwner, { name: 'Another', contactEmail })).toEqual(taken);
    }
  });

  test('is taken for those who do not see the client that has it', async () => {
    expect(await refused(world.asScopedMember, { name: 'Another', contactEmail: 'two@client.test' })).toEqual(
      taken,
    );
  });

  test('of an inactive client is taken', async () => {
    const { id } = await create(world.asOwner, { name: 'Resting', contactEmail: 'resting@client.test' });
    await world.asOwner.get(DeactivateClientDocument, { input: { id } });
    expect(await refused(world.asOwner, { name: 'Another', contactEmail: 'resting@client.test' })).toEqual(
      taken,
    );
  });

  test('of an archived client is free', async () => {
    expect(
      (await create(world.asOwner, { name: 'Six again', contactEmail: 'six@client.test' })).contactEmail,
    ).toBe('six@client.test');
  });

  test('of another account’s client is free', async () => {
    expect(
      (await create(world.asOwner, { name: 'No relation', contactEmail: 'beta@client.test' })).contactEmail,
    ).toBe('beta@client.test');
  });

  test('is given to exactly one of ten who ask for it at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        world.asOwner.ask(CreateClientDocument, {
          input: {
            name: `Racer ${index}`,
            contactEmail: index % 2 ? 'race@client.test' : 'RACE@client.test',
          },
        }),
      ),
    );
    expect(answers.filter(({ errors }) => errors === undefined)).toHaveLength(1);
    const codes = answers.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions.code));
    expect(codes).toEqual(Array<string>(9).fill('EMAIL_TAKEN'));
    expect((await namesSeenBy(world.asOwner)).filter((name) => name.startsWith('Racer'))).toHaveLength(1);
  });
});

describe('the plan', () => {
  test.each([
    ['STARTER', 3],
    ['GROWTH', 10],
    ['AGENCY', 25],
  ])('%s allows %i clients and not one more', async (plan, limit) => {
    const { id, asOwner } = await newAccount(`plan-${plan.toLowerCase()}`, plan);
    for (let number = 1; number <= limit; number += 1) await create(asOwner, { name: `Client ${number}` });
    expect(await refused(asOwner, { name: 'Too many' })).toEqual({ code: 'PLAN_LIMIT_REACHED' });
    expect(await countClients(id)).toBe(limit);
  });

  test('lets exactly 3 of 50 at once through on Starter and tells the other 47 why', async () => {
    const { id, asOwner } = await newAccount('fifty', 'STARTER');
    const scoped = await world.arrange.member(id, { permissions: clientPermissions });
    const asScoped = await signInAs(server, scoped);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 ? asOwner : asScoped).ask(CreateClientDocument, { input: { name: `Client ${index}` } }),
      ),
    );
    const codes = answers.map((answer) => answer.errors?.[0]?.extensions.code ?? 'created');
    expect(codes.filter((code) => code === 'created')).toHaveLength(3);
    expect(codes.filter((code) => code === 'PLAN_LIMIT_REACHED')).toHaveLength(47);
    expect(await countClients(id)).toBe(3);
  });

  test('counts inactive clients and not archived ones', async () => {
    const { asOwner } = await newAccount('counted', 'STARTER');
    const ids: string[] = [];
    for (const name of ['A', 'B', 'C']) ids.push((await create(asOwner, { name })).id);
    const [first = '', second = ''] = ids;
    await asOwner.get(DeactivateClientDocument, { input: { id: first } });
    expect(await refused(asOwner, { name: 'D' })).toEqual({ code: 'PLAN_LIMIT_REACHED' });
    await asOwner.get(ArchiveClientDocument, { input: { id: second } });
    expect((await create(asOwner, { name: 'D' })).name).toBe('D');
  });

  test('counts clients that the creator does not see', async () => {
    const { id } = await newAccount('unseen', 'STARTER');
    for (const name of ['A', 'B', 'C']) await world.arrange.client(id, name);
    const asScoped = await signInAs(
      server,
      await world.arrange.member(id, { permissions: clientPermissions }),
    );
    expect((await asScoped.get(AccountDocument)).account).toMatchObject({
      canCreateClient: false,
      clientCount: null,
      clientLimit: null,
    });
    expect(await refused(asScoped, { name: 'D' })).toEqual({ code: 'PLAN_LIMIT_REACHED' });
  });

  test('of one account knows nothing of the clients of another', async () => {
    const { asOwner } = await newAccount('neighbour', 'STARTER');
    expect((await create(asOwner, { name: 'First' })).name).toBe('First');
  });
});
