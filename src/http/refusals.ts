// What is answered where no GraphQL answers: in the shape of GraphQL's errors, so that there is one to handle.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLError } from 'graphql';
import { ErrorCode } from '../graphql/errors';

export function errorBody(code: ErrorCode, message: string, requestId: string, details: object = {}): object {
  return { errors: [{ message, extensions: { ...details, code, requestId } }] };
}

type Statuses = Partial<Record<ErrorCode, number>>;

const statuses: Statuses = {
  [ErrorCode.VALIDATION_FAILED]: 400,
  [ErrorCode.UNAUTHENTICATED]: 401,
  [ErrorCode.FORBIDDEN]: 403,
  [ErrorCode.NOT_FOUND]: 404,
  [ErrorCode.CONFLICT]: 409,
  [ErrorCode.REQUEST_TOO_LARGE]: 413,
  [ErrorCode.RATE_LIMITED]: 429,
  [ErrorCode.UNAVAILABLE]: 503,
};

/** What is told to wait when the service cannot answer. */
const retryAfterSeconds = 5;

/** Answers an expected error, with the status that a route has for its code, or the usual one. */
export function refuse(
  error: GraphQLError,
  request: FastifyRequest,
  reply: FastifyReply,
  ownStatuses: Statuses = {},
): FastifyReply {
  const { code, ...details } = error.extensions as { code: ErrorCode; retryAfterSeconds?: number };
  if (code === ErrorCode.UNAUTHENTICATED) void reply.header('www-authenticate', 'Bearer');
  const wait = code === ErrorCode.UNAVAILABLE ? retryAfterSeconds : details.retryAfterSeconds;
  if (wait !== undefined) void reply.header('retry-after', wait);
  return reply
    .code(ownStatuses[code] ?? statuses[code] ?? 500)
    .send(errorBody(code, error.message, request.id, details));
}
