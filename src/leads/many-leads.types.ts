// What mutations on many leads take and answer.
import { ArrayMaxSize, ArrayMinSize } from 'class-validator';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Deferred } from '../graphql/deferred';
import { ErrorCode } from '../graphql/errors';
import { Id } from '../graphql/validation';
import {
  ChangeLeadStatusInput,
  DeleteLeadInput,
  LeadInput,
  LeadOutcome,
  UpdateLeadInput,
} from './lead-changes.types';
import { Lead } from './lead.entity';

/** Leads of one request; the same limit as in the database. */
const maximumLeads = 500;
const many = `1 to ${maximumLeads}`;

function Many(): PropertyDecorator {
  return (target, property) => {
    ArrayMinSize(1, { message: 'Must be at least one.' })(target, property);
    ArrayMaxSize(maximumLeads, { message: `Must be at most ${maximumLeads}.` })(target, property);
  };
}

@InputType({ description: 'New leads of a list.' })
export class CreateLeadsInput {
  @Field(() => ID, { description: 'On which list they are.' })
  @Id()
  listId: string;

  /** Not validated with the input: what is wrong with one is said of that one. */
  @Field(() => [LeadInput], { description: `The leads, ${many}.` })
  @Many()
  leads: LeadInput[];
}

@InputType({ description: 'Changes to leads, each with its own.' })
export class UpdateLeadsInput {
  /** As above. */
  @Field(() => [UpdateLeadInput], {
    description: `Which leads, ${many}, and what to change about each; done in this order.`,
  })
  @Many()
  leads: UpdateLeadInput[];
}

@InputType({ description: 'Leads to archive, or to restore.' })
export class ChangeLeadStatusesInput {
  /** As above. */
  @Field(() => [ChangeLeadStatusInput], { description: `Which leads, ${many}.` })
  @Many()
  leads: ChangeLeadStatusInput[];
}

@InputType({ description: 'Leads to delete.' })
export class DeleteLeadsInput {
  /** As above. */
  @Field(() => [DeleteLeadInput], { description: `Which leads, ${many}.` })
  @Many()
  leads: DeleteLeadInput[];
}

@ObjectType({ description: 'Why a lead was not added, changed or deleted.', simpleResolvers: true })
export class LeadError {
  @Field(() => ErrorCode, {
    description:
      'VALIDATION_FAILED, NOT_FOUND (the lead, or a field of its list) or CONFLICT (as where one lead is changed).',
  })
  code: ErrorCode;

  @Field(() => String, { description: 'The reason as a sentence.' })
  message: string;

  @Field(() => String, {
    nullable: true,
    description: 'Which member of the lead, or its id; null: none by itself.',
  })
  field: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Of CONFLICT, as `extensions.reason` of errors; null for other codes.',
  })
  reason: string | null;
}

@ObjectType({ description: 'What became of one of many leads.', simpleResolvers: true })
export class LeadResult {
  @Field(() => Int, { description: 'Place of the lead in the input, from 0.' })
  index: number;

  @Field(() => LeadOutcome, { description: 'What became of it.' })
  outcome: LeadOutcome;

  @Field(() => ID, {
    nullable: true,
    description: 'Id of the lead that there is now, or was; null: it was rejected.',
  })
  id: string | null;

  @Field(() => Lead, {
    nullable: true,
    description: 'The lead as it is now; null: it was rejected, or is gone.',
  })
  lead: Deferred<Lead | null> | null;

  @Field(() => LeadError, { nullable: true, description: 'Why it was rejected; null: it was not.' })
  error: LeadError | null;
}

@ObjectType({ simpleResolvers: true })
abstract class LeadsPayload {
  @Field(() => [LeadResult], { description: 'What became of each, in the order of the input.' })
  results: LeadResult[];
}

@ObjectType({ description: 'Answer of `createLeads`.', simpleResolvers: true })
export class CreateLeadsPayload extends LeadsPayload {}

@ObjectType({ description: 'Answer of `updateLeads`.', simpleResolvers: true })
export class UpdateLeadsPayload extends LeadsPayload {}

@ObjectType({ description: 'Answer of `archiveLeads`.', simpleResolvers: true })
export class ArchiveLeadsPayload extends LeadsPayload {}

@ObjectType({ description: 'Answer of `deleteLeads`.', simpleResolvers: true })
export class DeleteLeadsPayload extends LeadsPayload {}

@ObjectType({ description: 'Answer of `restoreLeads`.', simpleResolvers: true })
export class RestoreLeadsPayload extends LeadsPayload {}
