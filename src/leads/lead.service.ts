// How leads are read.
import type { GraphQLResolveInfo } from 'graphql';
import { selectList } from '../database/columns';
import { Conditions, phoneDigits } from '../database/conditions';
import { defineLoader, defineRowLoader, defineRowsLoader } from '../database/loaders';
import { defineOrderings, type Connection, type ListStatement } from '../database/paging';
import { SealedKind } from '../database/transaction';
import type { RequestContext } from '../graphql/context';
import { definePageLoader } from '../graphql/page-loader';
import { defineRow, pageOf, pagesOf } from '../graphql/reading';
import { scopeOfSegment, scopesAtOnce, scopesOfSegments } from '../segments/segment-scopes';
import type { LeadFilter } from './lead-filter.types';
import { addLeadConditions, addScope, addScopes } from './lead.conditions';
import { Lead } from './lead.entity';
import type { ClientLeadsArgs, LeadListArgs, LeadsArgs, SegmentLeadsArgs } from './lead.types';

const orderings = defineOrderings('leads', {
  NAME: { sortKey: 'l.sort_name', type: 'text' },
  CREATED_AT: { sortKey: 'l.created_at', type: 'timestamptz' },
  UPDATED_AT: { sortKey: 'l.updated_at', type: 'timestamptz' },
  CALL_BACK_AT: { sortKey: 'l.call_back_key', type: 'timestamptz' },
});

/** Of which clients leads are seen: also of the house, and not of those in blind mode. */
const clientSet = {
  [SealedKind.MEMBER]: 'ringfence.member_lead_client_ids()',
  [SealedKind.PARTNER]: 'ringfence.partner_lead_client_ids()',
};

/** Said by what is kept out: the set, beside the policies' own, would have the planner take an index for it alone. */
const sighted = (blind: string) => `l.client_id <> all ((select ${blind})::uuid[])`;

/**
 * Which leads, `l`, are in lists and counts: those that are seen all at once. The policies also show the one that is held in blind mode,
 * which is read by its id alone.
 */
const listed: Partial<Record<SealedKind, string>> = {
  [SealedKind.MEMBER_ALL]: sighted('ringfence.member_blind_client_ids()'),
  [SealedKind.MEMBER]: sighted('ringfence.member_blind_client_ids()'),
  [SealedKind.PARTNER_ALL]: sighted('ringfence.partner_blind_client_ids()'),
  [SealedKind.PARTNER]: sighted('ringfence.partner_blind_client_ids()'),
};
const listedLeads = (kind: SealedKind) => listed[kind] ?? 'true';

export const leadById = defineRowLoader<Lead>(Lead, 'ringfence.leads');

/** One lead. NOT_FOUND. */
export const lead = defineRow(leadById);

export async function leads(
  context: RequestContext,
  args: LeadsArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Lead>> {
  const { filter, search } = args;
  const { listId, conditions } = await conditionsOf(context, filter ?? {});
  const statement = leadStatement(context, conditions, args, info);
  if (search != null && search !== '') addSearch(conditions, search, filter?.clientId, listId);
  // Within one client, or one list, or what was found, there is nothing to merge.
  const within = filter?.clientId != null || listId != null || Boolean(search);
  const list = within ? statement : { ...statement, client: 'l.client_id', clientSet };
  return pageOf(context, list, args, info);
}

/** What is found is read again under the policies. */
function addSearch(
  conditions: Conditions,
  search: string,
  clientId: string | null = null,
  listId: string | null = null,
): void {
  const searched = conditions.bind(phoneDigits(search) ?? search);
  const within = [clientId, listId].map((id) => `${conditions.bind(id)}::uuid`).join(', ');
  conditions.add(`l.id = any ((select ringfence.search_leads(${searched}, ${within}))::uuid[])`);
}

/** What a filter says, with the segment that it names, and the list that all of these leads are on. NOT_FOUND (filter.segmentId). */
async function conditionsOf(
  context: RequestContext,
  filter: LeadFilter,
): Promise<{ listId: string | null | undefined; conditions: Conditions }> {
  const conditions = new Conditions();
  const { segmentId, listId } = filter;
  const scope = segmentId == null ? null : await scopeOfSegment(context, segmentId);
  if (scope !== null) addScope(conditions, scope);
  addLeadConditions(conditions, filter, scope !== null);
  return { listId: listId ?? scope?.listId, conditions };
}

function leadStatement(
  context: RequestContext,
  conditions: Conditions,
  { orderBy }: Pick<LeadsArgs, 'orderBy'>,
  info: GraphQLResolveInfo,
): ListStatement {
  const { accountId, kind } = context.signedIn;
  conditions.add(`l.account_id = ${conditions.bind(accountId)}`).add(listedLeads(kind));
  return {
    select: selectList(Lead, 'l', kind, info),
    from: 'ringfence.leads l',
    id: 'l.id',
    conditions,
    ordering: orderings[orderBy],
  };
}

/** Pages of leads of each parent, read together. */
const defineLeadPages = <Args extends LeadListArgs>(
  parent: string,
  conditionsFor: (context: RequestContext, parentIds: readonly string[], args: Args) => Promise<Conditions>,
  most?: number,
) =>
  definePageLoader<Lead, Args>(async (context, parentIds, args, info) => {
    const conditions = await conditionsFor(context, parentIds, args);
    const statement = { ...leadStatement(context, conditions, args, info), parent };
    return pagesOf(context, statement, args, parentIds);
  }, most);

const leadPagesBy = (parent: string) =>
  defineLeadPages<ClientLeadsArgs>(
    parent,
    async (context, _, { filter }) => (await conditionsOf(context, filter ?? {})).conditions,
  );
export const leadPagesByClientId = leadPagesBy('l.client_id');
export const leadPagesByListId = leadPagesBy('l.list_id');
/** Each by what it says itself: the conditions name the parent. */
export const leadPagesBySegmentId = defineLeadPages<SegmentLeadsArgs>(
  'parent',
  async (context, segmentIds, { filter }) => {
    const conditions = new Conditions();
    addScopes(conditions, 'parent', await scopesOfSegments(context.transaction, segmentIds));
    addLeadConditions(conditions, filter ?? {}, true);
    return conditions;
  },
  scopesAtOnce,
);

/** Leads of a list that the viewer sees and that are not archived. */
export const leadCountByListId = defineLoader<number>(0, async (transaction, listIds) => {
  const rows = await transaction.query<{ key: string; count: number }>(
    `select key, (select count(*) from ringfence.leads l
       where l.list_id = key and l.state <> 'ARCHIVED' and ${listedLeads(transaction.kind)}) as count
     from unnest($1::uuid[]) as key`,
    [listIds],
  );
  return new Map(rows.map(({ key, count }) => [key, count]));
});

/** Related leads of one lead that are shown. */
const shownLeads = 50;

/** What they cost, who may have such in turn. */
export const complexityOfRelated = ({ childComplexity }: { childComplexity: number }): number =>
  1 + shownLeads * childComplexity;

/**
 * Leads of the same client in whose rows of a table the same stands as in those of `key`, of each the oldest: a number of a switchboard may
 * be that of thousands, and ids are in the order in which leads were added.
 */
const sharing = (table: string, column: string, id = 'lead_id') =>
  `select o.id from ringfence.${table} m cross join lateral (
     select o.${id} as id from ringfence.${table} o
     where o.account_id = m.account_id and o.client_id = m.client_id and o.${column} = m.${column} and o.${id} <> key
     order by o.${id} limit ${shownLeads}) o
   where m.${id} = key`;

/** Likewise, of values that are unique: in fields of the same name. */
const sharingValue = `select o.id
   from ringfence.lead_values m
   join ringfence.list_fields f on f.account_id = m.account_id and f.id = m.field_id
   cross join lateral (
     select o.lead_id as id
     from ringfence.lead_values o join ringfence.list_fields g on g.account_id = o.account_id and g.id = o.field_id
     where o.account_id = m.account_id and o.client_id = m.client_id and o.unique_key = m.unique_key and o.lead_id <> key
       and g.name_key = f.name_key and g.type = f.type
     order by o.lead_id limit ${shownLeads}) o
   where m.lead_id = key`;

const related = (...ids: string[]) =>
  `from ringfence.leads r where r.id in (${ids.map((each) => `(${each})`).join(' union ')}) order by r.created_at, r.id limit ${shownLeads}`;

export const duplicatesByLeadId = defineRowsLoader<Lead>(
  Lead,
  related(sharing('lead_phones', 'phone'), sharing('lead_emails', 'email_key'), sharingValue),
);

export const colleaguesByLeadId = defineRowsLoader<Lead>(
  Lead,
  related(sharing('leads', 'company_key', 'id'), sharing('lead_emails', 'company_domain')),
);
