// What the benchmark's server serves besides the features that are there: leads. Written as src/clients is, so that what is
// measured is what a feature costs.
import { features, type Feature } from '../../src/graphql/features';
import { can } from '../../src/graphql/shield';
import { Permission } from '../../src/members/permission';
import { Lead } from './lead.entity';
import { LeadResolver } from './lead.resolver';

export const benchFeatures: readonly Feature[] = [
  ...features,
  { entities: [Lead], resolver: LeadResolver, rules: { Query: { leads: can(Permission.ACCESS_CRM) } } },
];
