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
