import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { agentNameOf } from '../activity/activity';
import { SelectedAs } from '../database/columns';
import { DateTime } from '../graphql/scalars';

export enum CallDirection {
  INBOUND = 'INBOUND',
  OUTBOUND = 'OUTBOUND',
}

registerEnumType(CallDirection, {
  name: 'CallDirection',
  description: 'Who called.',
  valuesConfig: {
    INBOUND: { description: 'Somebody called the agent.' },
    OUTBOUND: { description: 'The agent called somebody.' },
  },
});

export enum CallOutcome {
  COMPLETED = 'COMPLETED',
  TRANSFERRED = 'TRANSFERRED',
  VOICEMAIL = 'VOICEMAIL',
  NO_ANSWER = 'NO_ANSWER',
  BUSY = 'BUSY',
  FAILED = 'FAILED',
  CANCELLED = 'CANCELLED',
}

registerEnumType(CallOutcome, {
  name: 'CallOutcome',
  description: 'How a call ended.',
  valuesConfig: {
    COMPLETED: { description: 'They talked, and hung up.' },
    TRANSFERRED: { description: 'The agent handed it over to somebody.' },
    VOICEMAIL: { description: 'A message was left.' },
    NO_ANSWER: { description: 'Nobody answered.' },
    BUSY: { description: 'The line was busy.' },
    FAILED: { description: 'It could not be put through, or broke off.' },
    CANCELLED: { description: 'Whoever called hung up before it was answered.' },
  },
});

@ObjectType({
  description: 'A call that an agent had. It belongs to the client that the agent worked for when it began.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'calls' })
export class Call {
  @Column({ type: 'uuid', primary: true, name: 'account_id' })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the call.' })
  @Column({ type: 'uuid', primary: true })
  id: string;

  @Column({ type: 'uuid', name: 'client_id' })
  clientId: string;

  @Field(() => ID, { description: 'The agent; it may have been moved to another client, or deleted, since.' })
  @Column({ type: 'uuid', name: 'agent_id' })
  agentId: string;

  @Field(() => String, { description: 'Name of the agent, as it was when it left the client if it has.' })
  @Column({ type: 'text', name: 'stay_id' })
  @SelectedAs(agentNameOf)
  agentName: string;

  @Field(() => String, { description: 'What the platform that reported it calls it.' })
  @Column({ type: 'text', name: 'external_id' })
  externalId: string;

  @Field(() => CallDirection, { description: 'Who called.' })
  @Column('text')
  direction: CallDirection;

  @Field(() => CallOutcome, {
    nullable: true,
    description: 'How it ended; null: it has not, or nobody has reported it.',
  })
  @Column({ type: 'text', nullable: true })
  outcome: CallOutcome | null;

  @Field(() => String, {
    nullable: true,
    description: 'Number that called, E.164; null: withheld, or not by telephone.',
  })
  @Column({ type: 'text', name: 'from_number', nullable: true })
  fromNumber: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Number that was called, E.164; null: not by telephone.',
  })
  @Column({ type: 'text', name: 'to_number', nullable: true })
  toNumber: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Portal user who called or was called; null: nobody who is known, or they were deleted.',
  })
  @Column({ type: 'uuid', name: 'portal_user_id', nullable: true })
  portalUserId: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Name of the portal user when the call was reported, kept when they are deleted; null: nobody who is known.',
  })
  @Column({ type: 'text', name: 'portal_user_name', nullable: true })
  portalUserName: string | null;

  @Field(() => DateTime, { description: 'When it began.' })
  @Column({ type: 'timestamptz', name: 'started_at' })
  startedAt: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it ended; null: it has not, or nobody has reported it.',
  })
  @Column({ type: 'timestamptz', name: 'ended_at', nullable: true })
  endedAt: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How long they talked, in seconds; null: nobody has reported it.',
  })
  @Column({ type: 'int', name: 'duration_seconds', nullable: true })
  durationSeconds: number | null;

  @Field(() => DateTime, { description: 'When it was first reported.' })
  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt: string;

  @Field(() => DateTime, { description: 'When something new was last reported of it.' })
  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt: string;
}
