import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

const worksWithLeads = can(Permission.ACCESS_CRM);

export const queueRules: Rules = {
  Mutation: {
    nextLead: worksWithLeads,
    releaseLead: worksWithLeads,
    recordDisposition: worksWithLeads,
  },
};

export const leadHeldRules: Rules = { Lead: { hold: allow, lastAttemptBy: allow } };
export const leadHoldRules: Rules = { LeadHold: { heldBy: allow } };

export const workRules: Rules = {
  Query: { work: worksWithLeads },
  Work: { lists: allow, heldLead: allow },
};
export const listWorkRules: Rules = { List: { work: allow } };
