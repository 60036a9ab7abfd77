import { signedIn, type Rules } from '../graphql/shield';

export const ownSessionsRules: Rules = {
  Query: { sessions: signedIn },
  Mutation: { changeMyPassword: signedIn, revokeSession: signedIn, revokeOtherSessions: signedIn },
};
