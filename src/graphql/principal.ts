import { SealedKind } from '../database/transaction';
import type { Credential } from '../database/transaction';

/** Somebody who is signed in, as the access token says. It is a hint: what counts is what the database seals. */
export interface SignedInPrincipal {
  kind: SealedKind;
  accountId: string;
  /** The member, or the portal user. */
  principalId: string;
  permissions: ReadonlySet<string>;
  credential: Credential;
}

/** Null: nobody is signed in. */
export type Principal = SignedInPrincipal | null;

/** Members, whatever their role. */
export function isOfTeam({ kind }: SignedInPrincipal): boolean {
  return kind !== SealedKind.PORTAL_USER;
}

/** Owners and administrators. */
export function isAdministrator(principal: SignedInPrincipal): boolean {
  return principal.kind === SealedKind.OWNER || principal.kind === SealedKind.ADMIN;
}
