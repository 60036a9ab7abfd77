import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

const { RECORD_ACTIVITY, VIEW_CLIENTS } = Permission;

export const conversationRules: Rules = {
  Query: {
    conversation: can(VIEW_CLIENTS),
    conversations: can(VIEW_CLIENTS),
    messages: can(VIEW_CLIENTS),
  },
  Mutation: { recordMessages: can(RECORD_ACTIVITY) },
  // What belongs to a conversation that is seen is seen with it.
  Conversation: { client: allow, lastMessage: allow },
};
