import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

const mayManage = can(Permission.MANAGE_ACCESS_TOKENS);

export const accessTokenRules: Rules = {
  Query: { accessToken: mayManage, accessTokens: mayManage },
  Mutation: {
    createAccessToken: mayManage,
    updateAccessToken: mayManage,
    rotateAccessToken: mayManage,
    revokeAccessToken: mayManage,
  },
  // What belongs to a token that is seen is seen with it.
  AccessToken: {
    prefix: allow,
    state: allow,
    permissions: allow,
    effectivePermissions: allow,
    clientIds: allow,
    member: allow,
    createdBy: allow,
  },
};
