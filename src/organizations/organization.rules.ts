import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

const { VIEW_CLIENTS, MANAGE_CLIENT_ORGANIZATIONS } = Permission;

export const organizationRules: Rules = {
  Query: {
    organization: can(VIEW_CLIENTS, MANAGE_CLIENT_ORGANIZATIONS),
    organizations: can(VIEW_CLIENTS, MANAGE_CLIENT_ORGANIZATIONS),
  },
  Mutation: {
    createOrganization: can(MANAGE_CLIENT_ORGANIZATIONS),
    updateOrganization: can(MANAGE_CLIENT_ORGANIZATIONS),
    archiveOrganization: can(MANAGE_CLIENT_ORGANIZATIONS),
    restoreOrganization: can(MANAGE_CLIENT_ORGANIZATIONS),
  },
  Organization: { tags: allow, clientCount: allow, accountManager: allow },
};
