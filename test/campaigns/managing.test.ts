// Planning, running and deleting campaigns.
import {
  CampaignDocument,
  CreateCampaignDocument,
  type CreateCampaignInput,
  DeleteCampaignDocument,
  DeleteIdentityDocument,
  FinishCampaignDocument,
  PauseCampaignDocument,
  RemoveMemberDocument,
  ResumeCampaignDocument,
  StartCampaignDocument,
  UpdateCampaignDocument,
  type UpdateCampaignInput,
  UpdateIdentityDocument,
} from '../support/documents.generated';
import { arrangeCampaign, arrangeSegment } from '../support/arrange-plans';
import type { TestMember } from '../support/arrange';
import type { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';
import { asWorker } from '../leads/people';

const absent = '00000000-0000-4000-8000-000000000000';

let server: TestServer;
let world: World;
let list: string;
let hidden: string;
let segment: string;
let identity: string;
/** Works with leads of client one, as `member`. */
let worker: Caller;
let member: TestMember;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  list = await arrange.list(accountId, clients.one, { name: 'Prospects of one' });
  hidden = await arrange.list(accountId, clients.one, { access: 'NAMED' });
  segment = await arrangeSegment(server.owner, list);
  identity = await arrange.identity(accountId, clients.one, { phoneNumber: '+4930901850' });
  const permissions = ['VIEW_CLIENTS', 'ACCESS_CRM'];
  member = await arrange.member(accountId, { permissions, clients: [clients.one], name: 'Wanda Worker' });
  worker = await signInAs(server, member);
});
afterAll(() => server.close());

const input = (more: Partial<CreateCampaignInput> = {}): CreateCampaignInput => ({
  listId: list,
  name: 'Spring',
  ...more,
});
const create = async (caller: Caller, more: Partial<CreateCampaignInput> = {}) =>
  (await caller.get(CreateCampaignDocument, { input: input(more) })).createCampaign.campaign;
const update = async (id: string, changes: UpdateCampaignInput['changes']) =>
  (await worker.get(UpdateCampaignDocument, { input: { id, changes } })).updateCampaign.campaign;
const refusedToCreate = (caller: Caller, more: Partial<CreateCampaignInput> = {}) =>
  changingNothing(server.owner, () => caller.refusal(CreateCampaignDocument, { input: input(more) }));
const refusedToUpdate = (id: string, changes: UpdateCampaignInput['changes'], caller = worker) =>
  changingNothing(server.owner, () => caller.refusal(UpdateCampaignDocument, { input: { id, changes } }));
const shown = async (id: string, caller = worker) => (await caller.get(CampaignDocument, { id })).campaign;
const notFound = (field: string) => ({ code: 'NOT_FOUND', field });
const invalid = (field: string) => ({ code: 'VALIDATION_FAILED', field });

test('a campaign is planned with everything that was said of it, and is a draft', async () => {
  const entries = await auditedBy(server.owner, async () => {
    expect(
      await create(worker, {
        name: ' Spring round ',
        segmentId: segment,
        identityId: identity,
        memberIds: [member.id, world.members.owner.id],
        startsOn: '2026-03-01',
        endsOn: '2026-03-31',
      }),
    ).toMatchObject({
      name: 'Spring round',
      state: 'DRAFT',
      startsOn: '2026-03-01',
      endsOn: '2026-03-31',
      openToAll: false,
      list: { name: 'Prospects of one' },
      segment: { id: segment },
      identity: { id: identity },
      members: [{ name: 'Olga Owner' }, { name: 'Wanda Worker' }],
      version: 1,
    });
  });
  expect(entries.map(({ action, clientId }) => [action, clientId])).toEqual([
    ['CAMPAIGN_CREATED', world.clients.one],
  ]);
});

test('a list and a name are enough: it is about the whole list, and all who work on it take part', async () => {
  expect(await create(worker)).toMatchObject({
    openToAll: true,
    members: [],
    segment: null,
    identity: null,
    startsOn: null,
    endsOn: null,
  });
});

test.each<[string, () => Promise<Partial<CreateCampaignInput>>, object]>([
  ['a name of nothing', () => Promise.resolve({ name: ' ' }), invalid('input.name')],
  ['a list that there is not', () => Promise.resolve({ listId: absent }), notFound('input.listId')],
  ['a closed list', () => Promise.resolve({ listId: hidden }), notFound('input.listId')],
  [
    'a segment of another list',
    async () => ({ segmentId: await arrangeSegment(server.owner, hidden) }),
    notFound('input.segmentId'),
  ],
  [
    'somebody else’s own segment',
    async () => ({
      segmentId: await arrangeSegment(server.owner, list, { ownerId: world.members.admin.id }),
    }),
    notFound('input.segmentId'),
  ],
  [
    'a segment that is not shared',
    async () => ({ segmentId: await arrangeSegment(server.owner, list, { ownerId: member.id }) }),
    invalid('input.segmentId'),
  ],
  [
    'an identity of a client out of reach',
    () => Promise.resolve({ identityId: world.identity }),
    notFound('input.identityId'),
  ],
  [
    'a member of another account',
    () => Promise.resolve({ memberIds: [world.other.owner.id] }),
    notFound('input.memberIds'),
  ],
  [
    'a member who does not reach the client',
    async () => {
      const { arrange, accountId, clients } = world;
      const { id } = await arrange.member(accountId, { permissions: ['ACCESS_CRM'], clients: [clients.two] });
      return { memberIds: [member.id, id] };
    },
    invalid('input.memberIds'),
  ],
  [
    'a member who does not work with leads',
    () => Promise.resolve({ memberIds: [world.members.scoped.id] }),
    invalid('input.memberIds'),
  ],
  [
    'an end before the start',
    () => Promise.resolve({ startsOn: '2026-03-02', endsOn: '2026-03-01' }),
    invalid('input.endsOn'),
  ],
  ['a day long ago', () => Promise.resolve({ startsOn: '1999-12-31' }), invalid('input.startsOn')],
])('%s is refused, and nothing is planned', async (_, more, refusal) => {
  expect(await refusedToCreate(worker, await more())).toEqual(refusal);
});

test('an identity must be of the client of the list, or of no client', async () => {
  expect(await refusedToCreate(world.asAdmin, { identityId: world.identity })).toEqual(
    invalid('input.identityId'),
  );
  const house = await world.arrange.identity(world.accountId, null, { phoneNumber: '+4930901851' });
  const { id } = await create(world.asAdmin, { identityId: house });
  expect((await shown(id, world.asAdmin))?.identity).toEqual({ id: house });
  // Identities of no client are seen by those who reach all.
  expect((await shown(id))?.identity).toBeNull();
  expect((await update(id, { name: 'Renamed by somebody who does not see it' })).version).toBe(2);
  expect((await shown(id, world.asAdmin))?.identity).toEqual({ id: house });
});

test('an identity that is deleted, or goes to another client, is taken from its campaigns', async () => {
  const { arrange, accountId, clients } = world;
  const ofOne = (phoneNumber: string) => arrange.identity(accountId, clients.one, { phoneNumber });
  const [deleted, moved, kept] = [
    await ofOne('+4930901852'),
    await ofOne('+4930901853'),
    await ofOne('+4930901854'),
  ];
  const campaigns: string[] = [];
  for (const identityId of [deleted, moved, kept])
    campaigns.push((await create(world.asAdmin, { identityId })).id);
  await world.asAdmin.get(DeleteIdentityDocument, { input: { id: deleted } });
  await world.asAdmin.get(UpdateIdentityDocument, {
    input: { id: moved, changes: { clientId: clients.two } },
  });
  await world.asAdmin.get(UpdateIdentityDocument, { input: { id: kept, changes: { clientId: null } } });
  const identities = [];
  for (const id of campaigns) identities.push((await shown(id, world.asAdmin))?.identity);
  expect(identities).toEqual([null, null, { id: kept }]);
});

test('a list that goes to another client takes its campaigns along, without an identity of the client before', async () => {
  const { arrange, accountId, clients } = world;
  const going = await arrange.list(accountId, clients.one);
  const house = await arrange.identity(accountId, null, { phoneNumber: '+4930901855' });
  const own = await arrangeSegment(server.owner, going);
  const first = await arrangeCampaign(server.owner, going, { identityId: identity, segmentId: own });
  const second = await arrangeCampaign(server.owner, going, { identityId: house });
  await server.owner.query('update ringfence.lists set client_id = $2 where id = $1', [going, clients.three]);
  expect(await shown(first, world.asAdmin)).toMatchObject({ identity: null, segment: { id: own } });
  expect((await shown(second, world.asAdmin))?.identity).toEqual({ id: house });
  expect(await worker.refusal(CampaignDocument, { id: first })).toEqual(notFound('id'));
});

test('only what is named is changed', async () => {
  const { id } = await create(worker, { segmentId: segment, identityId: identity, memberIds: [member.id] });
  expect(await update(id, { name: 'Summer', startsOn: '2026-06-01' })).toMatchObject({
    name: 'Summer',
    startsOn: '2026-06-01',
    segment: { id: segment },
    members: [{ name: 'Wanda Worker' }],
    version: 2,
  });
  expect(
    await update(id, { segmentId: null, identityId: null, startsOn: null, memberIds: [] }),
  ).toMatchObject({
    segment: null,
    identity: null,
    startsOn: null,
    openToAll: true,
    members: [],
  });
  expect(await refusedToUpdate(id, { endsOn: '2020-01-01', startsOn: '2020-01-02' })).toEqual(
    invalid('input.changes.endsOn'),
  );
  expect(await refusedToUpdate(id, { memberIds: [world.members.scoped.id] })).toEqual(
    invalid('input.changes.memberIds'),
  );
});

test('whoever is named stays so while they are, and when the last one is removed, nobody is left', async () => {
  const { arrange, accountId, clients } = world;
  const leaving = await arrange.member(accountId, { permissions: ['ACCESS_CRM'], clients: [clients.one] });
  const { id } = await create(worker, { memberIds: [leaving.id] });
  await server.owner.query('delete from ringfence.member_permissions where member_id = $1', [leaving.id]);
  expect((await update(id, { memberIds: [leaving.id], name: 'Still named' })).members).toHaveLength(1);
  await world.asOwner.get(RemoveMemberDocument, { input: { id: leaving.id } });
  expect(await shown(id)).toMatchObject({ openToAll: false, members: [] });
});

describe('a campaign', () => {
  const transitions = {
    START: (id: string) => worker.ask(StartCampaignDocument, { input: { id } }),
    PAUSE: (id: string) => worker.ask(PauseCampaignDocument, { input: { id } }),
    RESUME: (id: string) => worker.ask(ResumeCampaignDocument, { input: { id } }),
    FINISH: (id: string) => worker.ask(FinishCampaignDocument, { input: { id } }),
  };
  const states = ['DRAFT', 'RUNNING', 'PAUSED', 'FINISHED'] as const;
  const allowed: Record<string, string> = {
    'DRAFT START': 'RUNNING',
    'RUNNING PAUSE': 'PAUSED',
    'PAUSED RESUME': 'RUNNING',
    'RUNNING FINISH': 'FINISHED',
    'PAUSED FINISH': 'FINISHED',
  };
  const every = states.flatMap((state) =>
    (Object.keys(transitions) as (keyof typeof transitions)[]).map(
      (transition) => [state, transition, allowed[`${state} ${transition}`] ?? 'CAMPAIGN_STATE'] as const,
    ),
  );

  test.each(every)('in %s, asked to %s, is or says %s', async (state, transition, outcome) => {
    const id = await arrangeCampaign(server.owner, list, { state });
    const { errors } = await transitions[transition](id);
    const reason = errors?.[0]?.extensions.reason;
    expect(reason ?? (await shown(id))?.state).toBe(outcome);
    if (reason !== undefined) expect((await shown(id))?.state).toBe(state);
  });

  test('that is finished is not changed any more, but can be deleted', async () => {
    const id = await arrangeCampaign(server.owner, list, { state: 'FINISHED' });
    expect(await refusedToUpdate(id, { name: 'Again' })).toEqual({
      code: 'CONFLICT',
      reason: 'CAMPAIGN_FINISHED',
    });
    const entries = await auditedBy(server.owner, () =>
      worker.get(DeleteCampaignDocument, { input: { id } }),
    );
    expect(entries.map(({ action }) => action)).toEqual(['CAMPAIGN_DELETED']);
    expect(await worker.refusal(CampaignDocument, { id })).toEqual(notFound('id'));
  });

  test('is changed in the version that was read, or not', async () => {
    const { id } = await create(worker);
    await update(id, { name: 'Second' });
    const conflict = { code: 'CONFLICT', reason: 'VERSION' };
    const stale = { input: { id, expectedVersion: 1 } };
    for (const refused of [
      () => worker.refusal(UpdateCampaignDocument, { input: { ...stale.input, changes: { name: 'Third' } } }),
      () => worker.refusal(StartCampaignDocument, stale),
      () => worker.refusal(DeleteCampaignDocument, stale),
    ])
      expect(await changingNothing(server.owner, refused)).toEqual(conflict);
  });
});

test('without ACCESS_CRM, and of lists that are not seen, nobody plans, changes or sees one', async () => {
  const { id } = await create(worker);
  const manager = await asWorker(server, world, {
    clients: [world.clients.one],
    permissions: ['VIEW_CLIENTS', 'MANAGE_LISTS'],
  });
  const forbidden = { code: 'FORBIDDEN' };
  expect(await refusedToCreate(manager)).toEqual(forbidden);
  expect(await refusedToUpdate(id, { name: 'No' }, manager)).toEqual(forbidden);
  expect(await manager.refusal(CampaignDocument, { id })).toEqual(forbidden);
  const elsewhere = await asWorker(server, world, { clients: [world.clients.two] });
  expect(await refusedToUpdate(id, { name: 'No' }, elsewhere)).toEqual(notFound('input.id'));
  expect(await elsewhere.refusal(CampaignDocument, { id })).toEqual(notFound('id'));
});

test('of an archived list nothing is planned, started or deleted', async () => {
  const archived = await world.arrange.list(world.accountId, world.clients.one, { status: 'ARCHIVED' });
  const id = await arrangeCampaign(server.owner, archived);
  const conflict = { code: 'CONFLICT', reason: 'LIST_ARCHIVED' };
  expect(await refusedToCreate(worker, { listId: archived })).toEqual(conflict);
  expect(await refusedToUpdate(id, { name: 'No' })).toEqual(conflict);
  for (const refused of [
    () => worker.refusal(StartCampaignDocument, { input: { id } }),
    () => worker.refusal(DeleteCampaignDocument, { input: { id } }),
  ])
    expect(await changingNothing(server.owner, refused)).toEqual(conflict);
});
