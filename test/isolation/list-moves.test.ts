// A list that goes to another client is gone from the old one at once, whatever SQL somebody there sends as the login of the API, and
// its leads are nobody's but administrators' until all are at the new one.
import { createArena, principalNames, type Arena, type PrincipalName } from './arena';
import { cellOf, conditionFor } from './matrix-cells';
import { nobodys, rowsOf } from './probes';

let arena: Arena;

beforeAll(async () => {
  arena = await createArena();
});
afterAll(() => arena.close());

const denied = '42501';
const ofLeads = ['leads', 'lead_emails', 'lead_phones', 'lead_values', 'lead_notes', 'lead_changes'];
const ofLists = ['list_fields', 'list_dispositions', 'list_members'];

/** Statements by which somebody might find something of a list. */
const looking = (list: string): [string, unknown[]][] => [
  ['select from ringfence.lists where id = $1', [list]],
  ...[...ofLists, ...ofLeads, 'list_jobs'].map((table): [string, unknown[]] => [
    `select from ringfence.${table} where list_id = $1`,
    [list],
  ]),
  ["select from unnest(ringfence.search_leads('lead', null, $1))", [list]],
];

/** What somebody sees of a list, by the statement. */
async function seen(who: PrincipalName, list: string): Promise<string[]> {
  const { login, principals } = arena;
  return login.as(principals[who], async () => {
    const found: string[] = [];
    for (const [statement, values] of looking(list)) {
      const outcome = await login.attempt(statement, values);
      if (outcome === denied) continue;
      if (outcome.length > 0) found.push(statement);
    }
    return found;
  });
}

const administrators: PrincipalName[] = ['the owner', 'an administrator'];
const ofTheOldClient: PrincipalName[] = [
  'a scoped member, everything',
  'a scoped member, seeing all of a client',
  'a scoped member, working with leads',
  'a scoped member, managing lists',
  'a token for some clients, everything',
  'a token for some clients, working with leads',
];

const ofBothClients: PrincipalName[] = [
  'a member with all clients, everything',
  'a token for all clients, everything',
  'a token for all clients of the account',
];

test.each(ofTheOldClient)('%s, who reaches the old client alone, sees nothing of it', async (who) => {
  expect(await seen(who, arena.alpha.lists.leaving)).toEqual([]);
});

test('of the list that arrives, and of one that is being deleted, nobody but administrators sees a lead', async () => {
  const { arriving, deleting } = arena.alpha.lists;
  for (const who of [...ofTheOldClient, ...ofBothClients])
    for (const list of [arriving, deleting]) {
      const found = await seen(who, list);
      expect({ who, found: found.filter((statement) => /lead/.test(statement)) }).toEqual({ who, found: [] });
    }
  for (const who of administrators)
    expect((await seen(who, arriving)).filter((statement) => /lead/.test(statement))).toHaveLength(
      ofLeads.length + 1,
    );
  expect(await seen('a scoped member, everything', arriving)).toContain(
    'select from ringfence.lists where id = $1',
  );
});

test('it is gone within a transaction that was there before, and comes back when it comes back', async () => {
  const { login, owner, principals, alpha } = arena;
  const { open } = alpha.lists;
  const place = async (client: string, status: string) =>
    owner.query('update ringfence.lists set client_id = $2, status = $3 where id = $1', [
      open,
      client,
      status,
    ]);
  const leads = () => login.rows('select id from ringfence.leads where list_id = $1 order by id', [open]);
  await login.as(principals['a scoped member, working with leads'], async () => {
    const before = await leads();
    expect(before).not.toEqual([]);
    await place(alpha.clients.two, 'MOVING');
    expect(await leads()).toEqual([]);
    expect(await login.rows('select from ringfence.lists where id = $1', [open])).toEqual([]);
    await place(alpha.clients.one, 'ACTIVE');
    expect(await leads()).toEqual(before);
  });
});

/** One session of each role: what it may is asked of its rights alone. */
const ofEachRole = () => new Map(Object.values(arena.principals).map((session) => [session.role, session]));

test('where leads may be, and what the worker does, is out of reach of whoever is served', async () => {
  const { login, alpha } = arena;
  const [job] = await rowsOf(arena, "select id from ringfence.list_jobs where state = 'QUEUED' limit 1");
  const ids = [alpha.id, job?.id];
  for (const session of ofEachRole().values()) {
    await login.as(session, async () => {
      for (const [statement, values] of [
        ['select from fence.list_places', []],
        ['delete from fence.list_places', []],
        ["update ringfence.lists set status = 'ACTIVE'", []],
        ['update ringfence.leads set client_id = $1', [alpha.clients.one]],
        ["update ringfence.list_jobs set state = 'DONE'", []],
        ['select worker.start_list_job($1, $2)', ids],
        ['select worker.settle_leads($1, $2, 1000)', ids],
        ['select worker.end_list_job($1, $2, 0)', ids],
        ["select fence.move_list('', $1, $2, null)", [alpha.lists.open, alpha.clients.four]],
      ] as const)
        expect({ statement, outcome: await login.dry(statement, [...values]) }).toEqual({
          statement,
          outcome: denied,
        });
    });
  }
});

test('how many duplicates were found is for administrators alone to read', async () => {
  const { login } = arena;
  const duplicates = 'select duplicates from ringfence.list_jobs';
  for (const [role, session] of ofEachRole()) {
    await login.as(session, async () => {
      const outcome = await login.attempt(duplicates);
      expect({ role, denied: outcome === denied }).toEqual({ role, denied: role !== 'ringfence_admin' });
    });
  }
});

test('how many leads they have is told of the jobs that somebody sees, but in blind mode, and read nowhere else', async () => {
  const { login, principals } = arena;
  for (const name of principalNames) {
    const session = principals[name];
    if (session.role === 'ringfence_portal') continue;
    const cell = cellOf('ringfence.list_jobs', session.role, 'select') ?? 'false';
    const expected = await rowsOf(
      arena,
      `select j.id from ringfence.list_jobs j join ringfence.clients c on c.id = j.client_id
       where j.id in (select id from ringfence.list_jobs where ${conditionFor(cell, session)})
         and not (c.blind_mode = 'ON' and coalesce(
           (select not t.all_lists or coalesce(m.role = 'MEMBER', false)
            from ringfence.access_tokens t left join ringfence.member_access m on m.member_id = t.member_id where t.id = $1),
           (select m.role = 'MEMBER' from ringfence.member_access m where m.member_id = $1)))
       order by 1`,
      [session.principalId],
    );
    const all = (await rowsOf(arena, 'select id from ringfence.list_jobs')).map(({ id }) => id);
    await login.as(session, async () => {
      const told = await login.rows('select job_id as id from ringfence.list_job_progress($1) order by 1', [
        all,
      ]);
      expect({ name, told }).toEqual({ name, told: expected });
      const outcome = await login.attempt('select total from ringfence.list_jobs');
      expect({ name, denied: outcome === denied }).toEqual({
        name,
        denied: session.role !== 'ringfence_admin',
      });
    });
  }
});

test('the house client is no client to move a list to, and another account’s is none at all', async () => {
  const { login, principals, alpha, beta } = arena;
  const [house] = await rowsOf(arena, 'select id from ringfence.clients where account_id = $1 and is_house', [
    alpha.id,
  ]);
  for (const who of [
    'the owner',
    'a member with all clients, everything',
    'a scoped member, everything',
  ] as const)
    await login.as(principals[who], async () => {
      for (const client of [house?.id, beta.clients.one, nobodys])
        expect(
          await login.dry('select ringfence.move_list_to_client($1, $2, null)', [alpha.lists.open, client]),
        ).toBe('RF006');
    });
});
