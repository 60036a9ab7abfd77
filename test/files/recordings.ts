// Recordings as a platform uploads them and a browser plays them: by the addresses that the API gives.
import type { RunningServer } from '../../src/server';
import type { Caller } from '../support/client';
import {
  CallRecordingDocument,
  CreateRecordingUploadDocument,
  type CallRecordingQuery,
  type CreateRecordingUploadInput,
} from '../support/documents.generated';

export type Recording = NonNullable<NonNullable<CallRecordingQuery['call']>['recording']>;

/** The header of a WAV file (PCM, one channel, 8 kHz, 16 bits) and as many bytes of sound, each telling its position. */
export function wav(soundBytes: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + soundBytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(16_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(soundBytes, 40);
  return Buffer.concat([header, Buffer.from(Array.from({ length: soundBytes }, (_, index) => index % 251))]);
}

/** Where an address leads on the server of a test, which does not listen where its settings say. */
export function on(server: Pick<RunningServer, 'url'>, address: string): string {
  return server.url + new URL(address).pathname;
}

export async function uploadUrl(
  server: Pick<RunningServer, 'url'>,
  by: Caller,
  input: CreateRecordingUploadInput,
): Promise<string> {
  const { createRecordingUpload } = await by.get(CreateRecordingUploadDocument, { input });
  if (createRecordingUpload.uploadUrl === null) throw new Error('there is no address to upload to');
  return on(server, createRecordingUpload.uploadUrl);
}

export function put(url: string, body: Uint8Array<ArrayBuffer> | string): Promise<Response> {
  return fetch(url, { method: 'PUT', body });
}

/** Uploads the recording of a call; fails the test when it is refused. */
export async function upload(
  server: Pick<RunningServer, 'url'>,
  by: Caller,
  callId: string,
  content = wav(1000),
): Promise<void> {
  const answer = await put(await uploadUrl(server, by, { callId }), new Uint8Array(content));
  if (answer.status !== 204) throw new Error(`the upload was refused: ${await answer.text()}`);
}

/** What somebody sees of the recording of a call; null: nothing. */
export async function recordingSeenBy(by: Caller, callId: string): Promise<Recording | null> {
  return (await by.get(CallRecordingDocument, { id: callId })).call?.recording ?? null;
}

/** Where somebody plays it; fails the test where they do not see it. */
export async function playingUrl(
  server: Pick<RunningServer, 'url'>,
  by: Caller,
  callId: string,
): Promise<string> {
  const recording = await recordingSeenBy(by, callId);
  if (recording === null) throw new Error('they see no recording');
  return on(server, recording.url);
}

/** Status and code of an answer, and what it says besides. */
export async function refusal(answer: Response): Promise<{ status: number; code: string; reason?: string }> {
  const { errors } = (await answer.json()) as { errors: { extensions: { code: string; reason?: string } }[] };
  const { code, reason } = errors[0]?.extensions ?? { code: 'none' };
  return { status: answer.status, code, ...(reason === undefined ? {} : { reason }) };
}

export const nothingThere = { status: 404, code: 'NOT_FOUND' };
