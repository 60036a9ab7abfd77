// What is stored, to show that a refusal left nothing behind and that an action wrote its audit entries.
import type { Client, QueryResultRow } from 'pg';

const tables = [
  'ringfence.accounts',
  'ringfence.organizations',
  'ringfence.organization_tags',
  'ringfence.clients',
  'ringfence.client_assignments',
  'ringfence.client_activity',
  'ringfence.client_deletions',
  'ringfence.portal_users',
  'ringfence.invitations',
  'ringfence.members',
  'ringfence.member_access',
  'ringfence.member_permissions',
  'ringfence.access_tokens',
  'ringfence.access_token_permissions',
  'ringfence.access_token_clients',
  'ringfence.access_token_agents',
  'ringfence.agents',
  'ringfence.agent_stays',
  'ringfence.agent_phone_numbers',
  'ringfence.agent_configurations',
  'ringfence.agent_advanced_configurations',
  'ringfence.agent_assignments',
  'ringfence.portal_user_agents',
  'ringfence.lists',
  'ringfence.list_fields',
  'ringfence.list_dispositions',
  'ringfence.list_members',
  'ringfence.list_jobs',
  'fence.list_places',
  'ringfence.leads',
  'ringfence.lead_emails',
  'ringfence.lead_phones',
  'ringfence.lead_values',
  'ringfence.lead_notes',
  'ringfence.lead_changes',
  'ringfence.lead_holds',
  'ringfence.segments',
  'ringfence.campaigns',
  'ringfence.campaign_members',
  'fence.phone_numbers',
  'ringfence.identities',
  'fence.access_token_secrets',
  'ringfence.audit_entries',
  'fence.contact_emails',
  'fence.second_factors',
  'fence.recovery_codes',
];

/** The one row of a statement that answers exactly one. */
export async function oneRow<Row extends QueryResultRow>(
  owner: Client,
  text: string,
  values: unknown[] = [],
): Promise<Row> {
  const { rows } = await owner.query<Row>(text, values);
  const [row] = rows;
  if (row === undefined || rows.length > 1) throw new Error(`${rows.length} rows: ${text}`);
  return row;
}

/** A row as it is compared. When a token was last used is noted by the minute, whatever it was refused. */
const content = (table: string) =>
  table === 'ringfence.access_tokens' ? "(to_jsonb(r) - 'last_used_at')::text" : 'r::text';

/** It is planned once for each connection. */
const digests = tables
  .map(
    (table) =>
      `select '${table}' as name, format('%s rows, %s', count(*), md5(string_agg(row, '|' order by row))) as digest
       from (select ${content(table)} as row from ${table} r) rows`,
  )
  .join(' union all ');

/** Rows of each table with a digest of their content, of all accounts. */
export async function stored(owner: Client): Promise<Record<string, string>> {
  const { rows } = await owner.query<{ name: string; digest: string }>({ name: 'stored', text: digests });
  return Object.fromEntries(rows.map(({ name, digest }) => [name, digest]));
}

/** Answers what `work` does, and fails the test if that changed a single row. */
export async function changingNothing<Result>(owner: Client, work: () => Promise<Result>): Promise<Result> {
  const before = await stored(owner);
  const result = await work();
  expect(await stored(owner)).toEqual(before);
  return result;
}

export interface AuditEntry {
  action: string;
  actorKind: string;
  actorId: string | null;
  subjectKind: string;
  subjectId: string;
  /** Null: it belongs to no client. */
  clientId: string | null;
  details: Record<string, unknown>;
}

/** The audit entries that `work` added, by action. */
export async function auditedBy(owner: Client, work: () => Promise<unknown>): Promise<AuditEntry[]> {
  const { rows: before } = await owner.query<{ id: string }>('select id from ringfence.audit_entries');
  await work();
  const { rows } = await owner.query<AuditEntry>(
    `select e.action, e.actor_kind as "actorKind", e.actor_id as "actorId", e.subject_kind as "subjectKind",
            e.subject_id as "subjectId", case when not c.is_house then c.id end as "clientId", e.details
     from ringfence.audit_entries e left join ringfence.clients c on c.account_id = e.account_id and c.id = e.client_id
     where e.id <> all ($1) order by e.action, e.client_id`,
    [before.map(({ id }) => id)],
  );
  return rows;
}
