import { isMember, type Rules } from '../graphql/shield';

export const profileRules: Rules = {
  Mutation: { updateMyProfile: isMember },
};
