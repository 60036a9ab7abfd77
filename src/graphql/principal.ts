import { SealedKind } from '../database/transaction';
import type { Credential } from '../database/transaction';

/** Somebody who is signed in, as the access token says. It is a hint: what counts is what the database seals. */
export interface SignedInPrincipal {
  kind: SealedKind;
  accountId: string;
  /** The member, the portal user, or the partner token. */
  principalId: string;
  permissions: ReadonlySet<string>;
  credential: Credential;
}

/** Null: nobody is signed in. */
export type Principal = SignedInPrincipal | null;

/** Members, whatever their role. */
export function isOfTeam({ kind }: Pick<SignedInPrincipal, 'kind'>): boolean {
  return [SealedKind.OWNER, SealedKind.ADMIN, SealedKind.MEMBER_ALL, SealedKind.MEMBER].includes(kind);
}

/** Programs, which have no session, password or profile. */
export function isPartner({ kind }: Pick<SignedInPrincipal, 'kind'>): boolean {
  return kind === SealedKind.PARTNER_ALL || kind === SealedKind.PARTNER;
}

/** Owners and administrators. */
export function isAdministrator(principal: SignedInPrincipal): boolean {
  return principal.kind === SealedKind.OWNER || principal.kind === SealedKind.ADMIN;
}
