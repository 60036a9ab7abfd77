import type { GraphQLResolveInfo } from 'graphql';
import { selectList } from '../database/columns';
import { Conditions, containsPattern } from '../database/conditions';
import { defineLoader, defineRowLoader, defineValueLoader } from '../database/loaders';
import { defineOrderings, type Connection, type ListStatement } from '../database/paging';
import type { SealedKind } from '../database/transaction';
import type { RequestContext } from '../graphql/context';
import { defineRow, pageOf } from '../graphql/reading';
import { Member } from './member.entity';
import {
  type AccessScope,
  type AssignClientsInput,
  type MemberRole,
  type MembersArgs,
  type MemberStatus,
} from './member.types';

const orderings = defineOrderings('members', {
  NAME: { sortKey: 'm.sort_name', type: 'text' },
  CREATED_AT: { sortKey: 'm.created_at', type: 'timestamptz' },
});

export const memberById = defineRowLoader<Member>(Member, 'ringfence.members');

export interface MemberAccess {
  role: MemberRole;
  clientAccess: AccessScope;
  agentAccess: AccessScope;
  status: MemberStatus;
}

/** Null where the viewer may not know. */
export const accessByMemberId = defineLoader<MemberAccess | null>(null, async (transaction, ids) => {
  const rows = await transaction.query<MemberAccess & { memberId: string }>(
    `select member_id as "memberId", role, client_access as "clientAccess", agent_access as "agentAccess", status
     from ringfence.member_access where member_id = any ($1)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.memberId, row]));
});

/** Null where the viewer may not know. */
export const emailByMemberId = defineLoader<string | null>(null, async (transaction, ids) => {
  const rows = await transaction.query<{ memberId: string; email: string }>(
    'select member_id as "memberId", email from ringfence.member_emails($1)',
    [ids],
  );
  return new Map(rows.map((row) => [row.memberId, row.email]));
});

/** Single permissions; empty where the viewer may not know, and for owners and administrators, who hold all. */
export const permissionsByMemberId = defineValueLoader<string[]>(
  [],
  'select array_agg(permission order by permission) from ringfence.member_permissions where member_id = key',
);

/** Clients assigned to a member, as far as the viewer reaches them. */
export const assignedClientIdsByMemberId = defineValueLoader<string[]>(
  [],
  'select array_agg(client_id order by client_id) from ringfence.client_assignments where member_id = key',
);

/** One member of the account. NOT_FOUND. */
export const member = defineRow(memberById);

export function members(
  context: RequestContext,
  args: MembersArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Member>> {
  const { accountId, kind } = context.signedIn;
  const list = memberList(accountId, kind, args, info);
  return pageOf(context, list, args, info);
}

/** The list of members who fit. */
export function memberList(
  accountId: string,
  kind: SealedKind,
  { filter, search, orderBy }: Pick<MembersArgs, 'filter' | 'search' | 'orderBy'>,
  info: GraphQLResolveInfo,
): ListStatement {
  const conditions = new Conditions();
  conditions.add(`m.account_id = ${conditions.bind(accountId)}`);
  if (search != null && search.trim() !== '') {
    const pattern = conditions.bind(containsPattern(search.trim()));
    conditions.add(`(m.name ilike ${pattern} or m.job_title ilike ${pattern})`);
  }
  for (const column of ['role', 'status'] as const) {
    const wanted = filter?.[column];
    if (wanted != null)
      conditions.add(`exists (select from ringfence.member_access a where a.account_id = m.account_id
        and a.member_id = m.id and a.${column} = any (${conditions.bind(wanted)}))`);
  }
  return {
    select: selectList(Member, 'm', kind, info),
    from: 'ringfence.members m',
    id: 'm.id',
    conditions,
    ordering: orderings[orderBy],
  };
}

export async function assignClients(context: RequestContext, input: AssignClientsInput): Promise<void> {
  await context.transaction.query('select ringfence.assign_clients($1, $2, $3)', [
    input.memberId,
    input.add,
    input.remove,
  ]);
}
