import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

const { ACCESS_CRM, MANAGE_LISTS } = Permission;

export const listRules: Rules = {
  Query: { list: can(ACCESS_CRM, MANAGE_LISTS), lists: can(ACCESS_CRM, MANAGE_LISTS) },
  Mutation: {
    createList: can(MANAGE_LISTS),
    updateList: can(MANAGE_LISTS),
    archiveList: can(MANAGE_LISTS),
    restoreList: can(MANAGE_LISTS),
  },
  // What belongs to a list that is seen is seen with it; who is named on it is null for those who may not know.
  List: { client: allow, workflow: allow, fields: allow, dispositions: allow, members: allow },
};

export const clientListsRules: Rules = { Client: { lists: allow } };
