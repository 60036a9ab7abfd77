// Whether the functions that write lists ask for what policies ask for, and change nothing else than they say.
import { isDeepStrictEqual } from 'node:util';
import type { PrincipalName } from './arena';
import { describeOutcome, nobodys, rowsOf, type Probe } from './probes';

const hidden = 'RF006';
const archived = 'RF004';
const forbidden = 'RF003';
const invalid = '23514';
const notIncluded = 'RF012';

/** What a new list has to be told; the API says the rest. */
const details = JSON.stringify({
  name: 'New',
  access: 'NAMED',
  duplicateHandling: 'SKIP',
  queueOrder: 'OLDEST_FIRST',
  callBackDelayMinutes: 60,
  callingDays: ['MONDAY'],
  callingTimeZone: 'LEAD',
});

/** Columns that nobody names, in either way of writing them. */
const smuggled = (clientId: string) =>
  JSON.stringify({
    name: 'Smuggled',
    id: nobodys,
    clientId,
    client_id: clientId,
    account_id: nobodys,
    status: 'ARCHIVED',
    ofHouse: true,
    archivedWithClient: true,
    version: 99,
  });

/** Nobody writes a list that they do not see, gives one to a client that they do not reach, or names who does not reach it. */
export const listWritingDifferences: Probe = async (arena) => {
  const { login, alpha, beta, principals } = arena;
  const differences: string[] = [];
  const { lists, clients } = alpha;
  const [foreign] = await rowsOf(
    arena,
    'select id from ringfence.list_fields where list_id = $1 order by position limit 1',
    [lists.hidden],
  );
  const writes = (list: string): [string, unknown[]][] => [
    [`select ringfence.update_list($1, '{"name": "X"}', null)`, [list]],
    ["select ringfence.change_list_status($1, 'ARCHIVE', null)", [list]],
    ["select ringfence.delete_list($1, 'Prospects', null)", [list]],
    ['select ringfence.move_list_to_client($1, $2, null)', [list, clients.four]],
  ];
  const expectations: [who: PrincipalName, statement: string, values: unknown[], expected: string][] = [];
  const expected = (who: PrincipalName, statements: [string, unknown[]][], outcome: string) =>
    expectations.push(
      ...statements.map(([statement, values]): [PrincipalName, string, unknown[], string] => [
        who,
        statement,
        values,
        outcome,
      ]),
    );
  const create = (client: string | null): [string, unknown[]][] => [
    ['select ringfence.create_list($1, $2)', [client, details]],
  ];
  const moving = (list: string, client: string | null): [string, unknown[]][] => [
    ['select ringfence.move_list_to_client($1, $2, null)', [list, client]],
  ];
  const naming = (list: string, member: string): [string, unknown[]][] => [
    ['select ringfence.update_list($1, $2, null)', [list, JSON.stringify({ memberIds: [member] })]],
  ];
  const scoped = 'a scoped member, managing lists';
  for (const who of [scoped, 'a token for some clients, everything'] as const) {
    for (const list of [lists.hidden, lists.house, beta.lists.open, nobodys])
      expected(who, writes(list), hidden);
    for (const client of [clients.two, beta.clients.one, nobodys]) expected(who, create(client), hidden);
    expected(who, create(clients.archived), archived);
    expected(who, create(null), forbidden);
    expected(who, writes(lists.archived).slice(0, 2), archived);
    for (const list of [lists.arriving, lists.deleting]) expected(who, writes(list), archived);
    expected(who, writes(lists.leaving), hidden);
    for (const client of [clients.two, beta.clients.one, nobodys])
      expected(who, moving(lists.open, client), hidden);
    expected(who, moving(lists.open, clients.archived), archived);
    expected(who, moving(lists.open, null), forbidden);
  }
  for (const who of [
    'a member with all clients, managing lists',
    'a token for all clients, everything',
  ] as const)
    for (const list of [lists.house, beta.lists.open]) expected(who, writes(list), hidden);
  expected('a scoped member, working with leads', writes(lists.open), forbidden);
  expected('a scoped member, working with leads', create(clients.one), forbidden);
  expected('a token that came from a member who was named', create(null), forbidden);
  expected('a member with all clients, managing lists', moving(lists.blind, clients.one), forbidden);
  for (const [list, client] of [
    [lists.open, clients.two],
    [lists.closed, clients.four],
  ] as const)
    expected('the owner', moving(list, client), notIncluded);
  const stranger = principals['the owner of another account'].principalId;
  for (const member of [stranger, nobodys]) expected(scoped, naming(lists.open, member), hidden);
  const unassigned = principals['a member without clients who is named on a list'].principalId;
  expected(scoped, naming(lists.open, unassigned), invalid);
  const withClients = principals['a scoped member, viewing'].principalId;
  expected('the owner', naming(lists.house, withClients), invalid);
  expected(
    scoped,
    [
      [
        'select ringfence.update_list($1, $2, null)',
        [
          lists.open,
          JSON.stringify({
            fields: [{ id: foreign?.id, name: 'A', type: 'TEXT', required: false, uniqueInClient: false }],
          }),
        ],
      ],
    ],
    hidden,
  );
  for (const [who, statement, values, outcome] of expectations) {
    await login.as(principals[who], async () => {
      const found = await login.dry(statement, values);
      if (found !== outcome) differences.push(`${who}: ${statement}: ${describeOutcome(found)}`);
    });
  }
  await login.as(principals[scoped], async () => {
    const row = `select id, account_id, client_id, status, of_house, archived_with_client, version from ringfence.lists where id = $1`;
    const [before] = await login.rows(row, [lists.open]);
    await login.rows('select ringfence.update_list($1, $2, null)', [lists.open, smuggled(clients.two)]);
    const [after] = await login.rows(row, [lists.open]);
    if (!isDeepStrictEqual(after, { ...before, version: Number(before?.version) + 1 }))
      differences.push(`changes what cannot be named: ${JSON.stringify(after)}`);
  });
  return differences;
};
