import { signedIn, type Rules } from '../graphql/shield';

export const profileRules: Rules = {
  Mutation: { updateMyProfile: signedIn, changeMyPassword: signedIn },
};
