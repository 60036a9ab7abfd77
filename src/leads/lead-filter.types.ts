// Which leads, as typed conditions.
import { ArrayMaxSize, ValidateNested } from 'class-validator';
import { Field, Float, ID, InputType, Int } from 'type-graphql';
import { DateTime, LocalDate } from '../graphql/scalars';
import { check, Id, Nullable, Phone, Text } from '../graphql/validation';
import { LeadState } from './lead.entity';

/** Conditions on values of one filter. */
const maximumValueConditions = 20;
const maximumChoices = 100;

@InputType({ description: 'Conditions on a text; all together, ignoring case.' })
export class TextCondition {
  @Field(() => String, { nullable: true, description: 'Is this.' })
  @Nullable()
  @Text({ maximum: 2000 })
  equals?: string | null;

  @Field(() => String, { nullable: true, description: 'Has this in it.' })
  @Nullable()
  @Text({ maximum: 200 })
  contains?: string | null;
}

@InputType({ description: 'A range of whole numbers, both ends included.' })
export class IntRange {
  @Field(() => Int, { nullable: true, description: 'At least; null: no end.' })
  minimum?: number | null;

  @Field(() => Int, { nullable: true, description: 'At most; null: no end.' })
  maximum?: number | null;
}

@InputType({ description: 'A range of numbers, both ends included.' })
export class NumberRange {
  @Field(() => Float, { nullable: true, description: 'At least; null: no end.' })
  minimum?: number | null;

  @Field(() => Float, { nullable: true, description: 'At most; null: no end.' })
  maximum?: number | null;
}

@InputType({ description: 'A range of days, both ends included.' })
export class DateRange {
  @Field(() => LocalDate, { nullable: true, description: 'From this day; null: no end.' })
  from?: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'Until this day; null: no end.' })
  until?: string | null;
}

@InputType({ description: 'A range of time.' })
export class TimeRange {
  @Field(() => DateTime, { nullable: true, description: 'From then on; null: no end.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Before then; null: no end.' })
  before?: Date | null;
}

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

  @Field(() => TextCondition, { nullable: true, description: 'Of TEXT and CHOICE.' })
  @Nullable()
  @ValidateNested()
  text?: TextCondition | null;

  @Field(() => [String], { nullable: true, description: 'Of CHOICE: one of these, exactly.' })
  @Nullable()
  @ArrayMaxSize(maximumChoices, { message: `Must be at most ${maximumChoices}.` })
  choices?: string[] | null;

  @Field(() => NumberRange, { nullable: true, description: 'Of NUMBER.' })
  number?: NumberRange | null;

  @Field(() => DateRange, { nullable: true, description: 'Of DATE.' })
  date?: DateRange | null;

  @Field(() => Boolean, { nullable: true, description: 'Of BOOLEAN.' })
  boolean?: boolean | null;
}

@InputType({ description: 'Which leads of a list; all conditions together.' })
export class LeadConditionsInput {
  @Field(() => [LeadState], {
    nullable: true,
    description: 'In one of these states; left out: in any but ARCHIVED.',
  })
  state?: LeadState[] | null;

  @Field(() => TextCondition, { nullable: true, description: 'By name.' })
  @Nullable()
  @ValidateNested()
  name?: TextCondition | null;

  @Field(() => TextCondition, { nullable: true, description: 'By company.' })
  @Nullable()
  @ValidateNested()
  company?: TextCondition | null;

  @Field(() => TextCondition, { nullable: true, description: 'By an email.' })
  @Nullable()
  @ValidateNested()
  email?: TextCondition | null;

  @Field(() => String, { nullable: true, description: 'With this phone number, with its country code.' })
  @Nullable()
  @Phone()
  phone?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the time to call back has come: those in CALL_BACK whose time is past, or all others.',
  })
  isCallBackDue?: boolean | null;

  @Field(() => TimeRange, { nullable: true, description: 'To be called back then.' })
  callBackAt?: TimeRange | null;

  @Field(() => IntRange, { nullable: true, description: 'Tried that often.' })
  attempts?: IntRange | null;

  @Field(() => TimeRange, { nullable: true, description: 'Added then.' })
  createdAt?: TimeRange | null;

  @Field(() => TimeRange, { nullable: true, description: 'Last changed then.' })
  updatedAt?: TimeRange | null;

  @Field(() => [LeadValueCondition], {
    nullable: true,
    description: `By what they have in fields of their lists, ${maximumValueConditions} conditions at most.`,
  })
  @Nullable()
  @check(
    (value) => Array.isArray(value) && value.length <= maximumValueConditions,
    `Must be at most ${maximumValueConditions}.`,
  )
  @ValidateNested()
  values?: LeadValueCondition[] | null;
}

@InputType({ description: "Which of a client's leads; all conditions together." })
export class ClientLeadFilter extends LeadConditionsInput {
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
