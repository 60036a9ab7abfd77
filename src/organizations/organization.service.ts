import type { GraphQLResolveInfo } from 'graphql';
import { selectList } from '../database/columns';
import { Conditions, containsPattern } from '../database/conditions';
import { defineRowLoader, defineValueLoader } from '../database/loaders';
import { defineOrderings, type Connection } from '../database/paging';
import { updateRow } from '../database/update';
import type { RequestContext } from '../graphql/context';
import { defineRow, pageOf } from '../graphql/reading';
import { Permission } from '../members/permission';
import { Organization, OrganizationStatus } from './organization.entity';
import {
  type ChangeOrganizationStatusInput,
  type CreateOrganizationInput,
  type OrganizationsArgs,
  type UpdateOrganizationInput,
} from './organization.types';

export const organizationById = defineRowLoader<Organization>(Organization, 'ringfence.organizations');

export const tagsByOrganizationId = defineValueLoader<string[]>(
  [],
  'select array_agg(tag order by tag_key) from ringfence.organization_tags where organization_id = key',
);

/** Clients that are neither archived nor being deleted, as the viewer sees them. */
export const clientCountByOrganizationId = defineValueLoader<number>(
  0,
  "select count(*) from ringfence.clients where organization_id = key and status in ('ACTIVE', 'INACTIVE')",
);

const clientCount = `(select count(*) from ringfence.clients c
  where c.account_id = o.account_id and c.organization_id = o.id and c.status in ('ACTIVE', 'INACTIVE'))`;

const orderings = defineOrderings('organizations', {
  NAME: { sortKey: 'o.sort_name', type: 'text' },
  CREATED_AT: { sortKey: 'o.created_at', type: 'timestamptz' },
  CLIENT_COUNT: { sortKey: clientCount, type: 'bigint' },
});

/** One organization. NOT_FOUND. */
export const organization = defineRow(organizationById);

export function organizations(
  context: RequestContext,
  args: OrganizationsArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Organization>> {
  const { accountId, kind } = context.signedIn;
  const conditions = new Conditions();
  conditions.add(`o.account_id = ${conditions.bind(accountId)}`);
  const filter = args.filter ?? {};
  conditions.add(`o.status = any (${conditions.bind(filter.status ?? [OrganizationStatus.ACTIVE])})`);
  if (filter.accountManagerId != null)
    conditions.add(`o.account_manager_id = ${conditions.bind(filter.accountManagerId)}`);
  if (filter.tag != null) {
    conditions.add(`exists (select from ringfence.organization_tags t where t.account_id = o.account_id
      and t.organization_id = o.id and t.tag_key = lower(${conditions.bind(filter.tag)} collate "und-x-icu"))`);
  }
  if (args.search != null && args.search.trim() !== '') {
    conditions.add(`o.name ilike ${conditions.bind(containsPattern(args.search.trim()))}`);
  }
  const list = {
    select: selectList(Organization, 'o', kind, info),
    from: 'ringfence.organizations o',
    id: 'o.id',
    conditions,
    ordering: orderings[args.orderBy],
  };
  return pageOf(context, list, args, info);
}

/** Creates an organization and answers its id. */
export async function createOrganization(
  context: RequestContext,
  input: CreateOrganizationInput,
): Promise<string> {
  const { tags, ...columns } = input;
  const { identifiers } = await context.transaction.manager.insert(Organization, {
    ...columns,
    accountId: context.signedIn.accountId,
  });
  const { id } = identifiers[0] as { id: string };
  await setTags(context, id, tags);
  return id;
}

export async function updateOrganization(
  context: RequestContext,
  input: UpdateOrganizationInput,
): Promise<void> {
  const { tags, ...columns } = input.changes;
  await updateRow(context, {
    entity: Organization,
    key: { accountId: context.signedIn.accountId, id: input.id },
    changes: columns,
    expectedVersion: input.expectedVersion,
    permission: Permission.MANAGE_CLIENT_ORGANIZATIONS,
  });
  await setTags(context, input.id, tags);
}

/** Archives or restores. CONFLICT while the organization has clients that are not archived. */
export async function changeOrganizationStatus(
  context: RequestContext,
  transition: 'ARCHIVE' | 'RESTORE',
  input: ChangeOrganizationStatusInput,
): Promise<void> {
  await context.transaction.query('select ringfence.change_organization_status($1, $2, $3)', [
    input.id,
    transition,
    input.expectedVersion ?? null,
  ]);
}

async function setTags(context: RequestContext, id: string, tags: string[] | undefined): Promise<void> {
  if (tags === undefined) return;
  await context.transaction.query('select ringfence.set_organization_tags($1, $2)', [
    id,
    tags.map((tag) => tag.trim()),
  ]);
}
