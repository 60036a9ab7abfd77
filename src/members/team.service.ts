import type { RequestContext } from '../graphql/context';
import { notFound } from '../graphql/errors';
import { hashNewPassword } from '../sessions/new-password';
import { AccessScope, MemberRole } from './member.types';
import type {
  ChangeMemberPasswordInput,
  CreateMemberInput,
  RemoveMemberInput,
  UpdateMemberInput,
} from './team.types';

/** Adds a member and answers its id. VALIDATION_FAILED (password), EMAIL_TAKEN, FORBIDDEN, NOT_FOUND (clientIds, agentIds). */
export async function createMember(context: RequestContext, input: CreateMemberInput): Promise<string> {
  const { name, jobTitle = null, email, role, permissions, clientIds, agentAccess, agentIds } = input;
  const clientAccess = role === MemberRole.MEMBER ? input.clientAccess : AccessScope.ALL;
  const passwordHash = await hashNewPassword(context, 'input.password', input.password);
  const [created] = await context.transaction.query<{ id: string }>(
    'select ringfence.create_member($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as id',
    [name, jobTitle, email, passwordHash, role, permissions, clientAccess, clientIds, agentAccess, agentIds],
  );
  if (created === undefined) throw notFound();
  return created.id;
}

export async function updateMember(context: RequestContext, input: UpdateMemberInput): Promise<void> {
  await context.transaction.query('select ringfence.update_member($1, $2::jsonb, $3)', [
    input.id,
    JSON.stringify(input.changes),
    input.expectedVersion ?? null,
  ]);
}

/** Lets a member sign in, or no longer. */
export async function changeMemberStatus(
  context: RequestContext,
  id: string,
  status: 'ACTIVE' | 'DISABLED',
): Promise<void> {
  await context.transaction.query('select ringfence.change_member_status($1, $2)', [id, status]);
}

export async function changeMemberPassword(
  context: RequestContext,
  { id, password }: ChangeMemberPasswordInput,
): Promise<void> {
  const passwordHash = await hashNewPassword(context, 'input.password', password);
  await context.transaction.query('select ringfence.change_member_password($1, $2)', [id, passwordHash]);
}

/** Removes a member, and answers which access tokens were theirs. NOT_FOUND (also transferTokensTo), FORBIDDEN, CONFLICT, LAST_OWNER. */
export async function removeMember(
  context: RequestContext,
  { id, transferTokensTo = null }: RemoveMemberInput,
): Promise<{ id: string; name: string }[]> {
  return context.transaction.query(
    'select access_token_id as id, access_token_name as name from ringfence.remove_member($1, $2)',
    [id, transferTokensTo],
  );
}

/** Ends all sessions of a member, and answers how many. */
export async function revokeMemberSessions(context: RequestContext, id: string): Promise<number> {
  const [answer] = await context.transaction.query<{ ended: number }>(
    'select ringfence.end_member_sessions($1) as ended',
    [id],
  );
  return answer?.ended ?? 0;
}
