import { isPerson, type Rules } from '../graphql/shield';

export const ownSessionsRules: Rules = {
  Query: { sessions: isPerson },
  Mutation: { changeMyPassword: isPerson, revokeSession: isPerson, revokeOtherSessions: isPerson },
};
