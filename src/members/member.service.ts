import type { GraphQLResolveInfo } from 'graphql';
import { selectList } from '../database/columns';
import { Conditions, containsPattern } from '../database/conditions';
import { defineLoader, defineRowLoader, defineValueLoader } from '../database/loaders';
import { readPage, type Connection, type Ordering } from '../database/paging';
import type { RequestContext } from '../graphql/context';
import { notFound } from '../graphql/errors';
import { Member } from './member.entity';
import {
  type AccessScope,
  MemberOrder,
  type AssignClientsInput,
  type MemberRole,
  type MembersArgs,
  type MemberStatus,
} from './member.types';

const orderings: Record<MemberOrder, Ordering> = {
  [MemberOrder.NAME_ASC]: {
    name: 'members:NAME_ASC',
    sortKey: 'm.sort_name',
    type: 'text',
    direction: 'asc',
  },
  [MemberOrder.NAME_DESC]: {
    name: 'members:NAME_DESC',
    sortKey: 'm.sort_name',
    type: 'text',
    direction: 'desc',
  },
  [MemberOrder.CREATED_AT_ASC]: {
    name: 'members:CREATED_AT_ASC',
    sortKey: 'm.created_at',
    type: 'timestamptz',
    direction: 'asc',
  },
  [MemberOrder.CREATED_AT_DESC]: {
    name: 'members:CREATED_AT_DESC',
    sortKey: 'm.created_at',
    type: 'timestamptz',
    direction: 'desc',
  },
};

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
export async function member(context: RequestContext, id: string, info: GraphQLResolveInfo): Promise<Member> {
  const found = await memberById(context.reading(info), info).load(id.toLowerCase());
  if (found === null) throw notFound();
  return found;
}

export function members(
  context: RequestContext,
  args: MembersArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Member>> {
  const { accountId, kind } = context.signedIn;
  const conditions = new Conditions();
  conditions.add(`m.account_id = ${conditions.bind(accountId)}`);
  if (args.search != null && args.search.trim() !== '') {
    const pattern = conditions.bind(containsPattern(args.search.trim()));
    conditions.add(`(m.name ilike ${pattern} or m.job_title ilike ${pattern})`);
  }
  for (const column of ['role', 'status'] as const) {
    const wanted = args.filter?.[column];
    if (wanted != null)
      conditions.add(`exists (select from ringfence.member_access a where a.account_id = m.account_id
        and a.member_id = m.id and a.${column} = any (${conditions.bind(wanted)}))`);
  }
  const list = {
    select: selectList(Member, 'm', kind, info),
    from: 'ringfence.members m',
    id: 'm.id',
    conditions,
    ordering: orderings[args.orderBy],
  };
  return readPage(context.reading(info), context.services.cursors, accountId, list, args);
}

export async function assignClients(context: RequestContext, input: AssignClientsInput): Promise<void> {
  await context.transaction.query('select ringfence.assign_clients($1, $2, $3)', [
    input.memberId,
    input.add,
    input.remove,
  ]);
}
