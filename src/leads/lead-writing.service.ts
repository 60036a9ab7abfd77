// How leads are written: what is wrong with one is answered by the database as a word and the field's id, not raised, because
// errors of Postgres are logged there.
import type { GraphQLError } from 'graphql';
import { conflict } from '../database/sql-errors';
import type { RequestContext } from '../graphql/context';
import { notFound, validationFailed } from '../graphql/errors';
import { invalidFieldsOf } from '../graphql/validation';
import { companyDomain } from './company-domain';
import {
  LeadOutcome,
  type ChangeLeadStatusInput,
  type CreateLeadInput,
  type LeadChanges,
  type LeadInput,
  type UpdateLeadInput,
} from './lead-changes.types';
import { LeadState } from './lead.entity';

interface Answer {
  lead: number;
  lead_id: string | null;
  status: LeadOutcome;
  problem: string | null;
}

const withoutCallBack = 'Must be given for CALL_BACK.';

/** What may stand in each member of a lead, for results, which keep nothing but its name. */
const rules: Record<string, string> = {
  name: 'Must have 1 to 200 characters, none of them a control character.',
  company: 'Must have 1 to 200 characters, none of them a control character.',
  emails: 'Must be at most 10 email addresses, like name@example.com.',
  phones: 'Must be at most 10 phone numbers with their country codes, like +49 30 901820.',
  values: 'Must be at most 200 values, each of the type of its field.',
  state: 'Must be a state, and not ARCHIVED.',
  callBackAt: withoutCallBack,
  timeZone: 'Must be a time zone, like Europe/Berlin.',
};

/** What is wrong with a lead, as `INVALID` with its member, or as the database says it. */
export function leadProblem(problem: string): GraphQLError {
  const [what, subject = ''] = problem.split(' ');
  switch (what) {
    case 'INVALID':
      return validationFailed(subject, rules[subject] ?? 'Is not allowed.');
    case 'REQUIRED':
      return validationFailed('values', `The field ${subject} must have a value.`);
    case 'MISFIT':
      return validationFailed('values', `The field ${subject} does not take this value.`);
    case 'TAKEN':
      return conflict('LEAD_VALUE_TAKEN', { field: 'values' });
    default:
      return notFound('values');
  }
}

/** A new lead as the database takes it. */
function asRow({
  name,
  company,
  emails = [],
  phones = [],
  values = [],
  state,
  callBackAt,
  timeZone,
}: LeadInput) {
  return { name, company, emails: emails.map(asEmail), phones, values, state, callBackAt, timeZone };
}

const asEmail = (email: string) => ({ email, companyDomain: companyDomain(email) });

const lacksCallBack = ({ state, callBackAt }: LeadInput) =>
  state === LeadState.CALL_BACK && callBackAt == null;

async function addLeads(
  context: RequestContext,
  listId: string,
  leads: readonly LeadInput[],
): Promise<Answer[]> {
  return context.transaction.query<Answer>(
    'select lead, lead_id, status, problem from ringfence.create_leads($1, $2::jsonb)',
    [listId, JSON.stringify(leads.map(asRow))],
  );
}

/** Adds a lead, and answers which one there is now. VALIDATION_FAILED, FORBIDDEN, NOT_FOUND, CONFLICT. */
export async function createLead(
  context: RequestContext,
  input: CreateLeadInput,
): Promise<{ id: string; outcome: LeadOutcome }> {
  if (lacksCallBack(input)) throw validationFailed('input.callBackAt', withoutCallBack);
  const [answer] = await addLeads(context, input.listId, [input]);
  if (answer === undefined) throw notFound('listId');
  const { lead_id: id, status: outcome, problem } = answer;
  if (id === null) throw leadProblem(problem ?? '');
  return { id, outcome };
}

const initialOf: Record<LeadOutcome, string> = {
  [LeadOutcome.CREATED]: 'C',
  [LeadOutcome.SKIPPED]: 'S',
  [LeadOutcome.UPDATED]: 'U',
  [LeadOutcome.REJECTED]: 'R',
};
const outcomeOf = new Map(Object.values(LeadOutcome).map((outcome) => [initialOf[outcome], outcome]));

/** Adds leads, and answers for each, in their order, an initial with the id or what is wrong: short, because it is kept. */
export async function createLeads(
  context: RequestContext,
  listId: string,
  leads: readonly LeadInput[],
): Promise<string[]> {
  const kept: string[] = [];
  const places: number[] = [];
  for (const [place, lead] of leads.entries()) {
    const [invalid] = await invalidFieldsOf(lead, 'lead');
    const member = invalid?.field.split('.')[1] ?? (lacksCallBack(lead) ? 'callBackAt' : undefined);
    if (member === undefined) places.push(place);
    else kept[place] = `${initialOf.REJECTED}INVALID ${member}`;
  }
  const sent = leads.filter((_, place) => kept[place] === undefined);
  // Asked even where nothing is left of them: who may not add any is told that.
  for (const answer of await addLeads(context, listId, sent))
    kept[places[answer.lead] ?? -1] = `${initialOf[answer.status]}${answer.lead_id ?? answer.problem ?? ''}`;
  return kept;
}

/** What was kept of one: its outcome, and the id, or what is wrong. */
export function outcomeKept(text: string): { outcome: LeadOutcome; rest: string } {
  return { outcome: outcomeOf.get(text.charAt(0)) ?? LeadOutcome.REJECTED, rest: text.slice(1) };
}

/** Edits a lead. VALIDATION_FAILED, NOT_FOUND, CONFLICT. */
export async function updateLead(context: RequestContext, input: UpdateLeadInput): Promise<void> {
  const [answer] = await context.transaction.query<{ problem: string | null }>(
    'select ringfence.update_lead($1, $2::jsonb, $3) as problem',
    [input.id, JSON.stringify(asChanges(input.changes)), input.expectedVersion ?? null],
  );
  if (answer?.problem != null) throw leadProblem(answer.problem);
}

function asChanges({ emails, ...changes }: LeadChanges) {
  return emails === undefined ? changes : { ...changes, emails: emails.map(asEmail) };
}

export async function changeLeadStatus(
  context: RequestContext,
  { id, expectedVersion = null }: ChangeLeadStatusInput,
  transition: 'ARCHIVE' | 'RESTORE',
): Promise<void> {
  await context.transaction.query('select ringfence.change_lead_status($1, $2, $3)', [
    id,
    transition,
    expectedVersion,
  ]);
}
