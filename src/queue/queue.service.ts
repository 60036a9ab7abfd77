// How leads are given out and taken back.
import { defineRowsLoader } from '../database/loaders';
import type { RequestContext } from '../graphql/context';
import { validationFailed } from '../graphql/errors';
import type { RecordDispositionInput } from './disposition.types';
import { LeadHold } from './lead-hold.entity';
import type { NextLeadInput, ReleaseLeadInput } from './queue.types';

/** None, or one. */
export const holdsByLeadId = defineRowsLoader<LeadHold>(
  LeadHold,
  'from ringfence.lead_holds r where r.lead_id = key and r.held_until > now()',
);

/** What gives out leads of what an input names. */
const giving = {
  listId: 'ringfence.next_lead',
  segmentId: 'ringfence.next_lead_of_segment',
  campaignId: 'ringfence.next_lead_of_campaign',
} as const;

/**
 * Takes the next lead of a list, a segment or a campaign, or the one that the caller has; null: there is none. VALIDATION_FAILED,
 * FORBIDDEN, NOT_FOUND (listId, segmentId, campaignId), CONFLICT.
 */
export async function nextLead(
  context: RequestContext,
  input: NextLeadInput,
): Promise<{ id: string | null; heldUntil: string | null }> {
  const names = (['listId', 'segmentId', 'campaignId'] as const).filter((name) => input[name] != null);
  const [name] = names;
  if (name === undefined || names.length > 1)
    throw validationFailed('input', 'Name a list, a segment or a campaign, and one of them alone.');
  const [held] = await context.transaction.query<{ id: string; heldUntil: string }>(
    `select lead_id as id, held_until as "heldUntil" from ${giving[name]}($1)`,
    [input[name]],
  );
  return held ?? { id: null, heldUntil: null };
}

/** Gives a lead back without having called. NOT_FOUND (leadId). */
export async function releaseLead(context: RequestContext, { leadId }: ReleaseLeadInput): Promise<void> {
  await context.transaction.query('select ringfence.release_lead($1)', [leadId]);
}

/** Records how a call ended. VALIDATION_FAILED, NOT_FOUND (leadId, dispositionId), CONFLICT. */
export async function recordDisposition(
  context: RequestContext,
  { leadId, dispositionId, callBackAt = null, note = null }: RecordDispositionInput,
): Promise<void> {
  await context.transaction.query('select ringfence.record_disposition($1, $2, $3, $4)', [
    leadId,
    dispositionId,
    callBackAt,
    note,
  ]);
}
