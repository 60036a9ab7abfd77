import type { GraphQLResolveInfo } from 'graphql';

/**
 * A field that graphql-js resolves by calling it. Payloads of mutations hold these, so that they read what was committed
 * in a transaction of their own, after the mutation's has ended.
 */
export type Deferred<T> = (args: unknown, context: unknown, info: GraphQLResolveInfo) => Promise<T>;

/** Makes one of a function that reads what the field asks for. */
export function deferred<T>(read: (info: GraphQLResolveInfo) => Promise<T>): Deferred<T> {
  return (_args, _context, info) => read(info);
}
