import { can, type Rules } from '../graphql/shield';
import { Permission } from './permission';

const mayManage = can(Permission.MANAGE_MEMBERS);

export const teamRules: Rules = {
  Mutation: {
    createMember: mayManage,
    updateMember: mayManage,
    deactivateMember: mayManage,
    activateMember: mayManage,
    changeMemberPassword: mayManage,
    removeMember: mayManage,
    revokeMemberSessions: mayManage,
  },
};
