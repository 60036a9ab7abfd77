// Which leads a segment is, as its row says under the caller's policies; and what is counted of the leads of many scopes in one
// statement.
import { Conditions } from '../database/conditions';
import { defineLoader, type Loader } from '../database/loaders';
import { SealedKind, type Transaction } from '../database/transaction';
import type { RequestContext } from '../graphql/context';
import { notFound } from '../graphql/errors';
import { addScope, type LeadScope } from '../leads/lead.conditions';

/** Scopes that one statement asks about: each may have a hundred conditions, which have to be planned. */
export const scopesAtOnce = 20;

export interface SeenScope extends LeadScope {
  id: string;
  /** Whether the viewer sees these leads, all at once: not in blind mode, nor on a list that is closed to them. */
  seesLeads: boolean;
}

/** SQL: whether the leads of the list that a row is of are seen. */
export function seesLeads(kind: SealedKind, row: string): string {
  if (kind === SealedKind.OWNER || kind === SealedKind.ADMIN) return 'true';
  const who = kind === SealedKind.PARTNER || kind === SealedKind.PARTNER_ALL ? 'partner' : 'member';
  return `(${row}.client_id <> all ((select ringfence.${who}_blind_client_ids())::uuid[])
    and ${row}.list_id <> all ((select ringfence.${who}_hidden_list_ids())::uuid[]))`;
}

export const scopeBySegmentId = defineLoader<SeenScope | null>(null, async (transaction, ids) => {
  const rows = await transaction.query<SeenScope>(
    `select r.id, r.list_id as "listId", r.filter, ${seesLeads(transaction.kind, 'r')} as "seesLeads"
     from ringfence.segments r where r.id = any ($1)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
});

/** The scope of a segment that somebody asks for the leads of. NOT_FOUND (filter.segmentId). */
export async function scopeOfSegment({ transaction }: RequestContext, segmentId: string): Promise<LeadScope> {
  const scope = await scopeBySegmentId(transaction).load(segmentId);
  if (scope === null) throw notFound('filter.segmentId');
  return scope;
}

/** Those that there are, by segment. */
export async function scopesOfSegments(
  transaction: Transaction,
  segmentIds: readonly string[],
): Promise<Map<string, LeadScope>> {
  const scopes = await Promise.all(segmentIds.map((id) => scopeBySegmentId(transaction).load(id)));
  return new Map(scopes.flatMap((scope) => (scope === null ? [] : [[scope.id, scope]])));
}

/** A loader of what is counted of the leads `l` of each scope; null where the viewer does not see them. */
export function defineCountLoader<Value>(
  scopeById: Loader<SeenScope | null>,
  counted: string,
): Loader<Value | null> {
  return defineLoader<Value | null>(
    null,
    async (transaction, keys) => {
      const scopes = await Promise.all(keys.map((key) => scopeById(transaction).load(key)));
      const values: unknown[] = [];
      const parts = scopes.flatMap((scope) => {
        if (scope === null || !scope.seesLeads) return [];
        const conditions = new Conditions(values);
        addScope(conditions, scope);
        return `select ${conditions.bind(scope.id)}::uuid as key, (select ${counted} from ringfence.leads l where ${conditions.text}) as value`;
      });
      if (parts.length === 0) return new Map();
      const rows = await transaction.query<{ key: string; value: Value }>(parts.join(' union all '), values);
      return new Map(rows.map(({ key, value }) => [key, value]));
    },
    scopesAtOnce,
  );
}
