// The cells of db/policies/matrix.ts as SQL for the owner of the tables, and the shape of the tables they speak of.
import { escapeLiteral, type Client } from 'pg';
import { matrix, servingRoles, type Cell, type ServingRole } from '../../db/policies/matrix';
import type { Session } from './sessions';

export interface TableShape {
  name: string;
  columns: string[];
  /** Columns of the primary key; what rows are ordered and told apart by. */
  key: string[];
  /** `role right column` for every right of a serving role. */
  rights: string[];
}

export const tableNames = Object.keys(matrix);

/** Whether a role has a cell, and what it says. */
export function cellOf(table: string, role: ServingRole, command: keyof Cell): string | null {
  return matrix[table]?.[role]?.[command] ?? null;
}

/** A cell for one principal: `$account`, `$principal` and held('…') replaced. */
export function conditionFor(cell: string, session: Session): string {
  const condition = cell
    .replaceAll('$account', `${escapeLiteral(session.accountId)}::uuid`)
    .replaceAll('$principal', `${escapeLiteral(session.principalId)}::uuid`)
    .replaceAll(/held\('(\w+)'\)/g, (_, permission: string) =>
      String(session.permissions.includes(permission)),
    );
  if (/\$|held\(/.test(condition)) throw new Error(`what does this cell mean? ${cell}`);
  return condition;
}

const shapes = new WeakMap<Client, Promise<TableShape[]>>();

/** Every table that exists in the database outside the catalog, whether the matrix knows it or not; looked up once. Views that run with the rights of their reader show nothing more. */
export function tablesIn(client: Client): Promise<TableShape[]> {
  const known = shapes.get(client) ?? lookUpTables(client);
  shapes.set(client, known);
  return known;
}

async function lookUpTables(client: Client): Promise<TableShape[]> {
  const { rows } = await client.query<TableShape>(
    `select n.nspname || '.' || c.relname as name,
       (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
       (select array_agg(a.attname::text order by array_position(i.indkey::int2[], a.attnum)) from pg_index i
         join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey::int2[])
         where i.indrelid = c.oid and i.indisprimary) as key,
       (select coalesce(array_agg(concat_ws(' ', r, p, a.attname) order by a.attnum), '{}')
         from pg_attribute a cross join unnest($1::text[]) r cross join unnest(array['select', 'insert', 'update']) p
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and has_column_privilege(r, c.oid, a.attnum, p)) as rights
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'f', 'm', 'v') and not coalesce(c.reloptions @> array['security_invoker=true'], false) and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
     order by 1`,
    [servingRoles],
  );
  return rows;
}

/** The columns of a table on which a serving role holds a right. */
export function columnsWith(role: ServingRole, table: TableShape, right: keyof Cell): string[] {
  return table.columns.filter((column) => table.rights.includes(`${role} ${right} ${column}`));
}
