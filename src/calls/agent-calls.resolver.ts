// An agent's calls.
import { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { Agent } from '../agents/agent.entity';
import { Reads } from '../database/columns';
import { RequestContext } from '../graphql/context';
import { callPagesByStayId } from './call.service';
import { CallConnection, OwnCallsArgs } from './call.types';

@Resolver(() => Agent)
export class AgentCallsResolver {
  @FieldResolver(() => CallConnection, {
    description:
      'Calls that it had since it works for its client; `calls` with `agentId` has those before, as far as the viewer sees them.',
  })
  @Reads('stayId')
  calls(
    @Root() { stayId }: Agent,
    @Args(() => OwnCallsArgs) args: OwnCallsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CallConnection> {
    return callPagesByStayId(context, stayId, args, info);
  }
}
