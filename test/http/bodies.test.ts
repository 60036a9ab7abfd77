// A body that trickles in holds a connection. Whoever is sending one without being let in is hung up on, wherever it goes.
import { connect } from 'node:net';
import { startTestServer, type TestServer } from '../support/server';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ settings: { BODY_MILLISECONDS: '500' } });
});
afterAll(() => server.close());

/** Sends the beginning of a body, and then a byte now and then. Resolves when the connection is closed. */
function trickle(method: string, path: string, headers: string[]): Promise<void> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const timer = setInterval(() => socket.write('1\r\n \r\n'), 50);
    socket
      .on('error', () => undefined)
      .on('close', () => {
        clearInterval(timer);
        resolve();
      })
      .resume();
    socket.write([`${method} ${path} HTTP/1.1`, `host: ${hostname}`, ...headers, '', ''].join('\r\n'));
  });
}

const lengths: Record<string, string> = {
  announced: 'content-length: 100000',
  chunked: 'transfer-encoding: chunked',
};
const addresses = [
  ['POST', '/graphql'],
  ['PUT', '/graphql'],
  ['GET', '/health/live'],
  ['PUT', '/uploads/x'],
  ['POST', '/uploads/x'],
  ['GET', '/uploads/x'],
  ['OPTIONS', '/uploads/x'],
  ['PUT', '/uploads/'],
  ['GET', '/files/x'],
  ['POST', '/nothing'],
  ['POST', '/%E0%A4%A'],
].flatMap(([method = '', path = '']) => Object.keys(lengths).map((length) => [method, path, length]));

test.each(addresses)('%s %s, %s', async (method = '', path = '', length = '') => {
  await trickle(method, path, ['content-type: application/json', lengths[length] ?? '']);
});
