// What somebody has to do.
import type { GraphQLResolveInfo } from 'graphql';
import { defineLoader } from '../database/loaders';
import type { Connection } from '../database/paging';
import { SealedKind } from '../database/transaction';
import type { RequestContext } from '../graphql/context';
import { pageOf } from '../graphql/reading';
import type { List } from '../lists/list.entity';
import { listStatement } from '../lists/list.service';
import { ListOrder } from '../lists/list.types';
import type { ListWork, Work, WorkListsArgs } from './work.types';

/** Null: the viewer does not work on it, or may not be told. */
export const workByListId = defineLoader<ListWork | null>(null, async (transaction, listIds) => {
  const rows = await transaction.query<ListWork & { listId: string }>(
    `select list_id as "listId", open, call_backs_due as "callBacksDue", mine from ringfence.list_work($1)`,
    [listIds],
  );
  return new Map(rows.map((row) => [row.listId, row]));
});

/** The lists that are closed to somebody who manages lists, and sees them. */
const hiddenLists: Partial<Record<SealedKind, string>> = {
  [SealedKind.MEMBER_ALL]: 'ringfence.member_hidden_list_ids()',
  [SealedKind.MEMBER]: 'ringfence.member_hidden_list_ids()',
  [SealedKind.PARTNER_ALL]: 'ringfence.partner_hidden_list_ids()',
  [SealedKind.PARTNER]: 'ringfence.partner_hidden_list_ids()',
};

/** The active lists that the viewer works on, by name. */
export function workLists(
  context: RequestContext,
  args: WorkListsArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<List>> {
  const { accountId, kind } = context.signedIn;
  const statement = listStatement(accountId, kind, { orderBy: ListOrder.NAME_ASC }, info);
  const hidden = hiddenLists[kind];
  if (hidden !== undefined) statement.conditions.add(`l.id <> all ((select ${hidden})::uuid[])`);
  return pageOf(context, statement, args, info);
}

/** What everything begins with: which lead the viewer holds. FORBIDDEN. */
export async function work(context: RequestContext): Promise<Work> {
  const [found] = await context.transaction.query<{ heldLeadId: string | null }>(
    'select ringfence.own_held_lead_id() as "heldLeadId"',
  );
  return { heldLeadId: found?.heldLeadId ?? null };
}
