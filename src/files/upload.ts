// Receiving a file: streamed into the storage, and what it is said in the database afterwards, in one transaction. Whatever goes wrong
// before leaves nothing; a job removes what was stored for nothing.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { notFound, unavailable, validationFailed } from '../graphql/errors';
import { liftBodyTime } from '../http/body-time';
import { whileSent } from '../http/pace';
import type { Services } from '../services';
import { audioTypeOf, Measured, peek, TooLargeError, type ContentType } from './content';
import type { FileClaim } from './file-urls';
import { fileKey, type FileLocation } from './storage';

const notAudio = 'Must be audio: WAV, MP3, Ogg, FLAC, AAC, M4A or AMR, by its content.';

export async function receiveFile(
  services: Services,
  token: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { arrivals, config, fileUrls } = services;
  const claim = fileUrls.read('uploads', token);
  if (claim === null) throw notFound();
  if (Number(request.headers['content-length'] ?? 0) > config.MAXIMUM_UPLOAD_BYTES)
    throw new TooLargeError('the file is too large');
  // What it is, before anything is asked or written: trying what is no audio costs nothing but this.
  const sent = whileSent(request.raw, config.FILE_STALL_MILLISECONDS, () => void request.raw.destroy());
  const { head, whole } = await peek(sent);
  const type = await audioTypeOf(head);
  if (type === null) throw validationFailed('body', notAudio);

  const begun = await begin(services, claim);
  liftBodyTime(request.raw);
  const measured = new Measured();
  const content = measured.stream(whole, config.MAXIMUM_UPLOAD_BYTES);
  await arrivals.receive(claim.subjectId, begun.attempt, () => keep(services, request, begun, content));
  await finish(services, claim, begun, type, measured);
  return reply.code(204).send();
}

function valuesOf({ sessionId, subjectId, expiresAt, proof }: FileClaim): unknown[] {
  return [sessionId, subjectId, expiresAt, proof];
}

interface Begun extends FileLocation {
  /** Which try of the upload it is, from 1. */
  attempt: number;
}

async function begin({ database }: Services, claim: FileClaim): Promise<Begun> {
  const [begun] = await database.askAsLogin<Begun>(
    `select account_id as "accountId", client_id as "clientId", file_id as "fileId", attempt from ringfence.begin_upload($1, $2, $3, $4)`,
    valuesOf(claim),
  );
  if (begun === undefined) throw notFound();
  return begun;
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
    if (error instanceof TooLargeError || brokeOff(request)) throw error;
    request.log.error({ err: error, requestId: request.id }, 'the storage did not answer');
    throw unavailable();
  }
}

/** Whether the sender hung up, or was hung up on, before all of it came. */
export function brokeOff({ raw }: FastifyRequest): boolean {
  return raw.destroyed && !raw.complete;
}

/**
 * What is refused here may have been taken: the connection broke, and it was said again when the session had ended. So the bytes
 * stay, and the job decides that begin_upload has added.
 */
async function finish(
  { database }: Services,
  claim: FileClaim,
  location: FileLocation,
  { contentType, extension }: ContentType,
  measured: Measured,
): Promise<void> {
  const [answer] = await database.askAsLogin<{ finished: boolean }>(
    'select ringfence.finish_upload($1, $2, $3, $4, $5, $6, $7, $8, $9) as finished',
    [...valuesOf(claim), location.fileId, extension, contentType, measured.byteCount, measured.digest()],
  );
  if (answer?.finished !== true) throw notFound();
}
