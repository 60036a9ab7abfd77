import type { GraphQLResolveInfo } from 'graphql';
import { selectList } from '../database/columns';
import { Conditions, containsPattern } from '../database/conditions';
import { defineLoader, defineRowLoader } from '../database/loaders';
import { defineOrderings, type Connection } from '../database/paging';
import type { RequestContext } from '../graphql/context';
import { emailAt, notFound } from '../graphql/errors';
import { defineRow, pageOf } from '../graphql/reading';
import { hashNewPassword } from '../sessions/new-password';
import { PortalUser } from './portal-user.entity';
import {
  type CreatePortalUserInput,
  type PortalLoginInput,
  type PortalUsersArgs,
  type UpdatePortalUserInput,
} from './portal-user.types';

const orderings = defineOrderings('portalUsers', {
  NAME: { sortKey: 'p.sort_name', type: 'text' },
  CREATED_AT: { sortKey: 'p.created_at', type: 'timestamptz' },
});

export const portalUserById = defineRowLoader<PortalUser>(PortalUser, 'ringfence.portal_users');

export interface PortalLogin {
  email: string;
  lastSignInAt: string | null;
}

/** Null where the viewer may not know. */
export const loginByPortalUserId = defineLoader<PortalLogin | null>(null, async (transaction, ids) => {
  const rows = await transaction.query<PortalLogin & { portalUserId: string }>(
    `select portal_user_id as "portalUserId", email, last_sign_in_at as "lastSignInAt"
     from ringfence.portal_user_logins($1)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.portalUserId, row]));
});

/** One portal user. NOT_FOUND. */
export const portalUser = defineRow(portalUserById);

export function portalUsers(
  context: RequestContext,
  args: PortalUsersArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<PortalUser>> {
  const { accountId, kind } = context.signedIn;
  const conditions = new Conditions();
  conditions.add(`p.account_id = ${conditions.bind(accountId)}`);
  const { clientId, status } = args.filter ?? {};
  if (clientId != null) conditions.add(`p.client_id = ${conditions.bind(clientId)}`);
  if (status != null) conditions.add(`p.status = any (${conditions.bind(status)})`);
  if (args.search != null && args.search.trim() !== '')
    conditions.add(`p.name ilike ${conditions.bind(containsPattern(args.search.trim()))}`);
  const list = {
    select: selectList(PortalUser, 'p', kind, info),
    from: 'ringfence.portal_users p',
    id: 'p.id',
    conditions,
    ordering: orderings[args.orderBy],
  };
  return pageOf(context, list, args, info);
}

/** Adds a portal user and answers the id. VALIDATION_FAILED (password), EMAIL_TAKEN, FORBIDDEN, NOT_FOUND (clientId, agentIds), AGENT_IS_PUBLIC, CONFLICT (archived). */
export async function createPortalUser(
  context: RequestContext,
  input: CreatePortalUserInput,
): Promise<string> {
  const passwordHash = await hashNewPassword(context, 'input.password', input.password);
  return addPortalUser(context, input.clientId, input, passwordHash);
}

/** As createPortalUser, for a client that may be of the same transaction, with a password that was hashed. */
export async function addPortalUser(
  context: RequestContext,
  clientId: string,
  {
    name,
    email,
    viewsRecordings,
    viewsBillableMinutes,
    agentIds = null,
  }: PortalLoginInput & { agentIds?: string[] | null },
  passwordHash: string,
  emailPath = 'input.email',
): Promise<string> {
  const [created] = await emailAt(
    emailPath,
    context.transaction.query<{ id: string }>(
      'select ringfence.create_portal_user($1, $2, $3, $4, $5, $6, $7) as id',
      [clientId, name, email, passwordHash, viewsRecordings, viewsBillableMinutes, agentIds],
    ),
  );
  if (created === undefined) throw notFound('clientId');
  return created.id;
}

export async function updatePortalUser(context: RequestContext, input: UpdatePortalUserInput): Promise<void> {
  const { password, ...changes } = input.changes;
  const passwordHash =
    password === undefined ? undefined : await hashNewPassword(context, 'input.changes.password', password);
  await context.transaction.query('select ringfence.update_portal_user($1, $2::jsonb, $3)', [
    input.id,
    JSON.stringify({ ...changes, passwordHash }),
    input.expectedVersion ?? null,
  ]);
}

export async function deletePortalUser(context: RequestContext, id: string): Promise<void> {
  await context.transaction.query('select ringfence.delete_portal_user($1)', [id]);
}

/** Ends all sessions of a portal user, and answers how many. */
export async function revokePortalUserSessions(context: RequestContext, id: string): Promise<number> {
  const [answer] = await context.transaction.query<{ ended: number }>(
    'select ringfence.end_portal_user_sessions($1) as ended',
    [id],
  );
  return answer?.ended ?? 0;
}
