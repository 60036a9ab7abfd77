// Receiving a file: streamed into the storage, and what it is said in the database afterwards, in one transaction. Whatever goes wrong
// before leaves nothing; a job removes what a crash in between leaves.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ErrorCode, isApiError, notFound, unavailable, validationFailed } from '../graphql/errors';
import type { Services } from '../services';
import { audioTypeOf, Measured, peek, TooLargeError, type ContentType } from './content';
import type { FileClaim } from './file-urls';
import { fileKey, type FileLocation } from './storage';

/** How long a sender may send nothing before the connection is closed. */
const idleMilliseconds = 30_000;
const notAudio = 'Must be audio: WAV, MP3, Ogg, FLAC, AAC, M4A or AMR, by its content.';

export async function receiveFile(
  services: Services,
  token: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { config, database, fileUrls } = services;
  const claim = fileUrls.read('uploads', token);
  if (claim === null) throw notFound();
  if (Number(request.headers['content-length'] ?? 0) > config.MAXIMUM_UPLOAD_BYTES)
    throw new TooLargeError('the file is too large');
  const [location] = await database.askAsLogin<FileLocation>(
    `select account_id as "accountId", client_id as "clientId", file_id as "fileId" from ringfence.begin_upload($1, $2, $3, $4)`,
    valuesOf(claim),
  );
  if (location === undefined) throw notFound();

  request.raw.setTimeout(idleMilliseconds, () => request.raw.destroy());
  const { head, whole } = await peek(request.raw);
  const type = await audioTypeOf(head);
  if (type === null) throw validationFailed('body', notAudio);
  const measured = new Measured();
  await keep(services, request, location, measured.stream(whole, config.MAXIMUM_UPLOAD_BYTES));
  await finish(services, claim, location, type, measured);
  return reply.code(204).send();
}

function valuesOf({ sessionId, subjectId, expiresAt, proof }: FileClaim): unknown[] {
  return [sessionId, subjectId, expiresAt, proof];
}

async function keep(
  { storage }: Services,
  request: FastifyRequest,
  location: FileLocation,
  content: ReturnType<Measured['stream']>,
): Promise<void> {
  try {
    await storage.write(fileKey(location), content);
  } catch (error) {
    if (error instanceof TooLargeError || !request.raw.complete) throw error;
    request.log.error({ err: error, requestId: request.id }, 'the storage did not answer');
    throw unavailable();
  }
}

/** Where the database did not answer, it may have taken the file: then the job decides, which begin_upload has added. */
async function finish(
  { database, storage }: Services,
  claim: FileClaim,
  location: FileLocation,
  { contentType, extension }: ContentType,
  measured: Measured,
): Promise<void> {
  const key = fileKey(location);
  const [answer] = await database
    .askAsLogin<{ finished: boolean }>(
      'select ringfence.finish_upload($1, $2, $3, $4, $5, $6, $7, $8, $9) as finished',
      [...valuesOf(claim), location.fileId, extension, contentType, measured.byteCount, measured.digest()],
    )
    .catch(async (error: unknown) => {
      if (isApiError(error) && error.extensions.code !== ErrorCode.UNAVAILABLE) await storage.delete(key);
      throw error;
    });
  if (answer?.finished === true) return;
  await storage.delete(key);
  throw notFound();
}
