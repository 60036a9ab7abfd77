// How leads are written.
import type { RequestContext } from '../graphql/context';
import { notFound, validationFailed } from '../graphql/errors';
import { companyDomain } from './company-domain';
import type {
  ChangeLeadStatusInput,
  CreateLeadInput,
  DeleteLeadInput,
  LeadChanges,
  LeadInput,
  LeadOutcome,
  MergeLeadsInput,
  UpdateLeadInput,
} from './lead-changes.types';
import { leadProblem, withoutCallBack } from './lead-problems';
import { LeadState } from './lead.entity';

interface Answer {
  lead: number;
  lead_id: string | null;
  status: LeadOutcome;
  problem: string | null;
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

export const lacksCallBack = ({ state, callBackAt }: LeadInput) =>
  state === LeadState.CALL_BACK && callBackAt == null;

/** Adds leads, as far as nothing is wrong with them. */
export async function addLeads(
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

/** Edits a lead. VALIDATION_FAILED, NOT_FOUND, CONFLICT. */
export async function updateLead(context: RequestContext, input: UpdateLeadInput): Promise<void> {
  const [answer] = await context.transaction.query<{ problem: string | null }>(
    'select ringfence.update_lead($1, $2::jsonb, $3) as problem',
    [input.id, JSON.stringify(asChanges(input.changes)), input.expectedVersion ?? null],
  );
  if (answer?.problem != null) throw leadProblem(answer.problem);
}

/** What is to change about a lead, as the database takes it. */
export function asChanges({ emails, ...changes }: LeadChanges) {
  return emails === undefined ? changes : { ...changes, emails: emails.map(asEmail) };
}

/** Merges leads into one. VALIDATION_FAILED, NOT_FOUND (id, mergedIds), CONFLICT. */
export async function mergeLeads(
  context: RequestContext,
  { id, mergedIds, expectedVersion = null }: MergeLeadsInput,
): Promise<void> {
  await context.transaction.query('select ringfence.merge_leads($1, $2, $3)', [
    id,
    mergedIds,
    expectedVersion,
  ]);
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

/** Deletes a lead for good. FORBIDDEN, NOT_FOUND, CONFLICT. */
export async function deleteLead(
  context: RequestContext,
  { id, expectedVersion = null }: DeleteLeadInput,
): Promise<void> {
  await context.transaction.query('select ringfence.delete_lead($1, $2)', [id, expectedVersion]);
}
