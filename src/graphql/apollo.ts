// Apollo Server with everything switched off that costs per field, and everything masked that is not ours to show.
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { Config } from '../config';
import { expectedError } from '../database/sql-errors';
import { compilingGateway } from './compiled';
import type { RequestContext } from './context';
import { apiError, ErrorCode } from './errors';
import { costLimit, limitRules, tooComplex } from './limits';

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

export function createApollo(
  schema: GraphQLSchema,
  config: Config,
  logger: Logger,
): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    gateway: compilingGateway(schema, config.COMPILE_QUERIES),
    introspection: config.INTROSPECTION,
    hideSchemaDetailsFromClientErrors: config.production,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: config.MAXIMUM_TOKENS },
    validationRules: limitRules(config),
    validationOptions: { maxErrors: 10 },
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: (message) => logger.warn(message),
      error: (message) => logger.error(message),
    },
    formatError: (formatted, thrown) =>
      formatError(config.production ? withoutSuggestion(formatted) : formatted, thrown),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      requestPlugin(config, logger),
    ],
  });
}

/** Ends the transaction before the answer is written, and says over HTTP what the specification wants said there. */
function requestPlugin(config: Config, logger: Logger): ApolloServerPlugin<RequestContext> {
  const logFault = (error: unknown, { requestId }: RequestContext) =>
    logger.error({ err: error, requestId }, 'a request failed');
  const refuseWhatCostsTooMuch = costLimit(config);
  return {
    unexpectedErrorProcessingRequest({ error, requestContext }) {
      logFault(error, requestContext.contextValue);
      return Promise.resolve();
    },
    requestDidStart: () =>
      Promise.resolve({
        async didResolveOperation(request) {
          await refuseWhatCostsTooMuch?.(request);
          await request.contextValue.recognize();
        },
        didEncounterErrors({ errors, contextValue }) {
          for (const error of errors)
            if (isFault(error)) logFault(error.originalError ?? error, contextValue);
          return Promise.resolve();
        },
        async willSendResponse({ contextValue, response, request }) {
          await contextValue
            .close()
            .catch((error: unknown) =>
              logger.warn({ err: error, requestId: contextValue.requestId }, 'a read did not end cleanly'),
            );
          if (response.body.kind !== 'single') return;
          const { data, errors } = response.body.singleResult;
          if (errors === undefined) return;
          // Where Apollo thinks that others might keep an error.
          response.http.headers.delete('cache-control');
          // The id is added here: formatError does not know the request.
          const unreadable = (code: unknown) => contextValue.saved && code === ErrorCode.UNAVAILABLE;
          response.body.singleResult.errors = errors.map((error) => ({
            ...error,
            ...(unreadable(error.extensions?.code) ? { message: savedButUnreadable } : {}),
            extensions: { ...error.extensions, requestId: contextValue.requestId },
          }));
          const codes = new Set(errors.map((error) => error.extensions?.code));
          if (codes.has(ErrorCode.UNAVAILABLE) && !contextValue.saved) {
            response.http.status = 503;
            response.http.headers.set('retry-after', String(retryAfterSeconds));
          } else if (codes.has(ErrorCode.RATE_LIMITED)) {
            response.http.status = 429;
            const seconds = errors.map((error) => Number(error.extensions?.retryAfterSeconds ?? 0));
            response.http.headers.set('retry-after', String(Math.max(...seconds, 1)));
          } else if (
            codes.has(ErrorCode.QUERY_TOO_COMPLEX) ||
            (codes.has(ErrorCode.BAD_REQUEST) && response.http.status === 200)
          ) {
            response.http.status = 400;
          } else if (data === undefined && isRequestError(codes)) {
            // GraphQL over HTTP: as application/json, a well-formed answer is 200 even where the document is wrong.
            response.http.status = acceptsGraphqlResponse(request.http?.headers.get('accept')) ? 400 : 200;
          }
        },
      }),
  };
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
