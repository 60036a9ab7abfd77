// The short way of a query that is sent again: once Apollo has parsed and validated it and it was compiled, nothing that Apollo
// does is left to be done but what is done here, in the same order. Nobody may notice which way a request took.
import { GraphQLError, type ExecutionResult } from 'graphql';
import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';
import type { Answers, Head } from './answers';
import type { CompiledQuery } from './compiled';
import type { RequestContext } from './context';
import type { CostLimit, PricedOperation } from './limits';

/** Documents that are remembered, and characters in all of them: what is compiled is much larger than its text. */
const maximumDocuments = 1000;
const maximumCharacters = 1_000_000;

/** As Apollo offers them, in its order; with the last one it answers otherwise. */
const json = 'application/json; charset=utf-8';
const graphqlResponse = 'application/graphql-response+json; charset=utf-8';
const offered = [json, graphqlResponse, 'application/json; callbackSpec=1.0; charset=utf-8'];

/** Headers that are remembered: there are as many as there are kinds of clients. */
const rememberedHeaders = 100;
const longestRememberedHeader = 200;

interface RepeatedQuery extends PricedOperation {
  execute: CompiledQuery;
}

/** A request whose query is known. */
interface RepeatedRequest {
  query: RepeatedQuery;
  variables: Record<string, unknown>;
  mediaType: string;
}

/** Of an HTTP request, what decides about its way. */
interface Posted {
  method: string;
  headers: { accept?: string; 'content-type'?: string };
  body: unknown;
}

export interface Answer {
  head: Head;
  mediaType: string;
  body: string;
}

export class RepeatedQueries {
  /** By text, and in it by the operation's name as it was sent. */
  private readonly documents = new LRUCache<string, Map<string | undefined, RepeatedQuery>>({
    max: maximumDocuments,
    maxSize: maximumCharacters,
    sizeCalculation: (_operations, text) => text.length,
  });
  private readonly mediaTypes = new LRUCache<string, string>({ max: rememberedHeaders });

  constructor(
    private readonly answers: Answers,
    private readonly refuseWhatCostsTooMuch: CostLimit,
  ) {}

  remember(text: string, operationName: string | undefined, query: RepeatedQuery): void {
    const operations = this.documents.get(text);
    if (operations === undefined) this.documents.set(text, new Map([[operationName, query]]));
    else operations.set(operationName, query);
  }

  /** Null: nothing was read, and the request goes to Apollo, which answers it or says what is wrong with it. */
  async answer(request: Posted, context: RequestContext): Promise<Answer | null> {
    const found = this.find(request);
    if (found === null) return null;
    const { query, variables, mediaType } = found;
    let result: ExecutionResult | null;
    let status: number | undefined;
    try {
      this.refuseWhatCostsTooMuch(query, variables);
      await context.recognize();
      result = await query.execute(context, variables);
    } catch (error) {
      result = { errors: [asGraphqlError(error)] };
      status = 500;
    }
    // It was not executed, because of the variables.
    if (result === null) return null;
    const { errors, data } = result;
    if (errors !== undefined) this.answers.logFaults(errors, context);
    await this.answers.close(context);
    if (errors === undefined) return { head: { status }, mediaType, body: bodyOf({ data }) };
    const { head, errors: completed } = this.answers.complete({
      context,
      errors: errors.map((error) => this.answers.format(error.toJSON(), error)),
      executed: data !== undefined,
      status,
      accept: request.headers.accept,
    });
    return { head, mediaType, body: bodyOf({ errors: completed, data }) };
  }

  /** Null: it is not known, or says something that is not understood here. */
  private find({ method, headers, body }: Posted): RepeatedRequest | null {
    // No form that a page of another site could send.
    if (method !== 'POST' || headers['content-type']?.startsWith('application/json') !== true) return null;
    if (!isObject(body)) return null;
    const { query: text, operationName, variables, extensions } = body;
    if (typeof text !== 'string' || !isStringOrNothing(operationName) || (extensions ?? null) !== null)
      return null;
    const query = this.documents.get(text)?.get(operationName ?? undefined);
    const mediaType = this.mediaTypeFor(headers.accept);
    if (query === undefined || (mediaType !== json && mediaType !== graphqlResponse)) return null;
    if ((variables ?? null) === null) return { query, mediaType, variables: {} };
    return isObject(variables) ? { query, mediaType, variables } : null;
  }

  /** What Apollo answers whoever sends this header Accept; undefined: nothing that it accepts. */
  private mediaTypeFor(accept = ''): string | undefined {
    if (accept === '') return json;
    let mediaType = this.mediaTypes.get(accept);
    if (mediaType === undefined) {
      mediaType = new Negotiator({ headers: { accept } }).mediaType(offered);
      if (mediaType !== undefined && accept.length <= longestRememberedHeader)
        this.mediaTypes.set(accept, mediaType);
    }
    return mediaType;
  }
}

/** As Apollo writes it. */
function bodyOf(answer: object): string {
  return `${JSON.stringify(answer)}\n`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStringOrNothing(value: unknown): value is string | null | undefined {
  return typeof value === 'string' || value === undefined || value === null;
}

function asGraphqlError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const { message } = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(message, { originalError: error instanceof Error ? error : undefined });
}
