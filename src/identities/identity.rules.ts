import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

const { ACCESS_CRM, MANAGE_IDENTITIES } = Permission;

export const identityRules: Rules = {
  Query: {
    identity: can(ACCESS_CRM, MANAGE_IDENTITIES),
    identities: can(ACCESS_CRM, MANAGE_IDENTITIES),
  },
  Mutation: {
    createCallerId: can(MANAGE_IDENTITIES),
    createEmailIdentity: can(MANAGE_IDENTITIES),
    updateIdentity: can(MANAGE_IDENTITIES),
    requestIdentityVerification: can(MANAGE_IDENTITIES),
    deleteIdentity: can(MANAGE_IDENTITIES),
  },
  Identity: { client: allow },
};

// Whoever holds the link.
export const identityVerificationRules: Rules = {
  Query: { identityVerification: allow },
  Mutation: { verifyIdentity: allow },
};

export const clientIdentitiesRules: Rules = { Client: { identities: allow } };

export const listIdentitiesRules: Rules = { List: { identities: allow } };
