import { ArrayMaxSize, ValidateNested } from 'class-validator';
import { ArgsType, Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { LocalDate } from '../graphql/scalars';
import { Nullable } from '../graphql/validation';
import { ActivityFilter } from './activity';

export enum UsageGroup {
  CLIENT = 'CLIENT',
  AGENT = 'AGENT',
  MONTH = 'MONTH',
}

registerEnumType(UsageGroup, {
  name: 'UsageGroup',
  description: 'What usage has a line for.',
  valuesConfig: {
    CLIENT: { description: 'Each client.' },
    AGENT: {
      description:
        'Each agent with each client that it worked for; one that left and came back has one line.',
    },
    MONTH: { description: "Each month, in the account's time zone." },
  },
});

@InputType({ description: 'Whose usage; all conditions together.' })
export class UsageFilter extends ActivityFilter {}

@ArgsType()
export class UsageArgs {
  @Field(() => LocalDate, { description: 'First day.' })
  from: string;

  @Field(() => LocalDate, { description: 'The day after the last one, at most 400 days after the first.' })
  to: string;

  @Field(() => [UsageGroup], {
    description: 'What there is a line for; nothing: one line for all, of zeros where there is nothing.',
  })
  @ArrayMaxSize(3, { message: 'Must name at most 3.' })
  groupBy: UsageGroup[];

  @Field(() => UsageFilter, {
    nullable: true,
    description: 'Whose usage; left out: of all that the viewer sees.',
  })
  @Nullable()
  @ValidateNested()
  filter?: UsageFilter | null;
}

@ObjectType({
  description: 'How much agents did, summed up over what the viewer sees.',
  simpleResolvers: true,
})
export class UsageLine {
  clientId: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The agent; null: the line is not of one agent.',
  })
  agentId: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Name of the agent, as it was last with the client; null: the line is not of one agent.',
  })
  agentName: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The month in the account's time zone, like `2026-11`; null: the line is not of one month.",
  })
  month: string | null;

  @Field(() => Int, { description: 'Calls that began then.' })
  calls: number;

  @Field(() => Float, {
    description:
      'How much of these calls is billed, in seconds; whole ones, maybe more of them than an Int holds.',
  })
  billableSeconds: number;

  @Field(() => Int, { description: 'Conversations that began then.' })
  conversations: number;

  @Field(() => Int, { description: 'Messages that were sent then.' })
  messages: number;
}
