// Stands between a server and its database and cuts a connection in the middle of an answer, at a byte that the test says.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface CuttingProxy {
  /** A database URL with the address of this proxy. */
  through(url: string): string;
  /** Lets so many bytes more of the database's answers pass on connections that are there or will be, then breaks the one whose turn it is; once. */
  cutAfter(bytes: number): void;
  /** How often it has cut. */
  cuts: number;
  close(): Promise<void>;
}

export async function cuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  /** Null: nothing is to be cut. */
  let left: number | null = null;

  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const server = createServer((incoming) => {
    keep(incoming);
    const outgoing = connect(Number(port || 5432), hostname);
    keep(outgoing);
    incoming.setNoDelay(true).pipe(outgoing.setNoDelay(true));
    outgoing.on('data', (chunk: Buffer) => {
      if (left === null || chunk.length < left) {
        if (left !== null) left -= chunk.length;
        incoming.write(chunk);
        return;
      }
      const passed = chunk.subarray(0, left);
      left = null;
      proxy.cuts += 1;
      incoming.end(passed);
      outgoing.destroy();
    });
    incoming.on('close', () => outgoing.destroy());
    outgoing.on('close', () => incoming.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  const proxy: CuttingProxy = {
    cuts: 0,
    through(url) {
      const here = new URL(url);
      here.hostname = address.address;
      here.port = String(address.port);
      return here.href;
    },
    cutAfter(bytes) {
      left = bytes;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return proxy;
}
