import { signedIn, type Rules } from '../graphql/shield';

export const ownSessionsRules: Rules = {
  Query: { sessions: signedIn },
  Mutation: { revokeSession: signedIn, revokeOtherSessions: signedIn },
};
