// Notes on leads.
import type { GraphQLResolveInfo } from 'graphql';
import type { RequestContext } from '../graphql/context';
import { notFound } from '../graphql/errors';
import type { AddLeadNoteInput, DeleteLeadNoteInput, UpdateLeadNoteInput } from './lead-changes.types';
import type { LeadNote } from './lead-parts.entity';
import { noteById } from './lead-parts.service';

/** One note. NOT_FOUND. */
export async function leadNote(
  context: RequestContext,
  id: string,
  info: GraphQLResolveInfo,
): Promise<LeadNote> {
  const found = await noteById(context.transaction, info).load(id);
  if (found === null) throw notFound();
  return found;
}

async function idOf(context: RequestContext, statement: string, values: unknown[]): Promise<string> {
  const [row] = await context.transaction.query<{ id: string }>(statement, values);
  if (row === undefined) throw notFound();
  return row.id;
}

/** Adds a note, and answers its id. NOT_FOUND (leadId), CONFLICT. */
export function addLeadNote(context: RequestContext, { leadId, text }: AddLeadNoteInput): Promise<string> {
  return idOf(context, 'select ringfence.add_lead_note($1, $2) as id', [leadId, text]);
}

/** Changes a note, and answers its lead. NOT_FOUND, CONFLICT. */
export function updateLeadNote(
  context: RequestContext,
  { id, text, expectedVersion = null }: UpdateLeadNoteInput,
): Promise<string> {
  return idOf(context, 'select ringfence.update_lead_note($1, $2, $3) as id', [id, text, expectedVersion]);
}

/** Deletes a note, and answers its lead; as updateLeadNote. */
export function deleteLeadNote(
  context: RequestContext,
  { id, expectedVersion = null }: DeleteLeadNoteInput,
): Promise<string> {
  return idOf(context, 'select ringfence.delete_lead_note($1, $2) as id', [id, expectedVersion]);
}
