// A client's calls.
import { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Int, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { Reads } from '../database/columns';
import { RequestContext } from '../graphql/context';
import { callPagesByClientId, recentCallsByClientId } from './call.service';
import { CallConnection, OwnCallsArgs } from './call.types';

@Resolver(() => Client)
export class ClientCallsResolver {
  @FieldResolver(() => CallConnection, {
    description: 'Calls that were for it, of the agents that the viewer sees; `calls` has filters.',
  })
  @Reads()
  calls(
    @Root() { id }: Client,
    @Args(() => OwnCallsArgs) args: OwnCallsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CallConnection> {
    return callPagesByClientId(context, id, args, info);
  }

  @FieldResolver(() => Int, {
    description: 'Calls that began within the last 30 days, of the agents that the viewer sees.',
  })
  @Reads()
  callsLast30Days(@Root() { id }: Client, @Ctx() context: RequestContext): Promise<number> {
    return recentCallsByClientId(context.transaction).load(id);
  }
}
