// A body that trickles in holds a connection; whoever sends one that slowly is hung up on, whatever they were answered. Who was
// let in to send a large one is watched by whoever takes it.
import type { IncomingMessage } from 'node:http';

const bodyTimer = Symbol('body timer');

interface Timed extends IncomingMessage {
  [bodyTimer]?: NodeJS.Timeout;
}

export function limitBodyTime(request: Timed, milliseconds: number): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (length === '0' && encoding === undefined) return;
  const timer = setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, milliseconds).unref();
  request[bodyTimer] = timer;
  // Where it was answered before all of it came, what comes of it holds the connection all the same.
  request.once('close', () => {
    if (request.complete || request.socket.destroyed) clearTimeout(timer);
  });
}

export function liftBodyTime(request: Timed): void {
  clearTimeout(request[bodyTimer]);
}
