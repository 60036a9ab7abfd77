import type { GraphQLResolveInfo } from 'graphql';
import { selectList } from '../database/columns';
import { Conditions, containsPattern, phoneDigits } from '../database/conditions';
import { defineRowLoader } from '../database/loaders';
import { defineOrderings, type Connection, type ListStatement } from '../database/paging';
import type { SealedKind } from '../database/transaction';
import type { RequestContext } from '../graphql/context';
import { notFound } from '../graphql/errors';
import { defineRow, pageOf } from '../graphql/reading';
import { Identity } from './identity.entity';
import {
  type CreateCallerIdInput,
  type CreateEmailIdentityInput,
  type DeleteIdentityInput,
  type IdentitiesArgs,
  type UpdateIdentityInput,
} from './identity.types';

const orderings = defineOrderings('identities', {
  NAME: { sortKey: 'i.sort_name', type: 'text' },
  CREATED_AT: { sortKey: 'i.created_at', type: 'timestamptz' },
});

export const identityById = defineRowLoader<Identity>(Identity, 'ringfence.identities');

/** One identity. NOT_FOUND. */
export const identity = defineRow(identityById);

export function identities(
  context: RequestContext,
  args: IdentitiesArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Identity>> {
  const { accountId, kind } = context.signedIn;
  const list = identityList(accountId, kind, args, info);
  const { clientId, listId } = args.filter ?? {};
  if (clientId != null) list.conditions.add(usableFor(list.conditions.bind(clientId)));
  if (listId != null)
    list.conditions.add(
      usableFor(`(select l.client_id from ringfence.lists l where l.id = ${list.conditions.bind(listId)})`),
    );
  return pageOf(context, list, args, info);
}

/** SQL: what a drop-down shows for a client, given as SQL. */
export function usableFor(client: string): string {
  return `(i.client_id = ${client} or i.of_house)`;
}

/** The list of identities that fit, of whichever client. */
export function identityList(
  accountId: string,
  kind: SealedKind,
  { filter, search, orderBy }: Pick<IdentitiesArgs, 'filter' | 'search' | 'orderBy'>,
  info: GraphQLResolveInfo,
): ListStatement {
  const conditions = new Conditions();
  conditions.add(`i.account_id = ${conditions.bind(accountId)}`);
  if (filter?.kind != null) conditions.add(`i.kind = any (${conditions.bind(filter.kind)})`);
  if (filter?.verified != null)
    conditions.add(`i.kind = 'EMAIL' and (i.verified_at is not null) = ${conditions.bind(filter.verified)}`);
  const text = search?.trim() ?? '';
  if (text !== '') conditions.add(matching(conditions, text));
  return {
    select: selectList(Identity, 'i', kind, info),
    from: 'ringfence.identities i',
    id: 'i.id',
    conditions,
    ordering: orderings[orderBy],
  };
}

function matching(conditions: Conditions, text: string): string {
  const pattern = conditions.bind(containsPattern(text));
  const matches = [`i.display_name ilike ${pattern}`, `i.email ilike ${pattern}`];
  const digits = phoneDigits(text);
  if (digits !== null) matches.push(`i.phone_number like ${conditions.bind(containsPattern(digits))}`);
  return `(${matches.join(' or ')})`;
}

/** Creates a caller id and answers its id. FORBIDDEN, NOT_FOUND (clientId), PLAN_FEATURE_MISSING, CONFLICT (archived, number taken). */
export function createCallerId(
  context: RequestContext,
  { clientId = null, phoneNumber, displayName = null }: CreateCallerIdInput,
): Promise<string> {
  return created(context, 'select ringfence.create_caller_id($1, $2, $3) as id', [
    clientId,
    phoneNumber,
    displayName,
  ]);
}

/** Creates an email identity and answers its id. FORBIDDEN, NOT_FOUND (clientId), PLAN_FEATURE_MISSING, EMAIL_TAKEN, CONFLICT (archived). */
export function createEmailIdentity(
  context: RequestContext,
  { clientId = null, email, displayName = null }: CreateEmailIdentityInput,
): Promise<string> {
  return created(context, 'select ringfence.create_email_identity($1, $2, $3) as id', [
    clientId,
    email,
    displayName,
  ]);
}

async function created(context: RequestContext, statement: string, values: unknown[]): Promise<string> {
  const [row] = await context.transaction.query<{ id: string }>(statement, values);
  if (row === undefined) throw notFound('clientId');
  return row.id;
}

/** FORBIDDEN, NOT_FOUND (id, clientId), PLAN_FEATURE_MISSING, EMAIL_TAKEN, VALIDATION_FAILED (email), CONFLICT (archived, version). */
export async function updateIdentity(
  context: RequestContext,
  { id, changes, expectedVersion = null }: UpdateIdentityInput,
): Promise<void> {
  await context.transaction.query('select ringfence.update_identity($1, $2::jsonb, $3)', [
    id,
    JSON.stringify(changes),
    expectedVersion,
  ]);
}

export async function deleteIdentity(
  context: RequestContext,
  { id, expectedVersion = null }: DeleteIdentityInput,
): Promise<void> {
  await context.transaction.query('select ringfence.delete_identity($1, $2)', [id, expectedVersion]);
}
