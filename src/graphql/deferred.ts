/**
 * A field that graphql-js resolves by calling it. Payloads of mutations hold these, so that they read what was committed
 * in a transaction of their own, after the mutation's has ended.
 */
export type Deferred<T> = () => Promise<T>;
