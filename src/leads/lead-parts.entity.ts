// What hangs on a lead: values of the fields of its list, notes, and what changed.
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { SelectedAs } from '../database/columns';
import { DateTime, LocalDate } from '../graphql/scalars';

@ObjectType({
  description: 'What a lead has in a field of its list: the one member that the type of the field takes.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'lead_values' })
export class LeadValue {
  @Column({ type: 'uuid', primary: true, name: 'lead_id' })
  leadId: string;

  @Field(() => ID, { description: 'Which field.' })
  @Column({ type: 'uuid', primary: true, name: 'field_id' })
  fieldId: string;

  @Field(() => String, {
    nullable: true,
    description: 'Of TEXT, and of CHOICE what was chosen; null: another type.',
  })
  @Column({ type: 'text', name: 'text_value', nullable: true })
  text: string | null;

  @Field(() => Float, { nullable: true, description: 'Of NUMBER; null: another type.' })
  @Column({ type: 'double precision', name: 'number_value', nullable: true })
  number: number | null;

  @Field(() => LocalDate, { nullable: true, description: 'Of DATE; null: another type.' })
  @Column({ type: 'date', name: 'date_value', nullable: true })
  @SelectedAs((row) => `${row}.date_value::text`)
  date: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Of BOOLEAN; null: another type.' })
  @Column({ type: 'boolean', name: 'boolean_value', nullable: true })
  boolean: boolean | null;
}

const nameOfAuthor = 'as it was then; null: an access token of the account';

@ObjectType({ description: 'What somebody wrote about a lead.', simpleResolvers: true })
@Entity({ schema: 'ringfence', name: 'lead_notes' })
export class LeadNote {
  @Field(() => ID, { description: 'Identifies the note.' })
  @Column({ type: 'uuid', primary: true })
  id: string;

  @Field(() => String, { description: 'What was written.' })
  @Column('text')
  text: string;

  @Field(() => String, { nullable: true, description: `Name of who wrote it, ${nameOfAuthor}.` })
  @Column({ type: 'text', name: 'author_name', nullable: true })
  authorName: string | null;

  @Field(() => Int, { description: 'Counts changes; for `expectedVersion`.' })
  @Column('int')
  version: number;

  @Field(() => DateTime, { description: 'When it was written.' })
  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt: string;

  @Field(() => DateTime, { description: 'When it was last changed.' })
  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt: string;
}

export enum LeadChangeSubject {
  CREATED = 'CREATED',
  NAME = 'NAME',
  COMPANY = 'COMPANY',
  EMAILS = 'EMAILS',
  PHONES = 'PHONES',
  STATE = 'STATE',
  CALL_BACK_AT = 'CALL_BACK_AT',
  TIME_ZONE = 'TIME_ZONE',
  VALUE = 'VALUE',
  MERGED = 'MERGED',
  DISPOSITION = 'DISPOSITION',
}

registerEnumType(LeadChangeSubject, {
  name: 'LeadChangeSubject',
  description: 'What changed about a lead.',
  valuesConfig: {
    CREATED: { description: 'It was added, by that name.' },
    NAME: { description: 'Its name.' },
    COMPANY: { description: 'Its company.' },
    EMAILS: { description: 'Its emails, with commas between them.' },
    PHONES: { description: 'Its phone numbers, with commas between them.' },
    STATE: { description: 'How far one is with it.' },
    CALL_BACK_AT: { description: 'When to call back.' },
    TIME_ZONE: { description: 'Its time zone.' },
    VALUE: { description: 'What it has in a field of its list.' },
    MERGED: { description: 'Another lead, of that name, was merged into it.' },
    DISPOSITION: { description: 'How a call ended: `to` is what the disposition was called.' },
  },
});

@ObjectType({ description: 'One thing that changed about a lead.', simpleResolvers: true })
@Entity({ schema: 'ringfence', name: 'lead_changes' })
export class LeadChange {
  @Field(() => ID, { description: 'Identifies the change.' })
  @Column({ type: 'uuid', primary: true })
  id: string;

  @Field(() => LeadChangeSubject, { description: 'What changed.' })
  @Column('text')
  subject: LeadChangeSubject;

  @Field(() => String, {
    nullable: true,
    description: 'Of VALUE, how the field was called then; null: something else changed.',
  })
  @Column({ type: 'text', name: 'field_name', nullable: true })
  fieldName: string | null;

  @Field(() => String, { nullable: true, description: 'What it was, as text; null: there was nothing.' })
  @Column({ type: 'text', name: 'from_text', nullable: true })
  from: string | null;

  @Field(() => String, { nullable: true, description: 'What it became, as text; null: it was cleared.' })
  @Column({ type: 'text', name: 'to_text', nullable: true })
  to: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Name of the lead that changed, which was merged into this one; what it had and found no place here became nothing then. Null: this one changed.',
  })
  @Column({ type: 'text', name: 'merged_from', nullable: true })
  mergedFrom: string | null;

  @Field(() => String, { nullable: true, description: `Name of who changed it, ${nameOfAuthor}.` })
  @Column({ type: 'text', name: 'actor_name', nullable: true })
  actorName: string | null;

  @Field(() => DateTime, { description: 'When.' })
  @Column({ type: 'timestamptz', name: 'changed_at' })
  changedAt: string;
}
