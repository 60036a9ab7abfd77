import type { GraphQLResolveInfo } from 'graphql';
import { selectList } from '../database/columns';
import { Conditions, containsPattern } from '../database/conditions';
import { defineRowLoader, defineRowsLoader, defineValueLoader } from '../database/loaders';
import { defineOrderings, type Connection, type ListStatement } from '../database/paging';
import type { SealedKind } from '../database/transaction';
import type { RequestContext } from '../graphql/context';
import { notFound, validationFailed } from '../graphql/errors';
import { defineRow, pageOf } from '../graphql/reading';
import { DispositionState, ListDisposition } from './list-disposition.entity';
import { ListField, ListFieldType } from './list-field.entity';
import { defaultWorkflow, type ListFieldInput } from './list-parts.types';
import { DuplicateHandling, List, ListAccess, ListStatus, Weekday } from './list.entity';
import {
  type ChangeListStatusInput,
  type CreateListInput,
  type ListChanges,
  type ListFilter,
  type ListsArgs,
  type UpdateListInput,
} from './list.types';

const orderings = defineOrderings('lists', {
  NAME: { sortKey: 'l.sort_name', type: 'text' },
  CREATED_AT: { sortKey: 'l.created_at', type: 'timestamptz' },
});

export const listById = defineRowLoader<List>(List, 'ringfence.lists');

export const fieldById = defineRowLoader<ListField>(ListField, 'ringfence.list_fields');

export const fieldsByListId = defineRowsLoader<ListField>(
  ListField,
  'from ringfence.list_fields r where r.list_id = key order by r.position',
);

export const dispositionsByListId = defineRowsLoader<ListDisposition>(
  ListDisposition,
  'from ringfence.list_dispositions r where r.list_id = key order by r.position',
);

/** Null: the viewer may not know. */
export const memberIdsByListId = defineValueLoader<string[] | null>(
  null,
  `select case when (select ringfence.has_permission('MANAGE_LISTS'))
     then coalesce(array_agg(m.id order by m.sort_name, m.id) filter (where m.id is not null), '{}') end
   from ringfence.list_members n join ringfence.members m on m.account_id = n.account_id and m.id = n.member_id
   where n.list_id = key`,
);

/** One list. NOT_FOUND. */
export const list = defineRow(listById);

export function lists(
  context: RequestContext,
  args: ListsArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<List>> {
  const { accountId, kind } = context.signedIn;
  const statement = listStatement(accountId, kind, args, info);
  return pageOf(context, statement, args, info);
}

/** The lists that fit, of whichever client. */
export function listStatement(
  accountId: string,
  kind: SealedKind,
  { filter, search, orderBy }: Pick<ListsArgs, 'filter' | 'search' | 'orderBy'>,
  info: GraphQLResolveInfo,
): ListStatement {
  return {
    select: selectList(List, 'l', kind, info),
    from: 'ringfence.lists l',
    id: 'l.id',
    conditions: listConditions(accountId, filter ?? {}, search?.trim() ?? ''),
    ordering: orderings[orderBy],
  };
}

function listConditions(accountId: string, filter: ListFilter, search: string): Conditions {
  const conditions = new Conditions();
  conditions.add(`l.account_id = ${conditions.bind(accountId)}`);
  conditions.add(
    `l.status = any (${conditions.bind(filter.status ?? [ListStatus.ACTIVE, ListStatus.MOVING])})`,
  );
  if (filter.clientId != null)
    conditions.add(`l.client_id = ${conditions.bind(filter.clientId)} and not l.of_house`);
  if (filter.ofNoClient != null) conditions.add(`l.of_house = ${conditions.bind(filter.ofNoClient)}`);
  if (filter.access != null) conditions.add(`l.access = any (${conditions.bind(filter.access)})`);
  if (search !== '') conditions.add(`l.name ilike ${conditions.bind(containsPattern(search))}`);
  return conditions;
}

/** What a call may end with where nothing else is said. */
const defaultDispositions = [
  { name: 'No answer', leadState: DispositionState.IN_PROGRESS },
  { name: 'Call back', leadState: DispositionState.CALL_BACK },
  { name: 'Won', leadState: DispositionState.WON },
  { name: 'Lost', leadState: DispositionState.LOST },
];

/**
 * Creates a list and answers its id. VALIDATION_FAILED, FORBIDDEN, NOT_FOUND (clientId, memberIds), PLAN_FEATURE_MISSING, CONFLICT
 * (the client is archived or being deleted).
 */
export async function createList(context: RequestContext, input: CreateListInput): Promise<string> {
  const { clientId = null, ...details } = input;
  const defaults = {
    access: clientId === null ? ListAccess.NAMED : ListAccess.ALL,
    duplicateHandling: DuplicateHandling.SKIP,
    dispositions: defaultDispositions,
    ...defaultWorkflow,
  };
  const [created] = await context.transaction.query<{ id: string }>(
    'select ringfence.create_list($1, $2::jsonb) as id',
    [clientId, JSON.stringify({ ...defaults, ...flat(details, 'input') })],
  );
  if (created === undefined) throw notFound('clientId');
  return created.id;
}

export async function updateList(context: RequestContext, input: UpdateListInput): Promise<void> {
  await context.transaction.query('select ringfence.update_list($1, $2::jsonb, $3)', [
    input.id,
    JSON.stringify(flat(input.changes, 'input.changes')),
    input.expectedVersion ?? null,
  ]);
}

export async function changeListStatus(
  context: RequestContext,
  transition: 'ARCHIVE' | 'RESTORE',
  { id, expectedVersion = null }: ChangeListStatusInput,
): Promise<void> {
  await context.transaction.query('select ringfence.change_list_status($1, $2, $3)', [
    id,
    transition,
    expectedVersion,
  ]);
}

/** What is said of a list, as the database takes it: its workflow is part of its row. VALIDATION_FAILED. */
function flat({ workflow, ...details }: ListChanges, path: string): Record<string, unknown> {
  details.fields?.forEach((field, index) => requireFitting(field, `${path}.fields.${index}`));
  const given = { ...details, ...workflow };
  if (workflow?.callingDays === undefined) return given;
  const { callingDays } = workflow;
  return { ...given, callingDays: Object.values(Weekday).filter((day) => callingDays.includes(day)) };
}

/** VALIDATION_FAILED where what is said of a field does not fit its type. */
function requireFitting({ type, choices, uniqueInClient }: ListFieldInput, path: string): void {
  if ((type === ListFieldType.CHOICE) !== (choices != null))
    throw validationFailed(`${path}.choices`, 'A CHOICE needs choices, and nothing else has them.');
  if (uniqueInClient && [ListFieldType.BOOLEAN, ListFieldType.CHOICE].includes(type))
    throw validationFailed(`${path}.uniqueInClient`, 'Only texts, numbers and dates can be unique.');
}
