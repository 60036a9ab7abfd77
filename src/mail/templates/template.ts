import type { Letter } from '../layout';
import type { Links } from '../links';

/** What a mail is made from, as the database says it is when the mail is sent. */
export interface Facts {
  accountName: string;
  recipientName: string;
  /** What the mail is about. */
  subjectId: string;
  details: Record<string, unknown>;
  /** When that happened, in the account's time zone and language. */
  time: string;
}

/** Writes the letter of one kind of mail. */
export type Template = (given: { facts: Facts; links: Links }) => Letter;
