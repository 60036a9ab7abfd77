// What there is of a client, kind by kind: each is read by one statement and becomes the records of one `type`, or one CSV.
// A table that holds anything of a client belongs to a kind, or is excepted below with a reason; a test walks the catalog.
// The policies decide which rows somebody gets. A permission here leaves a kind out as a whole, and says so, instead of
// giving a part of it that looks like all.
import { Permission } from '../members/permission';
import { activityKinds } from './activity-kinds';
import { leadKinds } from './lead-kinds';
import { listKinds } from './list-kinds';

/** How a value is written: `fixed` has no character that would have to be escaped, `text` is what people write. */
export type ColumnType = 'fixed' | 'text' | 'number' | 'boolean' | 'time' | 'json';

/** A type, where the column is called like the field; or a type and the expression. */
export type Column = ColumnType | readonly [ColumnType, string];

/** Who reads: somebody under their policies, or the operator of the installation. */
export type Reader = 'principal' | 'operator';

export interface Kind {
  /** In the address, in what is counted, and of its CSV. */
  name: string;
  /** `type` of its records. */
  type: string;
  /** Where its rows are kept. */
  tables: readonly string[];
  /** What it takes besides EXPORT_DATA and VIEW_CLIENTS. */
  permission?: Permission;
  /** Nobody sees these while the client is archived. */
  hiddenWhileArchived?: boolean;
  columns: Readonly<Record<string, Column>>;
  /** Its own table is `r`. */
  from: string | Readonly<Record<Reader, string>>;
  /** The column of `r` that says whose it is, if not client_id. */
  clientColumn?: string;
  orderBy: string;
}

/** Where a portal user's email and last sign-in are: nobody who is served reaches the logins. */
const portalUserLogins: Record<Reader, string> = {
  principal: 'lateral ringfence.portal_user_logins(array[r.id]) l on true',
  operator: 'fence.logins l on l.account_id = r.account_id and l.portal_user_id = r.id',
};

export const kinds: readonly Kind[] = [
  {
    name: 'client',
    type: 'client',
    tables: ['ringfence.clients', 'ringfence.client_activity'],
    columns: {
      id: 'fixed',
      name: 'text',
      contactName: 'text',
      contactEmail: 'text',
      contactPhone: 'fixed',
      contactPosition: 'text',
      organizationId: 'fixed',
      organizationName: ['text', 'o.name'],
      organizationTags: [
        'json',
        `(select coalesce(to_json(array_agg(t.tag order by t.tag_key)), '[]') from ringfence.organization_tags t
          where t.account_id = r.account_id and t.organization_id = r.organization_id)`,
      ],
      accountManagerId: 'fixed',
      accountManagerName: ['text', 'm.name'],
      blindMode: 'fixed',
      status: 'fixed',
      statusBeforeArchive: 'fixed',
      lastActivityAt: ['time', 'a.last_activity_at'],
      version: 'number',
      createdAt: 'time',
      updatedAt: 'time',
    },
    from: `ringfence.clients r
      left join ringfence.organizations o on o.account_id = r.account_id and o.id = r.organization_id
      left join ringfence.members m on m.account_id = r.account_id and m.id = r.account_manager_id
      left join ringfence.client_activity a on a.account_id = r.account_id and a.client_id = r.id`,
    clientColumn: 'id',
    orderBy: 'r.id',
  },
  {
    name: 'portal-users',
    type: 'portalUser',
    tables: ['ringfence.portal_users', 'ringfence.portal_user_agents'],
    columns: {
      id: 'fixed',
      name: 'text',
      email: ['text', 'l.email'],
      status: 'fixed',
      viewsRecordings: 'boolean',
      viewsBillableMinutes: 'boolean',
      agentAccess: 'fixed',
      agentStayIds: [
        'json',
        `(select coalesce(to_json(array_agg(b.stay_id order by b.stay_id)), '[]') from ringfence.portal_user_agents b
          where b.account_id = r.account_id and b.portal_user_id = r.id)`,
      ],
      lastSignInAt: ['time', 'l.last_sign_in_at'],
      version: 'number',
      createdAt: 'time',
      updatedAt: 'time',
    },
    from: {
      principal: `ringfence.portal_users r left join ${portalUserLogins.principal}`,
      operator: `ringfence.portal_users r left join ${portalUserLogins.operator}`,
    },
    orderBy: 'r.created_at, r.id',
  },
  {
    name: 'invitations',
    type: 'invitation',
    tables: ['ringfence.invitations'],
    permission: Permission.CREATE_CLIENTS,
    columns: {
      id: 'fixed',
      kind: 'fixed',
      portalUserId: 'fixed',
      memberId: 'fixed',
      name: 'text',
      email: 'text',
      invitedBy: 'fixed',
      status: 'fixed',
      expiresAt: 'time',
      closedAt: 'time',
      createdAt: 'time',
    },
    from: 'ringfence.invitations r',
    orderBy: 'r.created_at, r.id',
  },
  {
    name: 'assignments',
    type: 'assignment',
    tables: ['ringfence.client_assignments'],
    permission: Permission.MANAGE_MEMBERS,
    columns: { memberId: 'fixed', memberName: ['text', 'm.name'], createdAt: 'time' },
    from: `ringfence.client_assignments r
      left join ringfence.members m on m.account_id = r.account_id and m.id = r.member_id`,
    orderBy: 'r.created_at, r.member_id',
  },
  {
    name: 'identities',
    type: 'identity',
    tables: ['ringfence.identities'],
    permission: Permission.ACCESS_CRM,
    hiddenWhileArchived: true,
    columns: {
      id: 'fixed',
      kind: 'fixed',
      phoneNumber: 'fixed',
      email: 'text',
      displayName: 'text',
      verifiedAt: 'time',
      version: 'number',
      createdAt: 'time',
      updatedAt: 'time',
    },
    from: 'ringfence.identities r',
    orderBy: 'r.created_at, r.id',
  },
  {
    name: 'agents',
    type: 'agent',
    tables: ['ringfence.agents', 'ringfence.agent_phone_numbers'],
    columns: {
      id: 'fixed',
      stayId: 'fixed',
      name: 'text',
      kind: 'fixed',
      status: 'fixed',
      isPublic: 'boolean',
      phoneNumbers: [
        'json',
        `(select coalesce(to_json(array_agg(p.phone_number order by p.phone_number)), '[]') from ringfence.agent_phone_numbers p
          where p.account_id = r.account_id and p.agent_id = r.id)`,
      ],
      version: 'number',
      createdAt: 'time',
      updatedAt: 'time',
    },
    from: 'ringfence.agents r',
    orderBy: 'r.created_at, r.id',
  },
  {
    name: 'agent-stays',
    type: 'agentStay',
    tables: ['ringfence.agent_stays'],
    columns: {
      id: 'fixed',
      agentId: 'fixed',
      agentName: 'text',
      agentKind: 'fixed',
      startedAt: 'time',
      endedAt: 'time',
      createdAt: 'time',
    },
    from: 'ringfence.agent_stays r',
    orderBy: 'r.created_at, r.id',
  },
  {
    name: 'agent-configurations',
    type: 'agentConfiguration',
    tables: ['ringfence.agent_configurations'],
    columns: {
      agentId: 'fixed',
      stayId: 'fixed',
      number: 'number',
      settings: 'json',
      savedBy: 'text',
      savedAt: 'time',
    },
    from: 'ringfence.agent_configurations r',
    orderBy: 'r.agent_id, r.number',
  },
  {
    name: 'agent-advanced-configurations',
    type: 'agentAdvancedConfiguration',
    tables: ['ringfence.agent_advanced_configurations'],
    permission: Permission.USE_ADVANCED_EDITOR,
    columns: {
      agentId: 'fixed',
      stayId: 'fixed',
      number: 'number',
      settings: 'json',
      savedBy: 'text',
      savedAt: 'time',
    },
    from: 'ringfence.agent_advanced_configurations r',
    orderBy: 'r.agent_id, r.number',
  },
  {
    name: 'agent-assignments',
    type: 'agentAssignment',
    tables: ['ringfence.agent_assignments'],
    permission: Permission.MANAGE_MEMBERS,
    columns: { memberId: 'fixed', memberName: ['text', 'm.name'], stayId: 'fixed', createdAt: 'time' },
    from: `ringfence.agent_assignments r
      left join ringfence.members m on m.account_id = r.account_id and m.id = r.member_id`,
    orderBy: 'r.created_at, r.member_id, r.stay_id',
  },
  ...listKinds,
  ...leadKinds,
  ...activityKinds,
];

/** Tables with rows of a client that are not exported, and why. */
export const notExported: Readonly<Record<string, string>> = {
  'ringfence.audit_entries':
    'The log is of the account: it outlives its clients, and has a right of its own.',
  'ringfence.access_token_clients': 'What a program reaches is part of the token, which is of the account.',
  'ringfence.access_token_agents': 'Likewise.',
  'ringfence.client_deletions': 'Says of a client that it is being deleted, when nothing can be exported.',
  'fence.uploads': 'Recordings that were announced and are not there yet.',
  'fence.contact_emails': 'A registry of what is exported with the client.',
  'ringfence.list_jobs': 'Says how far the moving or deleting of a list is, not what is on it.',
  'fence.list_places': 'Says of which clients leads of a list may be, as the leads do themselves.',
  'ringfence.lead_holds': 'Says who has which lead before them right now, and nothing of the lead.',
  'fence.lead_search': 'Made of what is exported of leads.',
  'fence.events': 'Says that something changed, for whoever follows; nothing of what.',
};

/** Columns of exported tables that are not exported, and why. */
export const columnsNotExported: Readonly<Record<string, string>> = {
  account_id: 'The same in every row.',
  client_id: 'The same in every row.',
  sort_name: 'Made of the name.',
  name_key: 'Made of the name.',
  company_key: 'Made of the company.',
  email_key: 'Made of the email.',
  company_domain: 'Made of the email.',
  call_back_key: 'Made of the call-back time.',
  queue_zone: 'Made of the time zone.',
  queue_at: 'Made of the times.',
  unique_key: 'Made of the value.',
  of_house: 'Nobody sees the house client.',
  is_house: 'Nobody sees the house client.',
  generation: 'Counts the links that were sent; part of what makes them.',
  sent_at: 'Served by no policy; of the link, as generation.',
  link_expires_at: 'Likewise.',
};

/** Whose rows are meant stands in two settings, because `copy` takes no values. */
function whereExported({ clientColumn = 'client_id' }: Kind): string {
  return `r.account_id = current_setting('ringfence.exported_account')::uuid
    and r.${clientColumn} = current_setting('ringfence.exported_client')::uuid`;
}

/** The statement that copies a kind out. */
export function copyStatement(kind: Kind, reader: Reader): string {
  const { columns, from, orderBy } = kind;
  const expressions = Object.entries(columns).map(([name, column]) => expressionOf(name, column));
  return `copy (select ${expressions.join(', ')} from ${typeof from === 'string' ? from : from[reader]}
    where ${whereExported(kind)} order by ${orderBy}) to stdout`;
}

/** The statement that counts the rows of a kind, for an operator. */
export function countStatement(kind: Kind): string {
  const from = typeof kind.from === 'string' ? kind.from : kind.from.operator;
  return `select count(*) from ${from} where ${whereExported(kind)}`;
}

export function typeOf(column: Column): ColumnType {
  return typeof column === 'string' ? column : column[0];
}

/** What is read of a column. */
export function expressionOf(name: string, column: Column): string {
  return typeof column === 'string' ? `r.${name.replace(/[A-Z]/g, '_$&').toLowerCase()}` : column[1];
}
