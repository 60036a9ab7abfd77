// Files over HTTP. An address is all that is asked for: what it is worth is looked up in the database each time it is used. One that
// reads nothing, for whatever reason, is answered like what does not exist. Whoever announced an upload knows the call already, and
// is told besides what keeps it from being made: a permission that they lost, a client that is archived or being deleted.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { expectedError } from '../database/sql-errors';
import { ErrorCode } from '../graphql/errors';
import { errorBody, refuse } from '../http/refusals';
import type { Services } from '../services';
import { TooLargeError } from './content';
import { sendFile } from './download';
import { brokeOff, receiveFile } from './upload';

/** As long as the database lets one take that began in time. */
export const uploadTimeoutMilliseconds = 3_600_000;
/** An address is about 140 characters long. */
export const maximumParameterLength = 300;

interface TokenRoute {
  Params: { token: string };
}

export async function registerFiles(app: FastifyInstance, services: Services): Promise<void> {
  await app.register(async (files) => {
    files.setErrorHandler((error, request, reply) => answerError(error, request, reply));
    files.route<TokenRoute>({
      method: ['GET', 'HEAD'],
      url: '/files/:token',
      handler: (request, reply) => sendFile(services, request.params.token, request, reply),
    });
    // Bodies are no JSON here: they are read where they are stored.
    files.removeAllContentTypeParsers();
    files.addContentTypeParser('*', (_request, _body, done) => done(null));
    files.route<TokenRoute>({
      method: 'PUT',
      url: '/uploads/:token',
      handler: (request, reply) => receiveFile(services, request.params.token, request, reply),
    });
    return Promise.resolve();
  });
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const expected = error instanceof TooLargeError ? null : expectedError(error);
  // What was not read of a body is not worth reading.
  if (request.method === 'PUT') reply.header('connection', 'close');
  if (error instanceof TooLargeError)
    return reply.code(413).send(errorBody(ErrorCode.REQUEST_TOO_LARGE, 'The file is too large.', request.id));
  // All that can be wrong with a file is what it is: its media type.
  if (expected !== null) return refuse(expected, request, reply, { [ErrorCode.VALIDATION_FAILED]: 415 });
  // Who hangs up while sending gets no answer, and is no fault.
  if (brokeOff(request)) return reply.code(400).send();
  request.log.error({ err: error, requestId: request.id }, 'a request failed');
  return reply.code(500).send(errorBody(ErrorCode.INTERNAL, 'Something went wrong on our side.', request.id));
}
