// HTTP as it is on the wire: any Host, any header, the body as bytes.
import { request, type IncomingHttpHeaders } from 'node:http';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import type { GraphqlError } from './client';

export interface WireAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface WireRequest {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}

export async function onTheWire(
  url: string,
  { method = 'POST', path = '/graphql', headers = {}, body }: WireRequest,
): Promise<WireAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sending = request({ hostname, port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
    });
    // A server that refuses a large body may close before all of it was sent.
    sending.on('error', reject);
    sending.end(body);
  });
}

/** A GraphQL request as JSON. */
export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<WireAnswer> {
  return onTheWire(url, {
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** A typed document, with headers. */
export function postDocument<Data, Variables>(
  url: string,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  headers: Record<string, string> = {},
): Promise<WireAnswer> {
  return post(url, { query: print(document), variables }, headers);
}

export function dataOf<Data = Record<string, unknown>>({ text }: WireAnswer): Data {
  const { data, errors } = JSON.parse(text) as { data?: Data | null; errors?: unknown };
  if (data === null || data === undefined || errors !== undefined) {
    throw new Error(`unexpected errors: ${text}`);
  }
  return data;
}

export function errorsOf({ text }: WireAnswer): GraphqlError[] {
  return (JSON.parse(text) as { errors?: GraphqlError[] }).errors ?? [];
}

/** Code of the first error. */
export function codeOf(answer: WireAnswer): string | undefined {
  return errorsOf(answer)[0]?.extensions.code;
}

/** The body without the one thing in it that differs from request to request. */
export function withoutRequestId({ text }: WireAnswer): string {
  return text.replaceAll(/"requestId":"[0-9a-f-]{36}"/g, '"requestId":"…"');
}

/** `authorization` for a token. */
export function bearer(token: string | null): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}
