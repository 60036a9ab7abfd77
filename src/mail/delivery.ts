// The job that sends one mail, and what is noted of how it went.
import type { JobHelpers } from 'graphile-worker';
import type { Logger } from 'pino';
import { UnsendableError, type Composer, type MailRow } from './composer';
import { DeliveryError, type Transport } from './transport';

/** What fence.queue_mail puts into a job: ids alone. */
interface MailJob {
  account: string;
  mail: string;
}

/** Sends the mail of a job. Throws where it is to be tried again, which graphile-worker does, later each time. */
export function sendMailTask(composer: Composer, transport: Transport, logger: Logger) {
  return async (payload: unknown, helpers: JobHelpers): Promise<void> => {
    const { account, mail } = payload as MailJob;
    const { job } = helpers;
    const {
      rows: [row],
    } = await helpers.query<MailRow>('select * from worker.mail($1)', [mail]);
    if (row === undefined) {
      await helpers.query('select worker.mail_dropped($1)', [mail]);
      return;
    }
    try {
      await unlessAborted(transport.send(composer.compose(mail, row)), helpers.abortSignal);
    } catch (error) {
      const reason = reasonOf(error);
      const forGood = reason.permanent || job.attempts >= job.max_attempts;
      await helpers.query('select worker.mail_failed($1, $2, $3)', [mail, reason.message, forGood]);
      logger.warn(
        { account, mail, reason: reason.message, attempt: job.attempts },
        forGood ? 'a mail was given up' : 'a mail was not taken',
      );
      if (forGood) return;
      throw reason;
    }
    await helpers.query('select worker.mail_sent($1)', [mail]);
  };
}

function reasonOf(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (error instanceof UnsendableError) return new DeliveryError(error.message, true);
  throw error;
}

/** The worker is being stopped and will not wait longer: whether the mail was taken is not known, so it will be sent again. */
async function unlessAborted(sending: Promise<void>, signal: AbortSignal): Promise<void> {
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(new DeliveryError('the worker was stopped', false));
  signal.addEventListener('abort', stop);
  try {
    await Promise.race([sending, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
