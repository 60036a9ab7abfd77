import type { GraphQLResolveInfo } from 'graphql';
import { onlyOfAgent } from '../activity/activity';
import { record } from '../activity/report';
import { selectList } from '../database/columns';
import { Conditions } from '../database/conditions';
import { defineRowLoader, defineRowsLoader } from '../database/loaders';
import { defineOrderings, type Connection, type ListStatement } from '../database/paging';
import type { RequestContext } from '../graphql/context';
import { definePageLoader } from '../graphql/page-loader';
import { defineRow, pageOf, pagesOf } from '../graphql/reading';
import { Conversation } from './conversation.entity';
import {
  type ConversationOrder,
  type OwnConversationsArgs,
  type ConversationFilter,
  type ConversationsArgs,
  type MessageReport,
  type MessagesArgs,
} from './conversation.types';
import { Message } from './message.entity';

const orderings = defineOrderings('conversations', {
  LAST_MESSAGE_AT: { sortKey: 'c.last_message_at', type: 'timestamptz' },
});

const messageOrderings = defineOrderings('messages', {
  SENT_AT: { sortKey: 'm.sent_at', type: 'timestamptz' },
});

const conversationById = defineRowLoader<Conversation>(Conversation, 'ringfence.conversations');

export const messageById = defineRowLoader<Message>(Message, 'ringfence.messages');

/** The latest message, if there is one, of each conversation. */
export const lastMessageByConversationId = defineRowsLoader<Message>(
  Message,
  'from ringfence.messages r where r.conversation_id = key order by r.sent_at desc, r.id desc limit 1',
);

/** One conversation. NOT_FOUND. */
export const conversation = defineRow(conversationById);

export function conversations(
  context: RequestContext,
  args: ConversationsArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Conversation>> {
  const { accountId } = context.signedIn;
  const conditions = conversationConditions(accountId, args.filter ?? {});
  const list = {
    ...conversationList(context, conditions, args.orderBy, info),
    ...onlyOfAgent(conditions, accountId, args.filter?.agentId),
  };
  return pageOf(context, list, args, info);
}

/** Pages of the conversations of clients, or of stays, read together. */
const conversationPagesBy = (parent: string) =>
  definePageLoader<Conversation, OwnConversationsArgs>((context, parentIds, args, info) => {
    const { accountId } = context.signedIn;
    const list = conversationList(context, conversationConditions(accountId, {}), args.orderBy, info);
    return pagesOf(context, { ...list, parent }, args, parentIds);
  });
export const conversationPagesByClientId = conversationPagesBy('c.client_id');
export const conversationPagesByStayId = conversationPagesBy('c.stay_id');

function conversationList(
  context: RequestContext,
  conditions: Conditions,
  orderBy: ConversationOrder,
  info: GraphQLResolveInfo,
): ListStatement {
  return {
    select: selectList(Conversation, 'c', context.signedIn.kind, info),
    from: 'ringfence.conversations c',
    id: 'c.id',
    client: 'c.client_id',
    stay: 'c.stay_id',
    conditions,
    ordering: orderings[orderBy],
  };
}

function conversationConditions(accountId: string, filter: ConversationFilter): Conditions {
  const conditions = new Conditions();
  conditions.add(`c.account_id = ${conditions.bind(accountId)}`);
  const { clientId, portalUserId, lastMessageFrom, lastMessageBefore } = filter;
  if (clientId != null) conditions.add(`c.client_id = ${conditions.bind(clientId)}`);
  if (portalUserId != null) conditions.add(`c.portal_user_id = ${conditions.bind(portalUserId)}`);
  if (lastMessageFrom != null) conditions.add(`c.last_message_at >= ${conditions.bind(lastMessageFrom)}`);
  if (lastMessageBefore != null) conditions.add(`c.last_message_at < ${conditions.bind(lastMessageBefore)}`);
  return conditions;
}

/** Pages of the messages of conversations, read together. */
export const messagePagesByConversationId = definePageLoader<Message, MessagesArgs>(
  (context, conversationIds, args, info) => {
    const { accountId, kind } = context.signedIn;
    const conditions = new Conditions();
    conditions.add(`m.account_id = ${conditions.bind(accountId)}`);
    const list = {
      select: selectList(Message, 'm', kind, info),
      from: 'ringfence.messages m',
      id: 'm.id',
      parent: 'm.conversation_id',
      conditions,
      ordering: messageOrderings[args.orderBy],
    };
    return pagesOf(context, list, args, conversationIds);
  },
);

/** Records messages, and answers what became of each. FORBIDDEN. */
export function recordMessages(
  context: RequestContext,
  reports: readonly MessageReport[],
): Promise<string[]> {
  return record(context.transaction, 'record_messages', 'message_id', reports);
}
