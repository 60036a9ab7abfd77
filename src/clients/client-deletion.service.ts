import type { GraphQLResolveInfo } from 'graphql';
import { selectList } from '../database/columns';
import { Conditions } from '../database/conditions';
import { defineRowsLoader } from '../database/loaders';
import { defineOrderings, type Connection } from '../database/paging';
import type { RequestContext } from '../graphql/context';
import { notFound } from '../graphql/errors';
import { pageOf } from '../graphql/reading';
import { ClientDeletion } from './client-deletion.entity';
import type { ClientDeletionsArgs, DeleteClientInput } from './client-deletion.types';

const orderings = defineOrderings('clientDeletions', {
  CREATED_AT: { sortKey: 'd.created_at', type: 'timestamptz' },
});

/** The deletion of a client: one, or none that the viewer may see. */
export const deletionsByClientId = defineRowsLoader<ClientDeletion>(
  ClientDeletion,
  'from ringfence.client_deletions r where r.client_id = key',
);

/** The deletion of a client. NOT_FOUND. */
export async function clientDeletion(
  context: RequestContext,
  clientId: string,
  info: GraphQLResolveInfo,
): Promise<ClientDeletion> {
  const [found] = await deletionsByClientId(context.reading(info), info).load(clientId.toLowerCase());
  if (found === undefined) throw notFound('clientId');
  return found;
}

export function clientDeletions(
  context: RequestContext,
  args: ClientDeletionsArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<ClientDeletion>> {
  const { accountId, kind } = context.signedIn;
  const conditions = new Conditions();
  conditions.add(`d.account_id = ${conditions.bind(accountId)}`);
  if (args.filter?.state != null) conditions.add(`d.state = any (${conditions.bind(args.filter.state)})`);
  const list = {
    select: selectList(ClientDeletion, 'd', kind, info),
    from: 'ringfence.client_deletions d',
    id: 'd.id',
    conditions,
    ordering: orderings[args.orderBy],
  };
  return pageOf(context, list, args, info);
}

/** Has a client deleted for good. VALIDATION_FAILED (confirmName), FORBIDDEN, NOT_FOUND, CONFLICT (being deleted already). */
export async function deleteClient(context: RequestContext, input: DeleteClientInput): Promise<void> {
  await context.transaction.query('select ringfence.delete_client($1, $2, $3)', [
    input.id,
    input.confirmName,
    input.expectedVersion ?? null,
  ]);
}
