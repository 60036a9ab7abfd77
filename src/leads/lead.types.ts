// Lists of leads.
import { ValidateNested } from 'class-validator';
import { ArgsType, Field, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionOf, EdgeOf, PageArgs } from '../graphql/connection';
import { Nullable, SearchText } from '../graphql/validation';
import { ClientLeadFilter, LeadConditionsInput, LeadFilter, ListLeadFilter } from './lead-filter.types';
import { LeadChange, LeadNote } from './lead-parts.entity';
import { Lead } from './lead.entity';

export enum LeadOrder {
  NAME_ASC = 'NAME_ASC',
  NAME_DESC = 'NAME_DESC',
  CREATED_AT_ASC = 'CREATED_AT_ASC',
  CREATED_AT_DESC = 'CREATED_AT_DESC',
  UPDATED_AT_ASC = 'UPDATED_AT_ASC',
  UPDATED_AT_DESC = 'UPDATED_AT_DESC',
  CALL_BACK_AT_ASC = 'CALL_BACK_AT_ASC',
  CALL_BACK_AT_DESC = 'CALL_BACK_AT_DESC',
}

registerEnumType(LeadOrder, {
  name: 'LeadOrder',
  description: 'Order of a list of leads.',
  valuesConfig: {
    NAME_ASC: { description: 'By name, ignoring case.' },
    NAME_DESC: { description: 'By name, ignoring case, backwards.' },
    CREATED_AT_ASC: { description: 'Oldest first.' },
    CREATED_AT_DESC: { description: 'Newest first.' },
    UPDATED_AT_ASC: { description: 'What was not changed for longest, first.' },
    UPDATED_AT_DESC: { description: 'What was changed last, first.' },
    CALL_BACK_AT_ASC: { description: 'To be called back soonest, first; without a time, last.' },
    CALL_BACK_AT_DESC: { description: 'The same, backwards.' },
  },
});

@ArgsType()
export abstract class LeadListArgs extends PageArgs {
  @Field(() => LeadOrder, { defaultValue: LeadOrder.CREATED_AT_DESC, description: 'Order of the list.' })
  orderBy: LeadOrder;
}

@ArgsType()
export class LeadsArgs extends LeadListArgs {
  @Field(() => String, {
    nullable: true,
    description:
      'Words that are all in the name, the company, the emails or the phone numbers, in any case: each anywhere in a word, one or two letters at its ' +
      'beginning. Finds the newest 2,000 of them, of the client and the list that the filter names; narrower words find the others.',
  })
  @Nullable()
  @SearchText()
  search?: string | null;

  @Field(() => LeadFilter, { nullable: true, description: 'Which leads.' })
  @Nullable()
  @ValidateNested()
  filter?: LeadFilter | null;
}

@ArgsType()
export class ClientLeadsArgs extends LeadListArgs {
  @Field(() => ClientLeadFilter, { nullable: true, description: 'Which of its leads.' })
  @Nullable()
  @ValidateNested()
  filter?: ClientLeadFilter | null;
}

@ArgsType()
export class ListLeadsArgs extends LeadListArgs {
  @Field(() => ListLeadFilter, { nullable: true, description: 'Which of its leads.' })
  @Nullable()
  @ValidateNested()
  filter?: ListLeadFilter | null;
}

@ArgsType()
export class SegmentLeadsArgs extends LeadListArgs {
  @Field(() => LeadConditionsInput, { nullable: true, description: 'Which of its leads.' })
  @Nullable()
  @ValidateNested()
  filter?: LeadConditionsInput | null;
}

@ObjectType({ description: 'A lead in a list.', simpleResolvers: true })
export class LeadEdge extends EdgeOf(Lead, 'lead') {}

@ObjectType({ description: 'A page of leads.', simpleResolvers: true })
export class LeadConnection extends ConnectionOf(Lead, LeadEdge, 'leads') {}

@ObjectType({ description: 'A note in a list.', simpleResolvers: true })
export class LeadNoteEdge extends EdgeOf(LeadNote, 'note') {}

@ObjectType({ description: 'A page of notes.', simpleResolvers: true })
export class LeadNoteConnection extends ConnectionOf(LeadNote, LeadNoteEdge, 'notes') {}

@ObjectType({ description: 'A change in a history.', simpleResolvers: true })
export class LeadChangeEdge extends EdgeOf(LeadChange, 'change') {}

@ObjectType({ description: 'A page of a history.', simpleResolvers: true })
export class LeadChangeConnection extends ConnectionOf(LeadChange, LeadChangeEdge, 'changes') {}
