// The next lead of a segment, or of a campaign: to those who may have it, of what it says alone, in blind mode as well.
import { NextLeadDocument, ReleaseLeadDocument, type NextLeadInput } from '../support/documents.generated';
import { arrangeCampaign, arrangeSegment } from '../support/arrange-plans';
import type { TestMember } from '../support/arrange';
import { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing, oneRow } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';
import { blindMode } from '../leads/people';

const absent = '00000000-0000-4000-8000-000000000000';

let server: TestServer;
let world: World;
let list: string;
let segment: string;
/** Scoped members of client one, which is in blind mode. */
let first: Caller;
let second: Caller;
let firstMember: TestMember;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  firstMember = await newMember();
  first = await signInAs(server, firstMember);
  second = await signInAs(server, await newMember());
  await blindMode(server, world.clients.one, 'ON');
});
afterAll(() => server.close());
beforeEach(async () => {
  const { arrange, accountId, clients } = world;
  list = await arrange.list(accountId, clients.one);
  const names = { North: ['Anna', 'Bert', 'Cora', 'Dirk'], South: ['Emma', 'Fred'] };
  for (const [company, people] of Object.entries(names))
    for (const name of people) await arrange.lead(list, { name, company });
  segment = await arrangeSegment(server.owner, list, { filter: { company: { equals: 'north' } } });
});
afterEach(() => server.owner.query('delete from ringfence.lead_holds'));

const newMember = () =>
  world.arrange.member(world.accountId, {
    permissions: ['VIEW_CLIENTS', 'ACCESS_CRM'],
    clients: [world.clients.one],
  });
const next = async (caller: Caller, input: NextLeadInput) =>
  (await caller.get(NextLeadDocument, { input })).nextLead.lead;
const refused = (caller: Caller, input: NextLeadInput) =>
  changingNothing(server.owner, () => caller.refusal(NextLeadDocument, { input }));

/** Who gets what, when all work in turns until there is nothing more. */
async function workedOff(callers: Caller[], input: NextLeadInput): Promise<string[][]> {
  const given: string[][] = callers.map(() => []);
  for (let idle = 0, turn = 0; idle < callers.length; turn += 1) {
    const place = turn % callers.length;
    const caller = callers[place] ?? first;
    const lead = await next(caller, input);
    idle = lead == null ? idle + 1 : 0;
    if (lead == null) continue;
    given[place]?.push(lead.name);
    await server.owner.query('delete from ringfence.lead_holds where lead_id = $1', [lead.id]);
    await server.owner.query("update ringfence.leads set state = 'WON' where id = $1", [lead.id]);
  }
  return given;
}

test('of a segment, blind members and a sighted administrator are given each of its leads once, and no other', async () => {
  const given = await workedOff([first, second, world.asAdmin], { segmentId: segment });
  expect(given.flat().sort()).toEqual(['Anna', 'Bert', 'Cora', 'Dirk']);
  expect(given.map((names) => names.length)).toEqual([2, 1, 1]);
  expect((await next(first, { listId: list }))?.name).toMatch(/Emma|Fred/);
});

test('of a campaign, whoever takes part is given the leads of its segment, and no other', async () => {
  const campaignId = await arrangeCampaign(server.owner, list, {
    segmentId: segment,
    state: 'RUNNING',
    members: [firstMember.id, world.members.admin.id],
  });
  const given = await workedOff([first, world.asAdmin], { campaignId });
  expect(given.flat().sort()).toEqual(['Anna', 'Bert', 'Cora', 'Dirk']);
  expect(given.map((names) => names.length)).toEqual([2, 2]);
});

test('of a campaign over the whole list that is open to all, everybody who works on it is given leads', async () => {
  const campaignId = await arrangeCampaign(server.owner, list, { state: 'RUNNING' });
  const given = await workedOff([first, second, world.asOwner], { campaignId });
  expect(given.map((names) => names.length)).toEqual([2, 2, 2]);
});

test('who has a lead is shown the same, whatever they ask for', async () => {
  const held = await next(first, { segmentId: segment });
  const campaignId = await arrangeCampaign(server.owner, list, { state: 'RUNNING' });
  for (const input of [{ segmentId: segment }, { campaignId }, { listId: list }])
    expect((await next(first, input))?.id).toBe(held?.id);
  await first.get(ReleaseLeadDocument, { input: { leadId: held?.id ?? '' } });
});

test('a list, a segment or a campaign has to be named, and one alone', async () => {
  const campaignId = await arrangeCampaign(server.owner, list, { state: 'RUNNING' });
  const named = { listId: list, segmentId: segment, campaignId };
  for (const input of [
    {},
    { listId: null },
    { listId: list, segmentId: segment },
    { segmentId: segment, campaignId },
    named,
  ])
    expect(await refused(first, input)).toEqual({ code: 'VALIDATION_FAILED', field: 'input' });
  expect(await refused(first, { segmentId: 'one' })).toEqual({
    code: 'VALIDATION_FAILED',
    field: 'input.segmentId',
  });
});

test('a campaign gives nobody leads but while it runs', async () => {
  const conflict = { code: 'CONFLICT', reason: 'CAMPAIGN_NOT_RUNNING' };
  for (const state of ['DRAFT', 'PAUSED', 'FINISHED'] as const) {
    const campaignId = await arrangeCampaign(server.owner, list, { state });
    expect(await refused(first, { campaignId })).toEqual(conflict);
  }
});

test('its days are those of the account', async () => {
  // The first to have a day, and, 26 hours later, the last.
  const [early, late] = ['Pacific/Kiritimati', 'Etc/GMT+12'];
  const { today } = await oneRow<{ today: string }>(
    server.owner,
    'select (now() at time zone $1)::date::text as today',
    [early],
  );
  const { yesterday } = await oneRow<{ yesterday: string }>(
    server.owner,
    'select ((now() at time zone $1)::date)::text as yesterday',
    [late],
  );
  const begun = await arrangeCampaign(server.owner, list, { state: 'RUNNING', startsOn: today });
  const ended = await arrangeCampaign(server.owner, list, { state: 'RUNNING', endsOn: yesterday });
  const outcomes = async (zone: string) => {
    await server.owner.query('update ringfence.accounts set time_zone = $2 where id = $1', [
      world.accountId,
      zone,
    ]);
    const reasons = [];
    for (const campaignId of [begun, ended])
      reasons.push(
        (await first.ask(NextLeadDocument, { input: { campaignId } })).errors?.[0]?.extensions.reason ??
          'given',
      );
    return reasons;
  };
  expect(await outcomes(early)).toEqual(['given', 'CAMPAIGN_NOT_RUNNING']);
  expect(await outcomes(late)).toEqual(['CAMPAIGN_NOT_RUNNING', 'given']);
});

test('who is not named on a campaign is given nothing, an administrator either; a token is its member', async () => {
  const { arrange, accountId } = world;
  const campaignId = await arrangeCampaign(server.owner, list, {
    state: 'RUNNING',
    members: [firstMember.id],
  });
  const permissions = ['VIEW_CLIENTS', 'ACCESS_CRM'];
  const token = async (memberId?: string) =>
    new Caller(
      server.url,
      (await arrange.accessToken(accountId, { permissions, ...(memberId === undefined ? {} : { memberId }) }))
        .text,
    );
  for (const caller of [second, world.asAdmin, world.asOwner, await token()])
    expect(await refused(caller, { campaignId })).toEqual({ code: 'FORBIDDEN' });
  expect(await next(await token(firstMember.id), { campaignId })).not.toBeNull();
});

test('what somebody does not see is answered like what there is not, and gives nothing', async () => {
  const { arrange, accountId, clients } = world;
  const closed = await arrange.list(accountId, clients.one, { access: 'NAMED' });
  const foreign = await arrange.list(accountId, clients.two);
  const beta = await arrange.list(world.other.accountId, world.other.clientId);
  const segments = [absent, await arrangeSegment(server.owner, list, { ownerId: world.members.admin.id })];
  const campaigns = [absent];
  for (const listId of [closed, foreign, beta]) {
    await arrange.lead(listId);
    segments.push(await arrangeSegment(server.owner, listId, { filter: {} }));
    campaigns.push(await arrangeCampaign(server.owner, listId, { state: 'RUNNING' }));
  }
  for (const segmentId of segments)
    expect(await refused(first, { segmentId })).toEqual({ code: 'NOT_FOUND', field: 'input.segmentId' });
  for (const campaignId of campaigns)
    expect(await refused(first, { campaignId })).toEqual({ code: 'NOT_FOUND', field: 'input.campaignId' });
});

test('who manages a closed list and is not named on it is given no lead by its segments or campaigns', async () => {
  const { arrange, accountId, clients } = world;
  const permissions = ['VIEW_CLIENTS', 'ACCESS_CRM', 'MANAGE_LISTS'];
  const manager = await arrange.member(accountId, { permissions, clients: [clients.one] });
  const caller = await signInAs(server, manager);
  const closed = await arrange.list(accountId, clients.one, { access: 'NAMED' });
  await arrange.lead(closed);
  const forbidden = { code: 'FORBIDDEN' };
  expect(await refused(caller, { segmentId: await arrangeSegment(server.owner, closed) })).toEqual(forbidden);
  const members = [manager.id];
  for (const more of [{}, { members }]) {
    const campaignId = await arrangeCampaign(server.owner, closed, { state: 'RUNNING', ...more });
    expect(await refused(caller, { campaignId })).toEqual(forbidden);
  }
});

test('what stands in a filter stays a value when leads are picked by it', async () => {
  for (const value of ["x' or true --", '$1', '$q$ or true --', '%s', "\\' or true --"]) {
    const filter = { name: { equals: value, contains: value } };
    const segmentId = await arrangeSegment(server.owner, list, { filter });
    expect([value, await next(first, { segmentId })]).toEqual([value, null]);
  }
  const archived = await arrangeSegment(server.owner, list, { filter: { state: ['ARCHIVED'] } });
  expect(await next(first, { segmentId: archived })).toBeNull();
});
