// Campaigns are listed with how far they are, as far as their leads are seen.
import {
  CampaignDocument,
  CampaignsDocument,
  CampaignsOfClientDocument,
  CampaignsOfListDocument,
} from '../support/documents.generated';
import { arrangeCampaign, arrangeSegment } from '../support/arrange-plans';
import type { TestMember } from '../support/arrange';
import { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import { createWorld, signInAs, type World } from '../support/world';
import { asWorker, blindMode } from '../leads/people';

let server: TestServer;
let world: World;
let list: string;
let worker: Caller;
let member: TestMember;
let whole: string;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  list = await arrange.list(accountId, clients.one);
  const other = await arrange.list(accountId, clients.three);
  for (const state of ['NEW', 'NEW', 'IN_PROGRESS', 'CALL_BACK', 'CALL_BACK', 'WON', 'LOST', 'ARCHIVED'])
    await arrange.lead(list, { state, company: state === 'NEW' ? 'North' : 'South' });
  await server.owner.query(
    `update ringfence.leads set attempts = 1 where list_id = $1 and state in ('IN_PROGRESS', 'WON')`,
    [list],
  );
  await server.owner.query(
    `update ringfence.leads set call_back_at = now() - interval '1 hour'
     where id = (select id from ringfence.leads where list_id = $1 and state = 'CALL_BACK' limit 1)`,
    [list],
  );
  const permissions = ['VIEW_CLIENTS', 'ACCESS_CRM'];
  member = await arrange.member(accountId, { permissions, clients: [clients.one, clients.three] });
  worker = await signInAs(server, member);
  const segmentId = await arrangeSegment(server.owner, list, { filter: { company: { equals: 'south' } } });
  whole = await arrangeCampaign(server.owner, list, { name: 'All of it', state: 'RUNNING' });
  await arrangeCampaign(server.owner, list, { name: 'The south', segmentId, members: [member.id] });
  await arrangeCampaign(server.owner, other, { name: 'Elsewhere', members: [world.members.owner.id] });
  await arrangeCampaign(server.owner, world.list, { name: 'Not theirs' });
});
afterAll(() => server.close());

const names = (nodes: { name: string }[]) => nodes.map(({ name }) => name);

test('progress counts the leads of the list, or of the segment, that are not archived', async () => {
  const { campaigns } = await worker.get(CampaignsDocument, { filter: { listId: list } });
  expect(campaigns.nodes.map(({ name, progress }) => [name, progress])).toEqual([
    ['All of it', { total: 7, open: 5, attempted: 2, won: 1, lost: 1, callBacksDue: 1 }],
    ['The south', { total: 5, open: 3, attempted: 2, won: 1, lost: 1, callBacksDue: 1 }],
  ]);
});

test('campaigns are listed, filtered, searched and ordered', async () => {
  const found = async (variables: object, caller = worker) => {
    const { campaigns } = await caller.get(CampaignsDocument, variables);
    expect(campaigns.totalCount).toBe(campaigns.nodes.length);
    return names(campaigns.nodes);
  };
  expect(await found({})).toEqual(['All of it', 'Elsewhere', 'The south']);
  expect(await found({ orderBy: 'NAME_DESC' })).toEqual(['The south', 'Elsewhere', 'All of it']);
  expect(await found({ orderBy: 'CREATED_AT_ASC' })).toEqual(['All of it', 'The south', 'Elsewhere']);
  expect(await found({ search: 'SOUTH' })).toEqual(['The south']);
  expect(await found({ search: '%' })).toEqual([]);
  expect(await found({ filter: { state: ['RUNNING'] } })).toEqual(['All of it']);
  expect(await found({ filter: { clientId: world.clients.three } })).toEqual(['Elsewhere']);
  expect(await found({ filter: { memberId: member.id } })).toEqual(['All of it', 'The south']);
  expect(await found({ filter: { memberId: world.members.owner.id } })).toEqual(['All of it', 'Elsewhere']);
  expect(await found({ filter: { clientId: world.clients.two } })).toEqual([]);
  expect(await found({ search: 'not theirs' }, world.asAdmin)).toEqual(['Not theirs']);
  const { endCursor = null } = (await worker.get(CampaignsDocument, { first: 2 })).campaigns.pageInfo;
  expect(names((await worker.get(CampaignsDocument, { after: endCursor })).campaigns.nodes)).toEqual([
    'The south',
  ]);
  const ofClient = await worker.get(CampaignsOfClientDocument, {
    id: world.clients.one,
    filter: { state: ['DRAFT'] },
  });
  expect(ofClient.client?.campaigns?.nodes).toEqual([{ name: 'The south' }]);
  const ofList = await worker.get(CampaignsOfListDocument, { id: list });
  expect(ofList.list?.campaigns).toEqual({
    totalCount: 2,
    nodes: [{ name: 'All of it' }, { name: 'The south' }],
  });
});

test('a page of campaigns with their progress takes the same number of statements, however many they are', async () => {
  const counted = (last: number) => statementsOf(() => worker.get(CampaignsDocument, { last }));
  await counted(1);
  expect(await counted(1)).toBe(await counted(50));
});

test('one of another client, or another account, is answered like one that there is not', async () => {
  const absent = '00000000-0000-4000-8000-000000000000';
  const beta = await world.arrange.list(world.other.accountId, world.other.clientId);
  for (const id of [absent, world.campaign, await arrangeCampaign(server.owner, beta)])
    expect(await worker.refusal(CampaignDocument, { id })).toEqual({ code: 'NOT_FOUND', field: 'id' });
});

test('a portal user is told of none, and is shown no campaigns of their client', async () => {
  expect(await world.asPortalUser.refusal(CampaignsDocument)).toEqual({ code: 'FORBIDDEN' });
  const { client } = await world.asPortalUser.get(CampaignsOfClientDocument, { id: world.clients.one });
  expect(client?.campaigns).toBeNull();
});

test('in blind mode campaigns are seen, and how far they are by administrators alone', async () => {
  const { arrange, accountId, clients } = world;
  await blindMode(server, clients.one, 'ON');
  try {
    const { text } = await arrange.accessToken(accountId, {
      memberId: member.id,
      permissions: ['ACCESS_CRM', 'VIEW_CLIENTS'],
    });
    const everywhere = await asWorker(server, world, { clientAccess: 'ALL' });
    for (const caller of [worker, everywhere, new Caller(server.url, text)]) {
      const { campaigns } = await caller.get(CampaignsDocument, { filter: { listId: list } });
      expect(campaigns.nodes.map(({ name, progress }) => [name, progress])).toEqual([
        ['All of it', null],
        ['The south', null],
      ]);
    }
    expect((await world.asAdmin.get(CampaignDocument, { id: whole })).campaign?.progress?.total).toBe(7);
  } finally {
    await blindMode(server, clients.one, 'OFF');
  }
});
