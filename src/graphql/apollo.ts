// Apollo Server with everything switched off that costs per field, and everything masked that is not ours to show.
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { Config } from '../config';
import { Answers } from './answers';
import { compilingGateway } from './compiled';
import type { RequestContext } from './context';
import { costLimit, limitRules, type CostLimit } from './limits';
import { RepeatedQueries } from './repeated';

/** Apollo, and the short way past it for queries that it has seen before. */
export function createApollo(
  schema: GraphQLSchema,
  config: Config,
  logger: Logger,
): { apollo: ApolloServer<RequestContext>; repeated: RepeatedQueries } {
  const answers = new Answers(config, logger);
  const refuseWhatCostsTooMuch = costLimit(config);
  const repeated = new RepeatedQueries(answers, refuseWhatCostsTooMuch);
  const apollo = new ApolloServer<RequestContext>({
    gateway: compilingGateway(schema, config.COMPILE_QUERIES, repeated),
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
    formatError: (formatted, thrown) => answers.format(formatted, thrown),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      requestPlugin(answers, refuseWhatCostsTooMuch),
    ],
  });
  return { apollo, repeated };
}

/** Ends the transaction before the answer is written, and completes it. */
function requestPlugin(
  answers: Answers,
  refuseWhatCostsTooMuch: CostLimit,
): ApolloServerPlugin<RequestContext> {
  return {
    unexpectedErrorProcessingRequest({ error, requestContext }) {
      answers.logFault(error, requestContext.contextValue);
      return Promise.resolve();
    },
    requestDidStart: () =>
      Promise.resolve({
        async didResolveOperation({ schema, document, operation, queryHash, request, contextValue }) {
          // The execution refuses what has no operation.
          if (operation !== undefined)
            refuseWhatCostsTooMuch({ schema, document, operation, queryHash }, request.variables ?? {});
          await contextValue.recognize();
        },
        didEncounterErrors({ errors, contextValue }) {
          answers.logFaults(errors, contextValue);
          return Promise.resolve();
        },
        async willSendResponse({ contextValue, response, request }) {
          await answers.close(contextValue);
          if (response.body.kind !== 'single') return;
          const { data, errors } = response.body.singleResult;
          if (errors === undefined) return;
          // Where Apollo thinks that others might keep an error.
          response.http.headers.delete('cache-control');
          const { errors: completed, head } = answers.complete({
            context: contextValue,
            errors,
            executed: data !== undefined,
            status: response.http.status,
            accept: request.http?.headers.get('accept'),
          });
          response.body.singleResult.errors = completed;
          response.http.status = head.status;
          if (head.retryAfterSeconds !== undefined)
            response.http.headers.set('retry-after', String(head.retryAfterSeconds));
        },
      }),
  };
}
