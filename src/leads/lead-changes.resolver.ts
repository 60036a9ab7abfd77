// Mutations on leads.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import {
  AddLeadNoteInput,
  AddLeadNotePayload,
  ArchiveLeadPayload,
  ChangeLeadStatusInput,
  CreateLeadInput,
  CreateLeadPayload,
  DeleteLeadInput,
  DeleteLeadNoteInput,
  DeleteLeadNotePayload,
  DeleteLeadPayload,
  MergeLeadsInput,
  MergeLeadsPayload,
  RestoreLeadPayload,
  UpdateLeadInput,
  UpdateLeadNoteInput,
  UpdateLeadNotePayload,
  UpdateLeadPayload,
} from './lead-changes.types';
import { addLeadNote, deleteLeadNote, leadNote, updateLeadNote } from './lead-note.service';
import { changeLeadStatus, createLead, deleteLead, mergeLeads, updateLead } from './lead-writing.service';
import { lead } from './lead.service';

@Resolver()
export class LeadChangesResolver {
  @Mutation(() => CreateLeadPayload, {
    description:
      'Adds a lead to a list. Where its client has it already, by an email or a phone number on any of its lists that the viewer works on, the list says what becomes ' +
      'of it (`duplicateHandling`). Needs ACCESS_CRM, and to see the leads of the list. VALIDATION_FAILED, FORBIDDEN (blind mode, or not named on the list), NOT_FOUND (list, or a field of it), ' +
      'CONFLICT (the list or the client is archived, or a value is taken that is unique in the client).',
  })
  createLead(
    @Arg('input', () => CreateLeadInput, { description: 'The lead.' }) input: CreateLeadInput,
    @Ctx() context: RequestContext,
  ): Change<CreateLeadPayload> {
    return change(
      () => createLead(context, input),
      ({ id, outcome }) => ({ outcome, lead: deferred((info) => lead(context, id, info)) }),
    );
  }

  @Mutation(() => UpdateLeadPayload, {
    description:
      'Edits a lead. Needs ACCESS_CRM. VALIDATION_FAILED, NOT_FOUND (also a field of its list), CONFLICT (another version, it is archived, its list or ' +
      'client is, or a value is taken that is unique in the client).',
  })
  updateLead(
    @Arg('input', () => UpdateLeadInput, { description: 'Which lead, and what to change.' })
    input: UpdateLeadInput,
    @Ctx() context: RequestContext,
  ): Change<UpdateLeadPayload> {
    return change(
      () => updateLead(context, input),
      () => ({ lead: deferred((info) => lead(context, input.id, info)) }),
    );
  }

  @Mutation(() => ArchiveLeadPayload, {
    description:
      'Archives a lead: it is absent from lists unless asked for. Needs ACCESS_CRM. NOT_FOUND, CONFLICT (another version, it is archived already, or its list or client is archived).',
  })
  archiveLead(
    @Arg('input', () => ChangeLeadStatusInput, { description: 'Which lead.' }) input: ChangeLeadStatusInput,
    @Ctx() context: RequestContext,
  ): Change<ArchiveLeadPayload> {
    return change(
      () => changeLeadStatus(context, input, 'ARCHIVE'),
      () => ({ lead: deferred((info) => lead(context, input.id, info)) }),
    );
  }

  @Mutation(() => RestoreLeadPayload, {
    description:
      'Gives an archived lead its earlier state back. Needs ACCESS_CRM. NOT_FOUND, CONFLICT (another version, it is not archived, or its list or client is archived).',
  })
  restoreLead(
    @Arg('input', () => ChangeLeadStatusInput, { description: 'Which lead.' }) input: ChangeLeadStatusInput,
    @Ctx() context: RequestContext,
  ): Change<RestoreLeadPayload> {
    return change(
      () => changeLeadStatus(context, input, 'RESTORE'),
      () => ({ lead: deferred((info) => lead(context, input.id, info)) }),
    );
  }

  @Mutation(() => DeleteLeadPayload, {
    description:
      'Deletes a lead for good, with its notes and history; the audit log keeps that it was, and its id. Archived ones too. Needs MANAGE_LISTS and ACCESS_CRM, and to see ' +
      'the leads of its list. NOT_FOUND (also in blind mode), CONFLICT (another version, somebody else has it before them, or its list or client is archived).',
  })
  deleteLead(
    @Arg('input', () => DeleteLeadInput, { description: 'Which lead.' }) input: DeleteLeadInput,
    @Ctx() context: RequestContext,
  ): Change<DeleteLeadPayload> {
    return change(
      () => deleteLead(context, input),
      () => ({ deletedId: input.id }),
    );
  }

  @Mutation(() => MergeLeadsPayload, {
    description:
      'Merges leads of one client, of any of its lists, into one, which stays where it is; the others are gone, and nothing of them is lost: emails, phone numbers, ' +
      'notes, history and attempts are put together, the last attempt is the latest, the call-back the earliest, the state the furthest (NEW, IN_PROGRESS, LOST, ' +
      'CALL_BACK, WON). Company, time zone and values that the one lacks come from the oldest that has them, values of other lists into a field of the same name and type; ' +
      'the others are kept in the history (`mergedFrom`). Needs ACCESS_CRM, and to see all of them. VALIDATION_FAILED (not all are of one client), NOT_FOUND (also in blind mode), ' +
      'CONFLICT (another version; one of them, its list or the client is archived; somebody else has one before them that would go; together they have more than 10 emails, or phone numbers).',
  })
  mergeLeads(
    @Arg('input', () => MergeLeadsInput, { description: 'Which lead stays, and which are merged into it.' })
    input: MergeLeadsInput,
    @Ctx() context: RequestContext,
  ): Change<MergeLeadsPayload> {
    return change(
      () => mergeLeads(context, input),
      () => ({
        lead: deferred((info) => lead(context, input.id, info)),
        mergedIds: input.mergedIds,
      }),
    );
  }

  @Mutation(() => AddLeadNotePayload, {
    description:
      'Writes a note about a lead. Needs ACCESS_CRM. VALIDATION_FAILED, NOT_FOUND (lead), CONFLICT (it is archived, or its list or client is).',
  })
  addLeadNote(
    @Arg('input', () => AddLeadNoteInput, { description: 'About which lead, and what.' })
    input: AddLeadNoteInput,
    @Ctx() context: RequestContext,
  ): Change<AddLeadNotePayload> {
    return change(
      () => addLeadNote(context, input),
      (id) => ({
        lead: deferred((info) => lead(context, input.leadId, info)),
        note: deferred((info) => leadNote(context, id, info)),
      }),
    );
  }

  @Mutation(() => UpdateLeadNotePayload, {
    description:
      'Writes a note anew. Needs ACCESS_CRM, and to have written it or to be an administrator. VALIDATION_FAILED, NOT_FOUND, ' +
      'CONFLICT (another version, somebody else wrote it, or the lead, its list or its client is archived).',
  })
  updateLeadNote(
    @Arg('input', () => UpdateLeadNoteInput, { description: 'Which note, and its text.' })
    input: UpdateLeadNoteInput,
    @Ctx() context: RequestContext,
  ): Change<UpdateLeadNotePayload> {
    return change(
      () => updateLeadNote(context, input),
      (leadId) => ({
        lead: deferred((info) => lead(context, leadId, info)),
        note: deferred((info) => leadNote(context, input.id, info)),
      }),
    );
  }

  @Mutation(() => DeleteLeadNotePayload, {
    description:
      'Deletes a note. Needs ACCESS_CRM, and to have written it or to be an administrator. NOT_FOUND, ' +
      'CONFLICT (another version, somebody else wrote it, or the lead, its list or its client is archived).',
  })
  deleteLeadNote(
    @Arg('input', () => DeleteLeadNoteInput, { description: 'Which note.' }) input: DeleteLeadNoteInput,
    @Ctx() context: RequestContext,
  ): Change<DeleteLeadNotePayload> {
    return change(
      () => deleteLeadNote(context, input),
      (leadId) => ({ deletedId: input.id, lead: deferred((info) => lead(context, leadId, info)) }),
    );
  }
}
