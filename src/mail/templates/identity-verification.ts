import type { Template } from './template';

export const identityVerification: Template = ({ facts, links }) => ({
  subject: `May ${facts.accountName} send mail from ${facts.recipientName}?`,
  greeting: 'Hello,',
  paragraphs: [
    `On ${facts.time} somebody at ${facts.accountName} asked to send mail from ${facts.recipientName}. Open the link to confirm that this address is theirs to use. The link works once.`,
    'If you do not know of it, there is nothing to do: without you the address is not confirmed.',
  ],
  action: {
    label: 'Confirm the address',
    url: links.to('identity-verification', facts.subjectId, Number(facts.details.generation)),
  },
});
