import { registerEnumType } from 'type-graphql';

/** What members and tokens may be allowed; the same list as the check on ringfence.member_permissions. */
export enum Permission {
  VIEW_CLIENTS = 'VIEW_CLIENTS',
  CREATE_CLIENTS = 'CREATE_CLIENTS',
  EDIT_CLIENTS = 'EDIT_CLIENTS',
  DELETE_CLIENTS = 'DELETE_CLIENTS',
  MANAGE_CLIENT_ORGANIZATIONS = 'MANAGE_CLIENT_ORGANIZATIONS',
  EDIT_AGENTS = 'EDIT_AGENTS',
  USE_ADVANCED_EDITOR = 'USE_ADVANCED_EDITOR',
  RECORD_ACTIVITY = 'RECORD_ACTIVITY',
  VIEW_RECORDINGS = 'VIEW_RECORDINGS',
  VIEW_BILLABLE_MINUTES = 'VIEW_BILLABLE_MINUTES',
  MANAGE_BILLING = 'MANAGE_BILLING',
  ACCESS_CRM = 'ACCESS_CRM',
  MANAGE_LISTS = 'MANAGE_LISTS',
  MANAGE_IDENTITIES = 'MANAGE_IDENTITIES',
  MANAGE_INTEGRATIONS = 'MANAGE_INTEGRATIONS',
  HANDLE_REQUESTS = 'HANDLE_REQUESTS',
  EXPORT_DATA = 'EXPORT_DATA',
  VIEW_AUDIT = 'VIEW_AUDIT',
  MANAGE_MEMBERS = 'MANAGE_MEMBERS',
  MANAGE_ACCESS_TOKENS = 'MANAGE_ACCESS_TOKENS',
  MANAGE_ACCOUNT = 'MANAGE_ACCOUNT',
}

/** What no token may do, whatever its member holds; the check on ringfence.access_token_permissions has all others. */
export const notForTokens: readonly unknown[] = [
  Permission.MANAGE_MEMBERS,
  Permission.MANAGE_ACCESS_TOKENS,
  Permission.MANAGE_ACCOUNT,
];

registerEnumType(Permission, {
  name: 'Permission',
  description:
    'What a member or an access token may do. Owners and administrators hold every one; a new member starts with VIEW_CLIENTS.',
  valuesConfig: {
    VIEW_CLIENTS: { description: 'See clients and their organizations.' },
    CREATE_CLIENTS: { description: 'Create clients; invite their portal users.' },
    EDIT_CLIENTS: { description: 'Edit, deactivate and activate clients; edit their portal users.' },
    DELETE_CLIENTS: { description: 'Archive, restore and delete clients.' },
    MANAGE_CLIENT_ORGANIZATIONS: { description: 'Create, edit, archive and restore organizations.' },
    EDIT_AGENTS: { description: 'Create, edit, move, duplicate and delete agents.' },
    USE_ADVANCED_EDITOR: { description: "Read and write the advanced part of an agent's configuration." },
    RECORD_ACTIVITY: { description: 'Report calls and messages.' },
    VIEW_RECORDINGS: { description: 'Listen to recordings.' },
    VIEW_BILLABLE_MINUTES: { description: 'See billable time, usage, invoices and payments.' },
    MANAGE_BILLING: { description: 'Write invoices and payments.' },
    ACCESS_CRM: { description: 'Work with leads, segments, campaigns and the queue.' },
    MANAGE_LISTS: { description: 'Manage lists, their fields and members, and import.' },
    MANAGE_IDENTITIES: { description: 'Manage caller ids and email identities.' },
    MANAGE_INTEGRATIONS: { description: 'Manage CRM connections and webhooks.' },
    HANDLE_REQUESTS: { description: 'See and work on requests.' },
    EXPORT_DATA: { description: 'Export data; columns follow the other permissions.' },
    VIEW_AUDIT: { description: 'Read the audit log and the access review.' },
    MANAGE_MEMBERS: { description: 'Invite, edit and remove members; assign clients to them.' },
    MANAGE_ACCESS_TOKENS: { description: 'Manage tokens of partner programs.' },
    MANAGE_ACCOUNT: { description: 'Change the settings of the account.' },
  },
});
