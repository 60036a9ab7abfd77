// Writes mails: from what the database says about one, at the moment it is sent, to what is handed to a mail server. The same
// row makes the same mail each time, Message-ID and links included, so that a second copy can be told for what it is.
import { domainOf, isDeliverable } from './address';
import { asHtml, asText } from './layout';
import type { Links } from './links';
import { identityVerification } from './templates/identity-verification';
import { invitation } from './templates/invitation';
import { passwordReset } from './templates/password-reset';
import { passwordChanged } from './templates/password-changed';
import type { Template } from './templates/template';

/** A row of worker.mail. */
export interface MailRow {
  kind: string;
  subject_id: string;
  details: Record<string, unknown>;
  created_at: Date;
  account_name: string;
  locale: string;
  time_zone: string;
  recipient_name: string;
  recipient_address: string;
}

export interface Mail {
  messageId: string;
  date: Date;
  from: string;
  to: { name: string; address: string };
  subject: string;
  html: string;
  text: string;
}

/** One template for each kind that the check of fence.outbox allows. */
export const templates: Record<string, Template> = {
  PASSWORD_CHANGED: passwordChanged,
  INVITATION: invitation,
  PASSWORD_RESET: passwordReset,
  IDENTITY_VERIFICATION: identityVerification,
};

/** Templates are written in English; an account's kind of English decides how a date looks. */
const language = 'en';
const writtenIn = (locale: string) =>
  Intl.DateTimeFormat.supportedLocalesOf(wellFormed(locale)).length > 0 &&
  new Intl.Locale(locale).language === language
    ? locale
    : language;

/** A mail that will be as wrong the next time; the message has no address in it. */
export class UnsendableError extends Error {}

export class Composer {
  constructor(
    private readonly sender: string,
    private readonly links: Links,
  ) {}

  /** Throws UnsendableError. */
  compose(id: string, row: MailRow): Mail {
    const template = templates[row.kind];
    if (template === undefined) throw new UnsendableError(`there is no template for ${row.kind}`);
    if (!isDeliverable(row.recipient_address)) throw new UnsendableError('the address is none');
    const facts = {
      accountName: row.account_name,
      recipientName: row.recipient_name,
      subjectId: row.subject_id,
      details: row.details,
      time: timeIn(row),
    };
    const sheet = {
      ...template({ facts, links: this.links }),
      accountName: row.account_name,
      language: writtenIn(row.locale),
    };
    return {
      messageId: `<${id}@${domainOf(this.sender)}>`,
      date: row.created_at,
      from: this.sender,
      to: { name: row.recipient_name, address: row.recipient_address },
      subject: sheet.subject,
      html: asHtml(sheet),
      text: asText(sheet),
    };
  }
}

/** What Postgres lets pass may still be no language tag or time zone here: a mail is sent all the same. */
function wellFormed(locale: string): string[] {
  try {
    return Intl.getCanonicalLocales(locale);
  } catch {
    return [];
  }
}

function timeIn({ created_at, locale, time_zone }: MailRow): string {
  const format = (timeZone: string) =>
    new Intl.DateTimeFormat(writtenIn(locale), { dateStyle: 'long', timeStyle: 'long', timeZone }).format(
      created_at,
    );
  try {
    return format(time_zone);
  } catch {
    return format('UTC');
  }
}
