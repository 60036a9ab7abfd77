// The cells of db/policies/matrix.ts as SQL for the owner of the tables, and the shape of the tables they speak of.
import { escapeLiteral, type Client } from 'pg';
import { matrix, type Cell, type ServingRole } from '../../db/policies/matrix';
import type { Session } from './sessions';

export interface TableShape {
  name: string;
  columns: string[];
  /** Columns of the primary key; what rows are ordered and told apart by. */
  key: string[];
}

export const tableNames = Object.keys(matrix);

/** Whether a role has a cell, and what it says. */
export function cellOf(table: string, role: ServingRole, command: keyof Cell): string | null {
  return matrix[table]?.[role]?.[command] ?? null;
}

/** A cell for one principal: `$account`, `$member` and held('…') replaced. */
export function conditionFor(cell: string, session: Session): string {
  const condition = cell
    .replaceAll('$account', `${escapeLiteral(session.accountId)}::uuid`)
    .replaceAll('$member', `${escapeLiteral(session.memberId)}::uuid`)
    .replaceAll(/held\('(\w+)'\)/g, (_, permission: string) =>
      String(session.permissions.includes(permission)),
    );
  if (/\$|held/.test(condition)) throw new Error(`what does this cell mean? ${cell}`);
  return condition;
}

/** Every table that exists in the database outside the catalog, whether the matrix knows it or not. */
export async function tablesIn(client: Client): Promise<TableShape[]> {
  const { rows } = await client.query<TableShape>(`
    select n.nspname || '.' || c.relname as name,
      (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
      (select array_agg(a.attname::text order by array_position(i.indkey::int2[], a.attnum)) from pg_index i
        join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey::int2[])
        where i.indrelid = c.oid and i.indisprimary) as key
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'f', 'm', 'v') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    order by 1`);
  return rows;
}

/** The columns of a table on which a role holds a right. */
export async function columnsWith(
  client: Client,
  role: string,
  table: TableShape,
  right: 'select' | 'insert' | 'update',
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'select name from unnest($3::text[]) name where has_column_privilege($1, $2, name, $4)',
    [role, table.name, table.columns, right],
  );
  return rows.map((row) => row.name);
}
