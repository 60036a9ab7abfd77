import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

export const clientDeletionRules: Rules = {
  Query: {
    clientDeletion: can(Permission.DELETE_CLIENTS),
    clientDeletions: can(Permission.DELETE_CLIENTS),
  },
  Mutation: { deleteClient: can(Permission.DELETE_CLIENTS) },
  ClientDeletion: { requestedBy: allow },
};
