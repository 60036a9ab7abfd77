// HTTP: one process, one port. /graphql, the playground, and health. Nothing here knows about data.
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { GraphQLSchema } from 'graphql';
import helmet from 'helmet';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import { parseToken } from '../access-tokens/token-text';
import { registerExport } from '../export/export.routes';
import { createApollo } from '../graphql/apollo';
import { RequestContext, type HttpExchange } from '../graphql/context';
import { ErrorCode } from '../graphql/errors';
import { replayedPlugin } from '../graphql/idempotency';
import type { Answer } from '../graphql/repeated';
import { registerSchemas } from '../agents/schemas';
import { registerPlayground } from '../graphql/playground';
import { registerPages } from '../pages';
import { registerMailbox } from '../mail/mailbox';
import type { DemoSignIn } from '../demo/sign-ins';
import type { Services } from '../services';
import { maximumParameterLength, registerFiles, uploadTimeoutMilliseconds } from '../files/files.routes';
import { limitBodyTime } from './body-time';
import { errorBody } from './refusals';
import { registerHealth } from './health';
import { idempotencyKeyOf } from './idempotency-key';

const refreshCookie = 'ringfence_refresh';
const headersTimeoutMilliseconds = 15_000;
const noIdempotencyKey = 'An Idempotency-Key is one header of 1 to 255 printable ASCII characters.';

export interface HttpServer {
  app: FastifyInstance;
  close(): Promise<void>;
}

/** Builds the server; the caller listens. `demo`: who the playground offers to act as. */
export async function createHttpServer(
  schema: GraphQLSchema,
  services: Services,
  demo: { signIns: DemoSignIn[]; password: string | null },
): Promise<HttpServer> {
  const { config, logger } = services;
  // Requests are logged where they mean something; of Fastify itself only what goes wrong is of interest.
  const log: FastifyBaseLogger = logger.child({}, { level: 'warn' });
  const app: FastifyInstance = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.MAXIMUM_BODY_BYTES,
    trustProxy: (_address, hop) => hop < config.TRUSTED_PROXIES,
    genReqId: () => randomUUID(),
    // Of uploads, which may be large; any other body has less time.
    requestTimeout: uploadTimeoutMilliseconds,
    // The address of a file is one parameter.
    routerOptions: { maxParamLength: maximumParameterLength },
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    // For addresses that can't be decoded, which no hook sees.
    frameworkErrors: (error, request, reply) =>
      void answerHttpError(error, request, withCommonHeaders(request, reply)),
  });
  app.server.headersTimeout = headersTimeoutMilliseconds;
  app.server.on('request', (request) => limitBodyTime(request, config.BODY_MILLISECONDS));

  // Before the plugins, some of which answer by themselves.
  app.addHook('onRequest', (request, reply, done) => {
    withCommonHeaders(request, reply);
    done();
  });
  await app.register(cors, {
    origin: config.CORS_ORIGINS,
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT'],
    exposedHeaders: [
      'accept-ranges',
      'content-disposition',
      'content-range',
      'etag',
      'idempotency-replayed',
      'retry-after',
      'x-request-id',
    ],
    maxAge: 600,
  });
  await app.register(cookie);
  app.setErrorHandler<FastifyError>((error, request, reply) => answerHttpError(error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send(errorBody(ErrorCode.NOT_FOUND, 'There is nothing at this address.', request.id)),
  );

  const { apollo, repeated } = createApollo(schema, config, logger);
  apollo.addPlugin(fastifyApolloDrainPlugin(app));
  apollo.addPlugin(replayedPlugin());
  await apollo.start();
  const throughApollo = (context: RequestContext) =>
    fastifyApolloHandler(apollo, { context: () => Promise.resolve(context) });
  app.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    handler: async (request, reply) => {
      const idempotencyKey = idempotencyKeyOf(request.raw);
      if (idempotencyKey === undefined)
        return reply.code(400).send(errorBody(ErrorCode.BAD_REQUEST, noIdempotencyKey, request.id));
      const context = createContext(services, request, reply, idempotencyKey);
      const answer = await repeated.answer(request, context);
      const body: unknown =
        answer === null ? await throughApollo(context).call(app, request, reply) : withHead(reply, answer);
      return reply.statusCode < 400 ? body : withRequestId(body, request.id);
    },
  });
  await registerExport(app, services, (request, reply) =>
    createContext(services, request, reply, idempotencyKeyOf(request.raw) ?? null),
  );
  registerHealth(app, services);
  registerSchemas(app);
  await registerFiles(app, services);
  if (services.mailbox !== null) registerMailbox(app, services.mailbox, config.PUBLIC_URL);
  await registerPages(app, config.PUBLIC_URL);
  if (config.PLAYGROUND) {
    await registerPlayground(app, {
      path: '/playground',
      endpoint: '/graphql',
      demoSignIns: demo.signIns,
      demoPassword: demo.password,
    });
  }
  return { app, close: () => apollo.stop() };
}

function withCommonHeaders(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.headers(commonHeaders).header('x-request-id', request.id);
}

/** What helmet sets is the same for every answer, so it is asked once. */
const commonHeaders: Record<string, string> = { 'cache-control': 'no-store' };
helmet({
  contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  frameguard: { action: 'deny' },
})(
  {} as IncomingMessage,
  {
    setHeader: (name: string, value: string) => (commonHeaders[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  } as unknown as ServerResponse,
  () => undefined,
);

/** The body of an answer, once its head is said. */
function withHead(reply: FastifyReply, { head, mediaType, body }: Answer): string {
  if (head.retryAfterSeconds !== undefined) void reply.header('retry-after', String(head.retryAfterSeconds));
  void reply.header('content-type', mediaType).code(head.status ?? 200);
  return body;
}

/** Errors that Apollo finds before it knows the request (no document, CSRF) do not carry its id yet. */
function withRequestId(body: unknown, requestId: string): unknown {
  if (typeof body !== 'string') return body;
  const answer = JSON.parse(body) as { errors?: { extensions?: object }[] };
  return JSON.stringify({
    ...answer,
    errors: answer.errors?.map((error) => ({ ...error, extensions: { ...error.extensions, requestId } })),
  });
}

function createContext(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  idempotencyKey: string | null,
): RequestContext {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const principal = token === undefined ? null : services.signIn.accessTokens.verify(token);
  const partnerToken = token === undefined ? null : parseToken(token);
  const rejectedToken = request.headers.authorization !== undefined && principal === null;
  return new RequestContext(
    request.id,
    principal,
    rejectedToken,
    partnerToken,
    services,
    exchangeOf(services, request, reply, idempotencyKey),
  );
}

function exchangeOf(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  idempotencyKey: string | null,
): HttpExchange {
  return {
    address: request.ip,
    userAgent: request.headers['user-agent']?.slice(0, 300) ?? null,
    idempotencyKey,
    refreshCookie: request.cookies[refreshCookie] ?? null,
    setRefreshCookie: (value) => {
      const local = ['localhost', '127.0.0.1', '[::1]'].includes(request.hostname);
      const options = {
        httpOnly: true,
        sameSite: 'strict',
        secure: services.config.production || !local,
        path: '/graphql',
      } as const;
      if (value === null) reply.clearCookie(refreshCookie, options);
      else reply.setCookie(refreshCookie, value.token, { ...options, expires: value.expiresAt });
    },
  };
}

/** What Fastify refuses before GraphQL: bodies too large, no JSON, unknown content types. */
function answerHttpError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = error.statusCode ?? 500;
  if (status >= 500) request.log.error({ err: error, requestId: request.id }, 'a request failed');
  const [code, message] =
    status === 413
      ? [ErrorCode.REQUEST_TOO_LARGE, 'The body of the request is too large.']
      : status < 500
        ? [ErrorCode.BAD_REQUEST, 'This is no GraphQL request: send JSON with a query.']
        : [ErrorCode.INTERNAL, 'Something went wrong on our side.'];
  return reply.code(status).send(errorBody(code, message, request.id));
}
