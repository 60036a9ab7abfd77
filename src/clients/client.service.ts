import type { GraphQLResolveInfo } from 'graphql';
import { selectList } from '../database/columns';
import { Conditions, containsPattern, phoneDigits } from '../database/conditions';
import { defineRowLoader, defineValueLoader } from '../database/loaders';
import { defineOrderings, type Connection } from '../database/paging';
import { updateRow } from '../database/update';
import type { RequestContext } from '../graphql/context';
import type { ShownOnce } from '../graphql/change';
import { notFound, validationFailed } from '../graphql/errors';
import { defineRow, pageOf } from '../graphql/reading';
import { invitePortalUser } from '../invitations/invitation.service';
import { Permission } from '../members/permission';
import { organizationById } from '../organizations/organization.service';
import { addPortalUser } from '../portal/portal-user.service';
import { hashNewPassword } from '../sessions/new-password';
import { BlindMode, Client, ClientStatus } from './client.entity';
import { partsOfNew, setClientParts } from './client-parts.service';
import {
  type ChangeClientStatusInput,
  type ClientsArgs,
  type CreateClientInput,
  type UpdateClientInput,
} from './client.types';

export const clientById = defineRowLoader<Client>(Client, 'ringfence.clients');

/** When something last happened with a client; null: nothing yet, or the viewer may not see it. */
export const lastActivityByClientId = defineValueLoader<string | null>(
  null,
  'select last_activity_at from ringfence.client_activity where client_id = key',
);

/** Null: there is no such client, or none that the viewer sees. */
export const statusByClientId = defineValueLoader<ClientStatus | null>(
  null,
  'select status from ringfence.clients where id = key',
);

// A subquery rather than a join, so that only lists in this order read the table.
const lastActivity = `coalesce((select t.last_activity_at from ringfence.client_activity t
  where t.account_id = c.account_id and t.client_id = c.id), '-infinity')`;

const orderings = defineOrderings('clients', {
  NAME: { sortKey: 'c.sort_name', type: 'text' },
  CREATED_AT: { sortKey: 'c.created_at', type: 'timestamptz' },
  LAST_ACTIVITY_AT: { sortKey: lastActivity, type: 'timestamptz' },
});

/** One client. NOT_FOUND. */
export const client = defineRow(clientById);

export function clients(
  context: RequestContext,
  args: ClientsArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Client>> {
  const { accountId, kind } = context.signedIn;
  const list = {
    select: selectList(Client, 'c', kind, info),
    from: 'ringfence.clients c',
    id: 'c.id',
    conditions: clientConditions(accountId, args),
    ordering: orderings[args.orderBy],
  };
  return pageOf(context, list, args, info);
}

function clientConditions(accountId: string, args: ClientsArgs): Conditions {
  const conditions = new Conditions();
  conditions.add(`c.account_id = ${conditions.bind(accountId)}`);
  const filter = args.filter ?? {};
  conditions.add(
    `c.status = any (${conditions.bind(filter.status ?? [ClientStatus.ACTIVE, ClientStatus.INACTIVE])})`,
  );
  if (filter.organizationId != null)
    conditions.add(`c.organization_id = ${conditions.bind(filter.organizationId)}`);
  if (filter.accountManagerId != null)
    conditions.add(`c.account_manager_id = ${conditions.bind(filter.accountManagerId)}`);
  if (filter.organizationTag != null) {
    conditions.add(`exists (select from ringfence.organization_tags t where t.account_id = c.account_id
      and t.organization_id = c.organization_id and t.tag_key = lower(${conditions.bind(filter.organizationTag)} collate "und-x-icu"))`);
  }
  if (args.search != null && args.search.trim() !== '') {
    const pattern = conditions.bind(containsPattern(args.search.trim()));
    const columns = ['name', 'contact_name', 'contact_email', 'contact_phone', 'contact_position'];
    const matches = columns.map((column) => `c.${column} ilike ${pattern}`);
    const digits = phoneDigits(args.search);
    if (digits !== null) matches.push(`c.contact_phone like ${conditions.bind(containsPattern(digits))}`);
    conditions.add(`(${matches.join(' or ')})`);
  }
  return conditions;
}

export type CreatedClient = { id: string; portalUserId: string | null; invitationLink: ShownOnce | null };

/**
 * Creates a client, and who signs in for it. VALIDATION_FAILED, EMAIL_TAKEN, PLAN_LIMIT_REACHED, FORBIDDEN, NOT_FOUND
 * (organization, account manager).
 */
export async function createClient(
  context: RequestContext,
  input: CreateClientInput,
): Promise<CreatedClient> {
  const { newOrganization, organizationId, portalLogin, sendInvitation } = input;
  if (newOrganization != null && organizationId != null) {
    throw validationFailed('input.newOrganization', 'Give organizationId or newOrganization, not both.');
  }
  if (sendInvitation && input.contactEmail == null)
    throw validationFailed('input.contactEmail', 'Is needed for an invitation.');
  // Before the account is locked: hashing takes its time.
  const passwordHash =
    portalLogin == null
      ? null
      : await hashNewPassword(context, 'input.portalLogin.password', portalLogin.password);
  const choice = newOrganization != null ? 'NEW' : organizationId === undefined ? 'ONLY' : 'GIVEN';
  const [created] = await context.transaction.query<{ id: string }>(
    'select ringfence.create_client($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as id',
    [
      input.name,
      input.contactName ?? null,
      input.contactEmail ?? null,
      input.contactPhone ?? null,
      input.contactPosition ?? null,
      input.blindMode ?? BlindMode.INHERIT,
      input.accountManagerId ?? null,
      choice,
      organizationId ?? null,
      newOrganization?.name ?? null,
    ],
  );
  if (created === undefined) throw notFound();
  const { id } = created;
  await setClientParts(context, id, partsOfNew(context, input), null, 'input');
  const portalUserId =
    portalLogin == null || passwordHash === null
      ? null
      : await addPortalUser(context, id, portalLogin, passwordHash, 'input.portalLogin.email');
  const invited = { clientId: id, viewsRecordings: false, viewsBillableMinutes: false };
  const invitationLink = sendInvitation
    ? (await invitePortalUser(context, invited, 'input.contactEmail')).link
    : null;
  return { id, portalUserId, invitationLink };
}

export async function updateClient(context: RequestContext, input: UpdateClientInput): Promise<void> {
  const { memberIds, identityIds, listIds, ...changes } = input.changes;
  const { organizationId } = changes;
  if (organizationId != null && (await organizationById(context.transaction).load(organizationId)) === null) {
    throw notFound('organizationId');
  }
  // Before the client's row is locked, because this locks the account first.
  await setClientParts(
    context,
    input.id,
    { memberIds, identityIds, listIds },
    input.expectedVersion ?? null,
    'input.changes',
  );
  await updateRow(context, {
    entity: Client,
    key: { accountId: context.signedIn.accountId, id: input.id },
    changes,
    expectedVersion: input.expectedVersion,
    permission: Permission.EDIT_CLIENTS,
  });
}

export type ClientTransition = 'ACTIVATE' | 'DEACTIVATE' | 'ARCHIVE' | 'RESTORE';

export async function changeClientStatus(
  context: RequestContext,
  transition: ClientTransition,
  input: ChangeClientStatusInput,
): Promise<void> {
  await context.transaction.query('select ringfence.change_client_status($1, $2, $3)', [
    input.id,
    transition,
    input.expectedVersion ?? null,
  ]);
}
