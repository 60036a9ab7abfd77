import type { Template } from './template';

/** What worker.mail tells of an invitation; `clientName` is null where it is to the team. */
interface InvitationDetails {
  invitedBy: string;
  clientName: string | null;
  generation: number;
}

export const invitation: Template = ({ facts, links }) => {
  const { accountName, recipientName, subjectId, details } = facts;
  const { invitedBy, clientName, generation } = details as unknown as InvitationDetails;
  const to =
    clientName === null ? `the team of ${accountName}` : `the portal of ${clientName} at ${accountName}`;
  return {
    subject: `${invitedBy} invites you to ${accountName}`,
    greeting: `Welcome ${recipientName},`,
    paragraphs: [
      `${invitedBy} invites you to ${to}.`,
      'Open the link and choose a password of your own; you are signed in then. The link works once. Give it to nobody.',
    ],
    action: {
      label: 'Accept the invitation',
      url: links.to('invitation', subjectId, generation),
    },
  };
};
