import { allow, can, signedIn, type Rules } from '../graphql/shield';
import { Permission } from './permission';

export const memberRules: Rules = {
  Query: { member: signedIn, members: signedIn },
  Mutation: { assignClients: can(Permission.MANAGE_MEMBERS) },
  // Null for those who may not see them: policies decide, row by row.
  Member: {
    initials: allow,
    email: allow,
    role: allow,
    status: allow,
    clientAccess: allow,
    agentAccess: allow,
    permissions: allow,
    assignedClientIds: allow,
  },
};

export const clientMembersRules: Rules = { Client: { members: allow } };
