// Creating, editing, duplicating and deleting agents.
import {
  AgentDocument,
  CreateAgentDocument,
  type CreateAgentMutationVariables,
  DeleteAgentDocument,
  DuplicateAgentDocument,
  type DuplicateAgentMutationVariables,
  UpdateAgentDocument,
  type UpdateAgentMutationVariables,
} from '../support/documents.generated';
import { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing, oneRow } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let one: string;
let two: string;
/** Client `one`, EDIT_AGENTS, agent access ASSIGNED. */
let narrowed: Caller;
let narrowedId: string;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  ({ one, two } = world.clients);
  const member = await world.arrange.member(world.accountId, {
    permissions: ['VIEW_CLIENTS', 'EDIT_AGENTS'],
    agentAccess: 'ASSIGNED',
    clients: [one],
    name: 'Nora Narrowed',
  });
  narrowedId = member.id;
  narrowed = await signInAs(server, member);
});
afterAll(() => server.close());

type NewAgent = Partial<CreateAgentMutationVariables['input']>;
const input = (more: NewAgent = {}) => ({ clientId: one, name: 'Ada', kind: 'VOICE' as const, ...more });
const create = async (caller: Caller, more: NewAgent = {}) =>
  (await caller.get(CreateAgentDocument, { input: input(more) })).createAgent.agent;
const refusedToCreate = (caller: Caller, more: NewAgent = {}) =>
  changingNothing(server.owner, () => caller.refusal(CreateAgentDocument, { input: input(more) }));
type Changes = UpdateAgentMutationVariables['input']['changes'];
const update = async (caller: Caller, id: string, changes: Changes) =>
  (await caller.get(UpdateAgentDocument, { input: { id, changes } })).updateAgent.agent;
const refusedToUpdate = (caller: Caller, id: string, changes: Changes, expectedVersion?: number) =>
  changingNothing(server.owner, () =>
    caller.refusal(UpdateAgentDocument, {
      input: { id, changes, ...(expectedVersion === undefined ? {} : { expectedVersion }) },
    }),
  );
const duplicate = async (caller: Caller, more: DuplicateAgentMutationVariables['input']) =>
  (await caller.get(DuplicateAgentDocument, { input: more })).duplicateAgent.agent;
let numbers = 0;
const newNumber = () => `+4930901${String((numbers += 1)).padStart(3, '0')}`;
const asToken = async (options: Parameters<World['arrange']['accessToken']>[1]) =>
  new Caller(server.url, (await world.arrange.accessToken(world.accountId, options)).text);
const absent = (field: string) => ({ code: 'NOT_FOUND', field });

describe('creating', () => {
  test('an agent belongs to the client that was chosen, with everything that was said of it', async () => {
    const number = newNumber();
    const entries = await auditedBy(server.owner, async () => {
      expect(
        await create(world.asAdmin, {
          name: '  Ada Lovelace ',
          status: 'ACTIVE',
          isPublic: true,
          phoneNumbers: [number.replace('+4930', '+49 (30) '), number],
          configuration: { greeting: 'Hello' },
          advancedConfiguration: { temperature: 0.5 },
        }),
      ).toMatchObject({
        name: 'Ada Lovelace',
        kind: 'VOICE',
        status: 'ACTIVE',
        isPublic: true,
        phoneNumbers: [number],
        client: { id: one },
        configuration: { version: 1, settings: { greeting: 'Hello' }, savedBy: 'Adam Admin' },
        advancedConfiguration: { version: 1, settings: { temperature: 0.5 } },
      });
    });
    expect(entries.map(({ action, clientId }) => [action, clientId])).toEqual([
      ['AGENT_ADVANCED_CONFIGURATION_CHANGED', one],
      ['AGENT_CONFIGURATION_CHANGED', one],
      ['AGENT_CREATED', one],
      ['AGENT_PHONE_NUMBERS_CHANGED', one],
    ]);
  });

  test('the name, the kind and the client are enough: it is a draft, not public, without numbers and configuration', async () => {
    expect(await create(world.asAdmin, { kind: 'CHAT' })).toMatchObject({
      status: 'DRAFT',
      effectiveStatus: 'DRAFT',
      isPublic: false,
      phoneNumbers: [],
      configuration: null,
      advancedConfiguration: null,
    });
  });

  test('who sees assigned agents alone sees those that they create, also by a token, which has them as its member does', async () => {
    const { id } = await create(narrowed);
    const token = await asToken({ memberId: narrowedId, permissions: ['VIEW_CLIENTS', 'EDIT_AGENTS'] });
    const { id: byToken } = await create(token);
    const { agent: another } = { agent: await world.arrange.agent(world.accountId, one) };
    for (const caller of [narrowed, token]) {
      for (const seen of [id, byToken])
        expect((await caller.get(AgentDocument, { id: seen })).agent?.id).toBe(seen);
      expect(await caller.refusal(AgentDocument, { id: another.id })).toEqual(absent('id'));
    }
  });

  test.each<[string, NewAgent, string]>([
    ['empty name', { name: ' ' }, 'input.name'],
    ['long name', { name: 'x'.repeat(201) }, 'input.name'],
    ['client id that is none', { clientId: 'one' }, 'input.clientId'],
    ['number without a country', { phoneNumbers: ['030 901820'] }, 'input.phoneNumbers'],
    ['number that is none', { phoneNumbers: ['+4930901820', 'call me'] }, 'input.phoneNumbers'],
    ['number with an extension', { phoneNumbers: ['+49 30 901820 ext. 7'] }, 'input.phoneNumbers'],
    ['21 numbers', { phoneNumbers: Array.from({ length: 21 }, newNumber) }, 'input.phoneNumbers'],
    [
      'configuration with what is not known',
      { configuration: { colour: 'red' } },
      'input.configuration.colour',
    ],
    [
      'advanced configuration out of range',
      { advancedConfiguration: { temperature: 3 } },
      'input.advancedConfiguration.temperature',
    ],
  ])('an %s is refused, and nothing is left', async (_, more, field) => {
    expect(await refusedToCreate(world.asAdmin, more)).toEqual({ code: 'VALIDATION_FAILED', field });
  });

  test('it needs EDIT_AGENTS, the client within reach, and one that is not archived', async () => {
    expect(await refusedToCreate(world.asScopedMember)).toEqual({ code: 'FORBIDDEN' });
    expect(await refusedToCreate(world.asPortalUser)).toEqual({ code: 'FORBIDDEN' });
    expect(await refusedToCreate(world.asAnonymous)).toEqual({ code: 'UNAUTHENTICATED' });
    for (const clientId of [two, world.other.clientId, world.accountId])
      expect(await refusedToCreate(narrowed, { clientId })).toEqual(absent('input.clientId'));
    expect(await refusedToCreate(world.asAdmin, { clientId: world.clients.six })).toEqual({
      code: 'CONFLICT',
      reason: 'CLIENT_ARCHIVED',
    });
    const scoped = await asToken({ permissions: ['VIEW_CLIENTS', 'EDIT_AGENTS'], clients: [one] });
    expect(await refusedToCreate(scoped, { clientId: two })).toEqual(absent('input.clientId'));
    await create(scoped);
    // The advanced part needs its own permission, and takes the rest with it where it is missing.
    expect(await refusedToCreate(scoped, { advancedConfiguration: {} })).toEqual({ code: 'FORBIDDEN' });
  });
});

describe('phone numbers', () => {
  const taken = (field: string) => ({ code: 'CONFLICT', field, reason: 'PHONE_NUMBER_TAKEN' });

  test('one belongs to one agent of the account, hidden ones included, and to another account’s as well', async () => {
    const number = newNumber();
    const { id } = await create(world.asAdmin, { clientId: two, phoneNumbers: [number] });
    expect(await refusedToCreate(narrowed, { phoneNumbers: [newNumber(), number] })).toEqual(
      taken('input.phoneNumbers'),
    );
    const mine = await create(narrowed, { phoneNumbers: [newNumber()] });
    expect(await refusedToUpdate(narrowed, mine.id, { phoneNumbers: [number] })).toEqual(
      taken('input.changes.phoneNumbers'),
    );
    await create(world.other.asOwner, { clientId: world.other.clientId, phoneNumbers: [number] });
    await world.asAdmin.get(DeleteAgentDocument, { input: { id } });
    expect((await update(narrowed, mine.id, { phoneNumbers: [number] })).phoneNumbers).toEqual([number]);
  });

  test('they are replaced as a whole, and what is taken away is free', async () => {
    const [first, second, third] = [newNumber(), newNumber(), newNumber()];
    const agent = await create(world.asAdmin, { phoneNumbers: [second, first] });
    expect(agent.phoneNumbers).toEqual([first, second]);
    expect((await update(world.asAdmin, agent.id, { phoneNumbers: [third, first] })).phoneNumbers).toEqual([
      first,
      third,
    ]);
    expect((await update(world.asAdmin, agent.id, { name: 'Ada' })).phoneNumbers).toEqual([first, third]);
    await create(world.asAdmin, { phoneNumbers: [second] });
    expect((await update(world.asAdmin, agent.id, { phoneNumbers: [] })).phoneNumbers).toEqual([]);
  });

  test('of twenty who take one at once, one gets it', async () => {
    const number = newNumber();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        world.asAdmin.ask(CreateAgentDocument, { input: input({ phoneNumbers: [number] }) }),
      ),
    );
    const codes = answers.map(({ errors }) => errors?.[0]?.extensions.reason ?? 'created').sort();
    expect(codes).toEqual([...Array<string>(19).fill('PHONE_NUMBER_TAKEN'), 'created']);
  });

  test('those of an archived client stay taken: it may come back', async () => {
    const archived = await world.arrange.client(world.accountId, 'Goes');
    const number = newNumber();
    await create(world.asAdmin, { clientId: archived, phoneNumbers: [number] });
    await server.owner.query(
      "update ringfence.clients set status = 'ARCHIVED', status_before_archive = 'ACTIVE' where id = $1",
      [archived],
    );
    expect(await refusedToCreate(world.asAdmin, { phoneNumbers: [number] })).toEqual(
      taken('input.phoneNumbers'),
    );
  });
});

describe('editing', () => {
  test('what is left out stays; a new name shows where the agent is', async () => {
    const { id, version } = await create(world.asAdmin, { status: 'ACTIVE' });
    const entries = await auditedBy(server.owner, async () => {
      expect(await update(world.asAdmin, id, { name: 'Grace', status: 'PAUSED' })).toMatchObject({
        name: 'Grace',
        status: 'PAUSED',
        isPublic: false,
        version: version + 1,
      });
    });
    expect(entries).toMatchObject([
      { action: 'AGENT_PAUSED', clientId: one, subjectId: id, details: { changed: ['name', 'status'] } },
    ]);
    const { agent } = await world.asAdmin.get(AgentDocument, { id });
    expect(agent?.stays).toMatchObject([{ agentName: 'Grace', startedAt: null, endedAt: null }]);
  });

  test('it needs EDIT_AGENTS, the agent within reach, the version that is expected, and a client that is not archived', async () => {
    const { id } = await world.arrange.agent(world.accountId, one);
    const changes = { name: 'X' };
    expect(await refusedToUpdate(world.asScopedMember, id, changes)).toEqual({ code: 'FORBIDDEN' });
    expect(await refusedToUpdate(world.asPortalUser, id, changes)).toEqual({ code: 'FORBIDDEN' });
    // Not assigned; of another client; of another account; not there.
    expect(await refusedToUpdate(narrowed, id, changes)).toEqual(absent('input.id'));
    expect(await refusedToUpdate(narrowed, world.agent.id, changes)).toEqual(absent('input.id'));
    expect(await refusedToUpdate(world.other.asOwner, id, changes)).toEqual(absent('input.id'));
    expect(await refusedToUpdate(world.asAdmin, world.accountId, changes)).toEqual(absent('input.id'));
    expect(await refusedToUpdate(world.asAdmin, id, changes, 99)).toEqual({
      code: 'CONFLICT',
      reason: 'VERSION',
    });
    const archived = await world.arrange.agent(world.accountId, world.clients.six);
    expect(await refusedToUpdate(world.asAdmin, archived.id, changes)).toEqual({
      code: 'CONFLICT',
      reason: 'CLIENT_ARCHIVED',
    });
    expect(await refusedToUpdate(narrowed, archived.id, changes)).toEqual(absent('input.id'));
    expect(await refusedToUpdate(world.asAdmin, id, { name: null })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.changes.name',
    });
  });
});

describe('duplicating', () => {
  const configured = () =>
    create(world.asAdmin, {
      status: 'ACTIVE',
      isPublic: true,
      phoneNumbers: [newNumber()],
      configuration: { greeting: 'Hello' },
      advancedConfiguration: { systemPrompt: 'Be brief.' },
    });
  const configurationsOf = async (id: string) => {
    const { agent } = await world.asAdmin.get(AgentDocument, { id });
    return [agent?.configuration?.settings, agent?.advancedConfiguration?.settings];
  };

  test('the copy is a draft of its own with the same configuration, in the same client or another one', async () => {
    const { id } = await configured();
    const copy = await duplicate(world.asAdmin, { id, name: 'Ada again' });
    expect(copy).toMatchObject({
      name: 'Ada again',
      status: 'DRAFT',
      isPublic: false,
      phoneNumbers: [],
      client: { id: one },
    });
    const elsewhere = await duplicate(world.asAdmin, { id, name: 'Ada elsewhere', clientId: two });
    expect(elsewhere.client?.id).toBe(two);
    for (const each of [copy, elsewhere])
      expect(await configurationsOf(each.id)).toEqual([{ greeting: 'Hello' }, { systemPrompt: 'Be brief.' }]);
  });

  test('the advanced part is handed on by those alone who see it themselves: the copy may move', async () => {
    const { id } = await configured();
    const member = await signInAs(
      server,
      await world.arrange.member(world.accountId, {
        clientAccess: 'ALL',
        permissions: ['VIEW_CLIENTS', 'EDIT_AGENTS'],
      }),
    );
    const here = await duplicate(member, { id, name: 'Here' });
    expect(await configurationsOf(here.id)).toEqual([{ greeting: 'Hello' }, undefined]);
    const there = await duplicate(member, { id, name: 'There', clientId: two });
    expect(await configurationsOf(there.id)).toEqual([{ greeting: 'Hello' }, undefined]);
  });

  test('it needs EDIT_AGENTS, the agent and the client within reach', async () => {
    const { id } = await configured();
    const refused = (caller: Caller, more: object) =>
      changingNothing(server.owner, () =>
        caller.refusal(DuplicateAgentDocument, { input: { id, name: 'Copy', ...more } }),
      );
    expect(await refused(world.asScopedMember, {})).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(narrowed, {})).toEqual(absent('input.id'));
    const mine = await create(narrowed);
    for (const clientId of [two, world.other.clientId])
      expect(await refused(narrowed, { id: mine.id, clientId })).toEqual(absent('input.clientId'));
    expect(await refused(world.asAdmin, { clientId: world.clients.six })).toEqual({
      code: 'CONFLICT',
      reason: 'CLIENT_ARCHIVED',
    });
    const copy = await duplicate(narrowed, { id: mine.id, name: 'Seen' });
    expect((await narrowed.get(AgentDocument, { id: copy.id })).agent?.name).toBe('Seen');
  });
});

describe('deleting', () => {
  test('the agent goes with configuration and numbers; its stay ends, and keeps the name', async () => {
    const number = newNumber();
    const { id } = await create(world.asAdmin, { name: 'Dora', phoneNumbers: [number], configuration: {} });
    const entries = await auditedBy(server.owner, () =>
      world.asAdmin.get(DeleteAgentDocument, { input: { id } }),
    );
    expect(entries).toMatchObject([
      { action: 'AGENT_DELETED', clientId: one, subjectId: id, details: { name: 'Dora' } },
    ]);
    expect(await world.asAdmin.refusal(AgentDocument, { id })).toEqual(absent('id'));
    const stay = await oneRow<{ agent_name: string; ended: boolean; left: number }>(
      server.owner,
      `select agent_name, ended_at is not null as ended,
         (select count(*) from ringfence.agent_configurations where agent_id = $1)::int
         + (select count(*) from fence.phone_numbers where agent_id = $1)::int as left
       from ringfence.agent_stays where agent_id = $1`,
      [id],
    );
    expect(stay).toEqual({ agent_name: 'Dora', ended: true, left: 0 });
    await create(world.asAdmin, { phoneNumbers: [number] });
  });

  test('it needs EDIT_AGENTS, the agent within reach, the version that is expected, and a client that is not archived', async () => {
    const refused = (caller: Caller, id: string, more = {}) =>
      changingNothing(server.owner, () => caller.refusal(DeleteAgentDocument, { input: { id, ...more } }));
    const { id } = await world.arrange.agent(world.accountId, one);
    expect(await refused(world.asScopedMember, id)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(world.asPortalUser, id)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(narrowed, id)).toEqual(absent('input.id'));
    expect(await refused(world.other.asOwner, id)).toEqual(absent('input.id'));
    expect(await refused(world.asAdmin, id, { expectedVersion: 7 })).toEqual({
      code: 'CONFLICT',
      reason: 'VERSION',
    });
    const archived = await world.arrange.agent(world.accountId, world.clients.six);
    expect(await refused(world.asAdmin, archived.id)).toEqual({
      code: 'CONFLICT',
      reason: 'CLIENT_ARCHIVED',
    });
  });
});
