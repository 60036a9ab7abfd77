// Mutations on many leads, each of which is done or rejected by itself.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import type { ErrorCode, ErrorDetails } from '../graphql/errors';
import { LeadOutcome } from './lead-changes.types';
import { leadProblem } from './lead-problems';
import { leadById } from './lead.service';
import { changeLeadStatuses, createLeads, deleteLeads, keptLeads, updateLeads } from './many-leads.service';
import {
  ArchiveLeadsPayload,
  ChangeLeadStatusesInput,
  CreateLeadsInput,
  CreateLeadsPayload,
  DeleteLeadsInput,
  DeleteLeadsPayload,
  LeadResult,
  RestoreLeadsPayload,
  UpdateLeadsInput,
  UpdateLeadsPayload,
} from './many-leads.types';

@Resolver()
export class ManyLeadsResolver {
  @Mutation(() => CreateLeadsPayload, {
    description:
      'Adds leads to a list, 500 at most; each is added, found or rejected by itself, as by `createLead`. Needs ACCESS_CRM, and to see the leads of the list. ' +
      'VALIDATION_FAILED (more than 500), FORBIDDEN, NOT_FOUND (list), CONFLICT (the list or the client is archived).',
  })
  createLeads(
    @Arg('input', () => CreateLeadsInput, { description: 'The leads.' }) input: CreateLeadsInput,
    @Ctx() context: RequestContext,
  ): Change<CreateLeadsPayload> {
    return change(
      () => createLeads(context, input.listId, input.leads),
      (kept) => resultsOf(context, kept),
    );
  }

  @Mutation(() => UpdateLeadsPayload, {
    description:
      'Edits leads, 500 at most; each is changed or rejected by itself, as by `updateLead`. Needs ACCESS_CRM. VALIDATION_FAILED (more than 500).',
  })
  updateLeads(
    @Arg('input', () => UpdateLeadsInput, { description: 'Which leads, and what to change.' })
    input: UpdateLeadsInput,
    @Ctx() context: RequestContext,
  ): Change<UpdateLeadsPayload> {
    return change(
      () => updateLeads(context, input.leads),
      (kept) => resultsOf(context, kept),
    );
  }

  @Mutation(() => ArchiveLeadsPayload, {
    description:
      'Archives leads, 500 at most; each is archived or rejected by itself, as by `archiveLead`. Needs ACCESS_CRM. VALIDATION_FAILED (more than 500).',
  })
  archiveLeads(
    @Arg('input', () => ChangeLeadStatusesInput, { description: 'Which leads.' })
    input: ChangeLeadStatusesInput,
    @Ctx() context: RequestContext,
  ): Change<ArchiveLeadsPayload> {
    return change(
      () => changeLeadStatuses(context, input.leads, 'ARCHIVE'),
      (kept) => resultsOf(context, kept),
    );
  }

  @Mutation(() => RestoreLeadsPayload, {
    description:
      'Restores leads, 500 at most; each is restored or rejected by itself, as by `restoreLead`. Needs ACCESS_CRM. VALIDATION_FAILED (more than 500).',
  })
  restoreLeads(
    @Arg('input', () => ChangeLeadStatusesInput, { description: 'Which leads.' })
    input: ChangeLeadStatusesInput,
    @Ctx() context: RequestContext,
  ): Change<RestoreLeadsPayload> {
    return change(
      () => changeLeadStatuses(context, input.leads, 'RESTORE'),
      (kept) => resultsOf(context, kept),
    );
  }

  @Mutation(() => DeleteLeadsPayload, {
    description:
      'Deletes leads for good, 500 at most; each is deleted or rejected by itself, as by `deleteLead`. Needs MANAGE_LISTS and ACCESS_CRM. VALIDATION_FAILED (more than 500).',
  })
  deleteLeads(
    @Arg('input', () => DeleteLeadsInput, { description: 'Which leads.' }) input: DeleteLeadsInput,
    @Ctx() context: RequestContext,
  ): Change<DeleteLeadsPayload> {
    return change(
      () => deleteLeads(context, input.leads),
      (kept) => resultsOf(context, kept),
    );
  }
}

/** Results, of what was kept of them. */
const resultsOf = (context: RequestContext, kept: readonly string[]) => ({
  results: kept.map((text, index) => resultOf(context, text, index)),
});

function resultOf(context: RequestContext, text: string, index: number): LeadResult {
  const { outcome, rest } = keptLeads.read(text);
  if (outcome === LeadOutcome.REJECTED) {
    const { message, extensions } = leadProblem(rest);
    const { field = null, reason = null } = extensions as ErrorDetails;
    return {
      index,
      outcome,
      id: null,
      lead: null,
      error: { code: extensions.code as ErrorCode, message, field, reason },
    };
  }
  const shown = deferred((info) => leadById(context.transaction, info).load(rest));
  return { index, outcome, id: rest, lead: shown, error: null };
}
