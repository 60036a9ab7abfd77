import { Field, Float, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Max, Min } from 'class-validator';
import type { Deferred } from '../graphql/deferred';
import { DateTime } from '../graphql/scalars';
import { Id, Nullable, Text } from '../graphql/validation';

const longestSeconds = 86_400;

@ObjectType({ description: 'The recording of a call.', simpleResolvers: true })
export class Recording {
  fileId: string;

  @Field(() => Int, {
    nullable: true,
    description: 'How long it is, in seconds; null: whoever uploaded it did not say.',
  })
  durationSeconds: number | null;

  @Field(() => String, { description: 'What it is called when it is saved.' })
  name: string;

  @Field(() => String, { description: 'What it is, by its content: `audio/mpeg`, for example.' })
  contentType: string;

  @Field(() => Float, { description: 'Size in bytes.' })
  byteCount: number;

  @Field(() => DateTime, { description: 'When it was uploaded.' })
  createdAt: string;
}

@InputType({
  description:
    'A call: by its id, or by its agent and what the platform that reported it calls it. All that is given must be true of it.',
})
export abstract class RecordedCallInput {
  @Field(() => ID, { nullable: true, description: 'Id of the call.' })
  @Nullable()
  @Id()
  callId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The agent that had it, with `externalId`.' })
  @Nullable()
  @Id()
  agentId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What the platform that reported it calls it; of several of the agent, the latest.',
  })
  @Nullable()
  @Text({ maximum: 200 })
  externalId?: string | null;
}

@InputType({ description: 'Of which call a recording is to be uploaded.' })
export class CreateRecordingUploadInput extends RecordedCallInput {
  @Field(() => Int, {
    nullable: true,
    description: `How long the recording is, in seconds, up to ${longestSeconds}.`,
  })
  @Nullable()
  @Min(0, { message: 'Must not be negative.' })
  @Max(longestSeconds, { message: `Must be at most ${longestSeconds}.` })
  durationSeconds?: number | null;
}

@InputType({ description: 'Of which call to delete the recording.' })
export class DeleteRecordingInput extends RecordedCallInput {}

@ObjectType({ description: 'Result of createRecordingUpload.', simpleResolvers: true })
export class CreateRecordingUploadPayload {
  @Field(() => String, {
    nullable: true,
    description:
      'Where to send the bytes of the recording, with PUT and nothing else: whoever has the address may upload this recording. ' +
      '204: it is there. Null, where the mutation is repeated: it arrived already.',
  })
  uploadUrl: Deferred<string | null>;

  @Field(() => DateTime, { description: 'Until when the upload may begin.' })
  expiresAt: string;
}

@ObjectType({ description: 'Result of deleteRecording.', simpleResolvers: true })
export class DeleteRecordingPayload {
  @Field(() => ID, { description: 'The call, which has no recording now.' })
  callId: string;
}
