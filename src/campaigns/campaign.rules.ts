import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

const worksWithLeads = can(Permission.ACCESS_CRM);

export const campaignRules: Rules = {
  Query: { campaign: worksWithLeads, campaigns: worksWithLeads },
  // What belongs to a campaign that is seen is seen with it, as far as it is seen itself.
  Campaign: {
    list: allow,
    client: allow,
    segment: allow,
    identity: allow,
    members: allow,
    progress: allow,
  },
};

export const campaignChangesRules: Rules = {
  Mutation: {
    createCampaign: worksWithLeads,
    updateCampaign: worksWithLeads,
    startCampaign: worksWithLeads,
    pauseCampaign: worksWithLeads,
    resumeCampaign: worksWithLeads,
    finishCampaign: worksWithLeads,
    deleteCampaign: worksWithLeads,
  },
};

export const clientCampaignsRules: Rules = { Client: { campaigns: allow } };
export const listCampaignsRules: Rules = { List: { campaigns: allow } };
