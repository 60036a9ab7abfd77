// Moving agents between clients, and what becomes of those who see them.
import {
  AgentConfigurationsDocument,
  AgentDocument,
  CreateAgentDocument,
  DeleteAgentDocument,
  MoveAgentDocument,
  type MoveAgentMutationVariables,
  PortalUserDocument,
  PortalUsersAgentsDocument,
  SaveAdvancedAgentConfigurationDocument,
  SaveAgentConfigurationDocument,
  UpdateAgentDocument,
} from '../support/documents.generated';
import type { Caller, GraphqlAnswer } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let one: string;
let two: string;
let three: string;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  ({ one, two, three } = world.clients);
});
afterAll(() => server.close());

const agentOf = (clientId: string, options: Parameters<World['arrange']['agent']>[2] = {}) =>
  world.arrange.agent(world.accountId, clientId, options);
const portalUserOf = (clientId: string, agents: string[], name = 'Petra Portal') =>
  world.arrange.portalUser(world.accountId, clientId, { agents, name });
type Move = Omit<MoveAgentMutationVariables['input'], 'id' | 'clientId'>;
const move = async (caller: Caller, id: string, clientId: string, more: Move = {}) =>
  (await caller.get(MoveAgentDocument, { input: { id, clientId, ...more } })).moveAgent.agent;
const refusedToMove = (caller: Caller, id: string, clientId: string, more: Move = {}) =>
  changingNothing(server.owner, () =>
    caller.refusal(MoveAgentDocument, { input: { id, clientId, ...more } }),
  );
const staysOf = async (caller: Caller, id: string) =>
  (await caller.get(AgentDocument, { id })).agent?.stays ?? [];
const absent = (field: string) => ({ code: 'NOT_FOUND', field });

test('configuration and numbers go along, and there is one stay per time with a client, without a gap', async () => {
  const { id } = (
    await world.asAdmin.get(CreateAgentDocument, {
      input: {
        clientId: one,
        name: 'Ada',
        kind: 'VOICE',
        phoneNumbers: ['+4930902001'],
        configuration: { greeting: 'Hello' },
        advancedConfiguration: { model: 'large' },
      },
    })
  ).createAgent.agent;
  const entries = await auditedBy(server.owner, async () => {
    expect(await move(world.asAdmin, id, two)).toMatchObject({
      client: { id: two },
      phoneNumbers: ['+4930902001'],
    });
  });
  // Each client's history says that it moved, and names no other client.
  expect(entries.map(({ action, clientId, details }) => [action, clientId, details])).toEqual(
    // Client one is the older one, so its id is the smaller one.
    [
      ['AGENT_MOVED', one, { direction: 'AWAY' }],
      ['AGENT_MOVED', two, { direction: 'HERE' }],
    ],
  );
  const { agent } = await world.asAdmin.get(AgentConfigurationsDocument, { id });
  expect([agent?.configuration?.settings, agent?.advancedConfiguration?.settings]).toEqual([
    { greeting: 'Hello' },
    { model: 'large' },
  ]);
  await world.asAdmin.get(UpdateAgentDocument, { input: { id, changes: { name: 'Grace' } } });
  await move(world.asAdmin, id, one);
  const stays = await staysOf(world.asAdmin, id);
  expect(stays.map(({ client, agentName }) => [client?.id, agentName])).toEqual([
    [one, 'Grace'],
    [two, 'Grace'],
    // The name that it had when it left.
    [one, 'Ada'],
  ]);
  const [last, middle, first] = stays;
  expect([first?.startedAt, last?.endedAt]).toEqual([null, null]);
  // What begins in the very moment belongs to one of them.
  expect([first?.endedAt, middle?.endedAt]).toEqual([middle?.startedAt, last?.startedAt]);
});

test('the configuration that is in force goes along, and none that was before', async () => {
  const { id } = await agentOf(one);
  for (const greeting of ['For client one', 'For anybody']) {
    await world.asAdmin.get(SaveAgentConfigurationDocument, { input: { id, settings: { greeting } } });
    await world.asAdmin.get(SaveAdvancedAgentConfigurationDocument, {
      input: { id, settings: { systemPrompt: greeting } },
    });
  }
  await move(world.asAdmin, id, two);
  const { agent } = await world.asAdmin.get(AgentConfigurationsDocument, { id });
  expect([agent?.configurationVersions?.nodes, agent?.advancedConfigurationVersions?.nodes]).toMatchObject([
    [{ version: 2, settings: { greeting: 'For anybody' } }],
    [{ version: 2, settings: { systemPrompt: 'For anybody' } }],
  ]);
});

test('to the client where it is, nothing changes', async () => {
  const { id } = await agentOf(one);
  expect(await changingNothing(server.owner, () => move(world.asAdmin, id, one))).toMatchObject({
    client: { id: one },
    version: 1,
  });
});

test('whoever sees one of the clients sees its stays there, and no others', async () => {
  const { id } = await agentOf(two);
  await move(world.asAdmin, id, one);
  expect((await staysOf(world.asScopedMember, id)).map(({ client }) => client?.id)).toEqual([one]);
  await move(world.asAdmin, id, two);
  expect(await world.asScopedMember.refusal(AgentDocument, { id })).toEqual(absent('id'));
  const { agent } = await world.asAdmin.get(AgentDocument, { id });
  expect(agent?.stays).toHaveLength(3);
});

test('who was assigned to it is assigned to it there too, and sees it if they reach that client', async () => {
  const { id, stayId } = await agentOf(one);
  const options = { permissions: ['VIEW_CLIENTS'], agentAccess: 'ASSIGNED', agents: [stayId] } as const;
  const follows = await signInAs(
    server,
    await world.arrange.member(world.accountId, { ...options, agents: [stayId], clients: [one, two] }),
  );
  const stays = await signInAs(
    server,
    await world.arrange.member(world.accountId, { ...options, agents: [stayId], clients: [one] }),
  );
  await move(world.asAdmin, id, two);
  expect((await staysOf(follows, id)).map(({ client }) => client?.id)).toEqual([two, one]);
  expect(await stays.refusal(AgentDocument, { id })).toEqual(absent('id'));
});

test('it needs EDIT_AGENTS, the agent and both clients within reach, and clients that are not archived', async () => {
  const { id } = await agentOf(one);
  const scoped = await signInAs(
    server,
    await world.arrange.member(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'EDIT_AGENTS'],
      clients: [one, three],
    }),
  );
  const narrowed = await signInAs(
    server,
    await world.arrange.member(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'EDIT_AGENTS'],
      clients: [one, three],
      agentAccess: 'ASSIGNED',
    }),
  );
  expect(await refusedToMove(world.asScopedMember, id, three)).toEqual({ code: 'FORBIDDEN' });
  expect(await refusedToMove(world.asPortalUser, id, three)).toEqual({ code: 'FORBIDDEN' });
  expect(await refusedToMove(narrowed, id, three)).toEqual(absent('input.id'));
  expect(await refusedToMove(world.other.asOwner, id, world.other.clientId)).toEqual(absent('input.id'));
  expect(await refusedToMove(scoped, world.agent.id, three)).toEqual(absent('input.id'));
  for (const clientId of [two, world.other.clientId, world.accountId])
    expect(await refusedToMove(scoped, id, clientId)).toEqual(absent('input.clientId'));
  const archived = { code: 'CONFLICT', reason: 'CLIENT_ARCHIVED' };
  expect(await refusedToMove(world.asAdmin, id, world.clients.six)).toEqual(archived);
  expect(await refusedToMove(world.asAdmin, (await agentOf(world.clients.six)).id, one)).toEqual(archived);
  expect(await refusedToMove(world.asAdmin, id, three, { expectedVersion: 9 })).toEqual({
    code: 'CONFLICT',
    reason: 'VERSION',
  });
  await move(scoped, id, three);
});

describe('portal users who are bound to it alone', () => {
  const leaving: [
    what: string,
    (caller: Caller, id: string, more?: Move) => Promise<GraphqlAnswer<object>>,
  ][] = [
    [
      'moved',
      (caller: Caller, id: string, more: Move = {}) =>
        caller.ask(MoveAgentDocument, { input: { id, clientId: two, ...more } }),
    ],
    [
      'deleted',
      (caller: Caller, id: string, more: Move = {}) =>
        caller.ask(DeleteAgentDocument, { input: { id, ...more } }),
    ],
  ];

  test.each(leaving)('are named before it is %s, and nothing is done', async (_, leave) => {
    const { id, stayId } = await agentOf(one);
    const other = await agentOf(one);
    const bea = await portalUserOf(one, [stayId], 'Bea Bound');
    const adam = await portalUserOf(one, [stayId], 'Adam Alone');
    await portalUserOf(one, [stayId, other.stayId], 'Both');
    const { errors } = await changingNothing(server.owner, () => leave(world.asAdmin, id));
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
      reason: 'PORTAL_USERS_BOUND',
      portalUsers: [
        { id: adam.id, name: 'Adam Alone' },
        { id: bea.id, name: 'Bea Bound' },
      ],
    });
  });

  test('are not kept by name with the refusal of a request that is repeated', async () => {
    const { id, stayId } = await agentOf(one);
    await portalUserOf(one, [stayId], 'Kept Nowhere');
    const caller = world.asAdmin.under('a move that is refused');
    const refused = async () =>
      (await caller.ask(MoveAgentDocument, { input: { id, clientId: two } })).errors;
    expect((await refused())?.[0]?.extensions.portalUsers).toHaveLength(1);
    const again = (await refused())?.[0]?.extensions;
    expect([again?.reason, again?.portalUsers]).toEqual(['PORTAL_USERS_BOUND', undefined]);
    const { rows } = await server.owner.query(
      "select from fence.idempotency_keys where outcome::text like '%Kept Nowhere%'",
    );
    expect(rows).toEqual([]);
  });

  test.each(leaving)(
    'keep what they saw of one that is %s, if that is said, and see nothing new',
    async (_, leave) => {
      const { id, stayId } = await agentOf(one);
      const person = await portalUserOf(one, [stayId]);
      const caller = await signInAs(server, person);
      expect((await caller.get(AgentDocument, { id })).agent?.id).toBe(id);
      expect((await leave(world.asAdmin, id, { portalUsers: 'KEEP_HISTORY' })).errors).toBeUndefined();
      expect(await caller.refusal(AgentDocument, { id })).toEqual(absent('id'));
      const { rows } = await server.owner.query(
        'select stay_id from ringfence.portal_user_agents where portal_user_id = $1',
        [person.id],
      );
      expect(rows).toEqual([{ stay_id: stayId }]);
    },
  );

  test.each(leaving)('see all agents of the client once theirs is %s, if that is said', async (_, leave) => {
    const { id, stayId } = await agentOf(one);
    const person = await portalUserOf(one, [stayId]);
    expect((await leave(world.asAdmin, id, { portalUsers: 'SEE_ALL_AGENTS' })).errors).toBeUndefined();
    expect((await world.asAdmin.get(PortalUsersAgentsDocument, { id: person.id })).portalUser).toMatchObject({
      agentAccess: 'ALL',
      agents: null,
    });
  });

  test.each(leaving)('go when theirs is %s, if that is said', async (_, leave) => {
    const { id, stayId } = await agentOf(one);
    const person = await portalUserOf(one, [stayId]);
    const caller = await signInAs(server, person);
    expect((await leave(world.asAdmin, id, { portalUsers: 'DELETE' })).errors).toBeUndefined();
    expect(await world.asAdmin.refusal(PortalUserDocument, { id: person.id })).toEqual(absent('id'));
    expect(await caller.refusal(AgentDocument, { id })).toEqual({ code: 'UNAUTHENTICATED' });
  });

  test('who may not edit portal users leaves them what they had, and who does not see all agents shows them no others', async () => {
    const { id, stayId } = await agentOf(one);
    await portalUserOf(one, [stayId]);
    const as = async (permissions: string[]) =>
      signInAs(
        server,
        await world.arrange.member(world.accountId, {
          permissions: ['VIEW_CLIENTS', 'EDIT_AGENTS', ...permissions],
          clients: [one, two],
          agentAccess: 'ASSIGNED',
          agents: [stayId],
        }),
      );
    const mover = await as([]);
    for (const portalUsers of ['SEE_ALL_AGENTS', 'DELETE'] as const)
      expect(await refusedToMove(mover, id, two, { portalUsers })).toEqual({ code: 'FORBIDDEN' });
    const editor = await as(['EDIT_CLIENTS']);
    expect(await refusedToMove(editor, id, two, { portalUsers: 'SEE_ALL_AGENTS' })).toEqual({
      code: 'FORBIDDEN',
    });
    await move(mover, id, two, { portalUsers: 'KEEP_HISTORY' });
  });

  test('who does not hear recordings lets nobody hear those of more agents', async () => {
    const { id, stayId } = await agentOf(one);
    await world.arrange.portalUser(world.accountId, one, { agents: [stayId], recordings: true });
    const editor = await signInAs(
      server,
      await world.arrange.member(world.accountId, {
        permissions: ['VIEW_CLIENTS', 'EDIT_AGENTS', 'EDIT_CLIENTS'],
        clients: [one, two],
        agentAccess: 'ALL',
      }),
    );
    expect(await refusedToMove(editor, id, two, { portalUsers: 'SEE_ALL_AGENTS' })).toEqual({
      code: 'FORBIDDEN',
    });
    await move(editor, id, two, { portalUsers: 'DELETE' });
  });
});

describe('at once', () => {
  /** Present stays, and pairs of stays of one agent that overlap or leave a gap. */
  async function expectOneLine(id: string, present: number): Promise<void> {
    const { rows } = await server.owner.query<{ present: number; broken: number }>(
      `select count(*) filter (where ended_at is null)::int as present,
         count(*) filter (where next_start is distinct from ended_at and next_id is not null)::int as broken
       from (select s.*, lead(s.started_at) over w as next_start, lead(s.id) over w as next_id
             from ringfence.agent_stays s where s.agent_id = $1 window w as (order by s.started_at nulls first, s.id)) s`,
      [id],
    );
    expect(rows).toEqual([{ present, broken: 0 }]);
  }

  test('many moves to and fro leave one line of stays, and the agent at its end', async () => {
    const [ada, grace] = [await agentOf(one), await agentOf(two)];
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        world.asAdmin.ask(MoveAgentDocument, {
          input: {
            id: index % 2 === 0 ? ada.id : grace.id,
            clientId: [one, two, three][index % 3] ?? one,
          },
        }),
      ),
    );
    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    for (const { id } of [ada, grace]) await expectOneLine(id, 1);
  });

  test('a move and a deletion: one agent is moved and deleted, or deleted and not found', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id } = await agentOf(one);
      const [moved, deleted] = await Promise.all([
        world.asAdmin.ask(MoveAgentDocument, { input: { id, clientId: two } }),
        world.asAdmin.ask(DeleteAgentDocument, { input: { id } }),
      ]);
      expect(deleted.errors).toBeUndefined();
      expect([undefined, 'NOT_FOUND']).toContain(moved.errors?.[0]?.extensions.code);
      await expectOneLine(id, 0);
    }
  });
});
