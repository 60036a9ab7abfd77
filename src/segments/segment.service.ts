import type { GraphQLResolveInfo } from 'graphql';
import { selectList } from '../database/columns';
import { Conditions, containsPattern } from '../database/conditions';
import { defineRowLoader } from '../database/loaders';
import { defineOrderings, type Connection, type ListStatement } from '../database/paging';
import type { RequestContext } from '../graphql/context';
import { notFound } from '../graphql/errors';
import { definePageLoader } from '../graphql/page-loader';
import { defineRow, pageOf, pagesOf } from '../graphql/reading';
import { defineCountLoader, scopeBySegmentId } from './segment-scopes';
import { Segment } from './segment.entity';
import {
  type CreateSegmentInput,
  type DeleteSegmentInput,
  type ListSegmentsArgs,
  type SegmentsArgs,
  type UpdateSegmentInput,
} from './segment.types';

const orderings = defineOrderings('segments', {
  NAME: { sortKey: 's.sort_name', type: 'text' },
  CREATED_AT: { sortKey: 's.created_at', type: 'timestamptz' },
});

export const segmentById = defineRowLoader<Segment>(Segment, 'ringfence.segments');

/** How many leads it has; null where the viewer does not see them. */
export const leadCountBySegmentId = defineCountLoader<number>(scopeBySegmentId, 'count(*)');

/** One segment. NOT_FOUND. */
export const segment = defineRow(segmentById);

export function segments(
  context: RequestContext,
  args: SegmentsArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Segment>> {
  const statement = segmentStatement(context, args, info);
  return pageOf(context, statement, args, info);
}

export const segmentPagesByListId = definePageLoader<Segment, ListSegmentsArgs>(
  (context, listIds, args, info) => {
    const statement = { ...segmentStatement(context, args, info), parent: 's.list_id' };
    return pagesOf(context, statement, args, listIds);
  },
);

function segmentStatement(
  { signedIn: { accountId, kind } }: RequestContext,
  { filter, search, orderBy }: Pick<SegmentsArgs, 'filter' | 'search' | 'orderBy'>,
  info: GraphQLResolveInfo,
): ListStatement {
  const { listId, clientId, shared } = filter ?? {};
  const text = search?.trim() ?? '';
  const conditions = new Conditions();
  conditions.add(`s.account_id = ${conditions.bind(accountId)}`);
  if (listId != null) conditions.add(`s.list_id = ${conditions.bind(listId)}`);
  if (clientId != null) conditions.add(`s.client_id = ${conditions.bind(clientId)}`);
  if (shared != null) conditions.add(`(s.owner_id is null) = ${conditions.bind(shared)}`);
  if (text !== '') conditions.add(`s.name ilike ${conditions.bind(containsPattern(text))}`);
  return {
    select: selectList(Segment, 's', kind, info),
    from: 'ringfence.segments s',
    id: 's.id',
    conditions,
    ordering: orderings[orderBy],
  };
}

/** Saves a segment and answers its id. VALIDATION_FAILED, FORBIDDEN, NOT_FOUND (listId, filter), CONFLICT (archived). */
export async function createSegment(
  context: RequestContext,
  { listId, name, shared, filter }: CreateSegmentInput,
): Promise<string> {
  const [created] = await context.transaction.query<{ id: string }>(
    'select ringfence.create_segment($1, $2, $3, $4::jsonb) as id',
    [listId, name, shared, JSON.stringify(filter)],
  );
  if (created === undefined) throw notFound('listId');
  return created.id;
}

export async function updateSegment(
  context: RequestContext,
  { id, changes, expectedVersion = null }: UpdateSegmentInput,
): Promise<void> {
  await context.transaction.query('select ringfence.update_segment($1, $2::jsonb, $3)', [
    id,
    JSON.stringify(changes),
    expectedVersion,
  ]);
}

export async function deleteSegment(
  context: RequestContext,
  { id, expectedVersion = null }: DeleteSegmentInput,
): Promise<void> {
  await context.transaction.query('select ringfence.delete_segment($1, $2)', [id, expectedVersion]);
}
