import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

export const usageRules: Rules = {
  Query: { usage: can(Permission.VIEW_BILLABLE_MINUTES) },
  UsageLine: { client: allow },
};
