// The short way of a query that is sent again: once Apollo has parsed and validated it and it was compiled, nothing that Apollo
// does is left to be done but what is done here, in the same order. Nobody may notice which way a request took.
import { GraphQLError, type ExecutionResult } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Answers, Head } from './answers';
import type { CompiledQuery } from './compiled';
import type { RequestContext } from './context';
import type { CostLimit, PricedOperation } from './limits';

/** Documents that are remembered, and characters in all of them: what is compiled is much larger than its text. */
const maximumDocuments = 1000;
const maximumCharacters = 1_000_000;

/** What Apollo answers with `application/json`; of anything else that a client may accept, Apollo decides. */
const plainlyAccepted: ReadonlySet<string | undefined> = new Set([
  undefined,
  '',
  '*/*',
  'application/json',
  'application/json, text/plain, */*',
]);

interface RepeatedQuery extends PricedOperation {
  execute: CompiledQuery;
}

/** A request whose query is known. */
interface RepeatedRequest {
  query: RepeatedQuery;
  variables: Record<string, unknown>;
}

/** Of an HTTP request, what decides about its way. */
interface Posted {
  method: string;
  headers: { accept?: string; 'content-type'?: string };
  body: unknown;
}

export interface Answer {
  head: Head;
  body: string;
}

export class RepeatedQueries {
  /** By text, and in it by the operation's name as it was sent. */
  private readonly documents = new LRUCache<string, Map<string | undefined, RepeatedQuery>>({
    max: maximumDocuments,
    maxSize: maximumCharacters,
    sizeCalculation: (_operations, text) => text.length,
  });

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
    const { query, variables } = found;
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
    if (errors === undefined) return { head: { status }, body: bodyOf({ data }) };
    const { head, errors: completed } = this.answers.complete({
      context,
      errors: errors.map((error) => this.answers.format(error.toJSON(), error)),
      executed: data !== undefined,
      status,
      accept: undefined,
    });
    return { head, body: bodyOf({ errors: completed, data }) };
  }

  /** Null: it is not known, or says something that is not understood here. */
  private find({ method, headers, body }: Posted): RepeatedRequest | null {
    if (method !== 'POST' || !plainlyAccepted.has(headers.accept)) return null;
    // No form that a page of another site could send.
    if (headers['content-type']?.startsWith('application/json') !== true || !isObject(body)) return null;
    const { query: text, operationName, variables, extensions } = body;
    if (typeof text !== 'string' || !isStringOrNothing(operationName) || (extensions ?? null) !== null)
      return null;
    const query = this.documents.get(text)?.get(operationName ?? undefined);
    if (query === undefined) return null;
    if ((variables ?? null) === null) return { query, variables: {} };
    return isObject(variables) ? { query, variables } : null;
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
