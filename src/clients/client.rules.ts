import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

export const clientRules: Rules = {
  Query: { client: can(Permission.VIEW_CLIENTS), clients: can(Permission.VIEW_CLIENTS) },
  Mutation: {
    createClient: can(Permission.CREATE_CLIENTS),
    updateClient: can(Permission.EDIT_CLIENTS),
    deactivateClient: can(Permission.EDIT_CLIENTS),
    activateClient: can(Permission.EDIT_CLIENTS),
    archiveClient: can(Permission.DELETE_CLIENTS),
    restoreClient: can(Permission.DELETE_CLIENTS),
  },
  // What belongs to a client that is seen is seen with it.
  Client: {
    organization: allow,
    accountManager: allow,
    effectiveBlindMode: allow,
    deletion: allow,
    lastActivityAt: allow,
  },
};
