import { allow, can, isAdministrator, isOwner, signedIn, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

export const accountRules: Rules = {
  Query: { account: signedIn, plans: isAdministrator },
  Mutation: { updateAccount: can(Permission.MANAGE_ACCOUNT), changePlan: isOwner },
  // Null for those who may not see them: decided in the resolvers, and by policies.
  Account: { plan: allow, clientLimit: allow, clientCount: allow, canCreateClient: allow },
};
