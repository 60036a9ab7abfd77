// Reading a file. What may be played in a page is sent as itself, everything else to be saved; nothing is ever run.
import { create as contentDisposition } from 'content-disposition';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { finished, Readable } from 'node:stream';
import parseRange from 'range-parser';
import { notFound, unavailable } from '../graphql/errors';
import { whileTaken } from '../http/pace';
import type { Services } from '../services';
import { fileKey, type ByteRange, type FileLocation, type Storage } from './storage';

/** Pieces that are still on their way when the last was read. */
const piecesInBuffers = 4;
const playable = /^audio\//;
/** The last bytes. More of them than there are is all of them (RFC 9110, 14.1.2), which the parser takes for nothing. */
const longSuffix = /^bytes=-(\d+)$/;

interface ReadableFile {
  accountId: string;
  clientId: string;
  name: string;
  contentType: string;
  byteCount: number;
  digest: Buffer;
}

export async function sendFile(
  services: Services,
  token: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { database, fileUrls } = services;
  const claim = fileUrls.read('files', token);
  if (claim === null) throw notFound();
  const { sessionId, subjectId, expiresAt, proof } = claim;
  const [file] = await database.askAsLogin<ReadableFile>(
    `select account_id as "accountId", client_id as "clientId", name, content_type as "contentType", byte_count as "byteCount", digest
     from ringfence.file_to_read($1, $2, $3, $4)`,
    [sessionId, subjectId, expiresAt, proof],
  );
  if (file === undefined) throw notFound();

  const etag = `"${file.digest.toString('hex')}"`;
  void reply
    .header('accept-ranges', 'bytes')
    .header('etag', etag)
    .header(
      'content-disposition',
      contentDisposition(file.name, { type: playable.test(file.contentType) ? 'inline' : 'attachment' }),
    )
    .header('content-security-policy', "default-src 'none'; sandbox")
    // Front ends of other origins play it; who has the address may have what it leads to.
    .header('cross-origin-resource-policy', 'cross-origin')
    .header('referrer-policy', 'no-referrer')
    .type(file.contentType);
  const range = request.method === 'GET' ? rangeOf(request, file.byteCount, etag) : undefined;
  if (range === null) return reply.code(416).header('content-range', `bytes */${file.byteCount}`).send();
  if (range !== undefined)
    void reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${file.byteCount}`);
  const length = range === undefined ? file.byteCount : range.end - range.start + 1;
  void reply.header('content-length', length);
  if (request.method === 'HEAD') return reply.send();

  return reply.send(
    await contentOf(services, { ...file, fileId: subjectId }, sessionId, range, request, reply),
  );
}

/** What is sent, as long as somebody takes it. NOT_FOUND; RATE_LIMITED; UNAVAILABLE. */
async function contentOf(
  { config, readingPlaces, storage }: Services,
  location: FileLocation,
  sessionId: string,
  range: ByteRange | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Readable> {
  const place = readingPlaces.take({ accountId: location.accountId, principalId: sessionId });
  const content = await opened(storage, location, range, request).catch((error: unknown) => {
    readingPlaces.leave(place);
    throw error;
  });
  const stall = config.FILE_STALL_MILLISECONDS;
  const cutOff = () => void reply.raw.destroy();
  // Where nothing moves, for whatever reason.
  reply.raw.setTimeout(piecesInBuffers * stall, cutOff);
  let timer: NodeJS.Timeout | undefined;
  content.once('end', () => (timer = setTimeout(cutOff, piecesInBuffers * stall)));
  // Also where it was closed meanwhile.
  finished(reply.raw, () => {
    clearTimeout(timer);
    content.destroy();
    readingPlaces.leave(place);
  });
  return Readable.from(whileTaken(content, stall, cutOff), { objectMode: false });
}

async function opened(
  storage: Storage,
  location: FileLocation,
  range: ByteRange | undefined,
  request: FastifyRequest,
): Promise<Readable> {
  const content = await storage.read(fileKey(location), range).catch((error: unknown) => {
    request.log.error({ err: error, requestId: request.id }, 'the storage did not answer');
    throw unavailable();
  });
  if (content !== null) return content;
  request.log.error({ file: location.fileId, requestId: request.id }, 'the storage has no such file');
  throw notFound();
}

/** Undefined: all of it; null: what is asked for is not there. Several ranges that do not touch are answered with all of it. */
function rangeOf({ headers }: FastifyRequest, size: number, etag: string): ByteRange | null | undefined {
  const condition = headers['if-range'];
  if (headers.range === undefined || (condition !== undefined && condition !== etag)) return undefined;
  const [, suffix] = longSuffix.exec(headers.range) ?? [];
  if (suffix !== undefined && Number(suffix) > size) return { start: 0, end: size - 1 };
  const ranges = parseRange(size, headers.range, { combine: true });
  if (ranges === -1) return null;
  return ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1 ? undefined : ranges[0];
}
