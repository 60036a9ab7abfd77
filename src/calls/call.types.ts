import { ArrayMaxSize, ArrayMinSize, ValidateNested } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ActivityFilter } from '../activity/activity';
import { bodyLimit, maximumReports, ReportResult } from '../activity/report';
import { ConnectionOf, EdgeOf, PageArgs } from '../graphql/connection';
import type { Deferred } from '../graphql/deferred';
import { DateTime } from '../graphql/scalars';
import { Id, Nullable } from '../graphql/validation';
import { Call, CallDirection, CallOutcome } from './call.entity';

export enum CallOrder {
  STARTED_AT_ASC = 'STARTED_AT_ASC',
  STARTED_AT_DESC = 'STARTED_AT_DESC',
}

registerEnumType(CallOrder, {
  name: 'CallOrder',
  description: 'Order of a list of calls.',
  valuesConfig: {
    STARTED_AT_ASC: { description: 'What began first, first.' },
    STARTED_AT_DESC: { description: 'What began last, first.' },
  },
});

@InputType({ description: 'Which calls; all conditions together.' })
export class CallFilter extends ActivityFilter {
  @Field(() => ID, { nullable: true, description: 'With this portal user.' })
  @Nullable()
  @Id()
  portalUserId?: string | null;

  @Field(() => CallDirection, { nullable: true, description: 'In this direction.' })
  direction?: CallDirection | null;

  @Field(() => [CallOutcome], { nullable: true, description: 'That ended in one of these ways.' })
  outcome?: CallOutcome[] | null;

  @Field(() => DateTime, { nullable: true, description: 'That began at this moment or later.' })
  startedFrom?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'That began before this moment.' })
  startedBefore?: Date | null;
}

@ArgsType()
export class OwnCallsArgs extends PageArgs {
  @Field(() => CallOrder, { defaultValue: CallOrder.STARTED_AT_DESC, description: 'Order of the list.' })
  orderBy: CallOrder;
}

@ArgsType()
export class CallsArgs extends OwnCallsArgs {
  @Field(() => CallFilter, { nullable: true, description: 'Which calls.' })
  @Nullable()
  @ValidateNested()
  filter?: CallFilter | null;
}

@ObjectType({ description: 'A call in a list.', simpleResolvers: true })
export class CallEdge extends EdgeOf(Call, 'call') {}

@ObjectType({ description: 'A page of calls.', simpleResolvers: true })
export class CallConnection extends ConnectionOf(Call, CallEdge, 'calls') {}

// Its values are tested by ringfence.record_calls, one report at a time, so that a wrong one takes no other with it.
@InputType({
  description:
    'A call as it is reported; reporting it again adds what was not known before. Within one request 10 times at most: what goes beyond is rejected, VALIDATION_FAILED on `externalId`.',
})
export class CallReport {
  @Field(() => ID, { description: 'The agent that had the call.' })
  agentId: string;

  @Field(() => String, {
    description:
      'What the platform calls it, 1 to 200 characters; unique within the agent. Reported again, it is the same call.',
  })
  externalId: string;

  @Field(() => CallDirection, { description: 'Who called.' })
  direction: CallDirection;

  @Field(() => DateTime, {
    description:
      'When it began, which decides the client it belongs to: the one that the agent worked for then. Not later than now; of a call that is known, it changes nothing.',
  })
  startedAt: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it ended, within 24 hours; null: not yet, or as reported before.',
  })
  endedAt?: Date | null;

  @Field(() => CallOutcome, {
    nullable: true,
    description: 'How it ended; null: not yet, or as reported before.',
  })
  outcome?: CallOutcome | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Number that called, E.164; null: withheld, not by telephone, or as reported before. What is known of it stays.',
  })
  fromNumber?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Number that was called, E.164; null: not by telephone, or as reported before. What is known of it stays.',
  })
  toNumber?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'Portal user of the client who called or was called; null: nobody who is known, or as reported before. Who is known stays.',
  })
  portalUserId?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How long they talked, 0 to 86,400 seconds; null: not known, or as reported before.',
  })
  durationSeconds?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How much of it is billed, 0 to 86,400 seconds; null: not known, or as reported before.',
  })
  billableSeconds?: number | null;
}

@InputType({ description: `What agents did. ${bodyLimit}` })
export class RecordCallsInput {
  @Field(() => [CallReport], { description: 'The calls, 1 to 1,000.' })
  @ArrayMinSize(1, { message: 'Must name at least one.' })
  @ArrayMaxSize(maximumReports, { message: `Must name at most ${maximumReports}.` })
  calls: CallReport[];
}

@ObjectType({ description: 'What became of a call that was reported.', simpleResolvers: true })
export class CallReportResult extends ReportResult {
  @Field(() => Call, {
    nullable: true,
    description: 'The call; null: it was rejected, or the viewer does not see calls.',
  })
  call: Deferred<Call | null> | null;
}

@ObjectType({ description: 'What became of the calls.', simpleResolvers: true })
export class RecordCallsPayload {
  @Field(() => [CallReportResult], { description: 'One for each report, in their order.' })
  results: CallReportResult[];
}
