import { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { resultsOf } from '../activity/report';
import { Agent } from '../agents/agent.entity';
import { agentById } from '../agents/agent.service';
import { Client } from '../clients/client.entity';
import { clientById } from '../clients/client.service';
import { Reads } from '../database/columns';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { idArgument } from '../graphql/validation';
import { Conversation } from './conversation.entity';
import {
  conversation,
  conversations,
  lastMessageByConversationId,
  messageById,
  messagePagesByConversationId,
  recordMessages,
} from './conversation.service';
import {
  ConversationConnection,
  ConversationsArgs,
  MessageConnection,
  MessagesArgs,
  RecordMessagesInput,
  RecordMessagesPayload,
} from './conversation.types';
import { Message } from './message.entity';

@Resolver(() => Conversation)
export class ConversationResolver {
  @Query(() => Conversation, {
    nullable: true,
    description: 'A conversation. Needs VIEW_CLIENTS. NOT_FOUND.',
  })
  conversation(
    @Arg('id', () => ID, { description: 'Which conversation.', validateFn: idArgument }) id: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Conversation> {
    return conversation(context, id, info);
  }

  @Query(() => ConversationConnection, {
    description:
      'The conversations of the clients and agents that the viewer sees; each with the client that it began with. Needs VIEW_CLIENTS.',
  })
  conversations(
    @Args(() => ConversationsArgs) args: ConversationsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConversationConnection> {
    return conversations(context, args, info);
  }

  @Mutation(() => RecordMessagesPayload, {
    description:
      'Records messages of conversations; each is recorded or rejected by itself. Needs RECORD_ACTIVITY, and to reach the agent at ' +
      'the time when the conversation began. VALIDATION_FAILED (more than 1,000), FORBIDDEN.',
  })
  recordMessages(
    @Arg('input', () => RecordMessagesInput, { description: 'The messages.' }) input: RecordMessagesInput,
    @Ctx() context: RequestContext,
  ): Change<RecordMessagesPayload> {
    return change(
      () => recordMessages(context, input.messages),
      (kept) => ({
        results: resultsOf(kept, input.messages).map((result) => ({
          ...result,
          message:
            result.id === null
              ? null
              : deferred((info) => messageById(context.transaction, info).load(result.id ?? '')),
        })),
      }),
    );
  }

  @FieldResolver(() => Agent, {
    nullable: true,
    description: 'The agent, where it works now; null: it was deleted, or the viewer does not see it there.',
  })
  @Reads('agentId')
  agent(
    @Root() { agentId }: Conversation,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Agent | null> {
    return agentById(context.transaction, info).load(agentId);
  }

  @FieldResolver(() => Client, {
    nullable: true,
    description: 'The client that it belongs to; null: the viewer does not see it.',
  })
  @Reads('clientId')
  client(
    @Root() { clientId }: Conversation,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Client | null> {
    return clientById(context.transaction, info).load(clientId);
  }

  @FieldResolver(() => Message, {
    nullable: true,
    description: 'Its latest message; null: there is none any more.',
  })
  @Reads()
  async lastMessage(
    @Root() { id }: Conversation,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Message | null> {
    return (await lastMessageByConversationId(context.transaction, info).load(id))[0] ?? null;
  }

  @FieldResolver(() => MessageConnection, { description: 'Its messages.' })
  @Reads()
  messages(
    @Root() { id }: Conversation,
    @Args(() => MessagesArgs) args: MessagesArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<MessageConnection> {
    return messagePagesByConversationId(context, id, args, info);
  }
}
