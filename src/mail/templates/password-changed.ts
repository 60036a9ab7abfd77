import type { Template } from './template';

export const passwordChanged: Template = ({ facts, links }) => ({
  subject: `Your password at ${facts.accountName} was changed`,
  greeting: `Hello ${facts.recipientName},`,
  paragraphs: [
    `The password that you sign in to ${facts.accountName} with was changed on ${facts.time}, and all other sessions were ended.`,
    `If that was neither you nor somebody who manages your team, tell an owner of ${facts.accountName} at once.`,
  ],
  action: { label: 'Sign in', url: links.home() },
});
