// How many leads are written at once: what is wrong with one is said of that one.
import type { RequestContext } from '../graphql/context';
import { keptOutcomes } from '../graphql/kept-outcomes';
import { invalidFieldsOf } from '../graphql/validation';
import {
  LeadOutcome,
  type ChangeLeadStatusInput,
  type DeleteLeadInput,
  type LeadInput,
  type UpdateLeadInput,
} from './lead-changes.types';
import { addLeads, asChanges, lacksCallBack } from './lead-writing.service';

/** How outcomes are kept, with the id of the lead or what is wrong. */
export const keptLeads = keptOutcomes<LeadOutcome>({
  CREATED: 'C',
  SKIPPED: 'S',
  UPDATED: 'U',
  DELETED: 'D',
  REJECTED: 'R',
});

interface Outcome {
  /** Place among those that were written. */
  lead: number;
  outcome: LeadOutcome;
  /** The id, or what is wrong. */
  rest: string;
}

/** Has those written of which nothing is wrong by itself, and answers the outcome of each, in the order of all, as it is kept. */
async function each<Row extends object>(
  rows: readonly Row[],
  further: (row: Row) => string | undefined,
  write: (valid: readonly Row[]) => Promise<Outcome[]>,
): Promise<string[]> {
  const kept: string[] = [];
  const places: number[] = [];
  for (const [place, row] of rows.entries()) {
    const [invalid] = await invalidFieldsOf(row, '');
    const member = invalid?.field.replace(/^changes\./, '').split('.')[0] ?? further(row);
    if (member === undefined) places.push(place);
    else kept[place] = keptLeads.keep(LeadOutcome.REJECTED, `INVALID ${member}`);
  }
  // Asked even where nothing is left of them: who may not write any is told that.
  for (const { lead, outcome, rest } of await write(rows.filter((_, place) => kept[place] === undefined)))
    kept[places[lead] ?? -1] = keptLeads.keep(outcome, rest);
  return kept;
}

/** Adds leads. FORBIDDEN, NOT_FOUND, CONFLICT. */
export function createLeads(
  context: RequestContext,
  listId: string,
  leads: readonly LeadInput[],
): Promise<string[]> {
  return each(
    leads,
    (lead) => (lacksCallBack(lead) ? 'callBackAt' : undefined),
    async (valid) =>
      (await addLeads(context, listId, valid)).map(({ lead, lead_id: id, status, problem }) => ({
        lead,
        outcome: status,
        rest: id ?? problem ?? '',
      })),
  );
}

/** Edits leads. FORBIDDEN. */
export function updateLeads(context: RequestContext, leads: readonly UpdateLeadInput[]): Promise<string[]> {
  return changeLeads(context, leads, ({ changes }) => ({ changes: asChanges(changes) }));
}

/** Archives or restores leads. FORBIDDEN. */
export function changeLeadStatuses(
  context: RequestContext,
  leads: readonly ChangeLeadStatusInput[],
  transition: 'ARCHIVE' | 'RESTORE',
): Promise<string[]> {
  return changeLeads(context, leads, () => ({ transition }));
}

/** Deletes leads. FORBIDDEN. */
export function deleteLeads(context: RequestContext, leads: readonly DeleteLeadInput[]): Promise<string[]> {
  return changeLeads(context, leads, () => ({ transition: 'DELETE' }), LeadOutcome.DELETED);
}

function changeLeads<Row extends ChangeLeadStatusInput>(
  context: RequestContext,
  leads: readonly Row[],
  change: (row: Row) => object,
  done: LeadOutcome = LeadOutcome.UPDATED,
): Promise<string[]> {
  return each(
    leads,
    () => undefined,
    async (valid) => {
      const rows = valid.map((row) => ({
        id: row.id,
        expectedVersion: row.expectedVersion,
        ...change(row),
      }));
      const answers = await context.transaction.query<{ lead: number; problem: string | null }>(
        'select lead, problem from ringfence.update_leads($1::jsonb)',
        [JSON.stringify(rows)],
      );
      return answers.map(({ lead, problem }) => ({
        lead,
        outcome: problem === null ? done : LeadOutcome.REJECTED,
        rest: problem ?? valid[lead]?.id ?? '',
      }));
    },
  );
}
