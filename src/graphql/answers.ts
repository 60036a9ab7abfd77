// What is answered, whichever way a request took: errors that may be shown, with the id that finds them in the log, and over
// HTTP what the specification wants said there.
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import type { Config } from '../config';
import { expectedError } from '../database/sql-errors';
import type { RequestContext } from './context';
import { apiError, ErrorCode } from './errors';
import { tooComplex } from './limits';

const retryAfterSeconds = 2;

/** Instead of what UNAVAILABLE says otherwise: without a key, retrying would do it a second time. */
const savedButUnreadable =
  'It was saved, but cannot be read right now. Read again; retry only under the Idempotency-Key it was sent with.';

/** What graphql-js says of documents that are merely wrong; of those beyond `maxTokens` it says more, of those that run it out of stack it says something else. */
const syntaxErrorMessage = /^Syntax Error: (?!.*tokens\. Parsing aborted\.$)/;

/** Codes of Apollo that mean what ours mean. */
const apolloCodes: Record<string, ErrorCode> = {
  BAD_USER_INPUT: ErrorCode.VALIDATION_FAILED,
  GRAPHQL_PARSE_FAILED: ErrorCode.GRAPHQL_PARSE_FAILED,
  GRAPHQL_VALIDATION_FAILED: ErrorCode.GRAPHQL_VALIDATION_FAILED,
  OPERATION_RESOLUTION_FAILURE: ErrorCode.BAD_REQUEST,
  BAD_REQUEST: ErrorCode.BAD_REQUEST,
  PERSISTED_QUERY_NOT_SUPPORTED: ErrorCode.BAD_REQUEST,
};

/** What HTTP says beside the body; undefined: what it says of an answer without errors. */
export interface Head {
  status: number | undefined;
  retryAfterSeconds?: number;
}

/** An answer with errors, before it is completed. */
interface Faulty {
  context: RequestContext;
  errors: readonly GraphQLFormattedError[];
  /** Whether anything was executed. */
  executed: boolean;
  status: number | undefined;
  /** The header Accept. */
  accept: string | undefined;
}

export class Answers {
  constructor(
    private readonly config: Pick<Config, 'production'>,
    private readonly logger: Logger,
  ) {}

  logFault(error: unknown, { requestId }: RequestContext): void {
    this.logger.error({ err: error, requestId }, 'a request failed');
  }

  /** Of errors, those that are masked. */
  logFaults(errors: readonly GraphQLError[], context: RequestContext): void {
    for (const error of errors) if (isFault(error)) this.logFault(error.originalError ?? error, context);
  }

  /** An error as it is shown. */
  format(formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError {
    return formatError(this.config.production ? withoutSuggestion(formatted) : formatted, thrown);
  }

  /** Ends the transaction: before the answer is written. */
  async close(context: RequestContext): Promise<void> {
    try {
      await context.close();
    } catch (error) {
      this.logger.warn({ err: error, requestId: context.requestId }, 'a read did not end cleanly');
    }
  }

  /** The errors with the id of the request, which `format` does not know, and what they mean for HTTP. */
  complete({ context: { requestId, saved }, errors, executed, status, accept }: Faulty): {
    errors: GraphQLFormattedError[];
    head: Head;
  } {
    const unreadable = (code: unknown) => saved && code === ErrorCode.UNAVAILABLE;
    const completed = errors.map((error) => ({
      ...error,
      ...(unreadable(error.extensions?.code) ? { message: savedButUnreadable } : {}),
      extensions: { ...error.extensions, requestId },
    }));
    const codes = new Set(errors.map((error) => error.extensions?.code));
    const head = (): Head => {
      if (codes.has(ErrorCode.UNAVAILABLE) && !saved) return { status: 503, retryAfterSeconds };
      if (codes.has(ErrorCode.RATE_LIMITED)) {
        const seconds = errors.map((error) => Number(error.extensions?.retryAfterSeconds ?? 0));
        return { status: 429, retryAfterSeconds: Math.max(...seconds, 1) };
      }
      if (codes.has(ErrorCode.QUERY_TOO_COMPLEX) || (codes.has(ErrorCode.BAD_REQUEST) && status === 200))
        return { status: 400 };
      // GraphQL over HTTP: as application/json, a well-formed answer is 200 even where the document is wrong.
      if (!executed && isRequestError(codes)) return { status: acceptsGraphqlResponse(accept) ? 400 : 200 };
      return { status };
    };
    return { errors: completed, head: head() };
  }
}

function acceptsGraphqlResponse(accept: string | undefined): boolean {
  return accept?.includes('application/graphql-response+json') ?? false;
}

function isRequestError(codes: Set<unknown>): boolean {
  return [
    ErrorCode.GRAPHQL_PARSE_FAILED,
    ErrorCode.GRAPHQL_VALIDATION_FAILED,
    ErrorCode.VALIDATION_FAILED,
  ].some((code) => codes.has(code));
}

/** The error of ours behind one of GraphQL or Apollo, or the one that a refusal of Postgres means; null: neither. */
function refusalOf(thrown: unknown): GraphQLError | null {
  return expectedError(thrown instanceof GraphQLError ? (thrown.originalError ?? thrown) : thrown);
}

/** Whether an error is neither a refusal of ours nor one of the document: it is masked, and goes into the log. */
function isFault(error: GraphQLError): boolean {
  return refusalOf(error) === null && !(String(error.extensions.code) in apolloCodes);
}

/** Shows errors of ours as they are and masks everything else. */
function formatError(formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError {
  const refusal = refusalOf(thrown);
  if (refusal !== null) {
    // Apollo keeps the HTTP status it wants in the extensions; it is no business of callers.
    const { http: _http, ...extensions } = refusal.extensions;
    return { ...withoutDetails(formatted), message: refusal.message, extensions };
  }
  const code = apolloCodes[String(formatted.extensions?.code)];
  if (code === ErrorCode.GRAPHQL_PARSE_FAILED && !syntaxErrorMessage.test(formatted.message)) {
    return { ...withoutDetails(formatted), ...tooComplex('It is too long, or goes too deep.').toJSON() };
  }
  if (code !== undefined) {
    const field = code === ErrorCode.VALIDATION_FAILED ? fieldOfVariable(formatted.message) : undefined;
    return { ...withoutDetails(formatted), extensions: { code, ...(field === undefined ? {} : { field }) } };
  }
  return {
    ...withoutDetails(formatted),
    ...apiError(ErrorCode.INTERNAL, 'Something went wrong on our side.').toJSON(),
  };
}

/** Apollo takes them out of errors about the document, and forgets those about variables. */
function withoutSuggestion(formatted: GraphQLFormattedError): GraphQLFormattedError {
  return { ...formatted, message: formatted.message.replace(/ Did you mean .+\?$/, '') };
}

function withoutDetails({ message, path, locations }: GraphQLFormattedError): GraphQLFormattedError {
  return {
    message,
    ...(locations === undefined ? {} : { locations }),
    ...(path === undefined ? {} : { path }),
  };
}

/** graphql-js says which variable, and where in it, only in its message. */
function fieldOfVariable(message: string): string | undefined {
  return /at "([^"]+)"/.exec(message)?.[1] ?? /Variable "\$(\w+)"/.exec(message)?.[1];
}
