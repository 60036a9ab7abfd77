import { allow, can, signedIn, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

export const secondFactorRules: Rules = {
  Query: { secondFactor: signedIn },
  Mutation: {
    startSecondFactor: signedIn,
    confirmSecondFactor: signedIn,
    replaceRecoveryCodes: signedIn,
    removeSecondFactor: signedIn,
    resetMemberSecondFactor: can(Permission.MANAGE_MEMBERS),
    resetPortalUserSecondFactor: can(Permission.EDIT_CLIENTS),
  },
  // Null for those who may not see it: decided in the database.
  Member: { secondFactorEnabled: allow },
};
