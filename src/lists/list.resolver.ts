import { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { clientById } from '../clients/client.service';
import { Reads } from '../database/columns';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { idArgument } from '../graphql/validation';
import { Member } from '../members/member.entity';
import { memberById } from '../members/member.service';
import { ListDisposition } from './list-disposition.entity';
import { ListField } from './list-field.entity';
import { ListWorkflow } from './list-parts.types';
import { List } from './list.entity';
import {
  changeListStatus,
  createList,
  dispositionsByListId,
  fieldsByListId,
  list,
  lists,
  memberIdsByListId,
  updateList,
} from './list.service';
import {
  ArchiveListPayload,
  ChangeListStatusInput,
  CreateListInput,
  CreateListPayload,
  ListConnection,
  ListsArgs,
  RestoreListPayload,
  UpdateListInput,
  UpdateListPayload,
} from './list.types';

@Resolver(() => List)
export class ListResolver {
  @Query(() => List, {
    nullable: true,
    description: 'A list, in any state. Needs ACCESS_CRM or MANAGE_LISTS. NOT_FOUND.',
  })
  list(
    @Arg('id', () => ID, { description: 'Which list.', validateFn: idArgument }) id: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<List> {
    return list(context, id, info);
  }

  @Query(() => ListConnection, {
    description:
      'The lists that the viewer sees: of the clients within reach those that are open to them, with MANAGE_LISTS all, and of no ' +
      'client those where they are named; administrators see all. Needs ACCESS_CRM or MANAGE_LISTS.',
  })
  lists(
    @Args(() => ListsArgs) args: ListsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ListConnection> {
    return lists(context, args, info);
  }

  @Mutation(() => CreateListPayload, {
    description:
      'Creates a list of a client, or of none. Needs MANAGE_LISTS, and of no client that the viewer reaches all clients or works for none. ' +
      'VALIDATION_FAILED, FORBIDDEN, NOT_FOUND (client, members), PLAN_FEATURE_MISSING (of a client: CLIENT_ISOLATION), CONFLICT (the client is archived).',
  })
  createList(
    @Arg('input', () => CreateListInput, { description: 'The list.' }) input: CreateListInput,
    @Ctx() context: RequestContext,
  ): Change<CreateListPayload> {
    return change(
      () => createList(context, input),
      (id) => ({ list: deferred((info) => list(context, id, info)) }),
    );
  }

  @Mutation(() => UpdateListPayload, {
    description:
      'Edits a list. Needs MANAGE_LISTS. VALIDATION_FAILED, NOT_FOUND (also fields, dispositions, members), CONFLICT (another version, ' +
      'the list or its client is archived, leads have values in a field that would go, or the viewer would no longer see it).',
  })
  updateList(
    @Arg('input', () => UpdateListInput, { description: 'Which list, and what to change.' })
    input: UpdateListInput,
    @Ctx() context: RequestContext,
  ): Change<UpdateListPayload> {
    return change(
      () => updateList(context, input),
      () => ({ list: deferred((info) => list(context, input.id, info)) }),
    );
  }

  @Mutation(() => ArchiveListPayload, {
    description:
      'Archives a list; nothing of it is lost. Needs MANAGE_LISTS. NOT_FOUND, CONFLICT (another version, it or its client is archived).',
  })
  archiveList(
    @Arg('input', () => ChangeListStatusInput, { description: 'Which list.' }) input: ChangeListStatusInput,
    @Ctx() context: RequestContext,
  ): Change<ArchiveListPayload> {
    return change(
      () => changeListStatus(context, 'ARCHIVE', input),
      () => ({ list: deferred((info) => list(context, input.id, info)) }),
    );
  }

  @Mutation(() => RestoreListPayload, {
    description:
      'Takes a list out of the archive. Needs MANAGE_LISTS. NOT_FOUND, CONFLICT (another version, not archived, or its client is).',
  })
  restoreList(
    @Arg('input', () => ChangeListStatusInput, { description: 'Which list.' }) input: ChangeListStatusInput,
    @Ctx() context: RequestContext,
  ): Change<RestoreListPayload> {
    return change(
      () => changeListStatus(context, 'RESTORE', input),
      () => ({ list: deferred((info) => list(context, input.id, info)) }),
    );
  }

  @FieldResolver(() => Client, {
    nullable: true,
    description: 'The client that it belongs to; null: none, or the viewer may not view clients.',
  })
  @Reads('clientId')
  client(
    @Root() { clientId }: List,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Client | null> {
    return clientById(context.transaction, info).load(clientId);
  }

  @FieldResolver(() => ListWorkflow, { description: 'How its leads are worked through.' })
  @Reads(
    'queueOrder',
    'maximumAttempts',
    'callBackDelayMinutes',
    'callingDays',
    'callingFrom',
    'callingUntil',
    'callingTimeZone',
  )
  workflow(@Root() root: List): ListWorkflow {
    return root;
  }

  @FieldResolver(() => [ListField], {
    description: 'What is noted of its leads, in order, besides what is noted of every lead.',
  })
  @Reads()
  fields(
    @Root() { id }: List,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ListField[]> {
    return fieldsByListId(context.transaction, info).load(id);
  }

  @FieldResolver(() => [ListDisposition], { description: 'How a call with a lead may end, in order.' })
  @Reads()
  dispositions(
    @Root() { id }: List,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ListDisposition[]> {
    return dispositionsByListId(context.transaction, info).load(id);
  }

  @FieldResolver(() => [Member], {
    nullable: true,
    description: 'Who is named on it, by name; null: the viewer does not hold MANAGE_LISTS.',
  })
  @Reads()
  async members(
    @Root() { id }: List,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Member[] | null> {
    const memberIds = await memberIdsByListId(context.transaction).load(id);
    if (memberIds === null) return null;
    const loader = memberById(context.transaction, info);
    const found = await Promise.all(memberIds.map((memberId) => loader.load(memberId)));
    return found.filter((member) => member !== null);
  }
}
