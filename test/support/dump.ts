import type { Client } from 'pg';

/** Every row of every table as text, by table; as somebody who sees all rows. */
export async function dumpDatabase(owner: Client): Promise<Map<string, string[]>> {
  const { rows: tables } = await owner.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  );
  const dumped = new Map<string, string[]>();
  for (const { name } of tables) {
    const { rows } = await owner.query<{ row: string }>(`select t::text as row from ${name} t order by 1`);
    dumped.set(
      name,
      rows.map(({ row }) => row),
    );
  }
  return dumped;
}
