// Invitations and their links, as the tests of them use them.
import type { Caller } from '../support/client';
import {
  AcceptInvitationDocument,
  InviteMemberDocument,
  InvitePortalUserDocument,
  type InviteMemberMutationVariables,
  type InvitePortalUserMutationVariables,
} from '../support/documents.generated';

export const chosen = 'umbrella teapot lantern';

/** What stands behind the # of a link. */
export function tokenOf(link: string | null | undefined): string {
  const [, token] = (link ?? '').split('#');
  if (!token) throw new Error(`no token in ${String(link)}`);
  return token;
}

let count = 0;
export function freshEmail(): string {
  count += 1;
  return `invited-${count}@example.test`;
}

export async function inviteMember(
  caller: Caller,
  input: Partial<InviteMemberMutationVariables['input']> = {},
) {
  const { inviteMember: sent } = await caller.get(InviteMemberDocument, {
    input: { name: 'Mira Member', email: freshEmail(), ...input },
  });
  return { ...sent.invitation, link: sent.link, token: tokenOf(sent.link) };
}

export async function invitePortalUser(
  caller: Caller,
  input: Partial<InvitePortalUserMutationVariables['input']> & { clientId: string },
) {
  const { invitePortalUser: sent } = await caller.get(InvitePortalUserDocument, {
    input: { name: 'Pia Portal', email: freshEmail(), ...input },
  });
  return { ...sent.invitation, link: sent.link, token: tokenOf(sent.link) };
}

export const accept = (caller: Caller, token: string, password = chosen) =>
  caller.ask(AcceptInvitationDocument, { input: { token, password } });
