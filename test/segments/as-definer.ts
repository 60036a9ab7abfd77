// What the tests of segments and campaigns share.
import type { Client } from 'pg';

/** Something as the definer, who owns the functions that nobody else may call. */
export async function asDefiner<Row extends object>(
  owner: Client,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  await owner.query('reset role; set role ringfence_definer');
  try {
    return (await owner.query<Row>(text, values)).rows;
  } finally {
    await owner.query('reset role; set role ringfence_owner');
  }
}

/** The condition about a row of leads that the database makes of a filter. */
export async function conditionOf(owner: Client, filter: unknown): Promise<string> {
  const [row] = await asDefiner<{ condition: string }>(
    owner,
    'select fence.segment_condition($1::jsonb) as condition',
    [JSON.stringify(filter)],
  );
  return row?.condition ?? '';
}
