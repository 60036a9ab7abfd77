import { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Query, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { clientById } from '../clients/client.service';
import { RequestContext } from '../graphql/context';
import { usage } from './usage.service';
import { UsageArgs, UsageLine } from './usage.types';

@Resolver(() => UsageLine)
export class UsageResolver {
  @Query(() => [UsageLine], {
    description:
      'How much agents did, summed up over the clients and agents that the viewer sees. Needs VIEW_BILLABLE_MINUTES. ' +
      'VALIDATION_FAILED (more than 400 days, or 20,000 lines).',
  })
  usage(@Args(() => UsageArgs) args: UsageArgs, @Ctx() context: RequestContext): Promise<UsageLine[]> {
    return usage(context, args);
  }

  @FieldResolver(() => Client, {
    nullable: true,
    description: 'The client; null: the line is not of one client.',
  })
  client(
    @Root() { clientId }: UsageLine,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Client | null> | null {
    return clientId === null ? null : clientById(context.transaction, info).load(clientId);
  }
}
