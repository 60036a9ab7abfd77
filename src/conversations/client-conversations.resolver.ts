// A client's conversations.
import { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { Reads } from '../database/columns';
import { RequestContext } from '../graphql/context';
import { conversationPagesByClientId } from './conversation.service';
import { OwnConversationsArgs, ConversationConnection } from './conversation.types';

@Resolver(() => Client)
export class ClientConversationsResolver {
  @FieldResolver(() => ConversationConnection, {
    description:
      'Conversations that began with it, of the agents that the viewer sees; `conversations` has filters.',
  })
  @Reads()
  conversations(
    @Root() { id }: Client,
    @Args(() => OwnConversationsArgs) args: OwnConversationsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConversationConnection> {
    return conversationPagesByClientId(context, id, args, info);
  }
}
