// Mutations on the queue.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { leadById } from '../leads/lead.service';
import { RecordDispositionInput, RecordDispositionPayload } from './disposition.types';
import { nextLead, recordDisposition, releaseLead } from './queue.service';
import { NextLeadInput, NextLeadPayload, ReleaseLeadInput, ReleaseLeadPayload } from './queue.types';

@Resolver()
export class QueueResolver {
  @Mutation(() => NextLeadPayload, {
    description:
      'Gives the viewer the next lead of a list, of a segment of it, or of a campaign that is RUNNING, within its period, and in which the viewer takes part. Nobody else is given it for two hours. Asked again, also for another list, it is the same one, until it is ' +
      'disposed of (`recordDisposition`), given back (`releaseLead`) or its time has run out; an access token that does not reach it is given none meanwhile. Call-backs that are due come first, the longest due before the others; then ' +
      'those that are NEW or IN_PROGRESS, as the list says (`queueOrder`), rested since the last attempt. None that was tried as often as the list allows, call-backs included, nor outside calling hours on its clock. Of ' +
      'leads that were tried as often, on one clock, the one that rests longest is the next. Works in blind mode, which shows no other lead. Needs ACCESS_CRM, and to work on the list. ' +
      'VALIDATION_FAILED (none of them is named, or more than one), FORBIDDEN (not named on the list, or on the campaign), NOT_FOUND (list, segment, campaign), CONFLICT (the campaign does not ' +
      'run, or the list or the client is archived).',
  })
  nextLead(
    @Arg('input', () => NextLeadInput, { description: 'Where it is to come from.' }) input: NextLeadInput,
    @Ctx() context: RequestContext,
  ): Change<NextLeadPayload> {
    return change(
      () => nextLead(context, input),
      ({ id, heldUntil }) => ({
        lead: deferred((info) =>
          id === null ? Promise.resolve(null) : leadById(context.transaction, info).load(id),
        ),
        heldUntil,
      }),
    );
  }

  @Mutation(() => ReleaseLeadPayload, {
    description:
      'Gives back a lead that the viewer was given, without an attempt: it stands in the queue where it stood. Administrators give back anybody’s, an access token what it reaches of its member’s. Needs ACCESS_CRM. ' +
      'NOT_FOUND (the viewer does not have it).',
  })
  releaseLead(
    @Arg('input', () => ReleaseLeadInput, { description: 'Which lead.' }) input: ReleaseLeadInput,
    @Ctx() context: RequestContext,
  ): Change<ReleaseLeadPayload> {
    return change(
      () => releaseLead(context, input),
      () => ({ leadId: input.leadId }),
    );
  }

  @Mutation(() => RecordDispositionPayload, {
    description:
      'Records how a call with a lead ended: the disposition says which state it is in now, the attempt is counted, both are part of its history, and nobody holds it any more. ' +
      'Needs ACCESS_CRM, and to hold the lead, or to see it while nobody else does. VALIDATION_FAILED, NOT_FOUND (lead, disposition), CONFLICT (somebody else holds it, it is archived, or its list or client is).',
  })
  recordDisposition(
    @Arg('input', () => RecordDispositionInput, { description: 'With which lead, and how.' })
    input: RecordDispositionInput,
    @Ctx() context: RequestContext,
  ): Change<RecordDispositionPayload> {
    return change(
      () => recordDisposition(context, input),
      () => ({
        leadId: input.leadId,
        lead: deferred((info) => leadById(context.transaction, info).load(input.leadId)),
      }),
    );
  }
}
