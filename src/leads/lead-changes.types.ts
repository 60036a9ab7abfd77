// What mutations on leads take and answer.
import { ArrayMaxSize, ArrayMinSize, Max, Min, ValidateNested } from 'class-validator';
import { Field, Float, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { isTimeZone } from '../accounts/account.types';
import type { Deferred } from '../graphql/deferred';
import { DateTime, LocalDate } from '../graphql/scalars';
import { VersionedInput } from '../graphql/subject-input';
import { check, Emails, Id, Ids, NotNull, Nullable, Phones, Text } from '../graphql/validation';
import { LeadNote } from './lead-parts.entity';
import { Lead, LeadState } from './lead.entity';

/** Emails, and phone numbers, that one lead has at most. */
const maximumContacts = 10;
/** Values that one lead is given at most: a list has no more fields. */
const maximumValues = 200;
/** The largest number that a value can be, either way: beyond it, not every whole number has one of its own. */
const maximumNumber = 1e15;

@InputType({
  description:
    'What a lead has in a field of its list: the one member that the type of the field takes, or none to clear it.',
})
export class LeadValueInput {
  @Field(() => ID, { description: 'Which field.' })
  @Id()
  fieldId: string;

  @Field(() => String, {
    nullable: true,
    description: 'Of TEXT, 1 to 2,000 characters, and of CHOICE one of its choices.',
  })
  @Nullable()
  @Text({ maximum: 2000, multiline: true })
  text?: string | null;

  @Field(() => Float, { nullable: true, description: 'Of NUMBER, up to 10^15 either way.' })
  @Nullable()
  @Min(-maximumNumber, { message: 'Must be at least -10^15.' })
  @Max(maximumNumber, { message: 'Must be at most 10^15.' })
  number?: number | null;

  @Field(() => LocalDate, { nullable: true, description: 'Of DATE.' })
  date?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Of BOOLEAN.' })
  boolean?: boolean | null;
}

/** When somebody can be called back, or never; the same limits as in the database. */
const isCallBack = (value: unknown): boolean =>
  value === null ||
  (value instanceof Date && value >= new Date('2000-01-01Z') && value < new Date('2200-01-01Z'));

/** What can be said of a lead that is new, or of one that is there. */
@InputType()
abstract class LeadDetails {
  @Field(() => String, {
    nullable: true,
    description: 'The company they work for, 1 to 200 characters; null: nothing is said.',
  })
  @Nullable()
  @Text({ maximum: 200 })
  company?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: `All of their emails, ${maximumContacts} at most; cannot be cleared, but empty.`,
  })
  @NotNull()
  @Emails(maximumContacts)
  emails?: string[];

  @Field(() => [String], {
    nullable: true,
    description: `All of their phone numbers, with their country codes, ${maximumContacts} at most; cannot be cleared, but empty.`,
  })
  @NotNull()
  @Phones(maximumContacts)
  phones?: string[];

  @Field(() => [LeadValueInput], {
    nullable: true,
    description:
      'What they have in fields of the list; those that are not named stay as they are. Cannot be cleared as a whole.',
  })
  @NotNull()
  @ArrayMaxSize(maximumValues, { message: `Must be at most ${maximumValues}.` })
  @ValidateNested()
  values?: LeadValueInput[];

  @Field(() => LeadState, {
    nullable: true,
    description:
      'How far one is with it; of a new one by default NEW. To archive it there is `archiveLead`. Cannot be cleared.',
  })
  @check(
    (value) => value !== null && value !== LeadState.ARCHIVED,
    'Cannot be cleared, nor be ARCHIVED: that is done by archiveLead.',
  )
  state?: LeadState;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When to call back; null: no time. CALL_BACK needs one; into another state it is not taken along unless it is named.',
  })
  @check(isCallBack, 'Must be a time from the year 2000 on, and before the year 2200.')
  callBackAt?: Date | null;

  @Field(() => String, { nullable: true, description: "Time zone, as IANA calls it; null: the account's." })
  @Nullable()
  @check(isTimeZone, 'Must be a time zone, like Europe/Berlin.')
  timeZone?: string | null;
}

@InputType({ description: 'A new lead. The name alone is enough, unless its list has required fields.' })
export class LeadInput extends LeadDetails {
  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  @Text({ maximum: 200 })
  name: string;
}

@InputType({ description: 'A new lead, and its list.' })
export class CreateLeadInput extends LeadInput {
  @Field(() => ID, { description: 'On which list it is.' })
  @Id()
  listId: string;
}

@InputType({ description: 'What to change about a lead: left out means unchanged, null cleared.' })
export class LeadChanges extends LeadDetails {
  @Field(() => String, { nullable: true, description: 'Name, 1 to 200 characters; cannot be cleared.' })
  @Text({ maximum: 200 })
  name?: string;
}

@InputType({ description: 'Changes to a lead.' })
export class UpdateLeadInput extends VersionedInput('lead') {
  @Field(() => LeadChanges, { description: 'What to change.' })
  @ValidateNested()
  changes: LeadChanges;
}

@InputType({ description: 'A lead to archive, or to restore.' })
export class ChangeLeadStatusInput extends VersionedInput('lead') {}

@InputType({ description: 'A lead to delete.' })
export class DeleteLeadInput extends VersionedInput('lead') {}

/** Leads that are merged into one at once; the same limit as in the database. */
const maximumMerged = 10;

@InputType({ description: 'Leads that are one.' })
export class MergeLeadsInput extends VersionedInput('lead, which stays') {
  @Field(() => [ID], { description: `The others, 1 to ${maximumMerged}, which are gone afterwards.` })
  @ArrayMinSize(1, { message: 'Must be at least one.' })
  @Ids(maximumMerged)
  mergedIds: string[];
}

const noteText = 'What to write, 1 to 10,000 characters.';

@InputType({ description: 'A note about a lead.' })
export class AddLeadNoteInput {
  @Field(() => ID, { description: 'About which lead.' })
  @Id()
  leadId: string;

  @Field(() => String, { description: noteText })
  @Text({ maximum: 10_000, multiline: true })
  text: string;
}

@InputType({ description: 'Another text for a note.' })
export class UpdateLeadNoteInput extends VersionedInput('note') {
  @Field(() => String, { description: noteText })
  @Text({ maximum: 10_000, multiline: true })
  text: string;
}

@InputType({ description: 'A note to delete.' })
export class DeleteLeadNoteInput extends VersionedInput('note') {}

export enum LeadOutcome {
  CREATED = 'CREATED',
  SKIPPED = 'SKIPPED',
  UPDATED = 'UPDATED',
  DELETED = 'DELETED',
  REJECTED = 'REJECTED',
}

registerEnumType(LeadOutcome, {
  name: 'LeadOutcome',
  description: 'What became of a new lead, or of one of many.',
  valuesConfig: {
    CREATED: { description: 'It is added.' },
    SKIPPED: {
      description: 'Its client has it already, by an email or a phone number: that one is answered.',
    },
    UPDATED: {
      description:
        'Of a new one: likewise; what that one lacked was added to it. Of one that was to be changed: it is.',
    },
    DELETED: { description: 'It is gone for good. Of `deleteLeads` alone.' },
    REJECTED: { description: 'It is not added, changed or deleted; `error` says why. Of many alone.' },
  },
});

@ObjectType({ simpleResolvers: true })
export abstract class LeadPayload {
  @Field(() => Lead, { description: 'The lead as it is now.' })
  lead: Deferred<Lead>;
}

@ObjectType({ description: 'Answer of `createLead`.', simpleResolvers: true })
export class CreateLeadPayload extends LeadPayload {
  @Field(() => LeadOutcome, { description: 'Whether it is new.' })
  outcome: LeadOutcome;
}

@ObjectType({ description: 'Answer of `updateLead`.', simpleResolvers: true })
export class UpdateLeadPayload extends LeadPayload {}

@ObjectType({ description: 'Answer of `archiveLead`.', simpleResolvers: true })
export class ArchiveLeadPayload extends LeadPayload {}

@ObjectType({ description: 'Answer of `restoreLead`.', simpleResolvers: true })
export class RestoreLeadPayload extends LeadPayload {}

@ObjectType({ description: 'Answer of `deleteLead`.', simpleResolvers: true })
export class DeleteLeadPayload {
  @Field(() => ID, { description: 'The lead that was deleted.' })
  deletedId: string;
}

@ObjectType({ description: 'Answer of `mergeLeads`.', simpleResolvers: true })
export class MergeLeadsPayload extends LeadPayload {
  @Field(() => [ID], { description: 'The leads that are gone.' })
  mergedIds: string[];
}

@ObjectType({ description: 'Answer of `addLeadNote`.', simpleResolvers: true })
export class AddLeadNotePayload extends LeadPayload {
  @Field(() => LeadNote, { description: 'The note.' })
  note: Deferred<LeadNote>;
}

@ObjectType({ description: 'Answer of `updateLeadNote`.', simpleResolvers: true })
export class UpdateLeadNotePayload extends LeadPayload {
  @Field(() => LeadNote, { description: 'The note as it is now.' })
  note: Deferred<LeadNote>;
}

@ObjectType({ description: 'Answer of `deleteLeadNote`.', simpleResolvers: true })
export class DeleteLeadNotePayload extends LeadPayload {
  @Field(() => ID, { description: 'The note that was deleted.' })
  deletedId: string;
}
