// What a client is made of besides its own columns, chosen as whole sets.
import { SealedKind } from '../database/transaction';
import type { RequestContext } from '../graphql/context';
import { emailAt } from '../graphql/errors';

/** What is left out stays as it is. */
export interface ClientParts {
  memberIds?: string[] | undefined;
  identityIds?: string[] | undefined;
  listIds?: string[] | undefined;
}

/** Of a client that was just created: whoever is narrowed to assigned clients and created it stays assigned to it. */
export function partsOfNew(
  { signedIn: { kind, principalId } }: RequestContext,
  { memberIds, identityIds, listIds }: ClientParts,
): ClientParts {
  return {
    identityIds,
    listIds,
    memberIds:
      memberIds !== undefined && kind === SealedKind.MEMBER ? [...memberIds, principalId] : memberIds,
  };
}

/**
 * Sets who is assigned to a client, and what identities and lists it has. FORBIDDEN, NOT_FOUND (id, memberIds.0, …), PLAN_FEATURE_MISSING,
 * EMAIL_TAKEN, LIST_MEMBERS_NOT_INCLUDED, CONFLICT (archived, being deleted, version, own member, and what keeps a list where it is). `path` leads to where they were given.
 */
export async function setClientParts(
  context: RequestContext,
  id: string,
  parts: ClientParts,
  expectedVersion: number | null,
  path: string,
): Promise<void> {
  if (Object.values(parts).every((ids) => ids === undefined)) return;
  await emailAt(
    `${path}.identityIds`,
    context.transaction.query('select ringfence.set_client_parts($1, $2::jsonb, $3)', [
      id,
      JSON.stringify(parts),
      expectedVersion,
    ]),
  );
}
