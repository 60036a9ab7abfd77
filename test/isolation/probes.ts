// What is tried against the fence, as functions that answer a sentence for every difference between what the policy
// matrix promises and what happens; none: the fence holds. The suites expect none, and the mutants prove that each probe
// can find something.
import { isDeepStrictEqual } from 'node:util';
import { servingRoles, type ServingRole } from '../../db/policies/matrix';
import { principalNames, type Arena, type PrincipalName } from './arena';
import type { Outcome } from './login-connection';
import { cellOf, columnsWith, conditionFor, tablesIn, type TableShape } from './matrix-cells';

export type Probe = (arena: Arena, who?: readonly PrincipalName[]) => Promise<string[]>;

const denied = '42501';
const noSession = 'RF001';
const guarded = 'RF004';

/** Every principal reads, of every table, exactly the rows of its cell, whole and in any column it may read. */
export const readingDifferences: Probe = async (arena, who = principalNames) => {
  const differences: string[] = [];
  await forEachTable(arena, who, async (name, table) => {
    const session = arena.principals[name];
    const cell = cellOf(table.name, session.role, 'select');
    const columns = await columnsWith(arena.owner, session.role, table, 'select');
    const list = columns.join(', ');
    const order = table.key.filter((column) => columns.includes(column)).join(', ');
    const expected: Outcome =
      cell === null
        ? denied
        : (
            await arena.owner.query<Record<string, unknown>>(
              `select ${list} from ${table.name} where ${conditionFor(cell, session)} order by ${order}`,
            )
          ).rows;
    const actual = await arena.login.attempt(
      cell === null
        ? `select count(*) from ${table.name}`
        : `select ${list} from ${table.name} order by ${order}`,
    );
    if (!isDeepStrictEqual(actual, expected)) {
      differences.push(`${name} reads ${describe(actual)} of ${table.name}, not ${describe(expected)}`);
    }
  });
  return differences;
};

/**
 * Every principal changes exactly the rows of its cell: named one by one, and all at once by a statement that reads
 * nothing, which the policies for reading do not narrow.
 */
export const updatingDifferences: Probe = async (arena, who = principalNames) => {
  const differences: string[] = [];
  await forEachTable(arena, who, async (name, table) => {
    const session = arena.principals[name];
    const cell = cellOf(table.name, session.role, 'update');
    if (cell === null) {
      const column = table.columns.at(-1);
      const outcome = await arena.login.dry(`update ${table.name} set ${column} = default`);
      if (outcome !== denied) differences.push(`${name} may update ${table.name}: ${describe(outcome)}`);
      return;
    }
    const [column] = await columnsWith(arena.owner, session.role, table, 'update');
    const condition = conditionFor(cell, session);
    const key = table.key.join(', ');
    const rowsWhere = async (filter: string) =>
      (
        await arena.owner.query<Record<string, string>>(
          `select ${key}, ${column} from ${table.name} where ${filter}`,
        )
      ).rows;
    for (const [row, mayChange] of [
      ...(await rowsWhere(condition)).map((found) => [found, true] as const),
      ...(await rowsWhere(`not (${condition})`)).map((found) => [found, false] as const),
    ]) {
      const named = table.key.map((part, index) => `${part} = $${index + 1}`).join(' and ');
      const outcome = await arena.login.dry(
        `update ${table.name} set ${column} = ${column} where ${named} returning ${key}`,
        table.key.map((part) => row[part]),
      );
      // An archived row is refused by its guard, which no row meets that the policies hid.
      const changed = outcome === guarded || (Array.isArray(outcome) && outcome.length === 1);
      if (changed !== mayChange) {
        differences.push(
          `${name} ${changed ? 'changes' : 'cannot change'} a row of ${table.name}: ${describe(outcome)}`,
        );
      }
    }
    const blindly = await blindUpdate(
      arena,
      table,
      column ?? '',
      (await rowsWhere(condition))[0]?.[column ?? ''],
    );
    const expected = (await rowsWhere(condition)).length;
    if (blindly !== expected)
      differences.push(`${name} changes ${blindly} rows of ${table.name} blindly, not ${expected}`);
  });
  return differences;
};

/** The number of rows that an update without any condition changes. */
async function blindUpdate(
  arena: Arena,
  table: TableShape,
  column: string,
  value: unknown,
): Promise<number | string> {
  await arena.login.rows('savepoint blind');
  try {
    // The name of the first own row fits every row; where there is none, any text does.
    const { rowCount } = await arena.login.client.query(`update ${table.name} set ${column} = $1`, [
      value ?? 'x',
    ]);
    return rowCount ?? 0;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    await arena.login.rows('rollback to savepoint blind');
  }
}
