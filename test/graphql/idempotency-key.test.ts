// What is an Idempotency-Key, and what is none: decided before anything happens.
import { connect } from 'node:net';
import { print } from 'graphql';
import { CreateClientDocument } from '../support/documents.generated';
import { bearer, codeOf, dataOf, onTheWire, post, type WireAnswer } from '../support/http';
import { keysStored } from '../support/idempotency';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing, oneRow } from '../support/stored';
import { createWorld, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const body = JSON.stringify({
  query: print(CreateClientDocument),
  variables: { input: { name: 'Under a key' } },
});

/** Creates a client; several keys are several headers. */
function createUnder(...keys: string[]): Promise<WireAnswer> {
  const headers = { 'content-type': 'application/json', ...bearer(world.asOwner.token) };
  return onTheWire(server.url, {
    headers: { ...headers, 'idempotency-key': keys as unknown as string },
    body,
  });
}

describe('a key', () => {
  test.each([
    ['of one character', 'x'],
    ['of 255 characters', 'k'.repeat(255)],
    ['of 255 characters in quotes', `"${'q'.repeat(255)}"`],
    ['with spaces, commas and signs', 'Invoice 7, again: ~!@#$%^&*()[]{}'],
    ['with quotes in it', 'the "first" one'],
    ['with escaped quotes and backslashes in quotes', String.raw`"a \"b\" \\ c"`],
  ])('%s is taken', async (_, key) => {
    const stored = await keysStored(server.owner);
    for (const replayed of [undefined, 'true']) {
      const answer = await createUnder(key);
      expect(dataOf(answer)).toBeDefined();
      expect(answer.headers['idempotency-replayed']).toBe(replayed);
    }
    expect(await keysStored(server.owner)).toBe(stored + 1);
  });
});

describe('no key, and nothing happens:', () => {
  test.each([
    ['an empty one', ['']],
    ['an empty one in quotes', ['""']],
    ['spaces', ['   ']],
    ['256 characters', ['k'.repeat(256)]],
    ['256 characters in quotes', [`"${'q'.repeat(256)}"`]],
    ['a tab', ['a\tb']],
    ['letters beyond ASCII', ['clé']],
    ['a quote that does not end', ['"open']],
    ['something behind the quotes', ['"key";v=1']],
    ['a list of strings', ['"one", "two"']],
    ['an escape that means nothing', [String.raw`"a\b"`]],
    ['two headers', ['one', 'two']],
    ['the same header twice', ['one', 'one']],
  ])('%s', async (_, keys) => {
    const stored = await keysStored(server.owner);
    const answer = await changingNothing(server.owner, () => createUnder(...keys));
    expect([answer.status, codeOf(answer)]).toEqual([400, 'BAD_REQUEST']);
    expect(answer.text).toContain(`"requestId":"${String(answer.headers['x-request-id'])}"`);
    expect(await keysStored(server.owner)).toBe(stored);
  });

  test('control characters, which no client library sends', async () => {
    for (const character of ['\u0001', '\u007f', '\0']) {
      const answer = await changingNothing(server.owner, () => sendRaw(`key${character}`));
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    }
  });

  test('also for a query, and for whoever is not signed in', async () => {
    for (const headers of [bearer(world.asOwner.token), {}]) {
      const answer = await post(
        server.url,
        { query: '{ viewer { kind } }' },
        { ...headers, 'idempotency-key': '' },
      );
      expect([answer.status, codeOf(answer)]).toEqual([400, 'BAD_REQUEST']);
    }
  });
});

test('neither the key nor the input is stored, and the input cannot be tried with a plain hash', async () => {
  await createUnder('a very telling key');
  const row = await oneRow<{ row: string; plain: boolean }>(
    server.owner,
    `select k::text as row, k.input_digest in (
       sha256('["createClient",{"input":{"name":"Under a key"}}]'), sha256('{"input":{"name":"Under a key"}}')) as plain
     from fence.idempotency_keys k where key_digest = sha256('a very telling key')`,
  );
  expect(row.plain).toBe(false);
  expect(row.row).not.toContain('telling');
  expect(row.row).not.toContain('Under a key');
});

function sendRaw(key: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const head = [
    'POST /graphql HTTP/1.1',
    `Host: ${hostname}`,
    'Connection: close',
    'Content-Type: application/json',
    `Authorization: Bearer ${world.asOwner.token ?? ''}`,
    `Idempotency-Key: ${key}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return new Promise((resolve, reject) => {
    let answer = '';
    connect(Number(port), hostname, function (this: ReturnType<typeof connect>) {
      this.write(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1');
    })
      .on('data', (chunk) => (answer += chunk.toString()))
      .on('close', () => resolve(answer))
      .on('error', reject);
  });
}
