import { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { clientById } from '../clients/client.service';
import { Reads } from '../database/columns';
import { SealedKind } from '../database/transaction';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { idArgument } from '../graphql/validation';
import { Member } from '../members/member.entity';
import { memberById } from '../members/member.service';
import { ListJob } from './list-job.entity';
import {
  deleteList,
  duplicatesByJobId,
  lastJobsByListId,
  listJob,
  moveList,
  progressByJobId,
} from './list-job.service';
import { DeleteListInput, DeleteListPayload, MoveListInput, MoveListPayload } from './list-job.types';
import { List } from './list.entity';
import { list } from './list.service';

@Resolver(() => ListJob)
export class ListJobResolver {
  @Query(() => ListJob, {
    nullable: true,
    description:
      'How far the moving or deleting of a list is: of the clients within reach, and what the viewer asked for. Needs MANAGE_LISTS. NOT_FOUND.',
  })
  listJob(
    @Arg('id', () => ID, { description: 'Which one.', validateFn: idArgument }) id: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ListJob> {
    return listJob(context, id, info);
  }

  @Mutation(() => MoveListPayload, {
    description:
      'Gives a list to a client, or to none. It is there at once; its leads follow in the background, and until all are there ' +
      'nobody but administrators sees them, and nothing of the list changes: `listJob` tells how far. Everybody who works on it must ' +
      'reach its new client: who is named, and where it is open to all, whom its client is assigned to; to no client it goes with ' +
      'the names that fit there, and the viewer’s. Needs MANAGE_LISTS, and that the viewer reaches both. ' +
      'VALIDATION_FAILED, FORBIDDEN, NOT_FOUND (also the client), PLAN_FEATURE_MISSING (to a client: CLIENT_ISOLATION), ' +
      'LIST_MEMBERS_NOT_INCLUDED, CONFLICT (another version, it is archived or being moved or deleted, or a client is archived).',
  })
  moveList(
    @Arg('input', () => MoveListInput, { description: 'Which list, and where to.' }) input: MoveListInput,
    @Ctx() context: RequestContext,
  ): Change<MoveListPayload> {
    return change(
      () => moveList(context, input),
      (job) => ({
        list: deferred((info) => list(context, input.id, info)),
        job: job === null ? null : deferred((info) => listJob(context, job, info)),
      }),
    );
  }

  @Mutation(() => DeleteListPayload, {
    description:
      'Deletes a list with its leads, for good. Without leads it is gone at once; with leads it is locked, and emptied in the background: ' +
      '`listJob` tells how far. Needs MANAGE_LISTS. VALIDATION_FAILED (that is not its name), NOT_FOUND, ' +
      'CONFLICT (another version, it is being moved or deleted, or its client is archived).',
  })
  deleteList(
    @Arg('input', () => DeleteListInput, { description: 'Which list.' }) input: DeleteListInput,
    @Ctx() context: RequestContext,
  ): Change<DeleteListPayload> {
    return change(
      () => deleteList(context, input),
      (job) => ({ deletedId: input.id, job: deferred((info) => listJob(context, job, info)) }),
    );
  }

  @FieldResolver(() => Client, {
    nullable: true,
    description: 'Where the list is, or was; null: of no client, or the viewer does not see the client.',
  })
  @Reads('clientId')
  client(
    @Root() { clientId }: ListJob,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Client | null> {
    return clientById(context.transaction, info).load(clientId);
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description:
      'Leads moved or deleted so far; null: its client is in blind mode, which tells nobody but administrators how many leads there are.',
  })
  @Reads()
  async done(@Root() { id }: ListJob, @Ctx() context: RequestContext): Promise<number | null> {
    return (await progressByJobId(context.transaction).load(id))?.done ?? null;
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description:
      'Leads in all, never fewer than `done`; null: they have not been counted yet, or its client is in blind mode.',
  })
  @Reads()
  async total(@Root() { id }: ListJob, @Ctx() context: RequestContext): Promise<number | null> {
    return (await progressByJobId(context.transaction).load(id))?.total ?? null;
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description:
      'Leads that its new client had already, on other lists, by phone, email or a value that is unique; `duplicates` of a lead ' +
      'shows them, and people decide. Null: it is not done, nothing moved, or the viewer is no administrator, who sees all lists.',
  })
  @Reads()
  duplicatesFound(@Root() { id }: ListJob, @Ctx() context: RequestContext): Promise<number | null> | null {
    const { kind } = context.signedIn;
    if (kind !== SealedKind.OWNER && kind !== SealedKind.ADMIN) return null;
    return duplicatesByJobId(context.transaction).load(id);
  }

  @FieldResolver(() => Member, {
    nullable: true,
    description: 'Who asked for it; null: an access token, or somebody who is gone.',
  })
  @Reads('requestedById')
  requestedBy(
    @Root() { requestedById }: ListJob,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Member | null> {
    return memberById(context.transaction, info).load(requestedById);
  }
}

@Resolver(() => List)
export class JobOfListResolver {
  @FieldResolver(() => ListJob, {
    nullable: true,
    description:
      'How far its leads are, of the last time that it was moved, or is deleted; null: it never was, or the viewer does not hold MANAGE_LISTS.',
  })
  @Reads()
  async job(
    @Root() { id }: List,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ListJob | null> {
    const [last] = await lastJobsByListId(context.transaction, info).load(id);
    return last ?? null;
  }
}
