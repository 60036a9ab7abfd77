import type { Template } from './template';

export const passwordReset: Template = ({ facts, links }) => ({
  subject: `Choose a new password for ${facts.accountName}`,
  greeting: `Hello ${facts.recipientName},`,
  paragraphs: [
    `On ${facts.time} somebody, we hope you, asked to choose a new password for ${facts.accountName}. The link works once and for a short time; your password stays as it is until then.`,
    'If it was not you, there is nothing to do: without this mail nobody can use the link.',
  ],
  action: {
    label: 'Choose a new password',
    url: links.to('password-reset', facts.subjectId, Number(facts.details.generation)),
  },
});
