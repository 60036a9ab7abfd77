// The partner tokens of the arena.
import type { Arrange, TestAccessToken, TestMember } from '../support/arrange';
import { clientPermissions } from '../support/world';
import type { Arena, PrincipalName } from './arena';
import { seeingPermissions, tokenPermissions } from './sessions';

const tokenPermissionSets = {
  viewing: ['VIEW_CLIENTS'],
  'editing blindly': ['EDIT_CLIENTS'],
  'working with clients': clientPermissions,
  'seeing all of a client': seeingPermissions.filter((permission) => tokenPermissions.includes(permission)),
  'working with leads': ['VIEW_CLIENTS', 'ACCESS_CRM'],
  'managing organizations': ['MANAGE_CLIENT_ORGANIZATIONS'],
  'managing identities': ['MANAGE_IDENTITIES'],
  everything: tokenPermissions,
} as const;
export type TokenPermissionSet = keyof typeof tokenPermissionSets;

export const tokenSetNames = Object.keys(tokenPermissionSets) as TokenPermissionSet[];

/** Those for some clients have the clients of scoped members, and belong to the account unless they say otherwise. */
export async function createTokens(
  arrange: Arrange,
  { alpha, beta }: Pick<Arena, 'alpha' | 'beta'>,
  members: Record<string, TestMember>,
): Promise<Record<string, TestAccessToken>> {
  const { one, two, four, five, archived } = alpha.clients;
  const of = (name: PrincipalName) => ({ memberId: members[name]?.id ?? '' });
  const tokens: Record<string, TestAccessToken> = {
    'a token for all clients of the account': await arrange.accessToken(alpha.id, {
      permissions: tokenPermissions,
    }),
    'a token for all clients of a scoped member': await arrange.accessToken(alpha.id, {
      ...of('a scoped member, everything'),
      permissions: tokenPermissions,
    }),
    'a token of a member with some agents': await arrange.accessToken(alpha.id, {
      ...of('a scoped member with some agents'),
      permissions: tokenPermissions,
    }),
    // Of which its member sees one alone.
    'a token that kept some agents': await arrange.accessToken(alpha.id, {
      ...of('a member with all clients and some agents'),
      permissions: tokenPermissions,
      clients: [one, four],
      agents: [alpha.agents.settled.stayId, alpha.agents.second.stayId, alpha.agents.other.stayId],
    }),
    'a token that was given more than its member has': await arrange.accessToken(alpha.id, {
      ...of('a scoped member, viewing'),
      permissions: tokenPermissions,
      clients: [one, two, five],
    }),
    'a token of a member without clients': await arrange.accessToken(alpha.id, {
      ...of('a member without clients who is named on a list'),
      permissions: tokenPermissions,
    }),
    'a token of a member who works with leads': await arrange.accessToken(alpha.id, {
      ...of('a member with all clients, working with leads'),
      permissions: tokenPermissions,
    }),
    // Its member is named, it is not any more.
    'a token that came from a member who was named': await arrange.accessToken(alpha.id, {
      ...of('an administrator'),
      permissions: tokenPermissions,
      allLists: false,
    }),
    'a token of another account': await arrange.accessToken(beta.id, {
      permissions: tokenPermissions,
      clients: [beta.clients.one, beta.clients.five],
      agents: [beta.agents.settled.stayId],
    }),
  };
  for (const set of tokenSetNames) {
    const permissions = tokenPermissionSets[set];
    tokens[`a token for all clients, ${set}`] = await arrange.accessToken(alpha.id, {
      ...of('a member with all clients, everything'),
      permissions,
    });
    tokens[`a token for some clients, ${set}`] = await arrange.accessToken(alpha.id, {
      permissions,
      clients: [one, four, archived],
    });
  }
  // Of which its member, who manages tokens, reaches one client.
  await arrange.accessToken(alpha.id, { ...of('a scoped member, everything'), clients: [one, two] });
  return tokens;
}
