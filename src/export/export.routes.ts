// Exports over HTTP. Plain requests rather than GraphQL, because an answer of GraphQL is made as a whole; who asks, and what is
// refused, is said the same way. The token stands in a header: in an address it would be kept by logs and histories.
import { createGzip, constants } from 'node:zlib';
import { pipeline } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { expectedError } from '../database/sql-errors';
import type { RequestContext } from '../graphql/context';
import { validationFailed } from '../graphql/errors';
import { idArgument } from '../graphql/validation';
import { refuse } from '../http/refusals';
import type { Services } from '../services';
import { startExport, type Format } from './export.service';
import { kinds, type Kind } from './kinds';

interface Address {
  Params: { id: string; kind?: string };
  /** A list where it is named twice. */
  Querystring: { format?: string | string[] };
}

const mediaTypes: Record<Format, string> = { NDJSON: 'application/x-ndjson', CSV: 'application/zip' };
const extensions: Record<Format, string> = { NDJSON: 'ndjson', CSV: 'zip' };

export async function registerExport(
  app: FastifyInstance,
  services: Services,
  contextOf: (request: FastifyRequest, reply: FastifyReply) => RequestContext,
): Promise<void> {
  app.addHook('preClose', () => services.exportPlaces.close());
  await app.register((scope, _options, done) => {
    scope.setErrorHandler((error, request, reply) => {
      const refusal = expectedError(error);
      if (refusal === null) throw error;
      return refuse(refusal, request, reply);
    });
    // Asking for the head of an export would be an export.
    for (const url of ['/export/clients/:id', '/export/clients/:id/:kind'])
      scope.get<Address>(url, { exposeHeadRoute: false }, async (request, reply) => {
        const context = contextOf(request, reply);
        await context.recognize();
        const principal = context.signedIn;
        const format = formatOf(request);
        const started = await startExport(services, principal, {
          clientId: clientIdOf(request.params.id),
          kind: kindOf(request.params.kind),
          format,
          requestId: request.id,
        });
        return send(request, reply, format, started);
      });
    done();
  });
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  format: Format,
  { clientName, body }: Awaited<ReturnType<typeof startExport>>,
): FastifyReply {
  void reply.headers({
    'content-type': mediaTypes[format],
    'content-disposition': `attachment; filename="${fileName(clientName)}.${extensions[format]}"`,
    vary: 'accept, accept-encoding, origin',
  });
  // A zip is compressed already.
  const encoding = new Negotiator(request.raw).encoding(
    format === 'CSV' ? ['identity'] : ['gzip', 'identity'],
  );
  if (encoding !== 'gzip') return reply.send(body);
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  return reply.header('content-encoding', 'gzip').send(pipeline(body, gzip, () => undefined));
}

/** Letters and digits alone, so that no name means anything to a header or a file system. */
function fileName(clientName: string): string {
  const name = clientName
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60);
  return `${name || 'client'}-${new Date().toISOString().slice(0, 10)}`;
}

function clientIdOf(id: string): string {
  idArgument(id);
  return id.toLowerCase();
}

function kindOf(name: string | undefined): Kind | null {
  if (name === undefined) return null;
  const kind = kinds.find((candidate) => candidate.name === name);
  if (kind === undefined)
    throw validationFailed('kind', `Must be one of ${kinds.map((candidate) => candidate.name).join(', ')}.`);
  return kind;
}

/** What the address says; otherwise what is accepted. */
function formatOf({ query, raw }: FastifyRequest<Address>): Format {
  const format = query.format === undefined ? undefined : String(query.format).toUpperCase();
  if (format === 'NDJSON' || format === 'CSV') return format;
  if (format !== undefined) throw validationFailed('format', 'Must be ndjson or csv.');
  return new Negotiator(raw).mediaType(Object.values(mediaTypes)) === mediaTypes.CSV ? 'CSV' : 'NDJSON';
}
