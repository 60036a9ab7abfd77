import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';

export interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions: {
    code: string;
    field?: string;
    reason?: string;
    requestId: string;
    retryAfterSeconds?: number;
    challenge?: string;
    setup?: { secret: string; uri: string };
    fields?: { field: string; message: string }[];
    portalUsers?: { id: string; name: string }[];
  };
}

export interface GraphqlAnswer<Data> {
  status: number;
  headers: Headers;
  data: Data | null | undefined;
  errors: GraphqlError[] | undefined;
  extensions: { idempotencyReplayed?: string[] } | undefined;
}

/** Sends a document over HTTP as whoever holds the token; null: anonymous. */
export async function send<Data = Record<string, unknown>>(
  url: string,
  token: string | null,
  query: string,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<GraphqlAnswer<Data>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors, extensions } = (await response.json()) as Partial<GraphqlAnswer<Data>>;
  return { status: response.status, headers: response.headers, data, errors, extensions };
}

/** Somebody who calls the API. */
export class Caller {
  constructor(
    readonly url: string,
    readonly token: string | null,
    private readonly headers: Record<string, string> = {},
  ) {}

  /** The same, under an Idempotency-Key. */
  under(key: string): Caller {
    return new Caller(this.url, this.token, { 'idempotency-key': key });
  }

  /** The answer, whatever it is. */
  async ask<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    ...[variables]: Record<string, never> extends Variables ? [Variables?] : [Variables]
  ): Promise<GraphqlAnswer<Data>> {
    return send<Data>(this.url, this.token, print(document), variables, this.headers);
  }

  /** The data; fails the test when there are errors. */
  async get<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    ...rest: Record<string, never> extends Variables ? [Variables?] : [Variables]
  ): Promise<Data> {
    const { data, errors } = await this.ask(document, ...rest);
    if (errors !== undefined || data === null || data === undefined)
      throw new Error(`unexpected errors: ${JSON.stringify(errors)}`);
    return data;
  }

  /** The first error's code, with its field or reason; fails the test when there is none. */
  async refusal<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    ...rest: Record<string, never> extends Variables ? [Variables?] : [Variables]
  ): Promise<{ code: string; field?: string; reason?: string }> {
    const { data, errors } = await this.ask(document, ...rest);
    const error = errors?.[0];
    if (error === undefined) throw new Error(`unexpected success: ${JSON.stringify(data)}`);
    const { code, field, reason } = error.extensions;
    return { code, ...(field === undefined ? {} : { field }), ...(reason === undefined ? {} : { reason }) };
  }
}
