import { ValidateNested } from 'class-validator';
import { ArgsType, Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionOf, EdgeOf, PageArgs } from '../../src/graphql/connection';
import { Nullable } from '../../src/graphql/validation';
import { Lead, LeadStatus } from './lead.entity';

export enum LeadOrder {
  CREATED_AT_ASC = 'CREATED_AT_ASC',
  CREATED_AT_DESC = 'CREATED_AT_DESC',
}

registerEnumType(LeadOrder, { name: 'LeadOrder', description: 'Order of a list of leads.' });

@InputType({ description: 'Which leads.' })
export class LeadFilter {
  @Field(() => LeadStatus, { nullable: true, description: 'In this state.' })
  status?: LeadStatus | null;
}

@ArgsType()
export class LeadsArgs extends PageArgs {
  @Field(() => LeadFilter, { nullable: true, description: 'Which leads.' })
  @Nullable()
  @ValidateNested()
  filter?: LeadFilter | null;

  @Field(() => LeadOrder, { defaultValue: LeadOrder.CREATED_AT_DESC, description: 'Order of the list.' })
  orderBy: LeadOrder;
}

@ObjectType({ description: 'A lead in a list.', simpleResolvers: true })
export class LeadEdge extends EdgeOf(Lead, 'lead') {}

@ObjectType({ description: 'A page of leads.', simpleResolvers: true })
export class LeadConnection extends ConnectionOf(Lead, LeadEdge, 'leads') {}
