// An agent's conversations.
import { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { Agent } from '../agents/agent.entity';
import { Reads } from '../database/columns';
import { RequestContext } from '../graphql/context';
import { conversationPagesByStayId } from './conversation.service';
import { ConversationConnection, OwnConversationsArgs } from './conversation.types';

@Resolver(() => Agent)
export class AgentConversationsResolver {
  @FieldResolver(() => ConversationConnection, {
    description:
      'Conversations that it began since it works for its client; `conversations` with `agentId` has those before, as far as the viewer sees them.',
  })
  @Reads('stayId')
  conversations(
    @Root() { stayId }: Agent,
    @Args(() => OwnConversationsArgs) args: OwnConversationsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConversationConnection> {
    return conversationPagesByStayId(context, stayId, args, info);
  }
}
