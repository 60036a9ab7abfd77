import { ArrayMaxSize, ArrayMinSize, ValidateNested } from 'class-validator';
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { ActivityFilter } from '../activity/activity';
import { bodyLimit, maximumReports, ReportResult } from '../activity/report';
import { ConnectionOf, EdgeOf, PageArgs } from '../graphql/connection';
import type { Deferred } from '../graphql/deferred';
import { DateTime } from '../graphql/scalars';
import { Id, Nullable } from '../graphql/validation';
import { Conversation } from './conversation.entity';
import { Message, MessageAuthor } from './message.entity';

export enum ConversationOrder {
  LAST_MESSAGE_AT_ASC = 'LAST_MESSAGE_AT_ASC',
  LAST_MESSAGE_AT_DESC = 'LAST_MESSAGE_AT_DESC',
}

registerEnumType(ConversationOrder, {
  name: 'ConversationOrder',
  description: 'Order of a list of conversations.',
  valuesConfig: {
    LAST_MESSAGE_AT_ASC: { description: 'Longest without a message first.' },
    LAST_MESSAGE_AT_DESC: { description: 'Latest message first.' },
  },
});

export enum MessageOrder {
  SENT_AT_ASC = 'SENT_AT_ASC',
  SENT_AT_DESC = 'SENT_AT_DESC',
}

registerEnumType(MessageOrder, {
  name: 'MessageOrder',
  description: 'Order of the messages of a conversation.',
  valuesConfig: {
    SENT_AT_ASC: { description: 'As they were sent.' },
    SENT_AT_DESC: { description: 'What was sent last, first.' },
  },
});

@InputType({ description: 'Which conversations; all conditions together.' })
export class ConversationFilter extends ActivityFilter {
  @Field(() => ID, { nullable: true, description: 'With this portal user.' })
  @Nullable()
  @Id()
  portalUserId?: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Whose latest message was sent at this moment or later.',
  })
  lastMessageFrom?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Whose latest message was sent before this moment.' })
  lastMessageBefore?: Date | null;
}

@ArgsType()
export class OwnConversationsArgs extends PageArgs {
  @Field(() => ConversationOrder, {
    defaultValue: ConversationOrder.LAST_MESSAGE_AT_DESC,
    description: 'Order of the list.',
  })
  orderBy: ConversationOrder;
}

@ArgsType()
export class ConversationsArgs extends OwnConversationsArgs {
  @Field(() => ConversationFilter, { nullable: true, description: 'Which conversations.' })
  @Nullable()
  @ValidateNested()
  filter?: ConversationFilter | null;
}

@ArgsType()
export class MessagesArgs extends PageArgs {
  @Field(() => MessageOrder, { defaultValue: MessageOrder.SENT_AT_ASC, description: 'Order of the list.' })
  orderBy: MessageOrder;
}

@ObjectType({ description: 'A conversation in a list.', simpleResolvers: true })
export class ConversationEdge extends EdgeOf(Conversation, 'conversation') {}

@ObjectType({ description: 'A page of conversations.', simpleResolvers: true })
export class ConversationConnection extends ConnectionOf(Conversation, ConversationEdge, 'conversations') {}

@ObjectType({ description: 'A message in a list.', simpleResolvers: true })
export class MessageEdge extends EdgeOf(Message, 'message') {}

@ObjectType({ description: 'A page of messages.', simpleResolvers: true })
export class MessageConnection extends ConnectionOf(Message, MessageEdge, 'messages') {}

// Its values are tested by ringfence.record_messages, one report at a time.
@InputType({
  description:
    'A message as it is reported. The first one of a conversation that is recorded begins it; one that is rejected decides nothing. Reported several times within one request, the earliest is recorded.',
})
export class MessageReport {
  @Field(() => ID, { description: 'The agent whose conversation it is.' })
  agentId: string;

  @Field(() => String, {
    description: 'What the platform calls the conversation, 1 to 200 characters; unique within the agent.',
  })
  conversationExternalId: string;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When the conversation began, which decides the client it belongs to; null: with the earliest of its messages in this request that are recorded. Of a conversation that is known, it changes nothing.',
  })
  conversationStartedAt?: Date | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'Portal user of the client with whom; null: nobody who is known. Of a conversation that is known, it changes nothing.',
  })
  portalUserId?: string | null;

  @Field(() => String, {
    description:
      'What the platform calls the message, 1 to 200 characters; unique within the conversation. Reported again, it is the same message.',
  })
  externalId: string;

  @Field(() => MessageAuthor, { description: 'Who wrote it.' })
  author: MessageAuthor;

  @Field(() => String, { description: 'What was written, 1 to 10,000 characters.' })
  text: string;

  @Field(() => DateTime, { description: 'When it was sent; not later than now.' })
  sentAt: Date;
}

@InputType({ description: `What was written. ${bodyLimit}` })
export class RecordMessagesInput {
  @Field(() => [MessageReport], { description: 'The messages, 1 to 1,000.' })
  @ArrayMinSize(1, { message: 'Must name at least one.' })
  @ArrayMaxSize(maximumReports, { message: `Must name at most ${maximumReports}.` })
  messages: MessageReport[];
}

@ObjectType({ description: 'What became of a message that was reported.', simpleResolvers: true })
export class MessageReportResult extends ReportResult {
  @Field(() => Message, {
    nullable: true,
    description: 'The message; null: it was rejected, or the viewer does not see conversations.',
  })
  message: Deferred<Message | null> | null;
}

@ObjectType({ description: 'What became of the messages.', simpleResolvers: true })
export class RecordMessagesPayload {
  @Field(() => [MessageReportResult], { description: 'One for each report, in their order.' })
  results: MessageReportResult[];
}
