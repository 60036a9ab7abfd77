// Stands between a server and its database, so that a test can take the database away and give it back.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface InterruptibleDatabase {
  /** A database URL with the address of this proxy. */
  through(url: string): string;
  /** Breaks every connection, and new ones as soon as they are made. */
  interrupt(): void;
  restore(): void;
  close(): Promise<void>;
}

export async function interruptible(databaseUrl: string): Promise<InterruptibleDatabase> {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let interrupted = false;

  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const server = createServer((incoming) => {
    keep(incoming);
    if (interrupted) return void incoming.destroy();
    const outgoing = connect(Number(port || 5432), hostname);
    keep(outgoing);
    incoming.pipe(outgoing).pipe(incoming);
    incoming.on('close', () => outgoing.destroy());
    outgoing.on('close', () => incoming.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    through(url) {
      const here = new URL(url);
      here.hostname = address.address;
      here.port = String(address.port);
      return here.href;
    },
    interrupt() {
      interrupted = true;
      breakAll();
    },
    restore() {
      interrupted = false;
    },
    close() {
      breakAll();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
