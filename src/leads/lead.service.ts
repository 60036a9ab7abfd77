// How leads are read.
import type { GraphQLResolveInfo } from 'graphql';
import { selectList } from '../database/columns';
import { Conditions, phoneDigits } from '../database/conditions';
import { defineRowLoader, defineRowsLoader, defineValueLoader } from '../database/loaders';
import { readPage, readPages, type Connection, type ListStatement, type Ordering } from '../database/paging';
import { SealedKind } from '../database/transaction';
import type { RequestContext } from '../graphql/context';
import { notFound } from '../graphql/errors';
import { definePageLoader } from '../graphql/page-loader';
import type { LeadFilter } from './lead-filter.types';
import { LeadChange, LeadNote, LeadValue } from './lead-parts.entity';
import { addLeadConditions } from './lead.conditions';
import { Lead } from './lead.entity';
import { LeadOrder, type ClientLeadsArgs, type LeadsArgs } from './lead.types';

const sortKeys = {
  NAME: { sortKey: 'l.sort_name', type: 'text' },
  CREATED_AT: { sortKey: 'l.created_at', type: 'timestamptz' },
  UPDATED_AT: { sortKey: 'l.updated_at', type: 'timestamptz' },
  CALL_BACK_AT: { sortKey: 'l.call_back_key', type: 'timestamptz' },
} as const;

const orderings = Object.fromEntries(
  Object.values(LeadOrder).map((order) => {
    const [, by, direction] = /^(.*)_(ASC|DESC)$/.exec(order) ?? [];
    return [
      order,
      {
        name: `leads:${order}`,
        ...sortKeys[by as keyof typeof sortKeys],
        direction: direction === 'ASC' ? 'asc' : 'desc',
      },
    ];
  }),
) as Record<LeadOrder, Ordering>;

/** Of which clients leads are seen: also of the house, and not of those in blind mode. */
const clientSet = {
  [SealedKind.MEMBER]: 'ringfence.member_lead_client_ids()',
  [SealedKind.PARTNER]: 'ringfence.partner_lead_client_ids()',
};

export const leadById = defineRowLoader<Lead>(Lead, 'ringfence.leads');

/** One lead. NOT_FOUND. */
export async function lead(context: RequestContext, id: string, info: GraphQLResolveInfo): Promise<Lead> {
  const found = await leadById(context.reading(info), info).load(id.toLowerCase());
  if (found === null) throw notFound();
  return found;
}

export function leads(
  context: RequestContext,
  args: LeadsArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Lead>> {
  const { accountId } = context.signedIn;
  const { filter, search } = args;
  const statement = leadStatement(context, filter ?? {}, args, info);
  if (search != null && search !== '') addSearch(statement.conditions, search, filter?.listId);
  // Within one client, or one list, or what was found, there is nothing to merge.
  const within = filter?.clientId != null || filter?.listId != null || Boolean(search);
  const list = within ? statement : { ...statement, client: 'l.client_id', clientSet };
  return readPage(context.reading(info), context.services.cursors, accountId, list, args);
}

/** What is found is read again under the policies. */
function addSearch(conditions: Conditions, search: string, listId: string | null = null): void {
  const searched = conditions.bind(phoneDigits(search) ?? search);
  conditions.add(
    `l.id = any ((select ringfence.search_leads(${searched}, ${conditions.bind(listId)}::uuid))::uuid[])`,
  );
}

function leadStatement(
  context: RequestContext,
  filter: LeadFilter,
  { orderBy }: Pick<LeadsArgs, 'orderBy'>,
  info: GraphQLResolveInfo,
): ListStatement {
  const { accountId, kind } = context.signedIn;
  const conditions = new Conditions();
  conditions.add(`l.account_id = ${conditions.bind(accountId)}`);
  addLeadConditions(conditions, filter);
  return {
    select: selectList(Lead, 'l', kind, info),
    from: 'ringfence.leads l',
    id: 'l.id',
    conditions,
    ordering: orderings[orderBy],
  };
}

/** Pages of the leads of clients, or of lists, read together. */
const leadPagesBy = (parent: string) =>
  definePageLoader<Lead, ClientLeadsArgs>((context, parentIds, args, info) => {
    const { transaction, services } = context;
    const { accountId } = context.signedIn;
    const statement = { ...leadStatement(context, args.filter ?? {}, args, info), parent };
    return readPages(transaction, services.cursors, accountId, statement, args, parentIds);
  });
export const leadPagesByClientId = leadPagesBy('l.client_id');
export const leadPagesByListId = leadPagesBy('l.list_id');

/** Leads of a list that the viewer sees and that are not archived. */
export const leadCountByListId = defineValueLoader<number>(
  0,
  "select count(*) from ringfence.leads where list_id = key and state <> 'ARCHIVED'",
);

export const emailsByLeadId = defineValueLoader<string[]>(
  [],
  'select array_agg(email order by position, email_key) from ringfence.lead_emails where lead_id = key',
);
export const phonesByLeadId = defineValueLoader<string[]>(
  [],
  'select array_agg(phone order by position, phone) from ringfence.lead_phones where lead_id = key',
);

export const valuesByLeadId = defineRowsLoader<LeadValue>(
  LeadValue,
  `from ringfence.lead_values r join ringfence.list_fields f on f.account_id = r.account_id and f.id = r.field_id
   where r.lead_id = key order by f.position`,
);

/** The latest ones; what came before is in the export. */
const shownParts = 100;

export const notesByLeadId = defineRowsLoader<LeadNote>(
  LeadNote,
  `from ringfence.lead_notes r where r.lead_id = key order by r.created_at desc, r.id desc limit ${shownParts}`,
);
export const noteById = defineRowLoader<LeadNote>(LeadNote, 'ringfence.lead_notes');
export const historyByLeadId = defineRowsLoader<LeadChange>(
  LeadChange,
  `from ringfence.lead_changes r where r.lead_id = key order by r.changed_at desc, r.id desc limit ${shownParts}`,
);

/** Related leads of one lead that are shown. */
const shownLeads = 50;

/** Leads of the same client in whose rows of a table the same stands as in those of `key`. */
const sharing = (table: string, column: string) =>
  `select o.lead_id from ringfence.${table} m
   join ringfence.${table} o on o.account_id = m.account_id and o.client_id = m.client_id and o.${column} = m.${column}
   where m.lead_id = key`;

const related = (ids: string) =>
  `from ringfence.leads r where r.id <> key and r.id in (${ids}) order by r.created_at, r.id limit ${shownLeads}`;

export const duplicatesByLeadId = defineRowsLoader<Lead>(
  Lead,
  related(`${sharing('lead_phones', 'phone')} union ${sharing('lead_emails', 'email_key')}`),
);

export const colleaguesByLeadId = defineRowsLoader<Lead>(
  Lead,
  related(`select o.id from ringfence.leads m
     join ringfence.leads o on o.account_id = m.account_id and o.client_id = m.client_id and o.company_key = m.company_key
     where m.id = key union ${sharing('lead_emails', 'company_domain')}`),
);
