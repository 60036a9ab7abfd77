// How queries are executed: graphql-jit compiles a document into a function. It is compiled when it is sent again, so that
// documents made up one by one cost nothing; mutations, and what the compiler treats differently, are graphql-js's.
import type { GatewayExecutor, GatewayInterface } from '@apollo/server-gateway-interface';
import {
  BREAK,
  execute,
  GraphQLError,
  isLeafType,
  isObjectType,
  getNamedType,
  OperationTypeNode,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { Extensions } from 'type-graphql';
import type { Config } from '../config';
import type { RequestContext } from './context';
import type { RepeatedQueries } from './repeated';

const maximumCoercionErrors = 10;

/** Marks a field of a scalar type whose value may be a function that makes it. */
export function Computed(): PropertyDecorator & MethodDecorator {
  return Extensions({ computed: true });
}

/** Executes a query; null: nothing was executed, because of the variables. */
export type CompiledQuery = (
  context: RequestContext,
  variables: Record<string, unknown>,
) => Promise<ExecutionResult | null>;

/** By document, and in it by operation; undefined: it was executed once; null: it is not compiled. */
type Compiled = Map<string, CompiledQuery | null | undefined>;

/**
 * Executes what Apollo has parsed and validated, and tells of what it compiled. (Apollo's one door for another executor is
 * that of gateways.)
 */
export function compilingGateway(
  schema: GraphQLSchema,
  which: Config['COMPILE_QUERIES'],
  repeated: RepeatedQueries,
): GatewayInterface {
  callFunctions(schema);
  const documents = new WeakMap<DocumentNode, Compiled>();
  const executor: GatewayExecutor = async (asked) => {
    const { document, source, queryHash, request, context, operationName, operation } = asked;
    const interpret = () =>
      execute({
        schema,
        document,
        contextValue: context,
        variableValues: request.variables,
        operationName: request.operationName,
        options: { maxCoercionErrors: maximumCoercionErrors },
      });
    if (which === 'never' || operation?.operation !== OperationTypeNode.QUERY) return interpret();
    let ofDocument: Compiled | undefined = documents.get(document);
    if (ofDocument === undefined)
      documents.set(document, (ofDocument = new Map<string, CompiledQuery | null | undefined>()));
    const name = operationName ?? '';
    if (which === 'repeated' && !ofDocument.has(name)) {
      ofDocument.set(name, undefined);
      return interpret();
    }
    let compiled = ofDocument.get(name);
    if (compiled === undefined) ofDocument.set(name, (compiled = compile(schema, document, operationName)));
    if (compiled === null) return interpret();
    repeated.remember(source, request.operationName, {
      schema,
      document,
      operation,
      queryHash,
      execute: compiled,
    });
    // graphql-js says what is wrong with variables.
    return (await compiled(context as RequestContext, request.variables ?? {})) ?? interpret();
  };
  return {
    load: () => Promise.resolve({ executor }),
    onSchemaLoadOrUpdate: (callback) => {
      callback({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => undefined;
    },
    stop: () => Promise.resolve(),
  };
}

function compile(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null,
): CompiledQuery | null {
  if (hasDirectives(document)) return null;
  const compiled = compileQuery(schema, document, operationName ?? undefined);
  if (!isCompiledQuery(compiled)) return null;
  return async (context, variables) => {
    const result = (await compiled.query({}, context, variables)) as ExecutionResult;
    return result.data === undefined ? null : withPlainErrors(result);
  };
}

/** @skip and @include have corner cases in which the compiler does otherwise. */
function hasDirectives(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive() {
      found = true;
      return BREAK;
    },
  });
  return found;
}

/** The compiler's errors look like GraphQL's, but are none. */
function withPlainErrors({ errors, ...result }: ExecutionResult): ExecutionResult {
  if (errors === undefined || errors.length === 0) return result;
  return {
    ...result,
    errors: errors.map(({ message, locations, path, originalError, extensions }) =>
      Object.defineProperty(new GraphQLError(message, { path, originalError, extensions }), 'locations', {
        value: locations,
        enumerable: true,
      }),
    ),
  };
}

const callers = new WeakSet<object>();

/** Whether a resolver does no more than answer the property of the field's name. */
export function callsProperty(resolve: object): boolean {
  return callers.has(resolve);
}

/** graphql-js calls a property that is a function; the compiler does not, so here a resolver does. */
function callFunctions(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      if (isLeafType(getNamedType(field.type)) && field.extensions.computed !== true) continue;
      if (field.resolve !== undefined) continue;
      field.resolve = (source: Record<string, unknown>, args, context, info) => {
        const value = source[field.name];
        return typeof value === 'function'
          ? (value as (...given: unknown[]) => unknown).call(source, args, context, info)
          : value;
      };
      callers.add(field.resolve);
    }
  }
}
