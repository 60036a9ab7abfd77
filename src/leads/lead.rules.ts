import { allow, can, canAll, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

const worksWithLeads = can(Permission.ACCESS_CRM);
const deletesLeads = canAll(Permission.MANAGE_LISTS, Permission.ACCESS_CRM);

export const leadRules: Rules = {
  Query: { lead: worksWithLeads, leads: worksWithLeads },
  // What belongs to a lead that is seen is seen with it; of other leads those that are seen themselves.
  Lead: {
    list: allow,
    client: allow,
    emails: allow,
    phones: allow,
    values: allow,
    notes: allow,
    history: allow,
    duplicates: allow,
    colleagues: allow,
  },
};

export const leadChangesRules: Rules = {
  Mutation: {
    createLead: worksWithLeads,
    updateLead: worksWithLeads,
    archiveLead: worksWithLeads,
    restoreLead: worksWithLeads,
    deleteLead: deletesLeads,
    mergeLeads: worksWithLeads,
    addLeadNote: worksWithLeads,
    updateLeadNote: worksWithLeads,
    deleteLeadNote: worksWithLeads,
  },
};

export const manyLeadsRules: Rules = {
  Mutation: {
    createLeads: worksWithLeads,
    updateLeads: worksWithLeads,
    archiveLeads: worksWithLeads,
    restoreLeads: worksWithLeads,
    deleteLeads: deletesLeads,
  },
};

export const leadValueRules: Rules = { LeadValue: { field: allow } };
export const clientLeadsRules: Rules = { Client: { leads: allow } };
export const listLeadsRules: Rules = { List: { leads: allow, leadCount: allow } };
