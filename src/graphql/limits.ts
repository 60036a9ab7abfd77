// What a document may ask for: refused before any database work, with QUERY_TOO_COMPLEX.
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { getVariableValues, GraphQLError, type ValidationContext, type ValidationRule } from 'graphql';
import type { GraphQLRequestListener } from '@apollo/server';
import { getComplexity, simpleEstimator, type ComplexityEstimator } from 'graphql-query-complexity';
import type { Config } from '../config';
import type { RequestContext } from './context';
import { apiError, ErrorCode, validationFailed } from './errors';
import { maximumPageSize } from '../database/paging';

const maximumDirectives = 20;

/** Depth (through fragments too), aliases and directives, while the document is validated. */
export function limitRules(config: Config): ValidationRule[] {
  const refuse = (what: string) => ({
    onReject: [(document: ValidationContext | null) => document?.reportError(tooComplex(what))],
    propagateOnRejection: false,
  });
  return [
    maxDepthRule({
      n: config.MAXIMUM_DEPTH,
      ignoreIntrospection: true,
      flattenFragments: true,
      ...refuse(`It has more than ${config.MAXIMUM_DEPTH} levels.`),
    }),
    maxAliasesRule({
      n: config.MAXIMUM_ALIASES,
      allowList: [],
      ...refuse(`It has more than ${config.MAXIMUM_ALIASES} aliases.`),
    }),
    maxDirectivesRule({
      n: maximumDirectives,
      ...refuse(`It has more than ${maximumDirectives} directives.`),
    }),
  ];
}

export function tooComplex(message: string): GraphQLError {
  return apiError(ErrorCode.QUERY_TOO_COMPLEX, `The document asks for too much. ${message}`);
}

/** A list costs what a row of it costs, as often as the page has rows. */
const pageEstimator: ComplexityEstimator = ({ args, childComplexity, field }) => {
  if (!field.args.some((argument) => argument.name === 'first')) return undefined;
  const { first, last } = args as { first?: number | null; last?: number | null };
  const size = Math.min(Math.max(first ?? last ?? 20, 1), maximumPageSize);
  return 1 + size * childComplexity;
};

/** The cost of an operation, once its variables are known. */
export function costLimit(config: Config): GraphQLRequestListener<RequestContext>['didResolveOperation'] {
  return ({ schema, document, operation, request }) => {
    const variables = request.variables ?? {};
    // The execution refuses both, and says what is wrong.
    const executable =
      operation !== undefined &&
      !(
        'errors' in
        getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: 1 })
      );
    const cost = executable
      ? costOf({ schema, query: document, variables, operationName: operation.name?.value })
      : 0;
    if (cost > config.MAXIMUM_COST) {
      throw tooComplex(
        `It costs ${cost}, ${config.MAXIMUM_COST} are allowed: take smaller pages or fewer fields.`,
      );
    }
    return Promise.resolve();
  };
}

/** Where it can't be told, the operation is refused: what has no price must not be free. */
function costOf(operation: Omit<Parameters<typeof getComplexity>[0], 'estimators'>): number {
  try {
    return getComplexity({
      ...operation,
      estimators: [pageEstimator, simpleEstimator({ defaultComplexity: 1 })],
    });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    // Either an argument that its variable leaves without a value, or more nodes than are looked at.
    if (error.nodes === undefined) throw tooComplex('It has too many fields.');
    throw validationFailed(/"(\w+)"/.exec(error.message)?.[1] ?? 'query', error.message);
  }
}
