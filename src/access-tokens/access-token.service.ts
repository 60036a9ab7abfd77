import type { GraphQLResolveInfo } from 'graphql';
import { selectList } from '../database/columns';
import { Conditions } from '../database/conditions';
import { defineLoader, defineRowLoader, defineValueLoader } from '../database/loaders';
import { defineOrderings, type Connection } from '../database/paging';
import { ShownOnce } from '../graphql/change';
import type { RequestContext } from '../graphql/context';
import { notFound, validationFailed } from '../graphql/errors';
import { defineRow, pageOf } from '../graphql/reading';
import type { Permission } from '../members/permission';
import { AccessToken } from './access-token.entity';
import {
  AccessTokenState,
  type AccessTokensArgs,
  type CreateAccessTokenInput,
  type RotateAccessTokenInput,
} from './access-token.types';
import { newTokenSecret, tokenText } from './token-text';

const orderings = defineOrderings('accessTokens', {
  CREATED_AT: { sortKey: 't.created_at', type: 'timestamptz' },
  EXPIRES_AT: { sortKey: 't.expires_at', type: 'timestamptz' },
});

/** By the clock of the database, as opening one decides. */
const inState: Record<AccessTokenState, string> = {
  [AccessTokenState.ACTIVE]: '(t.revoked_at is null and t.expires_at > now())',
  [AccessTokenState.EXPIRED]: '(t.revoked_at is null and t.expires_at <= now())',
  [AccessTokenState.REVOKED]: '(t.revoked_at is not null)',
};

export const accessTokenById = defineRowLoader<AccessToken>(AccessToken, 'ringfence.access_tokens');

export const permissionsByAccessTokenId = defineValueLoader<Permission[]>(
  [],
  'select array_agg(permission order by permission) from ringfence.access_token_permissions where access_token_id = key',
);

/** Clients that a token is for, as far as the viewer reaches them. */
export const clientIdsByAccessTokenId = defineValueLoader<string[]>(
  [],
  'select array_agg(client_id order by client_id) from ringfence.access_token_clients where access_token_id = key',
);

export const effectivePermissionsByAccessTokenId = defineLoader<Permission[]>(
  [],
  async (transaction, ids) => {
    const rows = await transaction.query<{ accessTokenId: string; permissions: Permission[] }>(
      'select access_token_id as "accessTokenId", permissions from ringfence.access_token_powers($1)',
      [ids],
    );
    return new Map(rows.map((row) => [row.accessTokenId, row.permissions]));
  },
);

/** One access token. NOT_FOUND. */
export const accessToken = defineRow(accessTokenById);

export function accessTokens(
  context: RequestContext,
  args: AccessTokensArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<AccessToken>> {
  const { accountId, kind } = context.signedIn;
  const conditions = new Conditions();
  conditions.add(`t.account_id = ${conditions.bind(accountId)}`);
  const { memberId, state } = args.filter ?? {};
  if (memberId != null) conditions.add(`t.member_id = ${conditions.bind(memberId)}`);
  if (state != null) conditions.add(`(${['false', ...state.map((each) => inState[each])].join(' or ')})`);
  const list = {
    select: selectList(AccessToken, 't', kind, info),
    from: 'ringfence.access_tokens t',
    id: 't.id',
    conditions,
    ordering: orderings[args.orderBy],
  };
  return pageOf(context, list, args, info);
}

export function stateOf({ revokedAt, expiresAt }: AccessToken): AccessTokenState {
  if (revokedAt !== null) return AccessTokenState.REVOKED;
  return Date.parse(expiresAt) > Date.now() ? AccessTokenState.ACTIVE : AccessTokenState.EXPIRED;
}

/** Mints a token. VALIDATION_FAILED (clientIds, expiresAt), FORBIDDEN, NOT_FOUND (clientIds). */
export async function createAccessToken(
  context: RequestContext,
  input: CreateAccessTokenInput,
): Promise<{ id: string; token: ShownOnce }> {
  const { name, permissions, allClients, clientIds, expiresAt, belongsToAccount } = input;
  if (allClients !== (clientIds.length === 0))
    throw validationFailed('input.clientIds', 'Name the clients that it is for, or all of them.');
  const { secret, digest } = newTokenSecret();
  const [created] = await context.transaction.query<{ id: string }>(
    'select ringfence.create_access_token($1, $2, $3, $4, $5, $6) as id',
    [name, permissions, allClients ? null : clientIds, expiresAt, belongsToAccount, digest],
  );
  if (created === undefined) throw notFound();
  return { id: created.id, token: new ShownOnce(tokenText(created.id, secret)) };
}

export async function renameAccessToken(context: RequestContext, id: string, name: string): Promise<void> {
  await context.transaction.query('select ringfence.rename_access_token($1, $2)', [id, name]);
}

/** Gives a token another secret, and answers its new text. */
export async function rotateAccessToken(
  context: RequestContext,
  { id, overlapSeconds }: RotateAccessTokenInput,
): Promise<ShownOnce> {
  const { secret, digest } = newTokenSecret();
  await context.transaction.query('select ringfence.rotate_access_token($1, $2, $3)', [
    id,
    digest,
    overlapSeconds,
  ]);
  return new ShownOnce(tokenText(id, secret));
}

export async function revokeAccessToken(context: RequestContext, id: string): Promise<void> {
  await context.transaction.query('select ringfence.revoke_access_token($1)', [id]);
}
