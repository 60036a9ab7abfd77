import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

export const callRules: Rules = {
  Query: { call: can(Permission.VIEW_CLIENTS), calls: can(Permission.VIEW_CLIENTS) },
  Mutation: { recordCalls: can(Permission.RECORD_ACTIVITY) },
  // What belongs to a call that is seen is seen with it; billable time is null for who may not see it.
  Call: { agent: allow, client: allow, billableSeconds: allow },
};

export const agentCallsRules: Rules = { Agent: { calls: allow } };
export const clientCallsRules: Rules = { Client: { calls: allow, callsLast30Days: allow } };
