// DataLoaders that live as long as one transaction: what one principal saw in one snapshot never serves anybody else.
import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';
import { LRUCache } from 'lru-cache';
import { selectList } from './columns';
import type { Transaction } from './transaction';

/** Sets of columns for which the loaders of one kind are kept. */
const rememberedShapes = 200;

/** Loads one value per key; null where there is none, or none that the principal may see. */
export type Loader<Value> = (transaction: Transaction) => DataLoader<string, Value>;

/**
 * Declares a loader. `batch` gets the distinct keys of one tick, `most` at once, and answers a map; keys that are not in it load
 * `absent`.
 */
export function defineLoader<Value>(
  absent: Value,
  batch: (transaction: Transaction, keys: readonly string[]) => Promise<Map<string, Value>>,
  most = Infinity,
): Loader<Value> {
  const make = (transaction: Transaction) =>
    new DataLoader<string, Value>(
      async (keys) => {
        const found = await batch(transaction, keys);
        return keys.map((key) => found.get(key) ?? absent);
      },
      { maxBatchSize: most },
    );
  return (transaction) => transaction.keep(make);
}

/** A loader of rows, of which only the columns are read that the field asks for whose `info` is given; without it, all. */
export type ShapedLoader<Value> = (
  transaction: Transaction,
  info?: GraphQLResolveInfo,
) => DataLoader<string, Value>;

function perShape<Value>(
  entity: NewableFunction,
  define: (columns: string) => Loader<Value>,
): ShapedLoader<Value> {
  const loaders = new LRUCache<string, Loader<Value>>({ max: rememberedShapes });
  return (transaction, info) => {
    const columns = selectList(entity, 'r', transaction.kind, info);
    let loader = loaders.get(columns);
    if (loader === undefined) loaders.set(columns, (loader = define(columns)));
    return loader(transaction);
  };
}

/** A loader of rows by id; null where there is none. */
export function defineRowLoader<Row extends { id: string }>(
  entity: NewableFunction,
  table: string,
): ShapedLoader<Row | null> {
  return perShape(entity, (columns) =>
    defineLoader<Row | null>(null, async (transaction, ids) => {
      const rows = await transaction.query<Row>(`select ${columns} from ${table} r where r.id = any ($1)`, [
        ids,
      ]);
      return new Map(rows.map((row) => [row.id, row]));
    }),
  );
}

// What follows is asked for once per `key`, by nested loop whatever the planner believes: a policy's account is a value it
// cannot know beforehand, so it would rather read the whole account and filter.

/** A loader of one value per key: `sql` selects it; no row, or null: `absent`. */
export function defineValueLoader<Value>(absent: Value, sql: string): Loader<Value> {
  const statement = `select key, (${sql}) as value from unnest($1::uuid[]) as key`;
  return defineLoader<Value>(absent, async (transaction, keys) => {
    const rows = await transaction.query<{ key: string; value: Value | null }>(statement, [keys]);
    return new Map(rows.map(({ key, value }) => [key, value ?? absent]));
  });
}

/** A loader of many rows per key: `from` says from where, as `r`, under which condition and in which order. */
export function defineRowsLoader<Row>(entity: NewableFunction, from: string): ShapedLoader<Row[]> {
  return perShape(entity, (columns) => {
    const statement = `select key, each.* from unnest($1::uuid[]) as key cross join lateral (select ${columns} ${from}) each`;
    return defineLoader<Row[]>([], async (transaction, keys) => {
      const rowsOf = new Map<string, Row[]>();
      for (const row of await transaction.query<Row & { key: string }>(statement, [keys])) {
        const rows = rowsOf.get(row.key);
        if (rows === undefined) rowsOf.set(row.key, [row]);
        else rows.push(row);
      }
      return rowsOf;
    });
  });
}
