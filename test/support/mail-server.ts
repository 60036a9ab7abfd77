// A real mail server on this machine. It takes everything, unless the next mails are planned to fare otherwise.
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** What becomes of one mail. */
export type Fate =
  | 'taken'
  /** 451 at RCPT TO: try again later. */
  | 'put off'
  /** 550 at RCPT TO: never. */
  | 'refused'
  /** Read to its end, and then the server says nothing until it is released. */
  | 'stalled'
  /** Taken, and the connection cut before the server says so. */
  | 'cut';

export interface Delivery {
  /** As they came over the wire. */
  from: string;
  to: string[];
  /** Headers, unfolded, by name in lower case. */
  headers: Map<string, string>;
  raw: string;
}

export interface MailServer {
  url: string;
  /** What was read to its end, in that order, cut and stalled ones too. */
  deliveries: Delivery[];
  /** Every RCPT TO, as it came over the wire. */
  recipients: string[];
  /** How the next mails fare; afterwards all are taken. */
  plan(...fates: Fate[]): void;
  /** Resolves once so many mails were read. */
  delivered(count: number): Promise<Delivery[]>;
  /** Lets the server say that it has taken what it stalled. */
  release(): void;
  close(): Promise<void>;
}

/** Clients that are still there when the server closes were killed, or their test failed. */
const closeMilliseconds = 500;

class Reply extends Error {
  constructor(
    readonly responseCode: number,
    message: string,
  ) {
    super(message);
  }
}

/** `port`: 0 for any. */
export async function startMailServer(port = 0): Promise<MailServer> {
  const planned: Fate[] = [];
  const fates = new Map<string, Fate>();
  const deliveries: Delivery[] = [];
  const recipients: string[] = [];
  const stalled: (() => void)[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    closeTimeout: closeMilliseconds,
    logger: false,
    onMailFrom: (_address, session, done) => {
      fates.set(session.id, planned.shift() ?? 'taken');
      done();
    },
    onRcptTo: (address, session, done) => {
      const fate = fates.get(session.id);
      // Servers like to repeat the address.
      if (fate === 'put off') done(new Reply(451, `${address.address}: try again later`));
      else if (fate === 'refused') done(new Reply(550, `${address.address}: no such mailbox`));
      else done();
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString();
        const { mailFrom, rcptTo } = session.envelope;
        deliveries.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          headers: headersOf(raw),
          raw,
        });
        const fate = fates.get(session.id);
        if (fate === 'stalled') stalled.push(done);
        else if (fate === 'cut') for (const connection of server.connections) connection.close();
        else done();
        for (const { count, resolve } of waiting) if (deliveries.length >= count) resolve();
      });
    },
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket) => {
    socket.on('data', (chunk: Buffer) => {
      for (const [, address] of chunk.toString().matchAll(/^RCPT TO:(.*)\r$/gim))
        recipients.push(address ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    deliveries,
    recipients,
    plan: (...next) => void planned.push(...next),
    delivered: async (count) => {
      if (deliveries.length < count)
        await new Promise<void>((resolve) => void waiting.push({ count, resolve }));
      return deliveries;
    },
    release: () => {
      for (const done of stalled.splice(0)) done();
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function headersOf(raw: string): Map<string, string> {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ');
  return new Map(
    head.split('\r\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}
