// What a document may ask for: refused before any database work, with QUERY_TOO_COMPLEX.
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import {
  getNullableType,
  getVariableValues,
  GraphQLError,
  isLeafType,
  isListType,
  Kind,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import {
  fieldExtensionsEstimator,
  getComplexity,
  simpleEstimator,
  type ComplexityEstimator,
} from 'graphql-query-complexity';
import { LRUCache } from 'lru-cache';
import type { Config } from '../config';
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

/** Rows that a list without pages is taken to have. One that may have more, and lists of its own kind in it, says so (`complexity`). */
const assumedRows = 10;

/** Of a page, `nodes` and `edges` are paid for with the page; what the schema says of itself is written down already. */
const listEstimator: ComplexityEstimator = ({ type, field, childComplexity }) => {
  const listed = getNullableType(field.type);
  if (!isListType(listed) || isLeafType(getNullableType(listed.ofType)) || /^__|Connection$/.test(type.name))
    return undefined;
  return 1 + assumedRows * childComplexity;
};

/** Costs that are remembered: front ends send the same documents again and again. */
const rememberedCosts = 5000;

/** An operation of a document that was validated. */
export interface PricedOperation {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  /** Digest of the text. */
  queryHash: string;
}

/** Throws QUERY_TOO_COMPLEX. */
export type CostLimit = (of: PricedOperation, variables: Record<string, unknown>) => void;

/** The cost of an operation, once its variables are known. */
export function costLimit(config: Config): CostLimit {
  const costs = new LRUCache<string, number>({ max: rememberedCosts });
  return ({ schema, document, operation, queryHash }, variables) => {
    const operationName = operation.name?.value;
    const key = `${queryHash} ${operationName} ${pricedVariables(operation, variables)}`;
    let cost = costs.get(key);
    // The execution refuses what has not the right variables, and says what is wrong.
    if (cost === undefined && takesVariables(schema, operation, variables)) {
      cost = costOf({ schema, query: document, variables, operationName });
      costs.set(key, cost);
    }
    if (cost !== undefined && cost > config.MAXIMUM_COST) {
      throw tooComplex(
        `It costs ${cost}, ${config.MAXIMUM_COST} are allowed: take smaller pages or fewer fields.`,
      );
    }
  };
}

function takesVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): boolean {
  const definitions = operation.variableDefinitions ?? [];
  return !('errors' in getVariableValues(schema, definitions, variables, { maxErrors: 1 }));
}

/** The values a cost can depend on: sizes of pages, and whether a selection is included. */
function pricedVariables(operation: OperationDefinitionNode, variables: Record<string, unknown>): string {
  const values = [];
  for (const { type, variable } of operation.variableDefinitions ?? []) {
    const named = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
    if (named.kind === Kind.NAMED_TYPE && (named.name.value === 'Int' || named.name.value === 'Boolean'))
      values.push(variables[variable.name.value]);
  }
  return values.length === 0 ? '' : JSON.stringify(values);
}

/** Where it can't be told, the operation is refused: what has no price must not be free. */
function costOf(operation: Omit<Parameters<typeof getComplexity>[0], 'estimators'>): number {
  try {
    return getComplexity({
      ...operation,
      estimators: [
        fieldExtensionsEstimator(),
        pageEstimator,
        listEstimator,
        simpleEstimator({ defaultComplexity: 1 }),
      ],
    });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    // Either an argument that its variable leaves without a value, or more nodes than are looked at.
    if (error.nodes === undefined) throw tooComplex('It has too many fields.');
    throw validationFailed(/"(\w+)"/.exec(error.message)?.[1] ?? 'query', error.message);
  }
}
