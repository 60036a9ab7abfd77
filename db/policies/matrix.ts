// The fence as data: which rows each serving role sees and may change, table by table. The gate refuses to serve a
// database with a table, a grant or a definer function that is not here; the tests compare every cell with what really
// happens, with shield switched off.
//
// A cell is a condition over the table's columns, written for the owner, who sees everything. It may use $account,
// $principal (the member's, portal user's or token's) and held('PERMISSION'); null: the role has no such right.

/** Roles that a session is served as. */
export const servingRoles = [
  'ringfence_admin',
  'ringfence_member_all',
  'ringfence_member',
  'ringfence_partner_all',
  'ringfence_partner',
  'ringfence_portal',
  'ringfence_anonymous',
] as const;
export type ServingRole = (typeof servingRoles)[number];

export interface Cell {
  /** Rows that can be read. */
  select: string | null;
  /** Rows that can be inserted. */
  insert: string | null;
  /** Rows that can be changed. */
  update: string | null;
}

/** What no serving role has on any table: DELETE, TRUNCATE, REFERENCES, TRIGGER. */
type Row = Partial<Record<ServingRole, Partial<Cell>>>;

const inAccount = 'account_id = $account';
const inSet = (column: string) =>
  `${column} in (select client_id from ringfence.client_assignments where account_id = $account and member_id = $principal)`;
const partnerSet = (column: string) => `${column} in (
  select c.id from ringfence.clients c
  join ringfence.access_tokens t on t.account_id = c.account_id
  left join ringfence.member_access m on m.account_id = t.account_id and m.member_id = t.member_id
  where c.account_id = $account and t.id = $principal
    and (t.all_clients or exists (select from ringfence.access_token_clients s
           where s.account_id = c.account_id and s.access_token_id = t.id and s.client_id = c.id))
    and (m is null or m.role <> 'MEMBER' or m.client_access = 'ALL' or exists (select from ringfence.client_assignments s
           where s.account_id = c.account_id and s.member_id = t.member_id and s.client_id = c.id)))`;
const ownToken = (column: string) =>
  `${inAccount} and held('MANAGE_ACCESS_TOKENS') and ${column} in (select t.id from ringfence.access_tokens t where t.account_id = $account and t.member_id = $principal)`;
/** Whether one sees all agents of one's clients; else only the stays that one was assigned, or is bound to. */
const agentsOfMember = (stay: string) => `(
  exists (select from ringfence.member_access where account_id = $account and member_id = $principal and agent_access = 'ALL')
  or ${stay} in (select a.stay_id from ringfence.agent_assignments a where a.account_id = $account and a.member_id = $principal))`;
const token = `ringfence.access_tokens t
    left join ringfence.member_access m on m.account_id = t.account_id and m.member_id = t.member_id
    where t.account_id = $account and t.id = $principal`;
const agentsOfPartner = (stay: string) => `(
  (exists (select from ${token} and t.all_agents)
    or ${stay} in (select a.stay_id from ringfence.access_token_agents a where a.account_id = $account and a.access_token_id = $principal))
  and (exists (select from ${token} and (m is null or m.role in ('OWNER', 'ADMIN') or m.agent_access = 'ALL'))
    or ${stay} in (select a.stay_id from ringfence.agent_assignments a
         join ringfence.access_tokens t on t.account_id = a.account_id and t.member_id = a.member_id
         where a.account_id = $account and t.id = $principal)))`;
const agentsOfPortalUser = (stay: string) => `(
  exists (select from ringfence.portal_users where account_id = $account and id = $principal and agent_access = 'ALL')
  or ${stay} in (select b.stay_id from ringfence.portal_user_agents b where b.account_id = $account and b.portal_user_id = $principal))`;
const portalClient =
  '(select client_id from ringfence.portal_users where account_id = $account and id = $principal)';
const ofPortalClient = (column: string) =>
  `(select ${column} from ringfence.clients where account_id = $account and id = ${portalClient})`;
const organizationOfSet = (column: string) =>
  `${column} in (select organization_id from ringfence.clients where account_id = $account and ${inSet('id')})`;
const organizationOfPartner = (column: string) =>
  `${column} in (select organization_id from ringfence.clients where account_id = $account and ${partnerSet('id')})`;
const ownOr = (permission: string) => `(member_id = $principal or held('${permission}'))`;
const seesOrganizations = "(held('VIEW_CLIENTS') or held('MANAGE_CLIENT_ORGANIZATIONS'))";
const scopedOrganizations = (column: string) =>
  `${inAccount} and (held('MANAGE_CLIENT_ORGANIZATIONS') or (held('VIEW_CLIENTS') and ${organizationOfSet(column)}))`;
const partnerOrganizations = (column: string) =>
  `${inAccount} and (held('MANAGE_CLIENT_ORGANIZATIONS') or (held('VIEW_CLIENTS') and ${organizationOfPartner(column)}))`;
const partners = (select: string): Row => ({
  ringfence_partner_all: { select },
  ringfence_partner: { select },
});

/** Rows of an agent's time with a client, which `column` names (null: of all agents): with the client, narrowed by the agents that one sees. */
const ofAgents = (column: string, held = "held('VIEW_CLIENTS')"): Row => ({
  ringfence_admin: { select: inAccount },
  ringfence_member_all: { select: `${inAccount} and ${held} and ${agentsOfMember(column)}` },
  ringfence_member: { select: `${inSet('client_id')} and ${held} and ${agentsOfMember(column)}` },
  ringfence_partner_all: { select: `${inAccount} and ${held} and ${agentsOfPartner(column)}` },
  ringfence_partner: { select: `${partnerSet('client_id')} and ${held} and ${agentsOfPartner(column)}` },
});
const ofAgentsAndPortal = (column: string): Row => ({
  ...ofAgents(column),
  ringfence_portal: {
    select: `${inAccount} and client_id = ${portalClient} and ${agentsOfPortalUser(column)}`,
  },
});
/** As ofAgentsAndPortal, for those who hold a permission besides; portal users hold it by a flag. */
const ofAgentsAndPortalWith = (column: string, permission: string): Row => ({
  ...ofAgents(column, `held('VIEW_CLIENTS') and held('${permission}')`),
  ringfence_admin: { select: `${inAccount} and held('${permission}')` },
  ringfence_portal: {
    select: `${inAccount} and held('${permission}') and client_id = ${portalClient} and ${agentsOfPortalUser(column)}`,
  },
});

// Lists. Being named on one counts for members, and for tokens of members who are narrowed by it.
const namedMember = `id in (select n.list_id from ringfence.list_members n where n.account_id = $account and n.member_id = $principal)`;
const namedPartner = `(exists (select from ${token} and t.all_lists and (m is null or m.role <> 'MEMBER'))
    or id in (select n.list_id from ringfence.list_members n
         join ringfence.access_tokens t on t.account_id = n.account_id and t.member_id = n.member_id
         where n.account_id = $account and t.id = $principal and t.all_lists))`;
/** Lists that are open: to all who reach their client, to those who are named, and, where they manage lists, also closed ones of clients. */
const openLists = (named: string) =>
  `(access = 'ALL' or ${named} or (held('MANAGE_LISTS') and not of_house))`;
/** The client set, or the house for those who work for no client. */
const listClientsOfMember = `(${inSet('client_id')} or (of_house and not exists (
  select from ringfence.client_assignments a where a.account_id = $account and a.member_id = $principal)))`;
const listClientsOfPartner = `((not of_house and ${partnerSet('client_id')}) or (of_house and exists (select from ${token} and t.all_clients)
  and not exists (select from ringfence.client_assignments a
    join ringfence.access_tokens t on t.account_id = a.account_id and t.member_id = a.member_id
    where a.account_id = $account and t.id = $principal)))`;
const seesLists = "(held('ACCESS_CRM') or held('MANAGE_LISTS'))";
const lists: Row = {
  ringfence_admin: { select: inAccount },
  ringfence_member_all: { select: `${inAccount} and ${seesLists} and ${openLists(namedMember)}` },
  ringfence_member: {
    select: `${inAccount} and ${seesLists} and ${listClientsOfMember} and ${openLists(namedMember)}`,
  },
  ringfence_partner_all: { select: `${inAccount} and ${seesLists} and ${openLists(namedPartner)}` },
  ringfence_partner: {
    select: `${inAccount} and ${seesLists} and ${listClientsOfPartner} and ${openLists(namedPartner)}`,
  },
};
/** What belongs to lists that are seen. */
const ofLists = (condition = 'true'): Row =>
  Object.fromEntries(
    Object.entries(lists).map(([role, { select }]) => [
      role,
      {
        select: `${inAccount} and ${role === 'ringfence_admin' ? 'true' : condition} and list_id in (select id from ringfence.lists where ${select})`,
      },
    ]),
  );

/** Leads: on lists that are open by name, whoever manages lists, and where blind mode is off for who is narrowed by their name. */
const blind = `(select c.id from ringfence.clients c join ringfence.accounts a on a.id = c.account_id
  where c.account_id = $account and (c.blind_mode = 'ON' or (c.blind_mode = 'INHERIT' and a.blind_mode)))`;
const freeToken = `exists (select from ${token} and t.all_lists and (m is null or m.role <> 'MEMBER'))`;
/** Who holds what: members by themselves, tokens by their member, or by themselves where they are the account's. */
const heldBy = (role: string) =>
  role.startsWith('ringfence_partner') ? `(select coalesce(t.member_id, t.id) from ${token})` : '$principal';
/** The lead that is held, on a list that is open, whether in blind mode or not. */
const held = (role: string, open: string) =>
  `(select h.lead_id from ringfence.lead_holds h where h.account_id = $account and h.holder_id = ${heldBy(role)}
      and h.held_until > now() and h.list_id in (select id from ringfence.lists where ${open}))`;
/** Leads that are being moved or deleted are seen by administrators alone. */
const settled = "status not in ('MOVING', 'DELETING')";
const openByName = (select: string | null | undefined) =>
  `${select?.replaceAll("held('MANAGE_LISTS')", 'false')} and ${settled}`;

/** `lead`: the column that names the lead. */
const ofLeads = (lead: string): Row =>
  Object.fromEntries(
    Object.entries(lists).map(([role, { select }]) => {
      if (role === 'ringfence_admin') return [role, { select: inAccount }];
      const open = openByName(select);
      const sighted = `client_id not in ${blind}`;
      return [
        role,
        {
          select: `${inAccount} and held('ACCESS_CRM') and list_id in (select id from ringfence.lists where ${open})
          and (${role.startsWith('ringfence_partner') ? `${freeToken} or ${sighted}` : sighted} or ${lead} in ${held(role, open)})`,
        },
      ];
    }),
  );
const leadHolds: Row = Object.fromEntries(
  Object.entries(lists).map(([role, { select }]) => [
    role,
    {
      select:
        role === 'ringfence_admin'
          ? inAccount
          : `${inAccount} and held('ACCESS_CRM') and lead_id in ${held(role, openByName(select))}`,
    },
  ]),
);

/** Of clients within reach, and what one asked for oneself. */
const listJobs = (reach: string) =>
  `${inAccount} and held('MANAGE_LISTS') and (${reach} or requested_by = $principal)`;

const seesDeletions = "held('VIEW_CLIENTS') and held('DELETE_CLIENTS')";
const invitedMembers = "(kind = 'MEMBER' and held('MANAGE_MEMBERS'))";
const invitedPortalUsers = "(kind = 'PORTAL_USER' and held('CREATE_CLIENTS'))";

/** Of clients that are in use, for who holds one of the two permissions; `reach`: as far as the clients are within reach. */
const seesIdentities = (reach: string) =>
  `${reach} and (held('ACCESS_CRM') or held('MANAGE_IDENTITIES'))
   and client_id in (select id from ringfence.clients where account_id = $account and status in ('ACTIVE', 'INACTIVE'))`;

const heard = ofAgentsAndPortalWith('stay_id', 'VIEW_RECORDINGS');
/** What rows of another table refer to: seen with these. */
const ofThoseThat = (row: Row, table: string, column: string): Row =>
  Object.fromEntries(
    Object.entries(row).map(([role, { select }]) => [
      role,
      { select: `${inAccount} and id in (select ${column} from ${table} where ${select})` },
    ]),
  );

/** Nobody who is served reaches it; definer functions or the sign-in login do. */
const nobody: Row = {};

export const matrix: Record<string, Row> = {
  'ringfence.accounts': {
    ringfence_admin: { select: 'id = $account', update: "id = $account and held('MANAGE_ACCOUNT')" },
    ringfence_member_all: { select: 'id = $account', update: "id = $account and held('MANAGE_ACCOUNT')" },
    ringfence_member: { select: 'id = $account', update: "id = $account and held('MANAGE_ACCOUNT')" },
    ...partners('id = $account'),
    ringfence_portal: { select: 'id = $account' },
  },
  'ringfence.plans': { ringfence_admin: { select: 'true' } },
  'ringfence.plan_features': { ringfence_admin: { select: 'true' } },
  'ringfence.members': {
    ringfence_admin: { select: inAccount },
    ringfence_member_all: { select: inAccount },
    ringfence_member: { select: inAccount },
    ...partners(inAccount),
    ringfence_portal: { select: `${inAccount} and id = ${ofPortalClient('account_manager_id')}` },
  },
  'ringfence.member_access': {
    ringfence_admin: { select: inAccount },
    ringfence_member_all: { select: `${inAccount} and ${ownOr('MANAGE_MEMBERS')}` },
    ringfence_member: { select: `${inAccount} and ${ownOr('MANAGE_MEMBERS')}` },
    ...partners(`${inAccount} and member_id = $principal`),
    ringfence_portal: { select: `${inAccount} and member_id = $principal` },
  },
  'ringfence.member_permissions': {
    ringfence_admin: { select: inAccount },
    ringfence_member_all: { select: `${inAccount} and ${ownOr('MANAGE_MEMBERS')}` },
    ringfence_member: { select: `${inAccount} and ${ownOr('MANAGE_MEMBERS')}` },
    ...partners(`${inAccount} and member_id = $principal`),
    ringfence_portal: { select: `${inAccount} and member_id = $principal` },
  },
  'ringfence.client_assignments': {
    ringfence_admin: { select: inAccount },
    ringfence_member_all: { select: `${inAccount} and ${ownOr('MANAGE_MEMBERS')}` },
    ringfence_member: { select: `${inSet('client_id')} and ${ownOr('MANAGE_MEMBERS')}` },
    ...partners(`${inAccount} and member_id = $principal`),
    ringfence_portal: { select: `${inAccount} and member_id = $principal` },
  },
  'ringfence.organizations': {
    ringfence_admin: {
      select: inAccount,
      insert: `${inAccount} and held('MANAGE_CLIENT_ORGANIZATIONS')`,
      update: `${inAccount} and held('MANAGE_CLIENT_ORGANIZATIONS')`,
    },
    ringfence_member_all: {
      select: `${inAccount} and ${seesOrganizations}`,
      insert: `${inAccount} and held('MANAGE_CLIENT_ORGANIZATIONS')`,
      update: `${inAccount} and held('MANAGE_CLIENT_ORGANIZATIONS')`,
    },
    ringfence_member: {
      select: scopedOrganizations('id'),
      insert: `${inAccount} and held('MANAGE_CLIENT_ORGANIZATIONS')`,
      update: `${inAccount} and held('MANAGE_CLIENT_ORGANIZATIONS')`,
    },
    ringfence_partner_all: {
      select: `${inAccount} and ${seesOrganizations}`,
      insert: `${inAccount} and held('MANAGE_CLIENT_ORGANIZATIONS')`,
      update: `${inAccount} and held('MANAGE_CLIENT_ORGANIZATIONS')`,
    },
    ringfence_partner: {
      select: partnerOrganizations('id'),
      insert: `${inAccount} and held('MANAGE_CLIENT_ORGANIZATIONS')`,
      update: `${inAccount} and held('MANAGE_CLIENT_ORGANIZATIONS')`,
    },
    ringfence_portal: { select: `${inAccount} and id = ${ofPortalClient('organization_id')}` },
  },
  'ringfence.organization_tags': {
    ringfence_admin: { select: inAccount },
    ringfence_member_all: { select: `${inAccount} and ${seesOrganizations}` },
    ringfence_member: { select: scopedOrganizations('organization_id') },
    ringfence_partner_all: { select: `${inAccount} and ${seesOrganizations}` },
    ringfence_partner: { select: partnerOrganizations('organization_id') },
    ringfence_portal: { select: `${inAccount} and organization_id = $principal` },
  },
  'ringfence.clients': {
    ringfence_admin: {
      select: `${inAccount} and not is_house`,
      update: `${inAccount} and not is_house and held('EDIT_CLIENTS')`,
    },
    ringfence_member_all: {
      select: `${inAccount} and not is_house and held('VIEW_CLIENTS')`,
      update: `${inAccount} and not is_house and held('VIEW_CLIENTS') and held('EDIT_CLIENTS')`,
    },
    ringfence_member: {
      select: `${inSet('id')} and held('VIEW_CLIENTS')`,
      update: `${inSet('id')} and held('VIEW_CLIENTS') and held('EDIT_CLIENTS')`,
    },
    ringfence_partner_all: {
      select: `${inAccount} and not is_house and held('VIEW_CLIENTS')`,
      update: `${inAccount} and not is_house and held('VIEW_CLIENTS') and held('EDIT_CLIENTS')`,
    },
    ringfence_partner: {
      select: `${partnerSet('id')} and held('VIEW_CLIENTS')`,
      update: `${partnerSet('id')} and held('VIEW_CLIENTS') and held('EDIT_CLIENTS')`,
    },
    ringfence_portal: { select: `${inAccount} and id = ${portalClient}` },
  },
  'ringfence.client_activity': { ...ofAgents('null::uuid'), ringfence_portal: { select: 'false' } },
  'ringfence.invitations': {
    ringfence_admin: { select: inAccount },
    ringfence_member_all: { select: `${inAccount} and (${invitedMembers} or ${invitedPortalUsers})` },
    ringfence_member: {
      select: `${inAccount} and (${invitedMembers} or (${invitedPortalUsers} and ${inSet('client_id')}))`,
    },
    ringfence_partner_all: { select: `${inAccount} and ${invitedPortalUsers}` },
    ringfence_partner: { select: `${invitedPortalUsers} and ${partnerSet('client_id')}` },
  },
  'ringfence.portal_users': {
    ringfence_admin: { select: inAccount },
    ringfence_member_all: { select: `${inAccount} and held('VIEW_CLIENTS')` },
    ringfence_member: { select: `${inSet('client_id')} and held('VIEW_CLIENTS')` },
    ringfence_partner_all: { select: `${inAccount} and held('VIEW_CLIENTS')` },
    ringfence_partner: { select: `${partnerSet('client_id')} and held('VIEW_CLIENTS')` },
    ringfence_portal: { select: `${inAccount} and id = $principal` },
  },
  'ringfence.agents': ofAgentsAndPortal('stay_id'),
  'ringfence.agent_stays': ofAgentsAndPortal('id'),
  'ringfence.agent_phone_numbers': ofAgentsAndPortal('stay_id'),
  'ringfence.agent_configurations': ofAgents('stay_id'),
  'ringfence.agent_advanced_configurations': {
    ...ofAgents('stay_id', "held('VIEW_CLIENTS') and held('USE_ADVANCED_EDITOR')"),
    ringfence_admin: { select: `${inAccount} and held('USE_ADVANCED_EDITOR')` },
  },
  'ringfence.agent_assignments': {
    ringfence_admin: { select: inAccount },
    ringfence_member_all: {
      select: `${inAccount} and ${agentsOfMember('stay_id')} and ${ownOr('MANAGE_MEMBERS')}`,
    },
    ringfence_member: {
      select: `${inSet('client_id')} and ${agentsOfMember('stay_id')} and ${ownOr('MANAGE_MEMBERS')}`,
    },
    ...partners(`${inAccount} and member_id = $principal`),
    ringfence_portal: { select: `${inAccount} and member_id = $principal` },
  },
  'ringfence.portal_user_agents': {
    ...ofAgents('stay_id'),
    ringfence_portal: { select: `${inAccount} and portal_user_id = $principal` },
  },
  'ringfence.calls': ofAgentsAndPortal('stay_id'),
  'ringfence.call_billing': ofAgentsAndPortalWith('stay_id', 'VIEW_BILLABLE_MINUTES'),
  'ringfence.recordings': heard,
  'ringfence.files': ofThoseThat(heard, 'ringfence.recordings', 'file_id'),
  'ringfence.conversations': ofAgentsAndPortal('stay_id'),
  'ringfence.messages': ofAgentsAndPortal('stay_id'),
  'ringfence.lists': lists,
  'ringfence.list_fields': ofLists(),
  'ringfence.list_dispositions': ofLists(),
  'ringfence.list_members': ofLists("held('MANAGE_LISTS')"),
  'ringfence.list_jobs': {
    ringfence_admin: { select: inAccount },
    ringfence_member_all: { select: listJobs('not of_house') },
    ringfence_member: { select: listJobs(inSet('client_id')) },
    ringfence_partner_all: { select: listJobs('not of_house') },
    ringfence_partner: { select: listJobs(partnerSet('client_id')) },
  },
  'ringfence.identities': {
    ringfence_admin: { select: seesIdentities(inAccount) },
    ringfence_member_all: { select: seesIdentities(inAccount) },
    ringfence_member: { select: seesIdentities(inSet('client_id')) },
    ringfence_partner_all: { select: seesIdentities(inAccount) },
    ringfence_partner: { select: seesIdentities(partnerSet('client_id')) },
  },
  'ringfence.leads': ofLeads('id'),
  'ringfence.lead_emails': ofLeads('lead_id'),
  'ringfence.lead_phones': ofLeads('lead_id'),
  'ringfence.lead_values': ofLeads('lead_id'),
  'ringfence.lead_notes': ofLeads('lead_id'),
  'ringfence.lead_changes': ofLeads('lead_id'),
  'ringfence.lead_holds': leadHolds,
  'ringfence.segments': ofLists("held('ACCESS_CRM') and (owner_id is null or owner_id = $principal)"),
  'ringfence.campaigns': ofLists("held('ACCESS_CRM')"),
  'ringfence.campaign_members': ofLists("held('ACCESS_CRM')"),
  'ringfence.access_tokens': {
    ringfence_admin: { select: inAccount },
    ringfence_member_all: { select: ownToken('id') },
    ringfence_member: { select: ownToken('id') },
    ...partners(`${inAccount} and id = $principal`),
  },
  'ringfence.access_token_permissions': {
    ringfence_admin: { select: inAccount },
    ringfence_member_all: { select: ownToken('access_token_id') },
    ringfence_member: { select: ownToken('access_token_id') },
    ...partners(`${inAccount} and access_token_id = $principal`),
  },
  'ringfence.access_token_clients': {
    ringfence_admin: { select: inAccount },
    ringfence_member_all: { select: ownToken('access_token_id') },
    ringfence_member: { select: `${ownToken('access_token_id')} and ${inSet('client_id')}` },
    ringfence_partner_all: { select: `${inAccount} and access_token_id = $principal` },
    ringfence_partner: {
      select: `${inAccount} and access_token_id = $principal and ${partnerSet('client_id')}`,
    },
  },
  'ringfence.access_token_agents': {
    ringfence_admin: { select: inAccount },
    ringfence_member_all: { select: `${ownToken('access_token_id')} and ${agentsOfMember('stay_id')}` },
    ringfence_member: {
      select: `${ownToken('access_token_id')} and ${inSet('client_id')} and ${agentsOfMember('stay_id')}`,
    },
    ringfence_partner_all: {
      select: `${inAccount} and access_token_id = $principal and ${agentsOfPartner('stay_id')}`,
    },
    ringfence_partner: {
      select: `${inAccount} and access_token_id = $principal and ${partnerSet('client_id')} and ${agentsOfPartner('stay_id')}`,
    },
  },
  'ringfence.client_deletions': {
    ringfence_admin: { select: inAccount },
    ringfence_member_all: { select: `${inAccount} and ${seesDeletions}` },
    ringfence_member: {
      select: `${inAccount} and ${seesDeletions} and (${inSet('client_id')} or requested_by = $principal)`,
    },
    ringfence_partner_all: { select: `${inAccount} and ${seesDeletions}` },
    ringfence_partner: {
      select: `${inAccount} and ${seesDeletions} and (${partnerSet('client_id')} or requested_by = $principal)`,
    },
  },
  'ringfence.audit_entries': nobody,
  'fence.seal_keys': nobody,
  'fence.logins': nobody,
  'fence.sessions': nobody,
  'fence.access_credentials': nobody,
  'fence.access_token_secrets': nobody,
  'fence.refresh_tokens': nobody,
  'fence.second_factors': nobody,
  'fence.recovery_codes': nobody,
  'fence.contact_emails': nobody,
  'fence.phone_numbers': nobody,
  'fence.rate_limits': nobody,
  'fence.idempotency_keys': nobody,
  'fence.uploads': nobody,
  'fence.outbox': nobody,
  'fence.events': nobody,
  'fence.lead_search': nobody,
  'fence.list_places': nobody,
  'fence.migrations': nobody,
  'fence.applied_fence': nobody,
  // Not ours but graphile-worker's, fenced all the same: the worker's alone.
  'graphile_worker.migrations': nobody,
  'graphile_worker._private_tasks': nobody,
  'graphile_worker._private_job_queues': nobody,
  'graphile_worker._private_jobs': nobody,
  'graphile_worker._private_known_crontabs': nobody,
};

/**
 * Every schema with something of ours in it, and who may use it besides its owner and the definer. A role that may not use
 * a schema reaches nothing in it, whatever rights it has there.
 */
export const schemas: Record<string, readonly string[]> = {
  ringfence: ['ringfence_login', ...servingRoles],
  fence: ['ringfence_signin'],
  signin: ['ringfence_signin'],
  worker: ['ringfence_worker'],
  graphile_worker: ['ringfence_worker'],
};

/** Logins of the server; each has a pool of its own, and none of them owns anything. */
export const logins = ['ringfence_login', 'ringfence_signin', 'ringfence_worker'] as const;

/** Settings of the logins, as roles.sql makes them; any other was set by somebody else. */
export const loginSettings = [
  'statement_timeout=10s',
  'lock_timeout=5s',
  'idle_in_transaction_session_timeout=15s',
  'jit=off',
  'max_parallel_workers_per_gather=0',
  'TimeZone=UTC',
  'DateStyle=ISO, YMD',
  'IntervalStyle=iso_8601',
  'search_path=pg_catalog',
  'client_min_messages=warning',
  'row_security=on',
  'tcp_keepalives_idle=15',
  'tcp_keepalives_interval=5',
  'tcp_keepalives_count=3',
] as const;
