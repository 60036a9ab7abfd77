import { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { clientById } from '../clients/client.service';
import { Reads } from '../database/columns';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { idArgument } from '../graphql/validation';
import { leadPagesBySegmentId } from '../leads/lead.service';
import { LeadConnection, SegmentLeadsArgs } from '../leads/lead.types';
import { ListField } from '../lists/list-field.entity';
import { List } from '../lists/list.entity';
import { fieldById, listById } from '../lists/list.service';
import { Member } from '../members/member.entity';
import { memberById } from '../members/member.service';
import { Segment } from './segment.entity';
import {
  createSegment,
  deleteSegment,
  leadCountBySegmentId,
  segment,
  segments,
  updateSegment,
} from './segment.service';
import {
  CreateSegmentInput,
  CreateSegmentPayload,
  DeleteSegmentInput,
  DeleteSegmentPayload,
  SegmentConnection,
  SegmentsArgs,
  UpdateSegmentInput,
  UpdateSegmentPayload,
} from './segment.types';

@Resolver(() => Segment)
export class SegmentResolver {
  @Query(() => Segment, { nullable: true, description: 'A segment. Needs ACCESS_CRM. NOT_FOUND.' })
  segment(
    @Arg('id', () => ID, { description: 'Which segment.', validateFn: idArgument }) id: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Segment> {
    return segment(context, id, info);
  }

  @Query(() => SegmentConnection, {
    description:
      'The segments that the viewer sees: of the lists that they see, shared ones and their own; administrators see all. Needs ACCESS_CRM.',
  })
  segments(
    @Args(() => SegmentsArgs) args: SegmentsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SegmentConnection> {
    return segments(context, args, info);
  }

  @Mutation(() => CreateSegmentPayload, {
    description:
      'Saves a segment of a list. Needs ACCESS_CRM. VALIDATION_FAILED, FORBIDDEN (one of its own, for a program; whom blind mode keeps from the leads), NOT_FOUND (list, fields), CONFLICT (the list or its client is archived).',
  })
  createSegment(
    @Arg('input', () => CreateSegmentInput, { description: 'The segment.' }) input: CreateSegmentInput,
    @Ctx() context: RequestContext,
  ): Change<CreateSegmentPayload> {
    return change(
      () => createSegment(context, input),
      (id) => ({ segment: deferred((info) => segment(context, id, info)) }),
    );
  }

  @Mutation(() => UpdateSegmentPayload, {
    description:
      'Changes a segment. Needs ACCESS_CRM. VALIDATION_FAILED, FORBIDDEN (its filter, for whom blind mode keeps from the leads), NOT_FOUND, CONFLICT (another version, the list or its client is archived, or it would no longer be shared though a campaign is about it).',
  })
  updateSegment(
    @Arg('input', () => UpdateSegmentInput, { description: 'Which segment, and what to change.' })
    input: UpdateSegmentInput,
    @Ctx() context: RequestContext,
  ): Change<UpdateSegmentPayload> {
    return change(
      () => updateSegment(context, input),
      () => ({ segment: deferred((info) => segment(context, input.id, info)) }),
    );
  }

  @Mutation(() => DeleteSegmentPayload, {
    description:
      'Deletes a segment; its leads stay. Needs ACCESS_CRM. NOT_FOUND, CONFLICT (another version, a campaign is about it, or the list or its client is archived).',
  })
  deleteSegment(
    @Arg('input', () => DeleteSegmentInput, { description: 'Which segment.' }) input: DeleteSegmentInput,
    @Ctx() context: RequestContext,
  ): Change<DeleteSegmentPayload> {
    return change(
      () => deleteSegment(context, input),
      () => ({ deletedId: input.id }),
    );
  }

  @FieldResolver(() => Boolean, { description: 'Whether all who work with the list see and change it.' })
  @Reads('ownerId')
  shared(@Root() { ownerId }: Segment): boolean {
    return ownerId === null;
  }

  @FieldResolver(() => Member, {
    nullable: true,
    description: 'Whose it is alone; null: it is shared.',
  })
  @Reads('ownerId')
  owner(
    @Root() { ownerId }: Segment,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Member | null> | null {
    return ownerId === null ? null : memberById(context.transaction, info).load(ownerId);
  }

  @FieldResolver(() => List, {
    nullable: true,
    description: 'The list whose leads it is of; null: it was just deleted.',
  })
  @Reads('listId')
  list(
    @Root() { listId }: Segment,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<List | null> {
    return listById(context.transaction, info).load(listId);
  }

  @FieldResolver(() => Client, {
    nullable: true,
    description: 'The client that the list belongs to; null: none, or the viewer may not view clients.',
  })
  @Reads('clientId')
  client(
    @Root() { clientId }: Segment,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Client | null> {
    return clientById(context.transaction, info).load(clientId);
  }

  @FieldResolver(() => [ListField], {
    description:
      'The fields that its conditions are about; those that were deleted since are not among them.',
  })
  @Reads('filter')
  async fields(
    @Root() { filter }: Segment,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ListField[]> {
    const loader = fieldById(context.transaction, info);
    const ids = new Set((filter.values ?? []).map(({ fieldId }) => fieldId));
    const found = await Promise.all([...ids].map((id) => loader.load(id)));
    return found.filter((field) => field !== null);
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description:
      'How many leads it has; null: the viewer does not see them, in blind mode, or because the list is closed to them.',
  })
  @Reads()
  leadCount(@Root() { id }: Segment, @Ctx() context: RequestContext): Promise<number | null> {
    return leadCountBySegmentId(context.transaction).load(id);
  }

  @FieldResolver(() => LeadConnection, {
    description:
      'Its leads, as far as the viewer sees them: none in blind mode, or where they are closed to the viewer.',
  })
  @Reads()
  leads(
    @Root() { id }: Segment,
    @Args(() => SegmentLeadsArgs) args: SegmentLeadsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<LeadConnection> {
    return leadPagesBySegmentId(context, id, args, info);
  }
}
