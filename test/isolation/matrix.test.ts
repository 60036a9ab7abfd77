// The policy matrix against reality, below the API: for every principal and every table, what is really read, inserted
// and changed is what db/policies/matrix.ts says, and nothing in the database is missing from it.
import { definerFunctions } from '../../db/policies/definer-functions';
import { servingRoles } from '../../db/policies/matrix';
import { answerDifferences } from './answer-probe';
import { createArena, principalNames, type Arena } from './arena';
import { conditionsOfSet } from './client-sets';
import { listSetDifferences } from './list-probe';
import { heldLeadDifferences } from './queue-probe';
import { columnsWith, tableNames, tablesIn } from './matrix-cells';
import {
  describeOutcome,
  blindUpdatingDifferences,
  insertingDifferences,
  otherRoleDifferences,
  readingDifferences,
  updatingDifferences,
} from './probes';

let arena: Arena;

beforeAll(async () => {
  arena = await createArena();
});
afterAll(() => arena.close());

const ownerRows = async <Row extends object>(text: string, values: unknown[] = []) =>
  (await arena.owner.query<Row>(text, values)).rows;

describe('the matrix is complete', () => {
  test('every table of the database is in the matrix, and every table of the matrix in the database', async () => {
    expect((await tablesIn(arena.owner)).map((table) => table.name).sort()).toEqual([...tableNames].sort());
  });

  test('every role that the login can become is a serving role of the matrix', async () => {
    const roles = await ownerRows<{ name: string }>(
      `select rolname::text as name from pg_roles
       where pg_has_role('ringfence_login', oid, 'member') and rolname <> 'ringfence_login' order by 1`,
    );
    expect(roles.map((role) => role.name)).toEqual([...servingRoles].sort());
  });

  test('every role with a policy besides the owner, the definer, the sign-in and the worker is a serving role of the matrix', async () => {
    const roles = await ownerRows<{ name: string }>(
      "select distinct coalesce(r.rolname, 'public')::text as name from pg_policy p cross join unnest(p.polroles) role left join pg_roles r on r.oid = role",
    );
    const others = [
      'ringfence_owner',
      'ringfence_definer',
      'ringfence_signin',
      'ringfence_worker',
      ...servingRoles,
    ];
    expect(roles.map((role) => role.name).filter((name) => !others.includes(name))).toEqual([]);
  });

  test('the functions that run with the rights of their owner are those of the list, executable by whom it says', async () => {
    const functions = await ownerRows<{ name: string; owner: string; grantees: string[] }>(
      `select n.nspname || '.' || p.proname as name, p.proowner::regrole::text as owner,
         array(select case when a.grantee = 0 then 'public' else a.grantee::regrole::text end
               from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
               where a.privilege_type = 'EXECUTE' and a.grantee <> p.proowner order by 1) as grantees
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema')`,
    );
    const found = Object.fromEntries(functions.map(({ name, grantees }) => [name, grantees]));
    expect(found).toEqual(
      Object.fromEntries(Object.entries(definerFunctions).map(([name, roles]) => [name, [...roles].sort()])),
    );
    expect(functions.filter(({ owner }) => owner !== 'ringfence_definer')).toEqual([]);
  });

  test('every table that a principal reaches has rows of two accounts here, so that a missing condition shows', async () => {
    const empty: string[] = [];
    for (const table of await tablesIn(arena.owner)) {
      const account = ['account_id', table.name === 'ringfence.accounts' ? 'id' : ''].find((column) =>
        table.columns.includes(column),
      );
      const [row] = await ownerRows<{ count: number }>(
        account === undefined
          ? `select count(*)::int as count from ${table.name}`
          : `select count(distinct ${account})::int as count from ${table.name}`,
      );
      if ((row?.count ?? 0) < (account === undefined ? 1 : 2)) empty.push(table.name);
    }
    expect(empty).toEqual([]);
  });
});

describe.each(principalNames)('%s', (name) => {
  test('reads the rows of the matrix in every table, and no other', async () => {
    expect(await readingDifferences(arena, [name])).toEqual([]);
  });

  test('changes the rows of the matrix in every table, and no other', async () => {
    expect(await updatingDifferences(arena, [name])).toEqual([]);
  });

  test('changes no more rows with an update that reads nothing', async () => {
    expect(await blindUpdatingDifferences(arena, [name])).toEqual([]);
  });

  test('inserts what the matrix says, and nothing for another account', async () => {
    expect(await insertingDifferences(arena, [name])).toEqual([]);
  });

  test('is told its own account and sets, whatever role asks for them', async () => {
    expect(await answerDifferences(arena, [name])).toEqual([]);
    expect(await listSetDifferences(arena, [name])).toEqual([]);
    expect(await heldLeadDifferences(arena, [name])).toEqual([]);
  });

  test('sees no row of any table as another role than its own', async () => {
    expect(await otherRoleDifferences(arena, [name])).toEqual([]);
  });
});

describe('rights that nobody who is served has', () => {
  const lockModes = [
    'row exclusive',
    'share update exclusive',
    'share',
    'share row exclusive',
    'exclusive',
    'access exclusive',
  ];

  test.each([...servingRoles, null])('%s may not delete from, truncate or lock any table', async (role) => {
    const { login, owner, principals } = arena;
    const allowed: string[] = [];
    const tables = await tablesIn(owner);
    // An administrator's seal: what the role may not do, the most powerful seal does not make possible.
    await login.as(
      principals['the owner'],
      async () => {
        for (const { name } of tables) {
          const statements = [
            `delete from ${name}`,
            `truncate ${name}`,
            ...lockModes.map((mode) => `lock table ${name} in ${mode} mode`),
          ];
          for (const statement of statements) {
            const outcome = await login.dry(statement);
            if (outcome !== '42501') allowed.push(`${statement}: ${describeOutcome(outcome)}`);
          }
        }
      },
      { role },
    );
    expect(allowed).toEqual([]);
  });

  test('no serving role may write an id, or move a row to another account', async () => {
    const writable: string[] = [];
    for (const table of await tablesIn(arena.owner)) {
      for (const role of servingRoles) {
        const inserted = columnsWith(role, table, 'insert');
        const updated = columnsWith(role, table, 'update');
        if (inserted.includes('id')) writable.push(`${role} inserts ${table.name}.id`);
        const moving = updated.filter(
          (column) => table.key.includes(column) || column === 'account_id' || column === 'client_id',
        );
        writable.push(...moving.map((column) => `${role} updates ${table.name}.${column}`));
      }
    }
    expect(writable).toEqual([]);
  });
});

describe('row security against WHERE', () => {
  test('with each of the 64 subsets of six clients assigned, a scoped member sees what a WHERE over the subset selects', async () => {
    const { login, owner, alpha, principals } = arena;
    const member = principals['a scoped member, seeing all of a client'];
    const { one, two, three, four, five, six } = alpha.clients;
    const clients = [one, two, three, four, five, six];
    const ofClients = await conditionsOfSet(
      owner,
      member,
      // Not what is in blind mode, or on lists for those who are named, or on its way.
      `client_id not in ('${four}', '${five}') and list_id in (
         select id from ringfence.lists where access = 'ALL' and status in ('ACTIVE', 'ARCHIVED'))`,
    );
    const ofOrganizations = 'any (select organization_id from ringfence.clients where id = any ($1))';
    const lists = [
      ...ofClients,
      ['ringfence.clients', 'id', 'id = any ($1)'],
      ['ringfence.organizations', 'id', `id = ${ofOrganizations}`],
      ['ringfence.organization_tags', 'organization_id, tag_key', `organization_id = ${ofOrganizations}`],
    ] as const;
    const assigned = [member.accountId, member.principalId];
    const { rows: before } = await owner.query<{ client_id: string }>(
      'select client_id from ringfence.client_assignments where account_id = $1 and member_id = $2',
      assigned,
    );
    const assign = async (subset: string[]) => {
      await owner.query(
        'delete from ringfence.client_assignments where account_id = $1 and member_id = $2',
        assigned,
      );
      await owner.query(
        'insert into ringfence.client_assignments (account_id, member_id, client_id) select $1, $2, c from unnest($3::uuid[]) c',
        [...assigned, subset],
      );
    };
    const compared = new Set<string>();
    try {
      // One transaction throughout: sets are read at each statement.
      await login.as(member, async () => {
        for (let bits = 0; bits < 2 ** clients.length; bits += 1) {
          const subset = clients.filter((_, index) => (bits & (1 << index)) !== 0);
          await assign(subset);
          for (const [table, key, condition] of lists) {
            const visible = await login.rows(`select ${key} from ${table} order by ${key}`);
            const expected = await ownerRows(
              `select ${key} from ${table} where (${condition}) and account_id = $2 order by ${key}`,
              [subset, member.accountId],
            );
            expect({ table, subset, visible }).toEqual({ table, subset, visible: expected });
            if (expected.length > 0) compared.add(table);
          }
        }
      });
    } finally {
      await assign(before.map((row) => row.client_id));
    }
    expect([...compared].sort()).toEqual(lists.map(([table]) => table).sort());
  });
});
