// The worker of a configuration: what it can do, and what it does it with.
import type { Logger } from 'pino';
import type { Config } from '../config';
import { Composer } from '../mail/composer';
import { sendMailTask } from '../mail/delivery';
import { Links } from '../mail/links';
import type { Mailbox } from '../mail/mailbox';
import { smtpTransport } from '../mail/transport';
import type { Keyring } from '../sessions/keyring';
import { sendMail } from './tasks';
import { Worker } from './worker';

export interface RunningWorker {
  /** Lets running jobs finish, then closes everything. */
  stop(): Promise<void>;
}

/**
 * Starts working off jobs; null where nothing could be done with them: in production without a mail server, where mail
 * waits.
 */
export function startWorker(
  config: Config,
  url: string,
  keyring: Keyring,
  mailbox: Mailbox | null,
  logger: Logger,
): RunningWorker | null {
  const transport = config.SMTP_URL === undefined ? mailbox : smtpTransport(config.SMTP_URL);
  if (transport === null) {
    logger.warn('there is no SMTP_URL: mail waits in the outbox');
    return null;
  }
  const links = new Links(config.PUBLIC_URL, [...keyring.derive('link').values()]);
  const tasks = { [sendMail]: sendMailTask(new Composer(config.MAIL_FROM, links), transport, logger) };
  const worker = new Worker(url, tasks, logger);
  return {
    stop: async () => {
      await worker.stop();
      transport.close();
    },
  };
}
