import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Call } from '../calls/call.entity';
import { Reads } from '../database/columns';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { DateTime } from '../graphql/scalars';
import {
  createRecordingUpload,
  deleteRecording,
  readingUrl,
  recordingByCallId,
  uploadUrl,
} from './recording.service';
import {
  CreateRecordingUploadInput,
  CreateRecordingUploadPayload,
  DeleteRecordingInput,
  DeleteRecordingPayload,
  Recording,
} from './recording.types';

@Resolver(() => Call)
export class CallRecordingResolver {
  @FieldResolver(() => Recording, {
    nullable: true,
    description: 'Its recording. Needs VIEW_RECORDINGS; null: there is none, or the viewer may not hear it.',
  })
  @Reads()
  recording(@Root() { id }: Call, @Ctx() context: RequestContext): Promise<Recording | null> {
    return recordingByCallId(context.transaction).load(id);
  }
}

@Resolver(() => Recording)
export class RecordingResolver {
  @FieldResolver(() => String, {
    description:
      'Where it can be read until `expiresAt`, also in parts (Range), without an access token: whoever has the address may hear it. ' +
      'It works while the session, or the token, that asked for it lasts and may hear the recording.',
  })
  async url(@Root() { fileId }: Recording, @Ctx() context: RequestContext): Promise<string> {
    return (await readingUrl(context, fileId)).url;
  }

  @FieldResolver(() => DateTime, { description: 'Until when `url` works. Ask again for another one.' })
  async expiresAt(@Root() { fileId }: Recording, @Ctx() context: RequestContext): Promise<string> {
    return (await readingUrl(context, fileId)).expiresAt;
  }

  @Mutation(() => CreateRecordingUploadPayload, {
    description:
      'Announces the recording of a call, which is then sent to `uploadUrl`; one that is there is replaced. Needs RECORD_ACTIVITY. ' +
      'VALIDATION_FAILED, FORBIDDEN, NOT_FOUND, CONFLICT (the client is archived, or being deleted), RATE_LIMITED (1,000 have not been uploaded yet).',
  })
  createRecordingUpload(
    @Arg('input', () => CreateRecordingUploadInput, { description: 'Of which call.' })
    input: CreateRecordingUploadInput,
    @Ctx() context: RequestContext,
  ): Change<CreateRecordingUploadPayload> {
    return change(
      () => createRecordingUpload(context, input),
      ({ id, expiresAt }) => ({ expiresAt, uploadUrl: deferred(() => uploadUrl(context, id)) }),
    );
  }

  @Mutation(() => DeleteRecordingPayload, {
    description:
      'Deletes the recording of a call for good. Where there is none, nothing is done, and the answer is the same. Needs RECORD_ACTIVITY. ' +
      'VALIDATION_FAILED, FORBIDDEN, NOT_FOUND (the call), CONFLICT (the client is archived, or being deleted).',
  })
  deleteRecording(
    @Arg('input', () => DeleteRecordingInput, { description: 'Of which call.' }) input: DeleteRecordingInput,
    @Ctx() context: RequestContext,
  ): Change<DeleteRecordingPayload> {
    return change(
      () => deleteRecording(context, input),
      (callId) => ({ callId }),
    );
  }
}
