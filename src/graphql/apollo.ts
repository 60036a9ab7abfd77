// Apollo Server with everything switched off that costs per field, and everything masked that is not ours to show.
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import type { GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import type { Config } from '../config';
import { expectedError } from '../database/sql-errors';
import type { RequestContext } from './context';
import { apiError, ErrorCode, isApiError } from './errors';
import { costLimit, limitRules } from './limits';
import { buildServedSchema } from './schema';

const retryAfterSeconds = 2;

/** Codes of Apollo that mean what ours mean. */
const apolloCodes: Record<string, ErrorCode> = {
  BAD_USER_INPUT: ErrorCode.VALIDATION_FAILED,
  GRAPHQL_PARSE_FAILED: ErrorCode.GRAPHQL_PARSE_FAILED,
  GRAPHQL_VALIDATION_FAILED: ErrorCode.GRAPHQL_VALIDATION_FAILED,
  OPERATION_RESOLUTION_FAILURE: ErrorCode.BAD_REQUEST,
  BAD_REQUEST: ErrorCode.BAD_REQUEST,
};

export function createApollo(config: Config, logger: Logger): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema: buildServedSchema(),
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
    executionOptions: { maxCoercionErrors: 10 },
    logger: { debug: () => undefined, info: () => undefined, warn: (message) => logger.warn(message), error: (message) => logger.error(message) },
    formatError: (formatted, error) => formatError(formatted, error, logger),
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), requestPlugin(config, logger)],
  });
}

/** Ends the transaction before the answer is written, and says over HTTP what the specification wants said there. */
function requestPlugin(config: Config, logger: Logger): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: costLimit(config),
        async willSendResponse({ contextValue, response, request }) {
          await contextValue.finish().catch((error: unknown) => logger.warn({ err: error, requestId: contextValue.requestId }, 'a read did not end cleanly'));
          if (response.body.kind !== 'single') return;
          const { errors } = response.body.singleResult;
          if (errors === undefined) return;
          // The id is added here: formatError does not know the request.
          response.body.singleResult.errors = errors.map((error) => ({
            ...error,
            extensions: { ...error.extensions, requestId: contextValue.requestId },
          }));
          const codes = new Set(errors.map((error) => error.extensions?.code));
          if (codes.has(ErrorCode.UNAVAILABLE)) {
            response.http.status = 503;
            response.http.headers.set('retry-after', String(retryAfterSeconds));
          } else if (codes.has(ErrorCode.RATE_LIMITED)) {
            response.http.status = 429;
          } else if (!acceptsGraphqlResponse(request.http?.headers.get('accept')) && isRequestError(codes)) {
            // GraphQL over HTTP: as application/json, a well-formed answer is 200 even where the document is wrong.
            response.http.status = 200;
          }
        },
      }),
  };
}

function acceptsGraphqlResponse(accept: string | undefined): boolean {
  return accept?.includes('application/graphql-response+json') ?? false;
}

function isRequestError(codes: Set<unknown>): boolean {
  return [ErrorCode.GRAPHQL_PARSE_FAILED, ErrorCode.GRAPHQL_VALIDATION_FAILED, ErrorCode.VALIDATION_FAILED].some((code) => codes.has(code));
}

/** Shows errors of ours as they are and masks everything else, which goes into the log. */
function formatError(formatted: GraphQLFormattedError, thrown: unknown, logger: Logger): GraphQLFormattedError {
  const original = unwrapResolverError(thrown);
  const known = isApiError(original) ? original : isApiError(thrown) ? thrown : expectedError(original);
  if (known !== null) {
    // Apollo keeps the HTTP status it wants in the extensions; it is no business of callers.
    const { http: _http, ...extensions } = known.extensions;
    return { ...withoutDetails(formatted), message: known.message, extensions };
  }
  const code = apolloCodes[String(formatted.extensions?.code)];
  if (code !== undefined) {
    if (/token limit|Token limit|too many tokens|more that|maxTokens/i.test(formatted.message) && code === ErrorCode.GRAPHQL_PARSE_FAILED) {
      return { message: 'The document asks for too much. It has too many tokens.', extensions: { code: ErrorCode.QUERY_TOO_COMPLEX } };
    }
    const field = code === ErrorCode.VALIDATION_FAILED ? fieldOfVariable(formatted.message) : undefined;
    return { ...withoutDetails(formatted), extensions: { code, ...(field === undefined ? {} : { field }) } };
  }
  logger.error({ err: original }, 'a request failed');
  return { ...withoutDetails(formatted), ...apiError(ErrorCode.INTERNAL, 'Something went wrong on our side.').toJSON() };
}

function withoutDetails({ message, path, locations }: GraphQLFormattedError): GraphQLFormattedError {
  return { message, ...(locations === undefined ? {} : { locations }), ...(path === undefined ? {} : { path }) };
}

/** graphql-js says which variable, and where in it, only in its message. */
function fieldOfVariable(message: string): string | undefined {
  return /at "([^"]+)"/.exec(message)?.[1] ?? /Variable "\$(\w+)"/.exec(message)?.[1];
}

