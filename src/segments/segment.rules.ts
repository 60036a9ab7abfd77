import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

const worksWithLeads = can(Permission.ACCESS_CRM);

export const segmentRules: Rules = {
  Query: { segment: worksWithLeads, segments: worksWithLeads },
  Mutation: { createSegment: worksWithLeads, updateSegment: worksWithLeads, deleteSegment: worksWithLeads },
  // What belongs to a segment that is seen is seen with it; of its leads those that are seen themselves.
  Segment: {
    shared: allow,
    owner: allow,
    list: allow,
    client: allow,
    fields: allow,
    leadCount: allow,
    leads: allow,
  },
};

export const listSegmentsRules: Rules = { List: { segments: allow } };
