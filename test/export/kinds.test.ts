// Nothing of a client is forgotten: every table with rows of clients, and every column of it, is exported or excepted with a
// reason. A table that is added later fails here until somebody has decided.
import { columnsNotExported, expressionOf, kinds, notExported } from '../../src/export/kinds';
import { startTestServer, type TestServer } from '../support/server';

interface Table {
  name: string;
  columns: string[];
}

let server: TestServer;
/** Those that belong to clients: the clients themselves, and what has a client_id. */
let tables: Table[];

beforeAll(async () => {
  server = await startTestServer();
  const { rows } = await server.owner.query<Table>(
    `select format('%s.%s', n.nspname, c.relname) as name, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
     group by n.nspname, c.relname
     having 'client_id' = any (array_agg(a.attname)) or format('%s.%s', n.nspname, c.relname) = 'ringfence.clients'
     order by 1`,
  );
  tables = rows;
});
afterAll(() => server.close());

const exported = new Set(kinds.flatMap((kind) => kind.tables));

test('every table of clients is exported, or is not for a reason that is given', () => {
  const known = [...exported, ...Object.keys(notExported)];
  expect(tables.map(({ name }) => name)).toEqual([...known].sort());
  expect(new Set(known).size).toBe(known.length);
  for (const reason of [...Object.values(notExported), ...Object.values(columnsNotExported)])
    expect(reason).not.toBe('');
});

test('every column of what is exported is exported, or is not for a reason that is given', () => {
  const excepted = Object.keys(columnsNotExported);
  const forgotten = tables
    .filter(({ name }) => exported.has(name))
    .flatMap(({ name, columns }) => {
      const read = kinds
        .filter((kind) => kind.tables.includes(name))
        .flatMap((kind) => Object.entries(kind.columns))
        .map(([field, column]) => expressionOf(field, column));
      return columns
        .filter(
          (column) =>
            !excepted.includes(column) &&
            !read.some((expression) => new RegExp(`\\b${column}\\b`).test(expression)),
        )
        .map((column) => `${name}.${column}`);
    });
  expect(forgotten).toEqual([]);
});

test('kinds are told apart by name and type, and names are what an address can hold', () => {
  expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
  expect(new Set(kinds.map(({ type }) => type)).size).toBe(kinds.length);
  for (const { name } of kinds) expect(name).toMatch(/^[a-z-]+$/);
});
