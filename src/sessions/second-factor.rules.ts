import { allow, can, isPerson, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

export const secondFactorRules: Rules = {
  Query: { secondFactor: isPerson },
  Mutation: {
    startSecondFactor: isPerson,
    confirmSecondFactor: isPerson,
    replaceRecoveryCodes: isPerson,
    removeSecondFactor: isPerson,
    resetMemberSecondFactor: can(Permission.MANAGE_MEMBERS),
    resetPortalUserSecondFactor: can(Permission.EDIT_CLIENTS),
  },
  // Null for those who may not see it: decided in the database.
  Member: { secondFactorEnabled: allow },
};
