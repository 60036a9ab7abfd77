import type { Logger } from 'pino';
import type { PartnerTokens } from './access-tokens/partner-tokens';
import type { Config } from './config';
import type { CursorCodec } from './database/cursor';
import type { Database } from './database/database';
import type { Arrivals } from './files/arrivals';
import type { FileUrls } from './files/file-urls';
import type { Storage } from './files/storage';
import type { InputDigests } from './graphql/idempotency';
import type { Places } from './http/places';
import type { Links } from './mail/links';
import type { Mailbox } from './mail/mailbox';
import type { SignIn } from './sessions/sign-in';

/** What lives as long as the server and is shared by all requests; none of it knows a principal. */
export interface Services {
  config: Config;
  logger: Logger;
  database: Database;
  cursors: CursorCodec;
  inputDigests: InputDigests;
  signIn: SignIn;
  /** What leads people from mails to us. */
  links: Links;
  /** Where mail goes in development; null: to a mail server. */
  mailbox: Mailbox | null;
  partnerTokens: PartnerTokens;
  exportPlaces: Places;
  /** Of files that are read. */
  readingPlaces: Places;
  fileUrls: FileUrls;
  arrivals: Arrivals;
  /** Where the bytes of files are. */
  storage: Storage;
}
