import type { GraphQLResolveInfo } from 'graphql';
import { onlyOfAgent } from '../activity/activity';
import { record } from '../activity/report';
import { selectList } from '../database/columns';
import { Conditions } from '../database/conditions';
import { defineRowLoader, defineValueLoader } from '../database/loaders';
import { defineOrderings, type Connection, type ListStatement } from '../database/paging';
import type { RequestContext } from '../graphql/context';
import { definePageLoader } from '../graphql/page-loader';
import { defineRow, pageOf, pagesOf } from '../graphql/reading';
import { Call } from './call.entity';
import {
  type CallOrder,
  type CallFilter,
  type CallReport,
  type CallsArgs,
  type OwnCallsArgs,
} from './call.types';

const orderings = defineOrderings('calls', {
  STARTED_AT: { sortKey: 'c.started_at', type: 'timestamptz' },
});

export const callById = defineRowLoader<Call>(Call, 'ringfence.calls');

/** What of a call is billed; null: nothing was reported, or the viewer may not see it. */
export const billableSecondsByCallId = defineValueLoader<number | null>(
  null,
  'select billable_seconds from ringfence.call_billing where call_id = key',
);

/** Calls of a client that began within 30 days, as far as the viewer sees them. */
export const recentCallsByClientId = defineValueLoader<number>(
  0,
  "select count(*) from ringfence.calls where client_id = key and started_at >= now() - interval '30 days'",
);

/** One call. NOT_FOUND. */
export const call = defineRow(callById);

export function calls(
  context: RequestContext,
  args: CallsArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Call>> {
  const { accountId } = context.signedIn;
  const conditions = callConditions(accountId, args.filter ?? {});
  const list = {
    ...callList(context, conditions, args.orderBy, info),
    ...onlyOfAgent(conditions, accountId, args.filter?.agentId),
  };
  return pageOf(context, list, args, info);
}

/** Pages of the calls of clients, or of stays, read together. */
const callPagesBy = (parent: string) =>
  definePageLoader<Call, OwnCallsArgs>((context, parentIds, args, info) => {
    const { accountId } = context.signedIn;
    const list = callList(context, callConditions(accountId, {}), args.orderBy, info);
    return pagesOf(context, { ...list, parent }, args, parentIds);
  });
export const callPagesByClientId = callPagesBy('c.client_id');
export const callPagesByStayId = callPagesBy('c.stay_id');

function callList(
  context: RequestContext,
  conditions: Conditions,
  orderBy: CallOrder,
  info: GraphQLResolveInfo,
): ListStatement {
  return {
    select: selectList(Call, 'c', context.signedIn.kind, info),
    from: 'ringfence.calls c',
    id: 'c.id',
    client: 'c.client_id',
    stay: 'c.stay_id',
    conditions,
    ordering: orderings[orderBy],
  };
}

function callConditions(accountId: string, filter: CallFilter): Conditions {
  const conditions = new Conditions();
  conditions.add(`c.account_id = ${conditions.bind(accountId)}`);
  const { clientId, portalUserId, direction, outcome, startedFrom, startedBefore } = filter;
  if (clientId != null) conditions.add(`c.client_id = ${conditions.bind(clientId)}`);
  if (portalUserId != null) conditions.add(`c.portal_user_id = ${conditions.bind(portalUserId)}`);
  if (direction != null) conditions.add(`c.direction = ${conditions.bind(direction)}`);
  // Only what is equal to one value is in order in the index by outcome.
  if (outcome?.length === 1) conditions.add(`c.outcome = ${conditions.bind(outcome[0])}`);
  else if (outcome != null) conditions.add(`c.outcome = any (${conditions.bind(outcome)})`);
  if (startedFrom != null) conditions.add(`c.started_at >= ${conditions.bind(startedFrom)}`);
  if (startedBefore != null) conditions.add(`c.started_at < ${conditions.bind(startedBefore)}`);
  return conditions;
}

/** Records calls, and answers what became of each. FORBIDDEN. */
export function recordCalls(context: RequestContext, reports: readonly CallReport[]): Promise<string[]> {
  return record(context.transaction, 'record_calls', 'call_id', reports);
}
