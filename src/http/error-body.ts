import type { ErrorCode } from '../graphql/errors';

/** What is answered where no GraphQL answers: in the shape of GraphQL's errors, so that there is one to handle. */
export function errorBody(code: ErrorCode, message: string, requestId: string, details: object = {}): object {
  return { errors: [{ message, extensions: { ...details, code, requestId } }] };
}
