import { defineLoader } from '../database/loaders';
import type { RequestContext } from '../graphql/context';
import { validationFailed } from '../graphql/errors';
import type { FileClaim } from './file-urls';
import type { CreateRecordingUploadInput, Recording, RecordedCallInput } from './recording.types';

/** The recordings of calls; null: there is none, or the viewer does not hear it. */
export const recordingByCallId = defineLoader<Recording | null>(null, async (transaction, ids) => {
  const rows = await transaction.query<Recording & { callId: string }>(
    `select r.call_id as "callId", r.file_id as "fileId", r.duration_seconds as "durationSeconds", r.created_at as "createdAt",
       f.name, f.content_type as "contentType", f.byte_count as "byteCount"
     from ringfence.recordings r
     join ringfence.files f on f.account_id = r.account_id and f.id = r.file_id
     where r.call_id = any ($1)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.callId, row]));
});

type Proof = Pick<FileClaim, 'proof'> & { expiresAt: string };

/** One loader per length of life, which is a setting of the server. */
const proofLoaders = new Map<number, ReturnType<typeof defineProofLoader>>();
function defineProofLoader(seconds: number) {
  return defineLoader<Proof | null>(null, async (transaction, ids) => {
    const rows = await transaction.query<Proof & { fileId: string }>(
      'select file_id as "fileId", expires_at as "expiresAt", proof from ringfence.prove_reading($1, $2)',
      [ids, seconds],
    );
    return new Map(rows.map((row) => [row.fileId, row]));
  });
}

/** The address of a file, for the session that asks, and until when it works. */
export async function readingUrl(
  { transaction, services, signedIn }: RequestContext,
  fileId: string,
): Promise<{ url: string; expiresAt: string }> {
  const seconds = services.config.FILE_URL_SECONDS;
  let proofs = proofLoaders.get(seconds);
  if (proofs === undefined) proofLoaders.set(seconds, (proofs = defineProofLoader(seconds)));
  const found = await proofs(transaction).load(fileId);
  if (found === null) throw new Error('the database has no key for addresses of files');
  const claim = {
    sessionId: signedIn.credential.sessionId,
    subjectId: fileId,
    expiresAt: new Date(found.expiresAt),
    proof: found.proof,
  };
  return { url: services.fileUrls.to('files', claim), expiresAt: found.expiresAt };
}

/** Announces a recording. VALIDATION_FAILED, FORBIDDEN, NOT_FOUND, CONFLICT (the client is archived or being deleted), RATE_LIMITED. */
export async function createRecordingUpload(
  context: RequestContext,
  input: CreateRecordingUploadInput,
): Promise<{ id: string; expiresAt: string }> {
  const [upload] = await context.transaction.query<{ id: string; expiresAt: string }>(
    `select upload as id, expires_at as "expiresAt" from ringfence.create_recording_upload($1, $2, $3, $4, $5)`,
    [...callOf(input), input.durationSeconds ?? null, context.services.config.FILE_URL_SECONDS],
  );
  if (upload === undefined) throw new Error('nothing was announced');
  return upload;
}

/** Where to upload what was announced; null: it arrived already. */
export async function uploadUrl(
  { transaction, services, signedIn }: RequestContext,
  id: string,
): Promise<string | null> {
  const [found] = await transaction.query<Proof>(
    'select expires_at as "expiresAt", proof from ringfence.prove_uploading($1)',
    [id],
  );
  if (found === undefined) return null;
  return services.fileUrls.to('uploads', {
    sessionId: signedIn.credential.sessionId,
    subjectId: id,
    expiresAt: new Date(found.expiresAt),
    proof: found.proof,
  });
}

/** Removes a recording, if there is one, and answers the id of the call. VALIDATION_FAILED, FORBIDDEN, NOT_FOUND, CONFLICT. */
export async function deleteRecording(context: RequestContext, input: RecordedCallInput): Promise<string> {
  const [answer] = await context.transaction.query<{ id: string }>(
    'select ringfence.delete_recording($1, $2, $3) as id',
    callOf(input),
  );
  if (answer === undefined) throw new Error('nothing was deleted');
  return answer.id;
}

function callOf({ callId, agentId, externalId }: RecordedCallInput): (string | null)[] {
  if (callId == null && (agentId == null || externalId == null))
    throw validationFailed('input.callId', 'Give `callId`, or `agentId` and `externalId`.');
  return [callId ?? null, agentId ?? null, externalId ?? null];
}
