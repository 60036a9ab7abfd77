// Which company somebody is of, by their email. Providers of mail for everybody say nothing of it.
import providers from 'email-providers/all.json';

const ofEverybody = new Set(providers);

/** The domain of an email in lower case, where it is of a company; null: it is of a provider of mail for everybody. */
export function companyDomain(email: string): string | null {
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  return ofEverybody.has(domain) ? null : domain;
}
