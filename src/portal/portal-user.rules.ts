import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

const { CREATE_CLIENTS, EDIT_CLIENTS, VIEW_CLIENTS } = Permission;

export const portalUserRules: Rules = {
  Query: { portalUser: can(VIEW_CLIENTS), portalUsers: can(VIEW_CLIENTS) },
  Mutation: {
    createPortalUser: can(CREATE_CLIENTS),
    updatePortalUser: can(EDIT_CLIENTS),
    deletePortalUser: can(EDIT_CLIENTS),
    revokePortalUserSessions: can(EDIT_CLIENTS),
  },
  PortalUser: { client: allow, initials: allow, email: allow, lastSignInAt: allow },
};
