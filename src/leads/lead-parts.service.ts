// How what hangs on leads is read.
import { selectList } from '../database/columns';
import { Conditions } from '../database/conditions';
import { defineRowLoader, defineRowsLoader, defineValueLoader } from '../database/loaders';
import type { Ordering } from '../database/paging';
import type { PageArgs } from '../graphql/connection';
import { definePageLoader } from '../graphql/page-loader';
import { pagesOf } from '../graphql/reading';
import { LeadChange, LeadNote, LeadValue } from './lead-parts.entity';

export const emailsByLeadId = defineValueLoader<string[]>(
  [],
  'select array_agg(email order by position, email_key) from ringfence.lead_emails where lead_id = key',
);
export const phonesByLeadId = defineValueLoader<string[]>(
  [],
  'select array_agg(phone order by position, phone) from ringfence.lead_phones where lead_id = key',
);

export const valuesByLeadId = defineRowsLoader<LeadValue>(
  LeadValue,
  `from ringfence.lead_values r join ringfence.list_fields f on f.account_id = r.account_id and f.id = r.field_id
   where r.lead_id = key order by f.position`,
);

export const noteById = defineRowLoader<LeadNote>(LeadNote, 'ringfence.lead_notes');

/** Pages of what was written, or of what changed, about leads, the latest first, read together. */
const partPages = <Part extends { id: string }>(
  entity: NewableFunction,
  table: string,
  time: Pick<Ordering, 'name' | 'sortKey'>,
) =>
  definePageLoader<Part, PageArgs>((context, leadIds, args, info) => {
    const { accountId, kind } = context.signedIn;
    const conditions = new Conditions();
    conditions.add(`p.account_id = ${conditions.bind(accountId)}`);
    const statement = {
      select: selectList(entity, 'p', kind, info),
      from: `${table} p`,
      id: 'p.id',
      conditions,
      ordering: { ...time, type: 'timestamptz', direction: 'desc' } as const,
      parent: 'p.lead_id',
    };
    return pagesOf(context, statement, args, leadIds);
  });

export const notePagesByLeadId = partPages<LeadNote>(LeadNote, 'ringfence.lead_notes', {
  name: 'leadNotes',
  sortKey: 'p.created_at',
});
export const historyPagesByLeadId = partPages<LeadChange>(LeadChange, 'ringfence.lead_changes', {
  name: 'leadChanges',
  sortKey: 'p.changed_at',
});
