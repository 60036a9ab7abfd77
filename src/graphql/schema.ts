import { buildSchemaSync } from 'type-graphql';
import { GraphQLSchema, type GraphQLFieldResolver } from 'graphql';
import { expectedError } from '../database/sql-errors';
import { Change } from './change';
import type { RequestContext } from './context';
import { resolveDirectly } from './direct';
import { withArgumentPath } from './errors';
import { features } from './features';
import { settle } from './idempotency';
import { applyShield, joinRules, type Rules } from './shield';
import { validateInput } from './validation';

/** type-graphql has no place for them. */
const rootDescriptions: Record<string, string> = {
  Query: 'What can be read. All fields of one operation see the data as it was at one moment.',
  Mutation: 'What can be done. Every field is done completely or not at all, one after the other.',
};

/** Who may call what: the rules of every feature. */
export function rulesOf(served = features): Rules {
  return joinRules(served.map(({ rules }) => rules));
}

/** The schema as it is published, without shield: what schema.graphql is emitted from. */
export function buildSchema(served = features): GraphQLSchema {
  const resolvers = served.map(({ resolver }) => resolver) as [NewableFunction, ...NewableFunction[]];
  const config = buildSchemaSync({
    resolvers,
    validate: false,
    validateFn: validateInput,
    // Apollo Server checks what it is given; once is enough.
    skipCheck: true,
  }).toConfig();
  for (const root of [config.query, config.mutation])
    if (root) root.description = rootDescriptions[root.name];
  return eachMutationInItsTransaction(resolveDirectly(new GraphQLSchema(config)));
}

/** The schema as it is served: rules before resolvers. */
export function buildServedSchema(served = features): GraphQLSchema {
  return applyShield(buildSchema(served), rulesOf(served));
}

/** One root mutation field is one transaction; no resolver can forget to open it, and none opens another. */
function eachMutationInItsTransaction(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve as GraphQLFieldResolver<unknown, RequestContext>;
    field.resolve = async (source, args: Record<string, unknown>, context: RequestContext, info) => {
      try {
        const { payload, refusal, replayed } = await context.mutate(async () => {
          const answer = await resolve(source, args, context, info);
          return answer instanceof Change
            ? settle(context, answer, args, info)
            : { payload: answer, refusal: null, replayed: false };
        });
        if (replayed) context.replayed.push(String(info.path.key));
        if (refusal !== null) throw refusal;
        return payload;
      } catch (error) {
        throw withArgumentPath(expectedError(error) ?? error, args);
      }
    };
  }
  return schema;
}
