import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

const { CREATE_CLIENTS, MANAGE_MEMBERS } = Permission;

// Whether it is a member or a portal user who is invited decides which of the permissions is needed; the database knows.
export const invitationRules: Rules = {
  Query: { invitations: can(CREATE_CLIENTS, MANAGE_MEMBERS), invitation: allow },
  Mutation: {
    inviteMember: can(MANAGE_MEMBERS),
    invitePortalUser: can(CREATE_CLIENTS),
    resendInvitation: can(CREATE_CLIENTS, MANAGE_MEMBERS),
    cancelInvitation: can(CREATE_CLIENTS, MANAGE_MEMBERS),
    acceptInvitation: allow,
  },
  Invitation: { client: allow, member: allow, portalUser: allow, invitedBy: allow },
};
