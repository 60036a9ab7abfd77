// Segments are listed, and used wherever a list of leads is; nobody finds by them what they do not see.
import {
  LeadsDocument,
  LeadsOfClientDocument,
  LeadsOfListDocument,
  ListSegmentsDocument,
  SegmentDocument,
  SegmentLeadsDocument,
  SegmentsDocument,
  type LeadConditionsInput,
} from '../support/documents.generated';
import { arrangeSegment } from '../support/arrange-plans';
import { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import { createWorld, type World } from '../support/world';
import { asWorker, blindMode } from '../leads/people';

const absent = '00000000-0000-4000-8000-000000000000';

let server: TestServer;
let world: World;
/** Of client one; of client three; of client two, which the worker does not reach. */
let list: string;
let other: string;
let foreign: string;
let untried: string;
let archived: string;
let elsewhere: string;
let worker: Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  list = await arrange.list(accountId, clients.one);
  other = await arrange.list(accountId, clients.three);
  foreign = await arrange.list(accountId, clients.two);
  for (const listId of [list, other, foreign]) {
    await arrange.lead(listId, { name: 'Nora New', company: 'North' });
    await arrange.lead(listId, { name: 'Nils New', company: 'South' });
    await arrange.lead(listId, { name: 'Walter Won', state: 'WON' });
    await arrange.lead(listId, { name: 'Arno Archived', state: 'ARCHIVED' });
  }
  untried = await arrangeSegment(server.owner, list, { name: 'Untried' });
  archived = await arrangeSegment(server.owner, list, { name: 'Put away', filter: { state: ['ARCHIVED'] } });
  await arrangeSegment(server.owner, other, { name: 'Everybody', filter: {} });
  elsewhere = await arrangeSegment(server.owner, foreign, { name: 'Elsewhere', filter: {} });
  worker = await asWorker(server, world, { clients: [clients.one, clients.three] });
});
afterAll(() => server.close());

const names = (nodes: { name: string }[]) => nodes.map(({ name }) => name);
const nothing = { totalCount: 0, nodes: [] };

test('a segment is a filter wherever leads are listed, and other conditions narrow it', async () => {
  const found = async (filter: object, search?: string) => {
    const { leads } = await worker.get(LeadsDocument, {
      filter,
      orderBy: 'NAME_ASC',
      search: search ?? null,
    });
    expect(leads.totalCount).toBe(leads.nodes.length);
    return names(leads.nodes);
  };
  expect(await found({ segmentId: untried })).toEqual(['Nils New', 'Nora New']);
  expect(await found({ segmentId: untried, company: { equals: 'north' } })).toEqual(['Nora New']);
  expect(await found({ segmentId: untried, state: ['NEW', 'WON'] })).toEqual(['Nils New', 'Nora New']);
  expect(await found({ segmentId: untried, state: ['WON'] })).toEqual([]);
  expect(await found({ segmentId: archived })).toEqual(['Arno Archived']);
  expect(await found({ segmentId: untried, listId: list })).toEqual(['Nils New', 'Nora New']);
  expect(await found({ segmentId: untried, listId: other })).toEqual([]);
  expect(await found({ segmentId: untried, clientId: world.clients.three })).toEqual([]);
  expect(await found({ segmentId: untried }, 'nora')).toEqual(['Nora New']);
  expect(await found({ segmentId: untried }, 'walter')).toEqual([]);

  const filter = { segmentId: untried };
  const { one, three } = world.clients;
  expect((await worker.get(LeadsOfClientDocument, { id: one, filter })).client?.leads?.totalCount).toBe(2);
  expect((await worker.get(LeadsOfClientDocument, { id: three, filter })).client?.leads).toEqual(nothing);
  expect((await worker.get(LeadsOfListDocument, { id: list, filter })).list?.leads.totalCount).toBe(2);
  expect((await worker.get(LeadsOfListDocument, { id: other, filter })).list?.leads).toEqual(nothing);
});

test('the leads of a segment come in pages, and are narrowed by further conditions', async () => {
  const leadsOf = async (id: string, filter: LeadConditionsInput | null = null, first = 10) => {
    const { segment } = await worker.get(SegmentLeadsDocument, { id, filter, first });
    return [names(segment?.leads.nodes ?? []), segment?.leads.totalCount];
  };
  expect(await leadsOf(untried)).toEqual([['Nils New', 'Nora New'], 2]);
  expect(await leadsOf(untried, null, 1)).toEqual([['Nils New'], 2]);
  expect(await leadsOf(untried, { company: { contains: 'nor' } })).toEqual([['Nora New'], 1]);
  expect(await leadsOf(archived)).toEqual([['Arno Archived'], 1]);
  expect(await leadsOf(archived, { state: ['NEW'] })).toEqual([[], 0]);
});

test('segments are listed, filtered, searched and ordered, each with its own leads and their number', async () => {
  const found = async (variables: object) => {
    const { segments } = await worker.get(SegmentsDocument, variables);
    expect(segments.totalCount).toBe(segments.nodes.length);
    return names(segments.nodes);
  };
  expect(await found({})).toEqual(['Everybody', 'Put away', 'Untried']);
  expect(await found({ orderBy: 'NAME_DESC' })).toEqual(['Untried', 'Put away', 'Everybody']);
  expect(await found({ orderBy: 'CREATED_AT_ASC' })).toEqual(['Untried', 'Put away', 'Everybody']);
  expect(await found({ search: 'RY' })).toEqual(['Everybody']);
  expect(await found({ search: '%' })).toEqual([]);
  expect(await found({ filter: { listId: list } })).toEqual(['Put away', 'Untried']);
  expect(await found({ filter: { clientId: world.clients.three } })).toEqual(['Everybody']);
  expect(await found({ filter: { clientId: world.clients.two } })).toEqual([]);
  expect(await found({ filter: { shared: false } })).toEqual([]);
  const { segments } = await worker.get(SegmentsDocument);
  expect(
    segments.nodes.map(({ name, leadCount, leads }) => [
      name,
      leadCount,
      names(leads.nodes).sort(),
      leads.totalCount,
    ]),
  ).toEqual([
    ['Everybody', 3, ['Nils New', 'Nora New', 'Walter Won'], 3],
    ['Put away', 1, ['Arno Archived'], 1],
    ['Untried', 2, ['Nils New', 'Nora New'], 2],
  ]);
  const ofList = await worker.get(ListSegmentsDocument, { id: list, filter: { shared: true } });
  expect(ofList.list?.segments).toMatchObject({
    totalCount: 2,
    nodes: [{ name: 'Put away' }, { name: 'Untried', leadCount: 2 }],
  });
  const page = await worker.get(SegmentsDocument, { first: 1 });
  const { endCursor = null } = page.segments.pageInfo;
  expect(names((await worker.get(SegmentsDocument, { after: endCursor })).segments.nodes)).toEqual([
    'Put away',
    'Untried',
  ]);
});

test('twenty segments are counted and read in as many statements as one, and each further twenty in three more', async () => {
  const { accountId, arrange, asAdmin } = world;
  const clientId = await arrange.client(accountId, 'Of many segments');
  const listId = await arrange.list(accountId, clientId);
  // Each may bind hundreds of values, of which a statement takes 65,535.
  const values = Array.from({ length: 20 }, () => ({ fieldId: absent, isSet: true, text: { equals: 'a' } }));
  await server.owner.query(
    `insert into ringfence.segments (account_id, client_id, list_id, name, filter)
     select $1, $2, $3, 'Of fields that are gone', $4 from generate_series(1, 100)`,
    [accountId, clientId, listId, JSON.stringify({ values })],
  );
  const read = async (first: number) => {
    const { segments } = await asAdmin.get(SegmentsDocument, { first, filter: { clientId } });
    expect(segments.nodes.map(({ leadCount, leads }) => [leadCount, leads.nodes.length])).toEqual(
      Array(first).fill([0, 0]),
    );
  };
  await read(1);
  const statements = await statementsOf(() => read(1));
  expect(await statementsOf(() => read(20))).toBe(statements);
  // Of counts, pages and the totals of pages.
  expect(await statementsOf(() => read(100))).toBe(statements + 3 * 4);
});

test('one of another client, or another account, is answered like one that there is not', async () => {
  const beta = await world.arrange.list(world.other.accountId, world.other.clientId);
  const ids = [absent, elsewhere, await arrangeSegment(server.owner, beta, { filter: {} })];
  for (const segmentId of ids) {
    expect(await worker.refusal(SegmentDocument, { id: segmentId })).toEqual({
      code: 'NOT_FOUND',
      field: 'id',
    });
    const refusal = { code: 'NOT_FOUND', field: 'filter.segmentId' };
    expect(await worker.refusal(LeadsDocument, { filter: { segmentId } })).toEqual(refusal);
    expect(await worker.refusal(LeadsOfListDocument, { id: list, filter: { segmentId } })).toEqual(refusal);
  }
});

describe('in blind mode', () => {
  beforeAll(() => blindMode(server, world.clients.one, 'ON'));
  afterAll(() => blindMode(server, world.clients.one, 'OFF'));

  const blind: [string, () => Promise<Caller>][] = [
    ['a scoped member', () => asWorker(server, world, { clients: [world.clients.one] })],
    ['a member with all clients', () => asWorker(server, world, { clientAccess: 'ALL' })],
    [
      'a token of a scoped member',
      async () => {
        const { arrange, accountId, clients } = world;
        const member = await arrange.member(accountId, {
          permissions: ['ACCESS_CRM', 'VIEW_CLIENTS'],
          clients: [clients.one],
        });
        const permissions = ['ACCESS_CRM', 'VIEW_CLIENTS'];
        return new Caller(
          server.url,
          (await arrange.accessToken(accountId, { memberId: member.id, permissions })).text,
        );
      },
    ],
  ];
  test.each(blind)('%s sees segments, but neither a count nor a lead of one', async (_, sign) => {
    const caller = await sign();
    const { segments } = await caller.get(SegmentsDocument, { filter: { listId: list } });
    expect(segments.nodes.map(({ name, leadCount, leads }) => [name, leadCount, leads])).toEqual([
      ['Put away', null, nothing],
      ['Untried', null, nothing],
    ]);
    expect((await caller.get(SegmentDocument, { id: untried })).segment?.leadCount).toBeNull();
    expect((await caller.get(LeadsDocument, { filter: { segmentId: untried } })).leads).toMatchObject(
      nothing,
    );
    const filter = { segmentId: untried };
    expect((await caller.get(LeadsOfListDocument, { id: list, filter })).list?.leads).toEqual(nothing);
    expect(
      (await caller.get(LeadsOfClientDocument, { id: world.clients.one, filter })).client?.leads,
    ).toEqual(nothing);
  });

  test('administrators, and tokens of the account, count and see as always', async () => {
    const { text } = await world.arrange.accessToken(world.accountId, { permissions: ['ACCESS_CRM'] });
    for (const caller of [world.asOwner, world.asAdmin, new Caller(server.url, text)]) {
      const { segments } = await caller.get(SegmentsDocument, { filter: { listId: list } });
      expect(segments.nodes.map(({ leadCount, leads }) => [leadCount, leads.totalCount])).toEqual([
        [1, 1],
        [2, 2],
      ]);
    }
  });
});

test('whoever manages a list that is closed to them sees its segments, without a count', async () => {
  const { arrange, accountId, clients } = world;
  const closed = await arrange.list(accountId, clients.one, { access: 'NAMED' });
  await arrange.lead(closed);
  await arrangeSegment(server.owner, closed, { filter: {} });
  const permissions = ['VIEW_CLIENTS', 'ACCESS_CRM', 'MANAGE_LISTS'];
  const manager = await asWorker(server, world, { clients: [clients.one], permissions });
  const { segments } = await manager.get(SegmentsDocument, { filter: { listId: closed } });
  expect(segments.nodes).toMatchObject([{ leadCount: null, leads: nothing }]);
  expect((await worker.get(SegmentsDocument, { filter: { listId: closed } })).segments).toMatchObject(
    nothing,
  );
});
