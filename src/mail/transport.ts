// How mail leaves: to a mail server by SMTP, or into the mailbox that developers look at. A transport resolves once the mail
// is somebody else's to deliver.
import { createTransport } from 'nodemailer';
import type { Mail } from './composer';

export interface Transport {
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** Why a mail was not taken, in codes: what the server says in words may hold the address. */
export class DeliveryError extends Error {
  constructor(
    message: string,
    /** The server will say the same the next time. */
    readonly permanent: boolean,
  ) {
    super(message);
  }
}

/** A server that says nothing for this long has not taken the mail. */
const silenceMilliseconds = 30_000;
const connectMilliseconds = 10_000;
/** One that goes on talking for this long without taking it has not taken it either. */
const deadlineMilliseconds = 90_000;

/** Refused at another one, it is the server or our account with it that is out of order: that passes. */
const aboutTheMail = ['MAIL FROM', 'RCPT TO', 'DATA'];

/** What nodemailer tells about a failure. */
interface SmtpFailure {
  code?: string;
  command?: string;
  responseCode?: number;
}

/** A connection for each mail: what became of one says nothing about another, and none is sent again behind our back. */
export function smtpTransport(url: string): Transport {
  const transporter = createTransport({
    url,
    // A password is not told to whoever listens; without one it is a server of our own network.
    requireTLS: new URL(url).password !== '',
    connectionTimeout: connectMilliseconds,
    greetingTimeout: connectMilliseconds,
    socketTimeout: silenceMilliseconds,
    // Nothing in a mail is read from a file or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async ({ messageId, date, from, to, subject, html, text }) => {
      try {
        await withinDeadline(
          transporter.sendMail({
            // Given apart and as it is: nodemailer would read lists out of headers.
            envelope: { from, to: [to.address] },
            messageId,
            date,
            from: { name: '', address: from },
            to,
            subject,
            html,
            text,
            headers: { 'Auto-Submitted': 'auto-generated' },
          }),
        );
      } catch (error) {
        throw deliveryError(error as SmtpFailure);
      }
    },
    close: () => transporter.close(),
  };
}

async function withinDeadline(sending: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const deadline = setTimeout(
    () => late.reject(Object.assign(new Error(), { code: 'EDEADLINE' })),
    deadlineMilliseconds,
  );
  try {
    await Promise.race([sending, late.promise]);
  } finally {
    clearTimeout(deadline);
  }
}

function deliveryError({ code, command, responseCode }: SmtpFailure): DeliveryError {
  const said = [code, responseCode, command === undefined ? undefined : `at ${command}`];
  const permanent = (responseCode ?? 0) >= 500 && aboutTheMail.includes(command ?? '');
  return new DeliveryError(`SMTP ${said.filter((part) => part !== undefined).join(' ')}`, permanent);
}
