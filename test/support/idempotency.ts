// What is stored under idempotency keys, and what an answer says of them.
import type { Client } from 'pg';
import type { GraphqlAnswer } from './client';

/** How many keys are stored, of everybody. */
export async function keysStored(owner: Client): Promise<number> {
  const { rows } = await owner.query<{ count: number }>(
    'select count(*)::int as count from fence.idempotency_keys',
  );
  return rows[0]?.count ?? 0;
}

/** Makes everything that is stored look older than it is. */
export async function age(owner: Client, interval: string): Promise<void> {
  await owner.query('update fence.idempotency_keys set created_at = created_at - $1::interval', [interval]);
}

/** Root fields that an answer says were replayed; the header has to say the same. */
export function replayedIn({ headers, extensions }: GraphqlAnswer<unknown>): string[] {
  const replayed = extensions?.idempotencyReplayed ?? [];
  expect(headers.get('idempotency-replayed')).toBe(replayed.length > 0 ? 'true' : null);
  return replayed;
}

/** An answer without what differs from request to request. */
export function comparable({ status, data, errors }: GraphqlAnswer<unknown>): unknown {
  return {
    status,
    data,
    errors: errors?.map((error) => ({ ...error, extensions: { ...error.extensions, requestId: '…' } })),
  };
}
