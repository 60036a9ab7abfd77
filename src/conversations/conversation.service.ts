import type { GraphQLResolveInfo } from 'graphql';
import { onlyOfAgent } from '../calls/call.service';
import { idOf, record } from '../calls/report';
import { selectList } from '../database/columns';
import { Conditions } from '../database/conditions';
import { defineRowLoader, defineRowsLoader } from '../database/loaders';
import { readPage, type Connection, type Ordering } from '../database/paging';
import type { RequestContext } from '../graphql/context';
import { notFound } from '../graphql/errors';
import { Conversation } from './conversation.entity';
import {
  ConversationOrder,
  MessageOrder,
  type ConversationFilter,
  type ConversationsArgs,
  type MessageReport,
  type MessagesArgs,
} from './conversation.types';
import { Message } from './message.entity';

const lastMessageAt = { sortKey: 'c.last_message_at', type: 'timestamptz' } as const;
const orderings: Record<ConversationOrder, Ordering> = {
  [ConversationOrder.LAST_MESSAGE_AT_ASC]: {
    name: 'conversations:LAST_MESSAGE_AT_ASC',
    ...lastMessageAt,
    direction: 'asc',
  },
  [ConversationOrder.LAST_MESSAGE_AT_DESC]: {
    name: 'conversations:LAST_MESSAGE_AT_DESC',
    ...lastMessageAt,
    direction: 'desc',
  },
};

const sentAt = { sortKey: 'm.sent_at', type: 'timestamptz' } as const;
const messageOrderings: Record<MessageOrder, Ordering> = {
  [MessageOrder.SENT_AT_ASC]: { name: 'messages:SENT_AT_ASC', ...sentAt, direction: 'asc' },
  [MessageOrder.SENT_AT_DESC]: { name: 'messages:SENT_AT_DESC', ...sentAt, direction: 'desc' },
};

const conversationById = defineRowLoader<Conversation>(Conversation, 'ringfence.conversations');

export const messageById = defineRowLoader<Message>(Message, 'ringfence.messages');

/** The latest message, if there is one, of each conversation. */
export const lastMessageByConversationId = defineRowsLoader<Message>(
  Message,
  'from ringfence.messages r where r.conversation_id = key order by r.sent_at desc, r.id desc limit 1',
);

/** One conversation. NOT_FOUND. */
export async function conversation(
  context: RequestContext,
  id: string,
  info: GraphQLResolveInfo,
): Promise<Conversation> {
  const found = await conversationById(context.reading(info), info).load(id.toLowerCase());
  if (found === null) throw notFound();
  return found;
}

export function conversations(
  context: RequestContext,
  args: ConversationsArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Conversation>> {
  const { accountId, kind } = context.signedIn;
  const conditions = conversationConditions(accountId, args.filter ?? {});
  const list = {
    select: selectList(Conversation, 'c', kind, info),
    from: 'ringfence.conversations c',
    id: 'c.id',
    client: 'c.client_id',
    stay: 'c.stay_id',
    ...onlyOfAgent(conditions, accountId, args.filter?.agentId),
    conditions,
    ordering: orderings[args.orderBy],
  };
  return readPage(context.reading(info), context.services.cursors, accountId, list, args);
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

/** The messages of a conversation; none where the viewer does not see it. */
export function messages(
  context: RequestContext,
  args: MessagesArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Message>> {
  const { accountId, kind } = context.signedIn;
  const conditions = new Conditions();
  conditions.add(`m.account_id = ${conditions.bind(accountId)}`);
  conditions.add(`m.conversation_id = ${conditions.bind(args.conversationId)}`);
  const list = {
    select: selectList(Message, 'm', kind, info),
    from: 'ringfence.messages m',
    id: 'm.id',
    conditions,
    ordering: messageOrderings[args.orderBy],
  };
  return readPage(context.reading(info), context.services.cursors, accountId, list, args);
}

/** Records messages, and answers what became of each. FORBIDDEN. */
export function recordMessages(
  context: RequestContext,
  reports: readonly MessageReport[],
): Promise<string[]> {
  const rows = reports.map((report) => ({
    ...report,
    agentId: idOf(report.agentId),
    portalUserId: report.portalUserId == null ? null : idOf(report.portalUserId),
  }));
  return record(context.transaction, 'record_messages', 'message_id', rows);
}
