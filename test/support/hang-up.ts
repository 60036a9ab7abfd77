// A client that hangs up: at some moment of a request's life its socket is gone.
import { connect } from 'node:net';

export interface HangUp {
  /** When the socket is destroyed, counted from when it is connected. */
  afterMilliseconds: number;
  /** How much of the request is written until then; the rest never comes. */
  share: number;
}

export interface SentBody {
  token: string | null;
  body: string;
  headers?: Record<string, string>;
}

/** Sends a request, or a part of it, and is gone. Resolves when the socket is closed. */
export function hangUp(
  url: string,
  { token, body, headers = {} }: SentBody,
  { afterMilliseconds, share }: HangUp,
): Promise<void> {
  const { hostname, port } = new URL(url);
  const lines = [
    'POST /graphql HTTP/1.1',
    `host: ${hostname}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...(token === null ? [] : [`authorization: Bearer ${token}`]),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(bytes.subarray(0, Math.ceil(bytes.length * share)));
      setTimeout(() => socket.destroy(), afterMilliseconds);
    });
    socket.on('error', () => socket.destroy()).on('close', () => resolve());
    socket.resume();
  });
}
