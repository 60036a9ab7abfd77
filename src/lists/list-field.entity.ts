import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';

export enum ListFieldType {
  TEXT = 'TEXT',
  NUMBER = 'NUMBER',
  DATE = 'DATE',
  BOOLEAN = 'BOOLEAN',
  CHOICE = 'CHOICE',
}

registerEnumType(ListFieldType, {
  name: 'ListFieldType',
  description: 'What the values of a field are.',
  valuesConfig: {
    TEXT: { description: 'Text.' },
    NUMBER: { description: 'A number.' },
    DATE: { description: 'A day.' },
    BOOLEAN: { description: 'Yes or no.' },
    CHOICE: { description: 'One of the choices of the field.' },
  },
});

@ObjectType({
  description: 'What is noted of the leads of a list, besides what is noted of every lead.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'list_fields' })
export class ListField {
  @Column({ type: 'uuid', primary: true, name: 'account_id' })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the field.' })
  @Column({ type: 'uuid', primary: true })
  id: string;

  @Column({ type: 'uuid', name: 'list_id' })
  listId: string;

  @Field(() => String, { description: 'Name, unique within the list, ignoring case.' })
  @Column('text')
  name: string;

  @Field(() => ListFieldType, { description: 'What its values are; it never changes.' })
  @Column('text')
  type: ListFieldType;

  @Field(() => [String], {
    nullable: true,
    description: 'What there is to choose from; null: it is no choice.',
  })
  @Column({ type: 'text', array: true, nullable: true })
  choices: string[] | null;

  @Field(() => Boolean, { description: 'Whether a lead that is added or edited must have a value.' })
  @Column('boolean')
  required: boolean;

  @Field(() => Boolean, {
    description:
      "Whether no two leads of the client have the same value, in this field or in one of the same name of the client's other lists; it never changes.",
  })
  @Column({ type: 'boolean', name: 'unique_in_client' })
  uniqueInClient: boolean;
}
