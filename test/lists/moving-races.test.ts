// Moving a list while others write of it, are named on it or lose a client: whoever was first has done it, and nobody works on a list
// whose client they do not reach.
import {
  ArchiveClientDocument,
  AssignClientsDocument,
  CreateLeadDocument,
  DeleteClientDocument,
  DeleteListDocument,
  MoveListDocument,
  UpdateListDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { oneRow } from '../support/stored';
import { createWorld, type World } from '../support/world';
import { finishListJobs, rowsOfList } from './working';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const rounds = 6;

interface Race {
  list: string;
  from: string;
  to: string;
  member: string;
}

/** A list with a lead, whose client `member` has, and the one that it goes to as well. */
async function newRace(access: 'ALL' | 'NAMED' = 'ALL', named = false): Promise<Race> {
  const { arrange, accountId } = world;
  const [from, to] = [await arrange.client(accountId, 'From'), await arrange.client(accountId, 'To')];
  const { id: member } = await arrange.member(accountId, { clients: [from, to] });
  const list = await arrange.list(accountId, from, { access, members: named ? [member] : [] });
  await arrange.lead(list);
  return { list, from, to, member };
}

type Act = (race: Race) => Promise<{ errors?: readonly { extensions: Record<string, unknown> }[] }>;
const move: Act = ({ list, to }) =>
  world.asOwner.ask(MoveListDocument, { input: { id: list, clientId: to } });

/** Both at once, sometimes one first and sometimes the other; what was answered. */
async function race(round: number, given: Race, act: Act): Promise<[moved: string, acted: string]> {
  const outcome = async (work: Act) => {
    const extensions = (await work(given)).errors?.[0]?.extensions;
    return (extensions?.reason ?? extensions?.code ?? 'done') as string;
  };
  if (round % 2 === 0) return Promise.all([outcome(move), outcome(act)]);
  const [acted, moved] = await Promise.all([outcome(act), outcome(move)]);
  return [moved, acted];
}

/** Who works on a list, by name or by its client, and does not reach it. */
const outside = async ({ list }: Race) =>
  (
    await server.owner.query<{ id: string }>(
      `select n.member_id as id from ringfence.list_members n join ringfence.lists l on l.id = n.list_id
       where l.id = $1 and not exists (
         select from ringfence.client_assignments a where a.member_id = n.member_id and a.client_id = l.client_id)`,
      [list],
    )
  ).rows;

const clientOf = async ({ list }: Race) =>
  (
    await oneRow<{ client_id: string }>(server.owner, 'select client_id from ringfence.lists where id = $1', [
      list,
    ])
  ).client_id;

test('somebody is named who does not reach the new client: one of the two is refused', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const given = await newRace('NAMED');
    const { id: stranger } = await world.arrange.member(world.accountId, { clients: [given.from] });
    const outcomes = await race(round, given, ({ list }) =>
      world.asAdmin.ask(UpdateListDocument, {
        input: { id: list, changes: { memberIds: [stranger] } },
      }),
    );
    expect([
      ['done', 'LIST_MOVING'],
      ['LIST_MEMBERS_NOT_INCLUDED', 'done'],
    ]).toContainEqual(outcomes);
    expect(await outside(given)).toEqual([]);
  }
});

test('who is named loses the new client: they are not moved to where they do not reach', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const given = await newRace('NAMED', true);
    const [moved, acted] = await race(round, given, ({ member, to }) =>
      world.asAdmin.ask(AssignClientsDocument, {
        input: { memberId: member, add: [], remove: [to] },
      }),
    );
    expect(acted).toBe('done');
    expect(['done', 'LIST_MEMBERS_NOT_INCLUDED']).toContain(moved);
    expect(await outside(given)).toEqual([]);
    expect(await clientOf(given)).toBe(moved === 'done' ? given.to : given.from);
  }
});

test('somebody is given the old client of an open list: they are asked for, or come after it', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const given = await newRace();
    const { id: late } = await world.arrange.member(world.accountId);
    const [moved, acted] = await race(round, given, ({ from }) =>
      world.asAdmin.ask(AssignClientsDocument, {
        input: { memberId: late, add: [from], remove: [] },
      }),
    );
    expect(acted).toBe('done');
    expect(['done', 'LIST_MEMBERS_NOT_INCLUDED']).toContain(moved);
    expect(await clientOf(given)).toBe(moved === 'done' ? given.to : given.from);
  }
});

test('it is moved twice at once: once', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const given = await newRace();
    const third = await world.arrange.client(world.accountId, 'Third');
    await server.owner.query(
      'insert into ringfence.client_assignments (account_id, member_id, client_id) values ($1, $2, $3)',
      [world.accountId, given.member, third],
    );
    const outcomes = await race(round, given, ({ list }) =>
      world.asAdmin.ask(MoveListDocument, {
        input: { id: list, clientId: third },
      }),
    );
    expect([...outcomes].sort()).toEqual(['LIST_MOVING', 'done']);
  }
});

describe.each([
  ['is archived', (client: string) => world.asAdmin.ask(ArchiveClientDocument, { input: { id: client } })],
  [
    'is deleted',
    (client: string, name: string) =>
      world.asAdmin.ask(DeleteClientDocument, { input: { id: client, confirmName: name } }),
  ],
])('a client that %s', (_, end) => {
  test.each(['from', 'to'] as const)('where it goes %s: one of the two is refused', async (which) => {
    for (let round = 0; round < rounds; round += 1) {
      const given = await newRace();
      const name = which === 'from' ? 'From' : 'To';
      const outcomes = await race(round, given, (race) => end(race[which], name));
      expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
      expect(
        outcomes.filter((outcome) => /^(LIST_MOVING|CLIENT_ARCHIVED|CLIENT_DELETING)$/.test(outcome)),
      ).toHaveLength(1);
    }
  });
});

test('it is deleted: one of the two is refused', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const outcomes = await race(round, await newRace(), ({ list }) =>
      world.asAdmin.ask(DeleteListDocument, {
        input: { id: list, confirmName: 'Prospects' },
      }),
    );
    expect([
      ['done', 'LIST_MOVING'],
      ['LIST_DELETING', 'done'],
    ]).toContainEqual(outcomes);
  }
});

test('leads are added: what came before goes with it, what comes after is refused, and none is left behind', async () => {
  const given = await newRace();
  const outcomes: string[] = [];
  const adding = Array.from({ length: 4 }, async () => {
    for (let number = 0; number < rounds; number += 1) {
      const { errors } = await world.asAdmin.ask(CreateLeadDocument, {
        input: { listId: given.list, name: `Lead ${number}` },
      });
      outcomes.push(String(errors?.[0]?.extensions.reason ?? errors?.[0]?.extensions.code ?? 'done'));
    }
  });
  expect((await move(given)).errors).toBeUndefined();
  await Promise.all(adding);
  await finishListJobs(server);
  expect(outcomes.filter((outcome) => !/^(done|LIST_MOVING|NOT_FOUND)$/.test(outcome))).toEqual([]);
  const added = outcomes.filter((outcome) => outcome === 'done').length;
  expect((await rowsOfList(server, given.list))['ringfence.leads']).toEqual({ [given.to]: added + 1 });
});

test('clients change places of lists at once, in both directions, and nobody waits for nobody', async () => {
  const [one, two] = [await newRace(), await newRace()];
  for (const { member } of [one, two])
    await server.owner.query(
      `insert into ringfence.client_assignments (account_id, member_id, client_id)
       select $1, $2, c from unnest($3::uuid[]) c on conflict do nothing`,
      [world.accountId, member, [one.from, two.from]],
    );
  const swap = (list: string, clientId: string) =>
    world.asOwner.ask(MoveListDocument, { input: { id: list, clientId } });
  const answers = await Promise.all([swap(one.list, two.from), swap(two.list, one.from)]);
  expect(answers.map(({ errors }) => errors)).toEqual([undefined, undefined]);
  await finishListJobs(server);
  expect([await clientOf(one), await clientOf(two)]).toEqual([two.from, one.from]);
});
