// The overview of work, and what there is to do on a list.
import { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Query, Resolver, Root } from 'type-graphql';
import { Reads } from '../database/columns';
import { RequestContext } from '../graphql/context';
import { Lead } from '../leads/lead.entity';
import { leadById } from '../leads/lead.service';
import { List } from '../lists/list.entity';
import { ListConnection } from '../lists/list.types';
import { work, workByListId, workLists } from './work.service';
import { ListWork, Work, WorkListsArgs } from './work.types';

@Resolver(() => Work)
export class WorkResolver {
  @Query(() => Work, {
    nullable: true,
    description:
      'What the viewer has to do: the lists that they work on, and the lead that they hold. Needs ACCESS_CRM.',
  })
  work(@Ctx() context: RequestContext): Promise<Work> {
    return work(context);
  }

  @FieldResolver(() => ListConnection, {
    description: 'The active lists that the viewer works on, by name, ignoring case.',
  })
  lists(
    @Args(() => WorkListsArgs) args: WorkListsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ListConnection> {
    return workLists(context, args, info);
  }

  @FieldResolver(() => Lead, {
    nullable: true,
    description: 'The lead that the viewer has before them, which `nextLead` would answer again; null: none.',
  })
  heldLead(
    @Root() { heldLeadId }: Work,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Lead | null> {
    return heldLeadId === null ? Promise.resolve(null) : leadById(context.transaction, info).load(heldLeadId);
  }
}

@Resolver(() => List)
export class ListWorkResolver {
  @FieldResolver(() => ListWork, {
    nullable: true,
    description:
      'What there is to do on it; null: the viewer does not work on it, or its client is in blind mode, which tells nobody but administrators how many leads there are.',
  })
  @Reads()
  work(@Root() { id }: List, @Ctx() context: RequestContext): Promise<ListWork | null> {
    return workByListId(context.transaction).load(id);
  }
}
