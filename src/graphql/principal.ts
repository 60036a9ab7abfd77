import { SealedKind } from '../database/transaction';
import type { Credential } from '../database/transaction';

/** Somebody who is signed in, as the access token says. It is a hint: what counts is what the database seals. */
export interface SignedInPrincipal {
  kind: SealedKind;
  accountId: string;
  memberId: string;
  permissions: ReadonlySet<string>;
  credential: Credential;
}

/** Null: nobody is signed in. */
export type Principal = SignedInPrincipal | null;

/** Owners and administrators. */
export function isAdministrator(principal: SignedInPrincipal): boolean {
  return principal.kind === SealedKind.OWNER || principal.kind === SealedKind.ADMIN;
}
