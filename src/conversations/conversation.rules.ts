import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

const { RECORD_ACTIVITY, VIEW_CLIENTS } = Permission;

export const conversationRules: Rules = {
  Query: {
    conversation: can(VIEW_CLIENTS),
    conversations: can(VIEW_CLIENTS),
  },
  Mutation: { recordMessages: can(RECORD_ACTIVITY) },
  // What belongs to a conversation that is seen is seen with it.
  Conversation: { agent: allow, client: allow, lastMessage: allow, messages: allow },
};

export const agentConversationsRules: Rules = { Agent: { conversations: allow } };
export const clientConversationsRules: Rules = { Client: { conversations: allow } };
