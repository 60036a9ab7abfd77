// How campaigns are planned, and how they run.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import {
  campaign,
  changeCampaignState,
  createCampaign,
  deleteCampaign,
  updateCampaign,
} from './campaign.service';
import {
  ChangeCampaignStateInput,
  CreateCampaignInput,
  CreateCampaignPayload,
  DeleteCampaignInput,
  DeleteCampaignPayload,
  FinishCampaignPayload,
  PauseCampaignPayload,
  ResumeCampaignPayload,
  StartCampaignPayload,
  UpdateCampaignInput,
  UpdateCampaignPayload,
} from './campaign.types';

const stateConflicts = 'another version, or the list or its client is archived';

@Resolver()
export class CampaignChangesResolver {
  @Mutation(() => CreateCampaignPayload, {
    description:
      'Plans a campaign on a list; it is a DRAFT. Needs ACCESS_CRM. VALIDATION_FAILED (also members who do not work on the list, an ' +
      'identity of another client, a segment that is not shared), NOT_FOUND (list, segment, identity, members), CONFLICT (the list or its ' +
      'client is archived).',
  })
  createCampaign(
    @Arg('input', () => CreateCampaignInput, { description: 'The campaign.' }) input: CreateCampaignInput,
    @Ctx() context: RequestContext,
  ): Change<CreateCampaignPayload> {
    return change(
      () => createCampaign(context, input),
      (id) => ({ campaign: deferred((info) => campaign(context, id, info)) }),
    );
  }

  @Mutation(() => UpdateCampaignPayload, {
    description: `Edits a campaign that is not FINISHED. Needs ACCESS_CRM. VALIDATION_FAILED, NOT_FOUND (as for creating one), CONFLICT (it is FINISHED, ${stateConflicts}).`,
  })
  updateCampaign(
    @Arg('input', () => UpdateCampaignInput, { description: 'Which campaign, and what to change.' })
    input: UpdateCampaignInput,
    @Ctx() context: RequestContext,
  ): Change<UpdateCampaignPayload> {
    return change(
      () => updateCampaign(context, input),
      () => ({ campaign: deferred((info) => campaign(context, input.id, info)) }),
    );
  }

  @Mutation(() => StartCampaignPayload, {
    description: `Starts a campaign: a DRAFT is RUNNING then. Needs ACCESS_CRM. NOT_FOUND, CONFLICT (it is no DRAFT, ${stateConflicts}).`,
  })
  startCampaign(
    @Arg('input', () => ChangeCampaignStateInput, { description: 'Which campaign.' })
    input: ChangeCampaignStateInput,
    @Ctx() context: RequestContext,
  ): Change<StartCampaignPayload> {
    return change(
      () => changeCampaignState(context, 'START', input),
      () => ({ campaign: deferred((info) => campaign(context, input.id, info)) }),
    );
  }

  @Mutation(() => PauseCampaignPayload, {
    description: `Pauses a campaign that is RUNNING. Needs ACCESS_CRM. NOT_FOUND, CONFLICT (it is not RUNNING, ${stateConflicts}).`,
  })
  pauseCampaign(
    @Arg('input', () => ChangeCampaignStateInput, { description: 'Which campaign.' })
    input: ChangeCampaignStateInput,
    @Ctx() context: RequestContext,
  ): Change<PauseCampaignPayload> {
    return change(
      () => changeCampaignState(context, 'PAUSE', input),
      () => ({ campaign: deferred((info) => campaign(context, input.id, info)) }),
    );
  }

  @Mutation(() => ResumeCampaignPayload, {
    description: `Resumes a campaign that is PAUSED. Needs ACCESS_CRM. NOT_FOUND, CONFLICT (it is not PAUSED, ${stateConflicts}).`,
  })
  resumeCampaign(
    @Arg('input', () => ChangeCampaignStateInput, { description: 'Which campaign.' })
    input: ChangeCampaignStateInput,
    @Ctx() context: RequestContext,
  ): Change<ResumeCampaignPayload> {
    return change(
      () => changeCampaignState(context, 'RESUME', input),
      () => ({ campaign: deferred((info) => campaign(context, input.id, info)) }),
    );
  }

  @Mutation(() => FinishCampaignPayload, {
    description: `Finishes a campaign that is RUNNING or PAUSED, for good. Needs ACCESS_CRM. NOT_FOUND, CONFLICT (it is neither, ${stateConflicts}).`,
  })
  finishCampaign(
    @Arg('input', () => ChangeCampaignStateInput, { description: 'Which campaign.' })
    input: ChangeCampaignStateInput,
    @Ctx() context: RequestContext,
  ): Change<FinishCampaignPayload> {
    return change(
      () => changeCampaignState(context, 'FINISH', input),
      () => ({ campaign: deferred((info) => campaign(context, input.id, info)) }),
    );
  }

  @Mutation(() => DeleteCampaignPayload, {
    description: `Deletes a campaign, in any state; its leads stay as they are. Needs ACCESS_CRM. NOT_FOUND, CONFLICT (${stateConflicts}).`,
  })
  deleteCampaign(
    @Arg('input', () => DeleteCampaignInput, { description: 'Which campaign.' }) input: DeleteCampaignInput,
    @Ctx() context: RequestContext,
  ): Change<DeleteCampaignPayload> {
    return change(
      () => deleteCampaign(context, input),
      () => ({ deletedId: input.id }),
    );
  }
}
