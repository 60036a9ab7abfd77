// One request over HTTP on connections that are kept, or one that its client gives up.
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

export interface Answer {
  status: number;
  text: string;
}

export interface Message {
  accessToken: string;
  body: string;
  idempotencyKey: string | null;
}

export class Wire {
  private readonly agent: Agent;

  constructor(
    private readonly url: string,
    sockets: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: sockets });
  }

  /** Rejects when there is no answer. */
  send(message: Message): Promise<Answer> {
    return this.exchange(message, (outgoing) => outgoing.end(message.body));
  }

  /** Destroys the socket at some moment; null: before there was an answer. */
  async giveUp(message: Message, share: number, afterMilliseconds: number): Promise<Answer | null> {
    const bytes = Buffer.from(message.body);
    try {
      return await this.exchange(message, (outgoing) => {
        if (share < 1) outgoing.write(bytes.subarray(0, Math.ceil(bytes.length * share)));
        else outgoing.end(bytes);
        void wait(afterMilliseconds).then(() => outgoing.destroy());
      });
    } catch {
      return null;
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private exchange(
    { accessToken, body, idempotencyKey }: Message,
    write: (outgoing: ReturnType<typeof request>) => void,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${this.url}/graphql`,
        {
          agent: this.agent,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            authorization: `Bearer ${accessToken}`,
            ...(idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response
            .on('data', (chunk: Buffer) => chunks.push(chunk))
            .on('error', reject)
            .on('end', () =>
              resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
            );
        },
      );
      outgoing.on('error', reject);
      write(outgoing);
    });
  }
}
