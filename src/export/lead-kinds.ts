// What there is of a client's leads.
import { Permission } from '../members/permission';
import type { Kind } from './kinds';

/** Without the lead that whoever reads holds, which they see also in blind mode. */
const allAtOnce = (table: string): Kind['from'] => ({
  principal: `(select * from ${table} where list_id = any (
    (select ringfence.lead_list_ids(current_setting('ringfence.exported_client')::uuid))::uuid[])) r`,
  operator: `${table} r`,
});

export const leadKinds: readonly Kind[] = [
  {
    name: 'leads',
    type: 'lead',
    tables: ['ringfence.leads', 'ringfence.lead_emails', 'ringfence.lead_phones', 'ringfence.lead_values'],
    permission: Permission.ACCESS_CRM,
    columns: {
      id: 'fixed',
      listId: 'fixed',
      name: 'text',
      company: 'text',
      emails: [
        'json',
        `(select coalesce(to_json(array_agg(e.email order by e.position)), '[]') from ringfence.lead_emails e
          where e.account_id = r.account_id and e.lead_id = r.id)`,
      ],
      phones: [
        'json',
        `(select coalesce(to_json(array_agg(p.phone order by p.position)), '[]') from ringfence.lead_phones p
          where p.account_id = r.account_id and p.lead_id = r.id)`,
      ],
      values: [
        'json',
        `(select coalesce(json_object_agg(v.field_id,
            coalesce(to_json(v.text_value), to_json(v.number_value), to_json(v.date_value), to_json(v.boolean_value))
            order by v.field_id), '{}')
          from ringfence.lead_values v where v.account_id = r.account_id and v.lead_id = r.id)`,
      ],
      state: 'fixed',
      stateBeforeArchive: 'fixed',
      callBackAt: 'time',
      attempts: 'number',
      lastAttemptAt: 'time',
      lastAttemptBy: 'fixed',
      timeZone: 'text',
      version: 'number',
      createdAt: 'time',
      updatedAt: 'time',
    },
    from: allAtOnce('ringfence.leads'),
    orderBy: 'r.created_at, r.id',
  },
  {
    name: 'lead-notes',
    type: 'leadNote',
    tables: ['ringfence.lead_notes'],
    permission: Permission.ACCESS_CRM,
    columns: {
      id: 'fixed',
      listId: 'fixed',
      leadId: 'fixed',
      text: 'text',
      authorId: 'fixed',
      authorName: 'text',
      version: 'number',
      createdAt: 'time',
      updatedAt: 'time',
    },
    from: allAtOnce('ringfence.lead_notes'),
    orderBy: 'r.lead_id, r.created_at, r.id',
  },
  {
    name: 'lead-changes',
    type: 'leadChange',
    tables: ['ringfence.lead_changes'],
    permission: Permission.ACCESS_CRM,
    columns: {
      id: 'fixed',
      listId: 'fixed',
      leadId: 'fixed',
      subject: 'fixed',
      fieldName: 'text',
      fromText: 'text',
      toText: 'text',
      mergedFrom: 'text',
      actorId: 'fixed',
      actorName: 'text',
      changedAt: 'time',
    },
    from: allAtOnce('ringfence.lead_changes'),
    orderBy: 'r.lead_id, r.changed_at, r.id',
  },
];
