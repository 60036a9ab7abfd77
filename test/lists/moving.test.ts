// Moving a list to another client: who may, whom it needs, what is seen and written meanwhile, and what it is like afterwards.
import {
  AddLeadNoteDocument,
  ArchiveClientDocument,
  ArchiveLeadDocument,
  ArchiveListDocument,
  CreateLeadDocument,
  DeleteClientDocument,
  DeleteListDocument,
  JobOfListDocument,
  LeadDocument,
  LeadsDocument,
  ListDocument,
  ListJobDocument,
  ListsDocument,
  MoveListDocument,
  NextLeadDocument,
  UpdateLeadDocument,
  UpdateListDocument,
} from '../support/documents.generated';
import type { Caller } from '../support/client';
import { blindMode } from '../leads/people';
import type { MemberOptions } from '../support/arrange';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing, oneRow } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';
import { finishListJobs, rowsOfList, tablesOfLeads } from './working';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const permissions = ['VIEW_CLIENTS', 'ACCESS_CRM', 'MANAGE_LISTS', 'DELETE_CLIENTS'];
const memberOf = (options: MemberOptions = {}) =>
  world.arrange.member(world.accountId, { permissions, ...options });
const as = async (options: MemberOptions = {}) => signInAs(server, await memberOf(options));

interface Place {
  from: string;
  to: string;
}

const newClient = (name: string) => world.arrange.client(world.accountId, name);
/** Two clients of their own for a test. */
const twoClients = async (): Promise<Place> => ({ from: await newClient('From'), to: await newClient('To') });
const newList = (clientId: string | null, options: Parameters<World['arrange']['list']>[2] = {}) =>
  world.arrange.list(world.accountId, clientId, options);

const move = async (caller: Caller, id: string, clientId: string | null) =>
  (await caller.get(MoveListDocument, { input: { id, clientId } })).moveList;
const refusedToMove = (caller: Caller, id: string, clientId: string | null) =>
  changingNothing(server.owner, () => caller.refusal(MoveListDocument, { input: { id, clientId } }));
const conflict = (reason: string) => ({ code: 'CONFLICT', reason });
const absent = (field: string) => ({ code: 'NOT_FOUND', field });
const listOf = async (id: string) => (await world.asAdmin.get(JobOfListDocument, { id })).list;

/** Ids of the leads that somebody finds, by list and by searching. */
const leadsSeen = async (caller: Caller, listId: string) => {
  const { leads: listed } = await caller.get(LeadsDocument, { filter: { listId } });
  const { leads: found } = await caller.get(LeadsDocument, { filter: { listId }, search: 'lea lead' });
  expect(found.nodes.map(({ id }) => id).sort()).toEqual(listed.nodes.map(({ id }) => id).sort());
  return listed.nodes.map(({ id }) => id);
};

test('a list changes its client at once; its leads follow with all that hangs on them, and are found there', async () => {
  const { from, to } = await twoClients();
  const list = await newList(from);
  const lead = await world.arrange.lead(list, { name: 'Lea Lead', company: 'Acme' });
  const [ofBoth, ofNew] = [await as({ clients: [from, to] }), await as({ clients: [to] })];
  const before = (await ofBoth.get(LeadDocument, { id: lead })).lead;
  await ofBoth.get(NextLeadDocument, { input: { listId: list } });

  const entries = await auditedBy(server.owner, async () => {
    const moved = await move(ofBoth, list, to);
    expect(moved.list).toMatchObject({ id: list, status: 'MOVING', client: { id: to }, access: 'ALL' });
    expect(moved.list.fields).toHaveLength(5);
    expect(moved.job).toMatchObject({
      kind: 'MOVE',
      state: 'QUEUED',
      listId: list,
      listName: 'Prospects',
      client: { id: to },
      done: 0,
      total: null,
      duplicatesFound: null,
    });
  });
  expect(entries).toMatchObject([
    { action: 'LIST_MOVED', subjectId: list, clientId: from },
    { action: 'LIST_MOVED', subjectId: list, clientId: to },
  ]);
  for (const caller of [ofBoth, ofNew]) {
    expect(await leadsSeen(caller, list)).toEqual([]);
    expect(await caller.refusal(LeadDocument, { id: lead })).toEqual(absent('id'));
    const { lists } = await caller.get(ListsDocument, { filter: { clientId: to } });
    expect(lists.nodes.map(({ id }) => id)).toEqual([list]);
  }
  expect(await leadsSeen(world.asAdmin, list)).toEqual([lead]);
  const { rows: holds } = await server.owner.query('select from ringfence.lead_holds where lead_id = $1', [
    lead,
  ]);
  expect(holds).toEqual([]);

  await finishListJobs(server);
  const rows = await rowsOfList(server, list);
  for (const table of tablesOfLeads)
    expect({ table, clients: Object.keys(rows[table] ?? {}) }).toEqual({ table, clients: [to] });
  expect(await listOf(list)).toMatchObject({
    status: 'ACTIVE',
    job: { state: 'DONE', done: 1, total: 1, duplicatesFound: 0 },
  });
  for (const caller of [ofBoth, ofNew]) expect(await leadsSeen(caller, list)).toEqual([lead]);
  expect((await ofBoth.get(LeadDocument, { id: lead })).lead).toEqual({
    ...before,
    client: { id: to, name: 'To' },
  });
  // As usable as any other.
  await ofNew.get(UpdateLeadDocument, { input: { id: lead, changes: { name: 'Lena Lead' } } });
  await ofNew.get(ArchiveListDocument, { input: { id: list } });
  await ofBoth.get(ArchiveClientDocument, { input: { id: from } });
});

test('who reaches the old client alone sees nothing of it from the first moment on', async () => {
  const { from, to } = await twoClients();
  const list = await newList(from, { access: 'NAMED' });
  const lead = await world.arrange.lead(list);
  const caller = await as({ clients: [from] });
  await caller.get(ListDocument, { id: list });
  await move(world.asAdmin, list, to);
  const nothing = async () => {
    expect(await caller.refusal(ListDocument, { id: list })).toEqual(absent('id'));
    expect(await caller.refusal(LeadDocument, { id: lead })).toEqual(absent('id'));
    expect(await leadsSeen(caller, list)).toEqual([]);
    const { lists } = await caller.get(ListsDocument);
    expect(lists.nodes).toEqual([]);
    expect(await caller.refusal(CreateLeadDocument, { input: { listId: list, name: 'New' } })).toEqual(
      absent('input.listId'),
    );
  };
  await nothing();
  await finishListJobs(server);
  await nothing();
});

test('a list without leads is moved at once, and may be moved on', async () => {
  const { from, to } = await twoClients();
  const list = await newList(from);
  const caller = await as({ clientAccess: 'ALL' });
  expect(await move(caller, list, to)).toMatchObject({
    list: { status: 'ACTIVE', client: { id: to } },
    job: { state: 'DONE', done: 0, total: 0 },
  });
  await world.arrange.lead(list);
  expect((await move(caller, list, from)).job?.state).toBe('QUEUED');
  await finishListJobs(server);
  expect(await listOf(list)).toMatchObject({ status: 'ACTIVE', client: { name: 'From' } });
});

test('where it is already, nothing happens', async () => {
  const caller = await as({ clientAccess: 'ALL' });
  const list = await newList(world.clients.three);
  await changingNothing(server.owner, async () => {
    expect((await move(caller, list, world.clients.three)).job).toBeNull();
  });
});

test('where it is to go has to be said, also that it is none', async () => {
  const list = await newList(world.clients.three);
  expect(await world.asAdmin.refusal(MoveListDocument, { input: { id: list } })).toEqual({
    code: 'VALIDATION_FAILED',
    field: 'input.clientId',
  });
});

describe('who may', () => {
  test('whoever manages lists and reaches both clients, nobody else', async () => {
    const { from, to } = await twoClients();
    const list = await newList(from);
    expect(await refusedToMove(await as({ clients: [from] }), list, to)).toEqual(absent('input.clientId'));
    expect(await refusedToMove(await as({ clients: [to] }), list, to)).toEqual(absent('input.id'));
    const working = await as({ clients: [from, to], permissions: ['ACCESS_CRM', 'VIEW_CLIENTS'] });
    expect(await refusedToMove(working, list, to)).toEqual({ code: 'FORBIDDEN' });
    expect(await refusedToMove(await as({ clients: [from] }), list, null)).toEqual({ code: 'FORBIDDEN' });
    expect(await refusedToMove(world.other.asOwner, list, world.other.clientId)).toEqual(absent('input.id'));
    expect(await refusedToMove(world.asAdmin, list, world.other.clientId)).toEqual(absent('input.clientId'));
  });

  test('nobody to or from an archived client, and no archived list', async () => {
    const { from, to } = await twoClients();
    const archived = await newList(from, { status: 'ARCHIVED' });
    expect(await refusedToMove(world.asAdmin, archived, to)).toEqual(conflict('LIST_ARCHIVED'));
    const list = await newList(from);
    expect(await refusedToMove(world.asAdmin, list, world.clients.six)).toEqual(conflict('CLIENT_ARCHIVED'));
    await world.asAdmin.get(ArchiveClientDocument, { input: { id: from } });
    expect(await refusedToMove(world.asAdmin, list, to)).toEqual(conflict('CLIENT_ARCHIVED'));
  });

  test('nobody in another version than the expected one', async () => {
    const { from, to } = await twoClients();
    const input = { id: await newList(from), clientId: to, expectedVersion: 7 };
    expect(await world.asAdmin.refusal(MoveListDocument, { input })).toEqual(conflict('VERSION'));
  });

  test('nobody to a client where the plan has no lists of clients', async () => {
    const accountId = await world.arrange.account('small', 'STARTER');
    const owner = await signInAs(server, await world.arrange.member(accountId, { role: 'OWNER' }));
    const list = await world.arrange.list(accountId, null);
    const clientId = await world.arrange.client(accountId, 'Only');
    expect(await refusedToMove(owner, list, clientId)).toEqual({ code: 'PLAN_FEATURE_MISSING' });
  });

  test('nobody out of the blind mode that keeps its leads from them', async () => {
    const { from, to } = await twoClients();
    const list = await newList(from);
    await world.arrange.lead(list);
    await blindMode(server, from, 'ON');
    const caller = await as({ clients: [from, to] });
    expect(await refusedToMove(caller, list, to)).toEqual({ code: 'FORBIDDEN' });
    await blindMode(server, to, 'ON');
    expect((await move(caller, list, to)).list.status).toBe('MOVING');
  });
});

test('how many leads it has is not told to whom blind mode keeps from them, neither whoever moves it nor whoever follows', async () => {
  const { from, to } = await twoClients();
  const list = await newList(from);
  await world.arrange.lead(list);
  for (const client of [from, to]) await blindMode(server, client, 'ON');
  const [mover, follower] = [await as({ clients: [from, to] }), await as({ clientAccess: 'ALL' })];
  const { job } = await move(mover, list, to);
  const numbers = async (caller: Caller) => {
    const { listJob } = await caller.get(ListJobDocument, { id: job?.id ?? '' });
    const { list: shown } = await caller.get(JobOfListDocument, { id: list });
    expect(shown?.job).toMatchObject({ done: listJob?.done, total: listJob?.total });
    return [listJob?.state, listJob?.done, listJob?.total];
  };
  await finishListJobs(server);
  for (const caller of [mover, follower]) expect(await numbers(caller)).toEqual(['DONE', null, null]);
  expect(await numbers(world.asAdmin)).toEqual(['DONE', 1, 1]);
  await blindMode(server, to, 'OFF');
  expect(await numbers(follower)).toEqual(['DONE', 1, 1]);
});

describe('everybody who works on it must reach its new client', () => {
  const missing = async (caller: Caller, id: string, clientId: string) => {
    const { errors } = await changingNothing(server.owner, () =>
      caller.ask(MoveListDocument, { input: { id, clientId } }),
    );
    return errors?.[0]?.extensions;
  };

  test('of an open list those whom its client is assigned to', async () => {
    const { from, to } = await twoClients();
    const list = await newList(from);
    const both = await memberOf({ clients: [from, to] });
    const one = await memberOf({ clients: [from] });
    await memberOf({ clientAccess: 'ALL' });
    await memberOf({ clients: [to] });
    const caller = await signInAs(server, both);
    expect(await missing(caller, list, to)).toMatchObject({
      code: 'LIST_MEMBERS_NOT_INCLUDED',
      listIds: [list],
      memberIds: [one.id],
    });
    await server.owner.query(
      'insert into ringfence.client_assignments (account_id, member_id, client_id) values ($1, $2, $3)',
      [world.accountId, one.id, to],
    );
    expect((await move(caller, list, to)).list.client?.id).toBe(to);
  });

  test('of a list for named ones those who are named, and they stay so', async () => {
    const { from, to } = await twoClients();
    const named = await memberOf({ clients: [from] });
    await memberOf({ clients: [from] });
    const list = await newList(from, { access: 'NAMED', members: [named.id] });
    expect(await missing(world.asAdmin, list, to)).toMatchObject({ memberIds: [named.id] });
    await server.owner.query('update ringfence.client_assignments set client_id = $2 where member_id = $1', [
      named.id,
      to,
    ]);
    const moved = await move(world.asAdmin, list, to);
    expect(moved.list).toMatchObject({ access: 'NAMED', members: [{ id: named.id }] });
  });

  test('of a list of no client those who are named', async () => {
    const to = await newClient('To');
    const named = await memberOf();
    const list = await newList(null, { members: [named.id] });
    expect(await missing(world.asAdmin, list, to)).toMatchObject({ memberIds: [named.id] });
  });
});

test('to no client it goes with the names that fit there, and the name of whoever moves it', async () => {
  const from = await newClient('From');
  const [everywhere, here, mover] = [
    await memberOf({ clientAccess: 'ALL' }),
    await memberOf({ clients: [from] }),
    await memberOf({ clientAccess: 'ALL' }),
  ];
  const list = await newList(from, { members: [everywhere.id, here.id] });
  const lead = await world.arrange.lead(list);
  const caller = await signInAs(server, mover);
  const moved = await move(caller, list, null);
  expect(moved.list).toMatchObject({ status: 'MOVING', access: 'NAMED', client: null });
  expect(moved.list.members?.map(({ id }) => id).sort()).toEqual([everywhere.id, mover.id].sort());
  expect(moved.job?.client).toBeNull();
  await finishListJobs(server);
  for (const person of [everywhere, mover])
    expect(await leadsSeen(await signInAs(server, person), list)).toEqual([lead]);
  expect(await (await signInAs(server, here)).refusal(ListDocument, { id: list })).toEqual(absent('id'));
});

test('while its leads are on their way nothing of it is written, and neither client is archived or deleted', async () => {
  const { from, to } = await twoClients();
  const list = await newList(from);
  const lead = await world.arrange.lead(list);
  const member = await as({ clients: [from, to] });
  await move(member, list, to);
  const moving = conflict('LIST_MOVING');
  const attempts: [Caller, (caller: Caller) => Promise<unknown>][] = [
    [member, (c) => c.refusal(CreateLeadDocument, { input: { listId: list, name: 'New' } })],
    [member, (c) => c.refusal(NextLeadDocument, { input: { listId: list } })],
    [member, (c) => c.refusal(UpdateListDocument, { input: { id: list, changes: { name: 'New' } } })],
    [member, (c) => c.refusal(ArchiveListDocument, { input: { id: list } })],
    [member, (c) => c.refusal(DeleteListDocument, { input: { id: list, confirmName: 'Prospects' } })],
    [member, (c) => c.refusal(MoveListDocument, { input: { id: list, clientId: from } })],
    [member, (c) => c.refusal(MoveListDocument, { input: { id: list, clientId: to } })],
    [member, (c) => c.refusal(ArchiveClientDocument, { input: { id: from } })],
    [member, (c) => c.refusal(ArchiveClientDocument, { input: { id: to } })],
    [member, (c) => c.refusal(DeleteClientDocument, { input: { id: from, confirmName: 'From' } })],
    [member, (c) => c.refusal(DeleteClientDocument, { input: { id: to, confirmName: 'To' } })],
    [world.asAdmin, (c) => c.refusal(UpdateLeadDocument, { input: { id: lead, changes: { name: 'New' } } })],
    [world.asAdmin, (c) => c.refusal(ArchiveLeadDocument, { input: { id: lead } })],
    [world.asAdmin, (c) => c.refusal(AddLeadNoteDocument, { input: { leadId: lead, text: 'New' } })],
  ];
  await changingNothing(server.owner, async () => {
    for (const [caller, attempt] of attempts) expect(await attempt(caller)).toEqual(moving);
    expect(
      await member.refusal(UpdateLeadDocument, { input: { id: lead, changes: { name: 'New' } } }),
    ).toEqual(absent('input.id'));
  });
  await finishListJobs(server);
  await member.get(ArchiveClientDocument, { input: { id: from } });
  await member.get(DeleteClientDocument, { input: { id: to, confirmName: 'To' } });
});

test('what its new client had already is counted, for administrators, and nothing becomes of it', async () => {
  const { from, to } = await twoClients();
  const [list, other] = [await newList(from), await newList(to)];
  const unique = async (listId: string, value: string, options: Parameters<World['arrange']['lead']>[1]) => {
    const lead = await world.arrange.lead(listId, options);
    await server.owner.query(
      `update ringfence.lead_values v set unique_key = $2 from ringfence.list_fields f
       where f.id = v.field_id and f.name = 'TEXT' and v.lead_id = $1`,
      [lead, value],
    );
    return lead;
  };
  const phone = '+4930777001';
  const email = 'same@lead.test';
  const theirs = await unique(other, 'a', { phone });
  await unique(other, 'b', { email });
  await unique(other, 'c', {});
  const byPhone = await unique(list, 'd', { phone });
  await unique(list, 'e', { email: 'SAME@lead.test' });
  await unique(list, 'c', {});
  // The same twice on the list itself, and with a lead of the old client, is none of the new one's.
  await unique(list, 'f', { phone: '+4930777002' });
  await unique(list, 'g', { phone: '+4930777002' });
  await world.arrange.lead(await newList(from), { phone: '+4930777002' });
  const member = await as({ clientAccess: 'ALL' });
  const { job } = await move(member, list, to);
  await finishListJobs(server);
  expect((await listOf(list))?.job).toMatchObject({ done: 5, total: 5, duplicatesFound: 3 });
  const { listJob } = await member.get(ListJobDocument, { id: job?.id ?? '' });
  expect(listJob).toMatchObject({ state: 'DONE', done: 5, duplicatesFound: null });
  const { lead } = await member.get(LeadDocument, { id: byPhone });
  expect(lead?.duplicates.map(({ id }) => id)).toEqual([theirs]);
});

test('a number that hundreds of its leads have is looked for once', async () => {
  const { from, to } = await twoClients();
  const list = await newList(from);
  const leads = 300;
  for (const values of [
    `into ringfence.leads (account_id, client_id, list_id, name) select account_id, client_id, id, 'Lea ' || n
     from ringfence.lists, generate_series(1, ${leads}) n where id = $1`,
    `into ringfence.lead_phones (account_id, client_id, list_id, lead_id, position, phone)
     select account_id, client_id, list_id, id, 1, '+4930777003' from ringfence.leads where list_id = $1`,
  ])
    await server.owner.query(`insert ${values}`, [list]);
  const { job } = await move(world.asAdmin, list, to);
  await server.owner.query('update ringfence.leads set client_id = $2 where list_id = $1', [list, to]);
  await server.owner.query('begin');
  await server.owner.query('set local role ringfence_definer');
  const counting = 'select worker.count_list_duplicates($1, $2)::int as count';
  expect(await oneRow(server.owner, counting, [world.accountId, job?.id])).toEqual({ count: 0 });
  const { read } = await oneRow<{ read: number }>(
    server.owner,
    "select (coalesce(seq_tup_read, 0) + idx_tup_fetch)::int as read from pg_stat_xact_user_tables where relname = 'lead_phones'",
  );
  await server.owner.query('rollback');
  expect(read).toBeLessThan(10 * leads);
  await finishListJobs(server);
});

test('how far it is sees who asked for it and who manages lists there, nobody else', async () => {
  const { from, to } = await twoClients();
  const list = await newList(from);
  await world.arrange.lead(list);
  const [asker, ofNew, ofOld, working] = [
    await memberOf({ clients: [from, to] }),
    await as({ clients: [to] }),
    await as({ clients: [from, world.clients.one], permissions: ['MANAGE_LISTS'] }),
    await as({ clients: [to], permissions: ['ACCESS_CRM'] }),
  ];
  await server.owner.query(
    'delete from ringfence.client_assignments a using ringfence.members m where m.id = a.member_id and a.client_id = $1 and m.id <> $2',
    [from, asker.id],
  );
  const caller = await signInAs(server, asker);
  const { job } = await move(caller, list, to);
  const id = job?.id ?? '';
  for (const person of [caller, ofNew, world.asAdmin])
    expect((await person.get(ListJobDocument, { id })).listJob?.id).toBe(id);
  for (const person of [ofOld, world.other.asOwner])
    expect(await person.refusal(ListJobDocument, { id })).toEqual(absent('id'));
  expect(await working.refusal(ListJobDocument, { id })).toEqual({ code: 'FORBIDDEN' });
  expect((await working.get(JobOfListDocument, { id: list })).list?.job).toBeNull();
  await server.owner.query('delete from ringfence.client_assignments where member_id = $1', [asker.id]);
  expect((await caller.get(ListJobDocument, { id })).listJob?.listName).toBe('Prospects');
});

test('the version of a lead, and when it was changed, are its own: moving is no change of it', async () => {
  const { from, to } = await twoClients();
  const list = await newList(from);
  const lead = await world.arrange.lead(list);
  const versionOf = () =>
    oneRow(server.owner, 'select version, updated_at from ringfence.leads where id = $1', [lead]);
  const before = await versionOf();
  await move(world.asAdmin, list, to);
  await finishListJobs(server);
  expect(await versionOf()).toEqual(before);
});
