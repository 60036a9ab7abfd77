// Leads are listed, filtered, ordered and searched; what somebody does not see is not found.
import {
  ArchiveLeadDocument,
  LeadsDocument,
  UpdateLeadDocument,
  type LeadFilter,
  type LeadsQueryVariables,
} from '../support/documents.generated';
import type { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import { createWorld, type World } from '../support/world';
import { asWorker, create, fieldsOf } from './people';

let server: TestServer;
let world: World;
let list: string;
let other: string;
let fields: Record<string, string>;
let asMember: Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  list = await arrange.list(accountId, clients.one);
  other = await arrange.list(accountId, clients.three);
  fields = await fieldsOf(server, list);
  asMember = await asWorker(server, world, { clients: [clients.one, clients.three] });
  const value = (type: string, is: object) => ({ fieldId: fields[type] ?? '', ...is });
  await create(asMember, {
    listId: list,
    name: 'Ada Lovelace',
    company: 'Analytical Engines Ltd',
    emails: ['ada@engines.test'],
    phones: ['+4930901001'],
    state: 'CALL_BACK',
    callBackAt: '2026-01-01T00:00:00.000Z',
    values: [
      value('NUMBER', { number: 10 }),
      value('DATE', { date: '2026-03-01' }),
      value('CHOICE', { text: 'Red' }),
    ],
  });
  await create(asMember, {
    listId: list,
    name: 'Björn 100% Straße',
    emails: ['bjoern@nord.test'],
    phones: ['+4930901002'],
    state: 'CALL_BACK',
    callBackAt: '2100-01-01T00:00:00.000Z',
    values: [
      value('NUMBER', { number: 20 }),
      value('BOOLEAN', { boolean: true }),
      value('TEXT', { text: 'Wants_more' }),
    ],
  });
  await create(asMember, { listId: other, name: 'Carla Nord', company: 'Nord AG', state: 'WON' });
  await arrange.lead(world.list, { name: 'Ada Elsewhere', phone: '+4930901003', company: 'Zyzzyva' });
  const beta = await arrange.list(world.other.accountId, world.other.clientId);
  await arrange.lead(beta, { name: 'Ada Beta', phone: '+4930901004', company: 'Zyzzyva' });
});
afterAll(() => server.close());

const found = async (variables: LeadsQueryVariables, caller = asMember) => {
  const { leads } = await caller.get(LeadsDocument, { orderBy: 'NAME_ASC', ...variables });
  expect(leads.totalCount).toBe(leads.nodes.length);
  return leads.nodes.map(({ name }) => name);
};
const [ada, bjoern, carla] = ['Ada Lovelace', 'Björn 100% Straße', 'Carla Nord'];

test('each condition finds those that fit, and no others', async () => {
  const value = (type: string, is: object): LeadFilter => ({
    values: [{ fieldId: fields[type] ?? '', ...is }],
  });
  const conditions: [LeadFilter, string[]][] = [
    [{}, [ada, bjoern, carla]],
    [{ listId: list }, [ada, bjoern]],
    [{ clientId: world.clients.three }, [carla]],
    [{ clientId: world.clients.two }, []],
    [{ state: ['WON'] }, [carla]],
    [{ state: ['WON', 'CALL_BACK'] }, [ada, bjoern, carla]],
    [{ name: { equals: 'ADA lovelace' } }, [ada]],
    [{ name: { contains: '100%' } }, [bjoern]],
    [{ name: { contains: '0%S' } }, []],
    [{ company: { equals: 'nord ag' } }, [carla]],
    [{ company: { contains: 'engine' } }, [ada]],
    [{ email: { equals: 'ADA@engines.test' } }, [ada]],
    [{ email: { contains: '@nord' } }, [bjoern]],
    [{ phone: '+49 30 901002' }, [bjoern]],
    [{ isCallBackDue: true }, [ada]],
    [{ isCallBackDue: false }, [bjoern, carla]],
    [{ callBackAt: { from: '2099-01-01T00:00:00.000Z' } }, [bjoern]],
    [{ attempts: { minimum: 1 } }, []],
    [{ attempts: { maximum: 0 } }, [ada, bjoern, carla]],
    [{ createdAt: { before: '2020-01-01T00:00:00.000Z' } }, []],
    [{ updatedAt: { from: '2020-01-01T00:00:00.000Z' } }, [ada, bjoern, carla]],
    [value('NUMBER', { number: { minimum: 10, maximum: 19 } }), [ada]],
    [value('NUMBER', {}), [ada, bjoern, carla]],
    [value('NUMBER', { isSet: true }), [ada, bjoern]],
    [value('NUMBER', { isSet: false }), [carla]],
    [value('DATE', { date: { from: '2026-03-01', until: '2026-03-01' } }), [ada]],
    [value('BOOLEAN', { boolean: true }), [bjoern]],
    [value('CHOICE', { choices: ['Red', 'Green'] }), [ada]],
    [value('TEXT', { text: { contains: 's_m' } }), [bjoern]],
    [value('TEXT', { number: { minimum: 0 } }), []],
    [{ ...value('NUMBER', { number: { minimum: 15 } }), state: ['CALL_BACK'] }, [bjoern]],
  ];
  for (const [filter, names] of conditions)
    expect([filter, await found({ filter })]).toEqual([filter, names]);
});

test('every order is what it says, forwards and backwards, page by page', async () => {
  const expected = {
    NAME: [ada, bjoern, carla],
    CREATED_AT: [ada, bjoern, carla],
    UPDATED_AT: [ada, bjoern, carla],
    CALL_BACK_AT: [ada, bjoern, carla],
  };
  for (const [by, names] of Object.entries(expected))
    for (const [direction, inOrder] of [
      ['ASC', names],
      ['DESC', names.toReversed()],
    ] as const) {
      const orderBy = `${by}_${direction}` as NonNullable<LeadsQueryVariables['orderBy']>;
      const pages: string[] = [];
      for (let after: string | null = null; pages.length < 3;) {
        const { leads }: { leads: { nodes: { name: string }[]; pageInfo: { endCursor?: string | null } } } =
          await asMember.get(LeadsDocument, { first: 1, after, orderBy });
        pages.push(...leads.nodes.map(({ name }) => name));
        after = leads.pageInfo.endCursor ?? null;
      }
      expect([orderBy, pages]).toEqual([orderBy, inOrder]);
    }
});

describe('searching', () => {
  test('finds parts of words in any case, all of them, wherever they are', async () => {
    const searches: [string, string[]][] = [
      ['lovelace', [ada]],
      ['VELA', [ada]],
      ['ada engines', [ada]],
      ['engines nord', []],
      ['nord', [bjoern, carla]],
      ['strasse', []],
      ['straße', [bjoern]],
      ['STRAẞE', [bjoern]],
      ['bj', [bjoern]],
      ['b', [bjoern]],
      ['jö', []],
      ['030 901002', [bjoern]],
      ['ada@engines.test', [ada]],
      ['100% str', [bjoern]],
      ['%', []],
      ['zyzzyva', []],
    ];
    for (const [search, names] of searches)
      expect([search, await found({ search })]).toEqual([search, names]);
    expect(await found({ search: 'ada', filter: { listId: other } })).toEqual([]);
    expect(await found({ search: 'nord', filter: { listId: other } })).toEqual([carla]);
    expect(await found({ search: 'ada' }, world.asAdmin)).toEqual(['Ada Elsewhere', ada]);
  });

  test('within one client is not shortened by newer leads of others that have the words as well', async () => {
    await server.owner.query(
      `insert into ringfence.leads (account_id, client_id, list_id, name)
       select account_id, client_id, id, 'Carla ' || n from ringfence.lists, generate_series(1, 2000) n where id = $1`,
      [list],
    );
    const { three } = world.clients;
    const filters = [{ clientId: three }, { listId: other }, { clientId: three, listId: other }];
    for (const filter of filters) expect(await found({ search: 'carla', filter })).toEqual([carla]);
    expect(await found({ search: 'carla', filter: { clientId: world.clients.two } })).toEqual([]);
    await server.owner.query("delete from ringfence.leads where list_id = $1 and name ~ '^Carla [0-9]+$'", [
      list,
    ]);
  });

  test('follows what changes', async () => {
    const { lead } = await create(asMember, { listId: list, name: 'Quentin Quick' });
    expect(await found({ search: 'quentin' })).toEqual(['Quentin Quick']);
    await asMember.get(UpdateLeadDocument, {
      input: { id: lead.id, changes: { name: 'Renamed', phones: ['+4930909999'] } },
    });
    expect(await found({ search: 'quentin' })).toEqual([]);
    expect(await found({ search: '909999' })).toEqual(['Renamed']);
    await asMember.get(ArchiveLeadDocument, { input: { id: lead.id } });
    expect(await found({ search: '909999' })).toEqual([]);
  });

  test('reads nothing of others: a word that only they have is not in the index of anybody else', async () => {
    const readBy = async (word: string) => {
      await server.owner.query('reset role; set role ringfence_definer');
      const { rows } = await server.owner.query<{ count: number }>(
        `select count(*)::int as count from ringfence.clients c join fence.lead_search s
           on s.pieces @> array(select fence.piece_of(c.id, piece) from unnest(fence.wanted_pieces($1)) piece) where c.id = any ($2)`,
        [word, [world.clients.one, world.clients.three]],
      );
      await server.owner.query('reset role; set role ringfence_owner');
      return rows[0]?.count;
    };
    expect([await readBy('zyzzyva'), await readBy('nobodyhasthis'), await readBy('nord')]).toEqual([0, 0, 2]);
  });
});

test('a choice that none can be is refused', async () => {
  for (const choice of ['Red\0', '', 'x'.repeat(101)]) {
    const filter = { values: [{ fieldId: fields.CHOICE ?? '', choices: ['Red', choice] }] };
    expect(await asMember.refusal(LeadsDocument, { filter })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'filter.values.0.choices',
    });
  }
});

test('a page with all that hangs on its leads takes the same number of statements, however many they are', async () => {
  const counted = (first: number) => statementsOf(() => asMember.get(LeadsDocument, { first }));
  await counted(1);
  expect(await counted(1)).toBe(await counted(50));
});
