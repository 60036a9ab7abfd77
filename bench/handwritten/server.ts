// The floor: Node's http, pg in pipeline mode, the same access tokens and the same sealed session, and one statement per
// operation whose answer is written through. A whole request is one round trip, the commit included.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool, type PoolClient, type QueryResult } from 'pg';
import type { SignedInPrincipal } from '../../src/graphql/principal';
import { AccessTokens } from '../../src/sessions/access-token';
import { Keyring } from '../../src/sessions/keyring';
import { serveBenchmark } from '../contender';
import { operations, type Operation, type Statement } from './statements';

interface Body {
  operation: string;
  variables: Record<string, unknown>;
}

const begin: Record<Operation['mode'], string> = {
  'read only': 'begin isolation level repeatable read read only; reset all',
  'read write': 'begin isolation level read committed read write; reset all',
};

serveBenchmark(async ({ databaseUrl, secretKeys, connections }) => {
  const tokens = new AccessTokens(new Keyring(secretKeys));
  const pool = new Pool({ connectionString: databaseUrl, max: connections, pipeline: true });

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      handle(request, JSON.parse(Buffer.concat(chunks).toString()) as Body).then(
        (answer) => respond(response, 200, answer),
        (error: unknown) => respond(response, 500, JSON.stringify({ errors: [{ message: String(error) }] })),
      );
    });
  });

  async function handle({ headers }: IncomingMessage, { operation, variables }: Body): Promise<string> {
    const principal = tokens.verify(headers.authorization?.slice('Bearer '.length) ?? '');
    const wanted = operations[operation];
    if (principal === null || wanted === undefined) throw new Error('no such operation, or no session');
    const client = await pool.connect();
    try {
      return await transaction(client, principal, wanted, variables);
    } finally {
      client.release();
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

async function transaction(
  client: PoolClient,
  { accountId, credential }: SignedInPrincipal,
  { mode, settings, statements }: Operation,
  variables: Record<string, unknown>,
): Promise<string> {
  const results = await Promise.all([
    client.query(begin[mode]),
    client.query('select ringfence.open_session($1, $2, $3)', [
      credential.sessionId,
      credential.secretDigest,
      credential.kind,
    ]),
    client.query('set local role ringfence_member'),
    ...(settings === undefined ? [] : [client.query(settings)]),
    ...statements.map((statement) => client.query(bound(statement, accountId, variables))),
    client.query('commit'),
  ]);
  const last = results.at(-2) as QueryResult<{ answer: string }>;
  const [row] = last.rows;
  if (row === undefined) throw new Error('no answer');
  return row.answer;
}

function bound({ name, text, values }: Statement, accountId: string, variables: Body['variables']) {
  return { name, text, values: values(accountId, variables) };
}

function respond(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
