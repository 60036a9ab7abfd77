// Stands between a server and its database, so that a test can take the database away and give it back.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface InterruptibleDatabase {
  /** A database URL with the address of this proxy. */
  through(url: string): string;
  /** Breaks every connection and refuses new ones. */
  interrupt(): Promise<void>;
  restore(): Promise<void>;
}

export async function interruptible(databaseUrl: string): Promise<InterruptibleDatabase> {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const start = (onPort: number) =>
    new Promise<Server>((resolve) => {
      const listening: Server = createServer((incoming) => {
        const outgoing = connect(Number(port || 5432), hostname);
        keep(incoming);
        keep(outgoing);
        incoming.pipe(outgoing).pipe(incoming);
        incoming.on('close', () => outgoing.destroy());
        outgoing.on('close', () => incoming.destroy());
      }).listen(onPort, '127.0.0.1', () => resolve(listening));
    });

  let server = await start(0);
  const address = server.address() as AddressInfo;
  return {
    through(url) {
      const here = new URL(url);
      here.hostname = address.address;
      here.port = String(address.port);
      return here.href;
    },
    async interrupt() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async restore() {
      server = await start(address.port);
    },
  };
}
