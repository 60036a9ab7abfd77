// Which leads, as typed conditions. What a segment keeps is given back under names of its own: inputs cannot be answered.
import { ArrayMaxSize, Max, Min, ValidateNested } from 'class-validator';
import { Field, Float, ID, InputType, Int, ObjectType } from 'type-graphql';
import { DateTime, LocalDate } from '../graphql/scalars';
import { check, Id, Nullable, Phone, Text, Texts } from '../graphql/validation';
import { LeadState } from './lead.entity';

/** Conditions on values of one filter. */
const maximumValueConditions = 20;
const maximumChoices = 100;
/** As long as a choice can be. */
const maximumChoiceLength = 100;
/** Ten years back. */
const maximumDays = 3650;

@ObjectType('SavedTextCondition', {
  description: 'Conditions on a text, of a segment.',
  simpleResolvers: true,
})
@InputType({ description: 'Conditions on a text; all together, ignoring case.' })
export class TextCondition {
  @Field(() => String, { nullable: true, description: 'Is this; null: anything.' })
  @Nullable()
  @Text({ maximum: 2000 })
  equals?: string | null;

  @Field(() => String, { nullable: true, description: 'Has this in it; null: anything.' })
  @Nullable()
  @Text({ maximum: 200 })
  contains?: string | null;
}

@ObjectType('SavedIntRange', {
  description: 'A range of whole numbers, of a segment.',
  simpleResolvers: true,
})
@InputType({ description: 'A range of whole numbers, both ends included.' })
export class IntRange {
  @Field(() => Int, { nullable: true, description: 'At least; null: no end.' })
  minimum?: number | null;

  @Field(() => Int, { nullable: true, description: 'At most; null: no end.' })
  maximum?: number | null;
}

@ObjectType('SavedNumberRange', { description: 'A range of numbers, of a segment.', simpleResolvers: true })
@InputType({ description: 'A range of numbers, both ends included.' })
export class NumberRange {
  @Field(() => Float, { nullable: true, description: 'At least; null: no end.' })
  minimum?: number | null;

  @Field(() => Float, { nullable: true, description: 'At most; null: no end.' })
  maximum?: number | null;
}

@ObjectType('SavedDateRange', { description: 'A range of days, of a segment.', simpleResolvers: true })
@InputType({ description: 'A range of days, both ends included.' })
export class DateRange {
  @Field(() => LocalDate, { nullable: true, description: 'From this day; null: no end.' })
  from?: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'Until this day; null: no end.' })
  until?: string | null;
}

@ObjectType('SavedTimeRange', { description: 'A range of time, of a segment.', simpleResolvers: true })
@InputType({ description: 'A range of time.' })
export class TimeRange {
  @Field(() => DateTime, { nullable: true, description: 'From then on; null: no end.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Before then; null: no end.' })
  before?: Date | null;
}

@ObjectType('SavedLeadValueCondition', {
  description: 'Conditions of a segment on what a lead has in a field of its list.',
  simpleResolvers: true,
})
@InputType({
  description:
    'Conditions on what a lead has in a field of its list; all together. A type of field that is not its own finds nothing.',
})
export class LeadValueCondition {
  @Field(() => ID, { description: 'Which field.' })
  @Id()
  fieldId: string;

  @Field(() => Boolean, { nullable: true, description: 'Whether there is a value; null: either.' })
  isSet?: boolean | null;

  @Field(() => TextCondition, { nullable: true, description: 'Of TEXT and CHOICE; null: any.' })
  @Nullable()
  @ValidateNested()
  text?: TextCondition | null;

  @Field(() => [String], { nullable: true, description: 'Of CHOICE: one of these, exactly; null: any.' })
  @Nullable()
  @ArrayMaxSize(maximumChoices, { message: `Must be at most ${maximumChoices}.` })
  @Texts({ maximum: maximumChoiceLength })
  choices?: string[] | null;

  @Field(() => NumberRange, { nullable: true, description: 'Of NUMBER; null: any.' })
  number?: NumberRange | null;

  @Field(() => DateRange, { nullable: true, description: 'Of DATE; null: any.' })
  date?: DateRange | null;

  @Field(() => Boolean, { nullable: true, description: 'Of BOOLEAN; null: either.' })
  boolean?: boolean | null;
}

@ObjectType('SavedLeadConditions', {
  description: 'The conditions of a segment, as they were given; null: nothing was said.',
  simpleResolvers: true,
})
@InputType({ description: 'Conditions on leads; all together.' })
export class LeadConditionsInput {
  @Field(() => [LeadState], {
    nullable: true,
    description: 'In one of these states; left out, or null: in any but ARCHIVED.',
  })
  state?: LeadState[] | null;

  @Field(() => TextCondition, { nullable: true, description: 'By name; null: any.' })
  @Nullable()
  @ValidateNested()
  name?: TextCondition | null;

  @Field(() => TextCondition, { nullable: true, description: 'By company; null: any.' })
  @Nullable()
  @ValidateNested()
  company?: TextCondition | null;

  @Field(() => TextCondition, { nullable: true, description: 'By an email; null: any.' })
  @Nullable()
  @ValidateNested()
  email?: TextCondition | null;

  @Field(() => String, {
    nullable: true,
    description: 'With this phone number, with its country code; null: any.',
  })
  @Nullable()
  @Phone()
  phone?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the time to call back has come: those in CALL_BACK whose time is past, or all others; null: either.',
  })
  isCallBackDue?: boolean | null;

  @Field(() => TimeRange, {
    nullable: true,
    description: 'To be called back then; null: whenever, or never.',
  })
  callBackAt?: TimeRange | null;

  @Field(() => IntRange, { nullable: true, description: 'Tried that often; null: however often.' })
  attempts?: IntRange | null;

  @Field(() => TimeRange, { nullable: true, description: 'Added then; null: whenever.' })
  createdAt?: TimeRange | null;

  @Field(() => TimeRange, { nullable: true, description: 'Last changed then; null: whenever.' })
  updatedAt?: TimeRange | null;

  @Field(() => Int, {
    nullable: true,
    description: `Changed in the last so many days, of 24 hours, 1 to ${maximumDays.toLocaleString('en')}; null: whenever.`,
  })
  @Nullable()
  @Min(1, { message: 'Must be at least 1.' })
  @Max(maximumDays, { message: `Must be at most ${maximumDays}.` })
  updatedWithinDays?: number | null;

  @Field(() => [LeadValueCondition], {
    nullable: true,
    description: `By what they have in fields of their lists, ${maximumValueConditions} conditions at most; null: whatever.`,
  })
  @Nullable()
  @check(
    (value) => Array.isArray(value) && value.length <= maximumValueConditions,
    `Must be at most ${maximumValueConditions}.`,
  )
  @ValidateNested()
  values?: LeadValueCondition[] | null;
}

@InputType({ description: 'Which leads of a list; all conditions together.' })
export class ListLeadFilter extends LeadConditionsInput {
  @Field(() => ID, {
    nullable: true,
    description:
      'Of this segment, besides: its conditions hold as well, and its states, or all but ARCHIVED, where none are given here.',
  })
  @Nullable()
  @Id()
  segmentId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Tried last by this member, also through an access token of theirs; null: by whomever.',
  })
  @Nullable()
  @Id()
  lastAttemptById?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether somebody has it before them, as far as the viewer sees who has which (`Lead.hold`); null: either.',
  })
  isHeld?: boolean | null;
}

@InputType({ description: "Which of a client's leads; all conditions together." })
export class ClientLeadFilter extends ListLeadFilter {
  @Field(() => ID, { nullable: true, description: 'On this list.' })
  @Nullable()
  @Id()
  listId?: string | null;
}

@InputType({ description: 'Which leads; all conditions together.' })
export class LeadFilter extends ClientLeadFilter {
  @Field(() => ID, { nullable: true, description: 'Of this client, in whatever state it is.' })
  @Nullable()
  @Id()
  clientId?: string | null;
}
