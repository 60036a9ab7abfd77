// DataLoaders that live as long as one transaction: what one principal saw in one snapshot never serves anybody else.
import DataLoader from 'dataloader';
import type { Transaction } from './transaction';

/** Loads one value per key; null where there is none, or none that the principal may see. */
export type Loader<Value> = (transaction: Transaction) => DataLoader<string, Value>;

/**
 * Declares a loader. `batch` gets the distinct keys of one tick and answers a map; keys that are not in it load `absent`.
 */
export function defineLoader<Value>(
  absent: Value,
  batch: (transaction: Transaction, keys: readonly string[]) => Promise<Map<string, Value>>,
): Loader<Value> {
  const loaders = new WeakMap<Transaction, DataLoader<string, Value>>();
  return (transaction) => {
    let loader = loaders.get(transaction);
    if (loader === undefined) {
      loader = new DataLoader(async (keys) => {
        const found = await batch(transaction, keys);
        return keys.map((key) => found.get(key) ?? absent);
      });
      loaders.set(transaction, loader);
    }
    return loader;
  };
}

/** A loader of rows by id. */
export function defineRowLoader<Row extends { id: string }>(sql: string): Loader<Row | null> {
  return defineLoader<Row | null>(null, async (transaction, ids) => {
    const rows = await transaction.query<Row>(sql, [ids]);
    return new Map(rows.map((row) => [row.id, row]));
  });
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

/** A loader of many rows per key: `sql` selects them, in their order. */
export function defineRowsLoader<Row>(sql: string): Loader<Row[]> {
  const statement = `select key, each.* from unnest($1::uuid[]) as key cross join lateral (${sql}) each`;
  return defineLoader<Row[]>([], async (transaction, keys) => {
    const rowsOf = new Map<string, Row[]>();
    for (const row of await transaction.query<Row & { key: string }>(statement, [keys])) {
      const rows = rowsOf.get(row.key);
      if (rows === undefined) rowsOf.set(row.key, [row]);
      else rows.push(row);
    }
    return rowsOf;
  });
}
