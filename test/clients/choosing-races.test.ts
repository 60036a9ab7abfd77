// What happens meanwhile: whoever chooses lists and members for a client is not got round by somebody who does something else with them
// at the same moment, and nobody waits for each other for ever.
import { Client as PgClient } from 'pg';
import type { Caller } from '../support/client';
import { untilWaiting } from '../support/activity';
import {
  AssignClientsDocument,
  CreateClientOfDocument,
  NextLeadDocument,
  UpdateClientOfDocument,
  UpdateListDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import type { MemberOptions } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
/** Holds the account's row, so that everybody who wants it waits in turn, and sees who waits. */
let holder: PgClient;
let watcher: PgClient;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  await server.owner.query('update ringfence.plans set client_limit = null');
  holder = new PgClient({ connectionString: server.database.adminUrl });
  watcher = new PgClient({ connectionString: server.database.adminUrl });
  await Promise.all([holder.connect(), watcher.connect()]);
});
afterAll(async () => {
  await Promise.all([holder.end(), watcher.end()]);
  await server.close();
});

const person = (options: MemberOptions = {}) => world.arrange.member(world.accountId, options);
const newClient = () => world.arrange.client(world.accountId, 'Racing');
const codeOf = async (answer: ReturnType<Caller['ask']>) =>
  (await answer).errors?.[0]?.extensions.code ?? 'done';

/** How often somebody was told to begin again, because two waited for each other. */
const deadlocks = async () =>
  (
    await watcher.query<{ deadlocks: string }>(
      'select deadlocks from pg_stat_database where datname = current_database()',
    )
  ).rows;

/** Starts all of it in this order while nobody can go on, and answers what became of each. */
async function inTurn(...starts: (() => ReturnType<Caller['ask']>)[]): Promise<string[]> {
  await holder.query('begin');
  await holder.query('select from ringfence.accounts where id = $1 for no key update', [world.accountId]);
  const answers: Promise<string>[] = [];
  try {
    for (const start of starts) {
      answers.push(codeOf(start()));
      await untilWaiting(watcher, answers.length);
    }
  } finally {
    await holder.query('commit');
  }
  return Promise.all(answers);
}

/** Names on lists of a client of members who do not reach it; there must be none. */
const strayNames = async () =>
  (
    await server.owner.query<{ id: string; member_id: string }>(
      `select l.id, n.member_id from ringfence.list_members n
       join ringfence.lists l on l.account_id = n.account_id and l.client_id = n.client_id and l.id = n.list_id
       join ringfence.member_access m on m.account_id = n.account_id and m.member_id = n.member_id
       where not l.of_house and m.client_access <> 'ALL' and not exists (
         select from ringfence.client_assignments a
         where a.account_id = n.account_id and a.member_id = n.member_id and a.client_id = l.client_id)`,
    )
  ).rows;

const create = (listIds: string[], memberIds: string[]) => () =>
  world.asOwner.ask(CreateClientOfDocument, { input: { name: 'Chosen', listIds, memberIds } });
const name = (id: string, memberIds: string[]) => () =>
  world.asAdmin.ask(UpdateListDocument, { input: { id, changes: { memberIds } } });
const assign = (memberId: string, add: string[], remove: string[]) => () =>
  world.asAdmin.ask(AssignClientsDocument, { input: { memberId, add, remove } });

describe('a member who is named on a list while a client is created with it', () => {
  const arranged = async () => {
    const client = await newClient();
    const [ann, bob] = [await person({ clients: [client] }), await person({ clients: [client] })];
    const list = await world.arrange.list(world.accountId, client, { access: 'NAMED', members: [ann.id] });
    return { ann, bob, list };
  };

  test('keeps it from being created where they were named before', async () => {
    const { ann, bob, list } = await arranged();
    expect(await inTurn(name(list, [ann.id, bob.id]), create([list], [ann.id]))).toEqual([
      'done',
      'LIST_MEMBERS_NOT_INCLUDED',
    ]);
    expect(await strayNames()).toEqual([]);
  });

  test('is not named where it was created before', async () => {
    const { ann, bob, list } = await arranged();
    expect(await inTurn(create([list], [ann.id]), name(list, [ann.id, bob.id]))).toEqual([
      'done',
      'VALIDATION_FAILED',
    ]);
    expect(await strayNames()).toEqual([]);
  });
});

describe('a member who loses a client while a list is chosen for it', () => {
  const arranged = async () => {
    const [from, to] = [await newClient(), await newClient()];
    const ann = await person({ clients: [from, to] });
    const list = await world.arrange.list(world.accountId, from, { access: 'NAMED', members: [ann.id] });
    const choose = () =>
      world.asOwner.ask(UpdateClientOfDocument, { input: { id: to, changes: { listIds: [list] } } });
    return { to, ann, list, choose };
  };

  test('keeps the list where it is, where they lost it before', async () => {
    const { to, ann, choose } = await arranged();
    expect(await inTurn(assign(ann.id, [], [to]), choose)).toEqual(['done', 'LIST_MEMBERS_NOT_INCLUDED']);
    expect(await strayNames()).toEqual([]);
  });

  test('is taken off the list, where it came before', async () => {
    const { to, ann, choose } = await arranged();
    expect(await inTurn(choose, assign(ann.id, [], [to]))).toEqual(['done', 'done']);
    expect(await strayNames()).toEqual([]);
  });
});

test('of two clients that are created with one list at once, one gets it', async () => {
  const list = await world.arrange.list(world.accountId, null, { access: 'NAMED' });
  await world.arrange.lead(list);
  expect(await inTurn(create([list], []), create([list], []))).toEqual(['done', 'CONFLICT']);
});

test('a member who loses the client while they ask for a lead of it is given none, and the two do not wait for each other', async () => {
  const client = await newClient();
  const ann = await person({ clients: [client], permissions: ['ACCESS_CRM'] });
  const list = await world.arrange.list(world.accountId, client);
  await world.arrange.lead(list);
  const asAnn = await signInAs(server, ann);
  const before = await deadlocks();
  await holder.query('begin');
  await holder.query('select from ringfence.lists where id = $1 for update', [list]);
  const changes = { memberIds: [], listIds: [] };
  const taking = codeOf(world.asOwner.ask(UpdateClientOfDocument, { input: { id: client, changes } }));
  await untilWaiting(watcher, 1);
  const asking = codeOf(asAnn.ask(NextLeadDocument, { input: { listId: list } }));
  await untilWaiting(watcher, 2);
  await holder.query('commit');
  expect(await Promise.all([taking, asking])).toEqual(['done', 'NOT_FOUND']);
  expect(await deadlocks()).toEqual(before);
});

test('creating, editing, naming, assigning and leads at once wait for each other, and none for ever', async () => {
  const clients = [await newClient(), await newClient(), await newClient()] as const;
  const people = [await person(), await person()];
  const memberIds = people.map(({ id }) => id);
  const lists: string[] = [];
  const identities: string[] = [];
  for (const client of clients) {
    lists.push(await world.arrange.list(world.accountId, client, { access: 'NAMED' }));
    identities.push(await world.arrange.identity(world.accountId, client, { email: 'race@identities.test' }));
  }
  const edit = (id: string, listIds: string[], identityIds: string[]) =>
    world.asAdmin.ask(UpdateClientOfDocument, {
      input: { id, changes: { name: `Edited ${listIds.length}`, listIds, identityIds, memberIds } },
    });
  const rename = (id: string) =>
    world.asOwner.ask(UpdateClientOfDocument, { input: { id, changes: { contactName: 'Somebody' } } });
  const work = Array.from({ length: 6 }, (_, round) => {
    const [first, second, third] = [round % 3, (round + 1) % 3, (round + 2) % 3] as [
      0 | 1 | 2,
      0 | 1 | 2,
      0 | 1 | 2,
    ];
    return [
      edit(clients[first], [lists[second] ?? '', lists[third] ?? ''], [identities[second] ?? '']),
      edit(clients[second], [lists[first] ?? ''], [identities[first] ?? '']),
      rename(clients[third]),
      create([lists[third] ?? ''], memberIds)(),
      name(lists[first] ?? '', memberIds)(),
      assign(memberIds[round % 2] ?? '', [clients[first]], [clients[second]])(),
    ];
  }).flat();
  const before = await deadlocks();
  const codes = new Set(await Promise.all(work.map(codeOf)));
  expect(await deadlocks()).toEqual(before);
  // Somebody else was first.
  for (const code of codes)
    expect(['done', 'CONFLICT', 'EMAIL_TAKEN', 'LIST_MEMBERS_NOT_INCLUDED', 'VALIDATION_FAILED']).toContain(
      code,
    );
  expect(codes).toContain('done');
  expect(await strayNames()).toEqual([]);
});
