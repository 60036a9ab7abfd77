// What of a list is given and answered as a whole: how it is worked through, its fields, its dispositions.
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, Max, Min } from 'class-validator';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { LocalTime } from '../graphql/scalars';
import { check, Id, NotNull, Nullable, Text, Texts } from '../graphql/validation';
import { DispositionState } from './list-disposition.entity';
import { ListFieldType } from './list-field.entity';
import { CallingTimeZone, QueueOrder, Weekday } from './list.entity';

export const maximumFields = 50;
export const maximumDispositions = 50;
const maximumChoices = 100;
const maximumAttempts = 100;
/** 30 days. */
const maximumDelayMinutes = 43_200;

const attemptsRange = { message: `Must be between 1 and ${maximumAttempts}.` };
const delayRange = { message: `Must be between 0 and ${maximumDelayMinutes}.` };
const time = check(
  (value) => /^\d{2}:\d{2}$/.test(String(value)),
  'Must be a time to the minute, like 09:30.',
);

@ObjectType({ description: 'How the leads of a list are worked through.', simpleResolvers: true })
export class ListWorkflow {
  @Field(() => QueueOrder, { description: 'Which lead comes next.' })
  queueOrder: QueueOrder;

  @Field(() => Int, {
    nullable: true,
    description: 'How often a lead is tried; null: until something comes of it.',
  })
  maximumAttempts: number | null;

  @Field(() => Int, { description: 'Minutes for which a lead that was not reached rests.' })
  callBackDelayMinutes: number;

  @Field(() => [Weekday], { description: 'Days on which leads are called, in their order.' })
  callingDays: Weekday[];

  @Field(() => LocalTime, { nullable: true, description: 'From when on they are called; null: all day.' })
  callingFrom: string | null;

  @Field(() => LocalTime, { nullable: true, description: 'Until when, not included; null: all day.' })
  callingUntil: string | null;

  @Field(() => CallingTimeZone, { description: 'On whose clock.' })
  callingTimeZone: CallingTimeZone;
}

/** How a new list is worked through where nothing else is said. */
export const defaultWorkflow: ListWorkflow = {
  queueOrder: QueueOrder.OLDEST_FIRST,
  maximumAttempts: null,
  callBackDelayMinutes: 60,
  callingDays: Object.values(Weekday),
  callingFrom: null,
  callingUntil: null,
  callingTimeZone: CallingTimeZone.LEAD,
};

@InputType({
  description:
    'How the leads of a list are worked through: left out means unchanged, or, of a new list, the default.',
})
export class ListWorkflowInput {
  @Field(() => QueueOrder, {
    nullable: true,
    description: 'Which lead comes next; by default OLDEST_FIRST. Cannot be cleared.',
  })
  @NotNull()
  queueOrder?: QueueOrder;

  @Field(() => Int, {
    nullable: true,
    description: 'How often a lead is tried, 1 to 100; null, and by default: until something comes of it.',
  })
  @Nullable()
  @Min(1, attemptsRange)
  @Max(maximumAttempts, attemptsRange)
  maximumAttempts?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Minutes for which a lead that was not reached rests, 0 to 43,200; by default 60. Cannot be cleared.',
  })
  @Min(0, delayRange)
  @Max(maximumDelayMinutes, delayRange)
  callBackDelayMinutes?: number;

  @Field(() => [Weekday], {
    nullable: true,
    description: 'Days on which leads are called, at least one; by default all. Cannot be cleared.',
  })
  @NotNull()
  @ArrayMinSize(1, { message: 'Must name at least one day.' })
  @ArrayUnique({ message: 'Must name a day once.' })
  callingDays?: Weekday[];

  @Field(() => LocalTime, {
    nullable: true,
    description: 'From when on they are called; null, and by default: all day. Together with `callingUntil`.',
  })
  @Nullable()
  @time
  callingFrom?: string | null;

  @Field(() => LocalTime, {
    nullable: true,
    description:
      'Until when, not included, later on the same day; null, and by default: all day. Together with `callingFrom`.',
  })
  @Nullable()
  @time
  callingUntil?: string | null;

  @Field(() => CallingTimeZone, {
    nullable: true,
    description: 'On whose clock; by default LEAD. Cannot be cleared.',
  })
  @NotNull()
  callingTimeZone?: CallingTimeZone;
}

/** A part of a list that is there, or a new one. */
@InputType()
abstract class ListPartInput {
  @Field(() => ID, { nullable: true, description: 'Which one of the list; null: a new one.' })
  @Nullable()
  @Id()
  id?: string | null;

  @Field(() => String, { description: 'Name, 1 to 100 characters, unique within the list, ignoring case.' })
  @Text({ maximum: 100 })
  name: string;
}

@InputType({ description: 'A field of a list, as it is to be.' })
export class ListFieldInput extends ListPartInput {
  @Field(() => ListFieldType, { description: 'What its values are; of one that is there, what it is.' })
  type: ListFieldType;

  @Field(() => [String], {
    nullable: true,
    description:
      'What there is to choose from: of a CHOICE, 1 to 100 different texts of 1 to 100 characters each, otherwise null. Leads keep a value that is no longer among them until they are edited.',
  })
  @Nullable()
  @ArrayMinSize(1, { message: 'Must name at least one.' })
  @ArrayMaxSize(maximumChoices, { message: `Must be at most ${maximumChoices}.` })
  @ArrayUnique({ message: 'Must be different.' })
  @Texts({ maximum: 100 })
  choices?: string[] | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether a lead that is added or edited must have a value.',
  })
  required: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Whether no two leads of the client may have the same value in it; of TEXT, NUMBER and DATE alone. Of one that is there, what it is.',
  })
  uniqueInClient: boolean;
}

@InputType({ description: 'A disposition of a list, as it is to be.' })
export class ListDispositionInput extends ListPartInput {
  @Field(() => DispositionState, { description: 'The state that it puts a lead into, from now on.' })
  leadState: DispositionState;
}
