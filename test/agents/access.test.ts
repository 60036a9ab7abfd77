// Who is given agents: members, portal users, and tokens that change hands.
import {
  AgentDocument,
  AgentsDocument,
  AssignAgentsDocument,
  ChangeMemberPasswordDocument,
  CreateClientDocument,
  CreateMemberDocument,
  type CreateMemberMutationVariables,
  CreatePortalUserDocument,
  InviteMemberDocument,
  InvitePortalUserDocument,
  MembersAgentsDocument,
  MoveAgentDocument,
  PortalUsersAgentsDocument,
  RemoveMemberDocument,
  ResendInvitationDocument,
  UpdateAgentDocument,
  UpdatePortalUserDocument,
  type UpdatePortalUserMutationVariables,
} from '../support/documents.generated';
import { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import type { TestAgent } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let one: string;
let two: string;
/** Of client one: the first is assigned to the narrowed one, the second not; of client two. */
let mine: TestAgent;
let others: TestAgent;
let elsewhere: TestAgent;
/** Client one, MANAGE_MEMBERS, CREATE_ and EDIT_CLIENTS, EDIT_AGENTS; sees `mine` alone. */
let narrowed: Caller;
const chosen = 'umbrella teapot lantern';
const newEmail = () => `${Math.random().toString(36).slice(2)}@agents.test`;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  ({ one, two } = world.clients);
  mine = await world.arrange.agent(world.accountId, one, { name: 'Mine' });
  others = await world.arrange.agent(world.accountId, one, { name: 'Others' });
  elsewhere = await world.arrange.agent(world.accountId, two, { name: 'Elsewhere' });
  narrowed = await signInAs(
    server,
    await world.arrange.member(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'CREATE_CLIENTS', 'EDIT_CLIENTS', 'EDIT_AGENTS', 'MANAGE_MEMBERS'],
      clients: [one],
      agentAccess: 'ASSIGNED',
      agents: [mine.stayId],
    }),
  );
});
afterAll(() => server.close());

const absent = (field: string) => ({ code: 'NOT_FOUND', field });
const namesSeenBy = async (caller: Caller) =>
  (await caller.get(AgentsDocument, { first: 100 })).agents.nodes.map(({ name }) => name);
const arranged = (options: Parameters<World['arrange']['member']>[1] = {}) =>
  world.arrange.member(world.accountId, { clients: [one], agentAccess: 'ASSIGNED', ...options });

describe('members', () => {
  const assign = async (caller: Caller, memberId: string, add: string[], remove: string[] = []) =>
    (await caller.get(AssignAgentsDocument, { input: { memberId, add, remove } })).assignAgents.member
      .assignedAgentIds;
  const refused = (caller: Caller, memberId: string, add: string[], remove: string[] = []) =>
    changingNothing(server.owner, () =>
      caller.refusal(AssignAgentsDocument, { input: { memberId, add, remove } }),
    );

  test('are given agents and lose them, at once, and the log says which', async () => {
    const member = await arranged();
    const caller = await signInAs(server, member);
    expect(await namesSeenBy(caller)).toEqual([]);
    const entries = await auditedBy(server.owner, async () => {
      expect(await assign(world.asAdmin, member.id, [mine.id, others.id, mine.id])).toEqual(
        [mine.id, others.id].sort(),
      );
      expect(await namesSeenBy(caller)).toEqual(['Mine', 'Others']);
      expect(await assign(world.asAdmin, member.id, [mine.id], [others.id])).toEqual([mine.id]);
    });
    expect(await namesSeenBy(caller)).toEqual(['Mine']);
    expect(
      entries.map(({ action, subjectId, clientId, details }) => [
        action,
        subjectId,
        clientId,
        details.agentId,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['AGENT_ASSIGNED', member.id, one, mine.id],
        ['AGENT_ASSIGNED', member.id, one, others.id],
        ['AGENT_UNASSIGNED', member.id, one, others.id],
      ]),
    );
    expect(entries).toHaveLength(3);
  });

  test('lose with an agent what it did for clients that it worked for before', async () => {
    const agent = await world.arrange.agent(world.accountId, one);
    const member = await arranged({ clients: [one, two], agents: [agent.stayId] });
    await world.asAdmin.get(MoveAgentDocument, { input: { id: agent.id, clientId: two } });
    await assign(world.asAdmin, member.id, [], [agent.id]);
    const { rows } = await server.owner.query(
      'select from ringfence.agent_assignments where member_id = $1',
      [member.id],
    );
    expect(rows).toEqual([]);
  });

  test('nobody gives or takes agents that they do not see themselves, and MANAGE_MEMBERS is needed', async () => {
    const member = await arranged({ agents: [others.stayId] });
    for (const id of [others.id, elsewhere.id, world.agent.id, world.accountId]) {
      expect(await refused(narrowed, member.id, [id])).toEqual(absent('input.add'));
      expect(await refused(narrowed, member.id, [mine.id], [id])).toEqual(absent('input.remove'));
    }
    expect(await refused(narrowed, world.other.owner.id, [mine.id])).toEqual(absent('input.memberId'));
    expect(await refused(world.other.asOwner, member.id, [])).toEqual(absent('input.memberId'));
    for (const caller of [world.asScopedMember, world.asPortalUser])
      expect(await refused(caller, member.id, [mine.id])).toEqual({ code: 'FORBIDDEN' });
    expect(await assign(narrowed, member.id, [mine.id])).toEqual([mine.id]);
  });

  test('are added with agents, all or nothing, and with ASSIGNED unless something else is said', async () => {
    type NewMember = Partial<CreateMemberMutationVariables['input']>;
    const input = (more: NewMember) => ({ name: 'New', email: newEmail(), clientIds: [one], ...more });
    const create = async (caller: Caller, more: NewMember) =>
      (await caller.get(CreateMemberDocument, { input: { ...input(more), password: chosen } })).createMember
        .member;
    const created = await create(world.asAdmin, { agentIds: [mine.id, others.id] });
    expect(created.agentAccess).toBe('ASSIGNED');
    const { member } = await world.asAdmin.get(MembersAgentsDocument, { id: created.id });
    expect(member?.assignedAgentIds).toEqual([mine.id, others.id].sort());
    // As far as the viewer sees them; nobody else's at all.
    expect((await narrowed.get(MembersAgentsDocument, { id: created.id })).member?.assignedAgentIds).toEqual([
      mine.id,
    ]);
    expect(
      (await world.asScopedMember.get(MembersAgentsDocument, { id: created.id })).member?.assignedAgentIds,
    ).toBeNull();
    for (const document of [CreateMemberDocument, InviteMemberDocument] as const)
      expect(
        await changingNothing(server.owner, () =>
          narrowed.refusal(document as typeof CreateMemberDocument, {
            input: {
              ...input({ agentIds: [mine.id, others.id] }),
              ...(document === CreateMemberDocument ? { password: chosen } : {}),
            } as CreateMemberMutationVariables['input'],
          }),
        ),
      ).toEqual(absent('input.agentIds'));
    await narrowed.get(InviteMemberDocument, { input: input({ agentIds: [mine.id] }) });
    expect(
      await changingNothing(server.owner, () =>
        narrowed.refusal(CreateMemberDocument, {
          input: { ...input({ agentAccess: 'ALL' }), password: chosen },
        }),
      ),
    ).toEqual({ code: 'FORBIDDEN' });
  });

  test('who sees fewer agents than a member has no power over them', async () => {
    const setPassword = async (memberId: string) =>
      narrowed.ask(ChangeMemberPasswordDocument, { input: { id: memberId, password: chosen } });
    const codeOf = async (member: { id: string }) =>
      (await setPassword(member.id)).errors?.[0]?.extensions.code;
    expect(await codeOf(await arranged({ agents: [mine.stayId, others.stayId] }))).toBe('FORBIDDEN');
    expect(await codeOf(await arranged({ agentAccess: 'ALL' }))).toBe('FORBIDDEN');
    expect(await codeOf(await arranged({ agents: [mine.stayId] }))).toBeUndefined();
    expect(await codeOf(await arranged())).toBeUndefined();
  });

  test('a list of what is assigned to somebody is for those who may know', async () => {
    const member = await arranged({ agents: [mine.stayId, others.stayId] });
    const listed = async (caller: Caller) =>
      (await caller.get(AgentsDocument, { filter: { assignedTo: member.id } })).agents.nodes.map(
        ({ name }) => name,
      );
    expect(await listed(world.asAdmin)).toEqual(['Mine', 'Others']);
    expect(await listed(narrowed)).toEqual(['Mine']);
    expect(await listed(await signInAs(server, member))).toEqual(['Mine', 'Others']);
    expect(await listed(world.asScopedMember)).toEqual([]);
  });
});

describe('portal users', () => {
  type Changes = UpdatePortalUserMutationVariables['input']['changes'];
  const input = (agentIds?: string[] | null) => ({
    clientId: one,
    name: 'Petra',
    email: newEmail(),
    ...(agentIds === undefined ? {} : { agentIds }),
  });
  const create = async (caller: Caller, agentIds?: string[] | null) =>
    (await caller.get(CreatePortalUserDocument, { input: { ...input(agentIds), password: chosen } }))
      .createPortalUser.portalUser.id;
  const refusedToCreate = (caller: Caller, agentIds?: string[] | null) =>
    changingNothing(server.owner, () =>
      caller.refusal(CreatePortalUserDocument, { input: { ...input(agentIds), password: chosen } }),
    );
  const update = (caller: Caller, id: string, changes: Changes) =>
    caller.get(UpdatePortalUserDocument, { input: { id, changes } });
  const refusedToUpdate = (caller: Caller, id: string, changes: Changes) =>
    changingNothing(server.owner, () => caller.refusal(UpdatePortalUserDocument, { input: { id, changes } }));
  const boundTo = async (id: string) => {
    const { portalUser } = await world.asAdmin.get(PortalUsersAgentsDocument, { id });
    return portalUser?.agents?.map((agent) => agent.id).sort() ?? portalUser?.agentAccess;
  };
  const person = (agents?: string[]) =>
    world.arrange.portalUser(world.accountId, one, agents === undefined ? {} : { agents });

  test('are bound to agents of their client, and see these alone', async () => {
    const id = await create(world.asAdmin, [mine.id]);
    expect(await boundTo(id)).toEqual([mine.id]);
    expect(await boundTo(await create(world.asAdmin))).toBe('ALL');
    expect(await boundTo(await create(world.asAdmin, null))).toBe('ALL');
    const bound = await signInAs(server, await person([mine.stayId]));
    expect(await namesSeenBy(bound)).toEqual(['Mine']);
    expect(await bound.refusal(AgentDocument, { id: others.id })).toEqual(absent('id'));
  });

  test.each(['create', 'invite'])(
    'nobody lets them see more agents than they see themselves (%s)',
    async (how) => {
      const refused =
        how === 'create'
          ? refusedToCreate
          : (caller: Caller, agentIds?: string[] | null) =>
              changingNothing(server.owner, () =>
                caller.refusal(InvitePortalUserDocument, { input: input(agentIds) }),
              );
      expect(await refused(narrowed)).toEqual({ code: 'FORBIDDEN' });
      expect(await refused(narrowed, [mine.id, others.id])).toEqual(absent('input.agentIds'));
      expect(await refused(world.asAdmin, [mine.id, elsewhere.id])).toEqual(absent('input.agentIds'));
      expect(await refused(world.asAdmin, [])).toEqual({
        code: 'VALIDATION_FAILED',
        field: 'input.agentIds',
      });
      if (how === 'create') await create(narrowed, [mine.id]);
      else await narrowed.get(InvitePortalUserDocument, { input: input([mine.id]) });
    },
  );

  test('of a new client they see all agents to come, so whoever adds them with it sees all agents', async () => {
    const client = { name: 'New', contactEmail: newEmail() };
    for (const more of [
      { sendInvitation: true },
      { portalLogin: { name: 'P', email: newEmail(), password: chosen } },
    ])
      expect(
        await changingNothing(server.owner, () =>
          narrowed.refusal(CreateClientDocument, { input: { ...client, ...more } }),
        ),
      ).toEqual({ code: 'FORBIDDEN' });
    await narrowed.get(CreateClientDocument, { input: client });
  });

  test('are bound to others, or to none; what the editor does not see stays', async () => {
    const { id } = await person([mine.stayId, others.stayId]);
    await update(world.asAdmin, id, { agentIds: [mine.id] });
    expect(await boundTo(id)).toEqual([mine.id]);
    await update(world.asAdmin, id, { agentIds: [others.id] });
    await update(narrowed, id, { agentIds: [mine.id] });
    expect(await boundTo(id)).toEqual([mine.id, others.id].sort());
    expect(await refusedToUpdate(narrowed, id, { agentIds: null })).toEqual({ code: 'FORBIDDEN' });
    await update(world.asAdmin, id, { agentIds: null });
    expect(await boundTo(id)).toBe('ALL');
    await update(world.asAdmin, id, { name: 'Still all' });
    expect(await boundTo(id)).toBe('ALL');
    expect(await refusedToUpdate(world.asAdmin, id, { agentIds: [] })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.changes.agentIds',
    });
    expect(await refusedToUpdate(narrowed, id, { agentIds: [others.id] })).toEqual(
      absent('input.changes.agentIds'),
    );
  });

  test('setting a password is signing in as them, so it needs all the agents that they see', async () => {
    for (const agents of [undefined, [mine.stayId, others.stayId]]) {
      const { id } = await person(agents);
      for (const changes of [
        { password: chosen },
        { email: newEmail() },
        { password: chosen, agentIds: [mine.id] },
      ])
        if (agents !== undefined || !('agentIds' in changes))
          expect(await refusedToUpdate(narrowed, id, changes)).toEqual({ code: 'FORBIDDEN' });
      await update(narrowed, id, { name: 'Renamed' });
    }
    const { id } = await person([mine.stayId]);
    await update(narrowed, id, { password: chosen });
  });

  test('nobody lets them hear agents that they do not see themselves, or with rights that they do not hold', async () => {
    const rights = ['VIEW_RECORDINGS', 'VIEW_BILLABLE_MINUTES'] as const;
    const hearing = await signInAs(
      server,
      await arranged({
        permissions: ['VIEW_CLIENTS', 'EDIT_CLIENTS', ...rights],
        agents: [mine.stayId],
      }),
    );
    for (const changes of [{ viewsRecordings: true }, { viewsBillableMinutes: true }]) {
      const widest = await person();
      const wide = await person([mine.stayId, others.stayId]);
      for (const { id } of [widest, wide])
        expect(await refusedToUpdate(hearing, id, changes)).toEqual({ code: 'FORBIDDEN' });
      await update(hearing, wide.id, { name: 'Renamed' });
      await update(hearing, (await person([mine.stayId])).id, changes);
    }
    const seeing = await signInAs(
      server,
      await arranged({ permissions: ['VIEW_CLIENTS', 'EDIT_CLIENTS'], agentAccess: 'ALL' }),
    );
    for (const right of [{ recordings: true }, { billableMinutes: true }]) {
      const { id } = await world.arrange.portalUser(world.accountId, one, {
        agents: [mine.stayId],
        ...right,
      });
      for (const agentIds of [null, [others.id], [mine.id, others.id]])
        expect(await refusedToUpdate(seeing, id, { agentIds })).toEqual({ code: 'FORBIDDEN' });
      await update(seeing, id, { agentIds: [mine.id] });
      await update(world.asAdmin, id, { agentIds: [mine.id, others.id] });
      await update(seeing, id, { agentIds: [mine.id] });
    }
  });

  test('who invited them must still see their agents when they accept, and so must who sends it again', async () => {
    const inviter = await world.arrange.member(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'CREATE_CLIENTS'],
      clients: [one],
      agentAccess: 'ASSIGNED',
      agents: [mine.stayId, others.stayId],
    });
    const { invitePortalUser } = await (
      await signInAs(server, inviter)
    ).get(InvitePortalUserDocument, {
      input: input([mine.id, others.id]),
    });
    const { id } = invitePortalUser.invitation;
    const isOpen = async () => {
      const { rows } = await server.owner.query<{ open: boolean }>(
        'select fence.is_open(i, i.generation) as open from ringfence.invitations i where i.id = $1',
        [id],
      );
      return rows[0]?.open;
    };
    await server.owner.query('reset role; set role ringfence_definer');
    try {
      expect(await isOpen()).toBe(true);
      await server.owner.query(
        'delete from ringfence.agent_assignments where member_id = $1 and stay_id = $2',
        [inviter.id, others.stayId],
      );
      expect(await isOpen()).toBe(false);
    } finally {
      await server.owner.query('reset role; set role ringfence_owner');
    }
    expect(
      await changingNothing(server.owner, () =>
        narrowed.refusal(ResendInvitationDocument, { input: { id } }),
      ),
    ).toEqual({ code: 'FORBIDDEN' });
  });
});

describe('public agents', () => {
  test('no portal user is bound to one, and one that some are bound to does not become public', async () => {
    const agent = await world.arrange.agent(world.accountId, one, { isPublic: true });
    const publish = (id: string, isPublic: boolean) =>
      world.asAdmin.ask(UpdateAgentDocument, { input: { id, changes: { isPublic } } });
    const bind = () =>
      world.asAdmin.ask(CreatePortalUserDocument, {
        input: { clientId: one, name: 'P', email: newEmail(), password: chosen, agentIds: [agent.id] },
      });
    const isPublic = { code: 'AGENT_IS_PUBLIC' };
    const refusedBinding = await changingNothing(server.owner, bind);
    expect(refusedBinding.errors?.[0]?.extensions).toMatchObject(isPublic);
    const { id } = await world.arrange.portalUser(world.accountId, one);
    expect(
      await changingNothing(server.owner, () =>
        world.asAdmin.refusal(UpdatePortalUserDocument, { input: { id, changes: { agentIds: [agent.id] } } }),
      ),
    ).toEqual(isPublic);
    expect((await publish(agent.id, false)).errors).toBeUndefined();
    expect((await bind()).errors).toBeUndefined();
    const refusedPublishing = await changingNothing(server.owner, () => publish(agent.id, true));
    expect(refusedPublishing.errors?.[0]?.extensions).toMatchObject(isPublic);
  });

  test('of a public one and a bound portal user at once there is one', async () => {
    for (let round = 0; round < 4; round += 1) {
      const { id } = await world.arrange.agent(world.accountId, one);
      const answers = await Promise.all([
        world.asAdmin.ask(UpdateAgentDocument, { input: { id, changes: { isPublic: true } } }),
        world.asAdmin.ask(CreatePortalUserDocument, {
          input: { clientId: one, name: 'P', email: newEmail(), password: chosen, agentIds: [id] },
        }),
      ]);
      expect(answers.map(({ errors }) => errors?.[0]?.extensions.code ?? 'done').sort()).toEqual([
        'AGENT_IS_PUBLIC',
        'done',
      ]);
    }
  });

  test('who sees all of a client sees its public ones as well', async () => {
    const agent = await world.arrange.agent(world.accountId, one, { name: 'Open', isPublic: true });
    expect((await world.asPortalUser.get(AgentDocument, { id: agent.id })).agent?.name).toBe('Open');
  });
});

describe('a token that is transferred', () => {
  test('sees no more agents with its new member than it saw before, and less if they see less', async () => {
    const leaver = await world.arrange.member(world.accountId, {
      clients: [one, two],
      agentAccess: 'ASSIGNED',
      agents: [mine.stayId, elsewhere.stayId],
    });
    const token = new Caller(
      server.url,
      (
        await world.arrange.accessToken(world.accountId, {
          memberId: leaver.id,
          permissions: ['VIEW_CLIENTS', 'EDIT_AGENTS'],
        })
      ).text,
    );
    expect(await namesSeenBy(token)).toEqual(['Elsewhere', 'Mine']);
    const heir = await arranged({ clients: [one, two], agentAccess: 'ALL' });
    await world.asAdmin.get(RemoveMemberDocument, { input: { id: leaver.id, transferTokensTo: heir.id } });
    expect(await namesSeenBy(token)).toEqual(['Elsewhere', 'Mine']);
    await world.asAdmin.get(MoveAgentDocument, { input: { id: elsewhere.id, clientId: one } });
    expect(await namesSeenBy(token)).toEqual(['Elsewhere', 'Mine']);
    await server.owner.query(
      "update ringfence.member_access set agent_access = 'ASSIGNED' where member_id = $1",
      [heir.id],
    );
    expect(await namesSeenBy(token)).toEqual([]);
    await world.asAdmin.get(AssignAgentsDocument, {
      input: { memberId: heir.id, add: [mine.id, others.id] },
    });
    expect(await namesSeenBy(token)).toEqual(['Mine']);
  });
});
