import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

export const listJobRules: Rules = {
  Query: { listJob: can(Permission.MANAGE_LISTS) },
  Mutation: { moveList: can(Permission.MANAGE_LISTS), deleteList: can(Permission.MANAGE_LISTS) },
  // What belongs to a job that is seen; numbers are null for those who may not know.
  ListJob: { client: allow, done: allow, total: allow, duplicatesFound: allow, requestedBy: allow },
};

/** Of a list that is seen; null for those who may not know. */
export const jobOfListRules: Rules = { List: { job: allow } };
