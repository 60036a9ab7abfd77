// What recording how a call ended takes and answers.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { Deferred } from '../graphql/deferred';
import { DateTime } from '../graphql/scalars';
import { Id, Nullable, Text } from '../graphql/validation';
import { Lead } from '../leads/lead.entity';

@InputType({ description: 'How a call with a lead ended.' })
export class RecordDispositionInput {
  @Field(() => ID, { description: 'With which lead.' })
  @Id()
  leadId: string;

  @Field(() => ID, { description: 'How: a disposition of its list.' })
  @Id()
  dispositionId: string;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'Of a disposition into CALL_BACK alone: when. Null: when the lead has rested as long as its list says (`callBackDelayMinutes`).',
  })
  callBackAt?: Date | null;

  @Field(() => String, {
    nullable: true,
    description: 'A note to write about it, 1 to 10,000 characters; null: none.',
  })
  @Nullable()
  @Text({ maximum: 10_000, multiline: true })
  note?: string | null;
}

@ObjectType({ description: 'Answer of `recordDisposition`.', simpleResolvers: true })
export class RecordDispositionPayload {
  @Field(() => ID, { description: 'The lead.' })
  leadId: string;

  @Field(() => Lead, {
    nullable: true,
    description:
      'The lead as it is now; null: in blind mode, where it was only shown while the viewer held it.',
  })
  lead: Deferred<Lead | null>;
}
