import { allow, type Rules } from '../graphql/shield';

export const sessionRules: Rules = {
  // Everybody, also those who are not signed in: that is what these are for.
  Query: { viewer: allow },
  Mutation: { signIn: allow, completeSignIn: allow, signUp: allow, refreshSession: allow, signOut: allow },
};
