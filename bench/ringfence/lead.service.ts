import type { GraphQLResolveInfo } from 'graphql';
import { selectList } from '../../src/database/columns';
import { Conditions } from '../../src/database/conditions';
import { readPage, type Connection, type Ordering } from '../../src/database/paging';
import type { RequestContext } from '../../src/graphql/context';
import { Lead } from './lead.entity';
import { LeadOrder, type LeadsArgs } from './lead.types';

const byCreation = { sortKey: 'l.created_at', type: 'timestamptz' } as const;

const orderings: Record<LeadOrder, Ordering> = {
  [LeadOrder.CREATED_AT_ASC]: { name: 'leads:CREATED_AT_ASC', ...byCreation, direction: 'asc' },
  [LeadOrder.CREATED_AT_DESC]: { name: 'leads:CREATED_AT_DESC', ...byCreation, direction: 'desc' },
};

export function leads(
  context: RequestContext,
  args: LeadsArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Lead>> {
  const { accountId, kind } = context.signedIn;
  const conditions = new Conditions();
  conditions.add(`l.account_id = ${conditions.bind(accountId)}`);
  if (args.filter?.status != null) conditions.add(`l.status = ${conditions.bind(args.filter.status)}`);
  const list = {
    select: selectList(Lead, 'l', kind, info),
    from: 'ringfence.leads l',
    id: 'l.id',
    client: 'l.client_id',
    conditions,
    ordering: orderings[args.orderBy],
  };
  return readPage(context.reading(info), context.services.cursors, accountId, list, args);
}
