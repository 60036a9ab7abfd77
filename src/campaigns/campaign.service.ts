import type { GraphQLResolveInfo } from 'graphql';
import { selectList } from '../database/columns';
import { Conditions, containsPattern } from '../database/conditions';
import { defineLoader, defineRowLoader, defineValueLoader } from '../database/loaders';
import { defineOrderings, type Connection, type ListStatement } from '../database/paging';
import type { RequestContext } from '../graphql/context';
import { notFound } from '../graphql/errors';
import { definePageLoader } from '../graphql/page-loader';
import { defineRow, pageOf, pagesOf } from '../graphql/reading';
import { defineCountLoader, seesLeads, type SeenScope } from '../segments/segment-scopes';
import { Campaign } from './campaign.entity';
import {
  type CampaignProgress,
  type CampaignsArgs,
  type ChangeCampaignStateInput,
  type CreateCampaignInput,
  type DeleteCampaignInput,
  type UpdateCampaignInput,
} from './campaign.types';

const orderings = defineOrderings('campaigns', {
  NAME: { sortKey: 'c.sort_name', type: 'text' },
  CREATED_AT: { sortKey: 'c.created_at', type: 'timestamptz' },
});

export const campaignById = defineRowLoader<Campaign>(Campaign, 'ringfence.campaigns');

/** Who is named, by name. */
export const memberIdsByCampaignId = defineValueLoader<string[]>(
  [],
  `select array_agg(m.id order by m.sort_name, m.id)
   from ringfence.campaign_members n join ringfence.members m on m.account_id = n.account_id and m.id = n.member_id
   where n.campaign_id = key`,
);

/** The leads that a campaign is about. */
const scopeByCampaignId = defineLoader<SeenScope | null>(null, async (transaction, ids) => {
  const rows = await transaction.query<SeenScope>(
    `select r.id, r.list_id as "listId", coalesce(s.filter, '{}') as filter, ${seesLeads(transaction.kind, 'r')} as "seesLeads"
     from ringfence.campaigns r
     left join ringfence.segments s on s.account_id = r.account_id and s.id = r.segment_id
     where r.id = any ($1) and (r.segment_id is null or s.id is not null)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
});

/** Null where the viewer does not see the leads. */
export const progressByCampaignId = defineCountLoader<CampaignProgress>(
  scopeByCampaignId,
  `json_build_object(
     'total', count(*),
     'open', count(*) filter (where l.state in ('NEW', 'IN_PROGRESS', 'CALL_BACK')),
     'attempted', count(*) filter (where l.attempts > 0),
     'won', count(*) filter (where l.state = 'WON'),
     'lost', count(*) filter (where l.state = 'LOST'),
     'callBacksDue', count(*) filter (where l.state = 'CALL_BACK' and l.call_back_key <= now()))`,
);

/** One campaign. NOT_FOUND. */
export const campaign = defineRow(campaignById);

export function campaigns(
  context: RequestContext,
  args: CampaignsArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Campaign>> {
  const statement = campaignStatement(context, args, info);
  return pageOf(context, statement, args, info);
}

/** Pages of the campaigns of clients, or of lists, read together. */
const campaignPagesBy = (parent: string) =>
  definePageLoader<Campaign, CampaignsArgs>((context, parentIds, args, info) => {
    const statement = { ...campaignStatement(context, args, info), parent };
    return pagesOf(context, statement, args, parentIds);
  });
export const campaignPagesByClientId = campaignPagesBy('c.client_id');
export const campaignPagesByListId = campaignPagesBy('c.list_id');

function campaignStatement(
  { signedIn: { accountId, kind } }: RequestContext,
  { filter, search, orderBy }: CampaignsArgs,
  info: GraphQLResolveInfo,
): ListStatement {
  const { clientId, listId, state, memberId } = filter ?? {};
  const text = search?.trim() ?? '';
  const conditions = new Conditions();
  conditions.add(`c.account_id = ${conditions.bind(accountId)}`);
  if (clientId != null) conditions.add(`c.client_id = ${conditions.bind(clientId)}`);
  if (listId != null) conditions.add(`c.list_id = ${conditions.bind(listId)}`);
  if (state != null) conditions.add(`c.state = any (${conditions.bind(state)})`);
  if (memberId != null)
    conditions.add(`(c.open_to_all or exists (select from ringfence.campaign_members n
      where n.account_id = c.account_id and n.campaign_id = c.id and n.member_id = ${conditions.bind(memberId)}))`);
  if (text !== '') conditions.add(`c.name ilike ${conditions.bind(containsPattern(text))}`);
  return {
    select: selectList(Campaign, 'c', kind, info),
    from: 'ringfence.campaigns c',
    id: 'c.id',
    conditions,
    ordering: orderings[orderBy],
  };
}

/**
 * Plans a campaign and answers its id. VALIDATION_FAILED, FORBIDDEN, NOT_FOUND (listId, segmentId, identityId, memberIds), CONFLICT
 * (archived).
 */
export async function createCampaign(context: RequestContext, input: CreateCampaignInput): Promise<string> {
  const { listId, ...details } = input;
  const [created] = await context.transaction.query<{ id: string }>(
    'select ringfence.create_campaign($1, $2::jsonb) as id',
    [listId, JSON.stringify(details)],
  );
  if (created === undefined) throw notFound('listId');
  return created.id;
}

export async function updateCampaign(
  context: RequestContext,
  { id, changes, expectedVersion = null }: UpdateCampaignInput,
): Promise<void> {
  await context.transaction.query('select ringfence.update_campaign($1, $2::jsonb, $3)', [
    id,
    JSON.stringify(changes),
    expectedVersion,
  ]);
}

export async function changeCampaignState(
  context: RequestContext,
  transition: 'START' | 'PAUSE' | 'RESUME' | 'FINISH',
  { id, expectedVersion = null }: ChangeCampaignStateInput,
): Promise<void> {
  await context.transaction.query('select ringfence.change_campaign_state($1, $2, $3)', [
    id,
    transition,
    expectedVersion,
  ]);
}

export async function deleteCampaign(
  context: RequestContext,
  { id, expectedVersion = null }: DeleteCampaignInput,
): Promise<void> {
  await context.transaction.query('select ringfence.delete_campaign($1, $2)', [id, expectedVersion]);
}
