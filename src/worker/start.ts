// The worker of a configuration: what it can do, and what it does it with.
import type { TaskList } from 'graphile-worker';
import type { Logger } from 'pino';
import { deleteClientTask } from '../clients/client-deletion.job';
import type { Config } from '../config';
import { removeFileTask } from '../files/removal';
import { settleListTask } from '../lists/list-job.job';
import { Composer } from '../mail/composer';
import { sendMailTask } from '../mail/delivery';
import { smtpTransport } from '../mail/transport';
import type { Services } from '../services';
import { removeExpiredTask } from './expiry';
import { deleteClient, removeExpired, removeFile, sendMail, settleList } from './tasks';
import { Worker } from './worker';

export interface RunningWorker {
  /** Lets running jobs finish, then closes everything. */
  stop(): Promise<void>;
}

/** Starts working off jobs. In production without a mail server, all but mail, which waits. */
export function startWorker(
  config: Config,
  url: string,
  { links, mailbox, storage }: Pick<Services, 'links' | 'mailbox' | 'storage'>,
  logger: Logger,
): RunningWorker {
  const transport = config.SMTP_URL === undefined ? mailbox : smtpTransport(config.SMTP_URL);
  const tasks: TaskList = {
    [deleteClient]: deleteClientTask(storage, logger),
    [settleList]: settleListTask(logger),
    [removeFile]: removeFileTask(storage),
    [removeExpired]: removeExpiredTask,
  };
  if (transport === null) logger.warn('there is no SMTP_URL: mail waits in the outbox');
  else tasks[sendMail] = sendMailTask(new Composer(config.MAIL_FROM, links), transport, logger);
  const worker = new Worker(url, tasks, logger);
  return {
    stop: async () => {
      await worker.stop();
      transport?.close();
    },
  };
}
