import { VersionedInput } from '../graphql/subject-input';
import { ArrayMaxSize, ValidateNested } from 'class-validator';
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionOf, EdgeOf, PageArgs } from '../graphql/connection';
import type { Deferred } from '../graphql/deferred';
import { Id, Ids, NotNull, Nullable, SearchText, Text } from '../graphql/validation';
import {
  ListDispositionInput,
  ListFieldInput,
  ListWorkflowInput,
  maximumDispositions,
  maximumFields,
} from './list-parts.types';
import { DuplicateHandling, List, ListAccess, ListStatus } from './list.entity';

/** Members who are named on one list at most. */
const maximumMembers = 500;

export enum ListOrder {
  NAME_ASC = 'NAME_ASC',
  NAME_DESC = 'NAME_DESC',
  CREATED_AT_ASC = 'CREATED_AT_ASC',
  CREATED_AT_DESC = 'CREATED_AT_DESC',
}

registerEnumType(ListOrder, {
  name: 'ListOrder',
  description: 'Order of lists.',
  valuesConfig: {
    NAME_ASC: { description: 'By name, ignoring case.' },
    NAME_DESC: { description: 'By name, ignoring case, backwards.' },
    CREATED_AT_ASC: { description: 'Oldest first.' },
    CREATED_AT_DESC: { description: 'Newest first.' },
  },
});

@InputType({ description: "Which of a client's lists." })
export class ClientListFilter {
  @Field(() => [ListStatus], {
    nullable: true,
    description: 'In one of these states; left out: ACTIVE or MOVING.',
  })
  status?: ListStatus[] | null;

  @Field(() => [ListAccess], { nullable: true, description: 'With one of these kinds of access.' })
  access?: ListAccess[] | null;
}

@InputType({ description: 'Which lists; all conditions together.' })
export class ListFilter extends ClientListFilter {
  @Field(() => ID, { nullable: true, description: 'Of this client.' })
  @Nullable()
  @Id()
  clientId?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'True: of no client. False: of clients.' })
  ofNoClient?: boolean | null;
}

@ArgsType()
abstract class ListListArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: 'Part of the name, in any case.' })
  @Nullable()
  @SearchText()
  search?: string | null;

  @Field(() => ListOrder, { defaultValue: ListOrder.NAME_ASC, description: 'Their order.' })
  orderBy: ListOrder;
}

@ArgsType()
export class ListsArgs extends ListListArgs {
  @Field(() => ListFilter, { nullable: true, description: 'Which lists.' })
  @Nullable()
  @ValidateNested()
  filter?: ListFilter | null;
}

@ArgsType()
export class ClientListsArgs extends ListListArgs {
  @Field(() => ClientListFilter, { nullable: true, description: 'Which of its lists.' })
  @Nullable()
  @ValidateNested()
  filter?: ClientListFilter | null;
}

@ObjectType({ description: 'A list in a page of lists.', simpleResolvers: true })
export class ListEdge extends EdgeOf(List, 'list') {}

@ObjectType({ description: 'A page of lists.', simpleResolvers: true })
export class ListConnection extends ConnectionOf(List, ListEdge, 'lists') {}

const fieldsRule = `in their order, ${maximumFields} at most`;
const dispositionsRule = `in their order, ${maximumDispositions} at most`;
const membersRule = `who reach its client, ${maximumMembers} at most; of no client: who reach all clients, or work for none`;

/** What creating and editing share. */
@InputType()
abstract class ListDetails {
  @Field(() => String, {
    nullable: true,
    description: 'What it is for, up to 2,000 characters; null: nothing.',
  })
  @Nullable()
  @Text({ maximum: 2000, multiline: true })
  description?: string | null;

  @Field(() => ListAccess, {
    nullable: true,
    description:
      'Who works on it; of a new one, left out: ALL, or NAMED where it is of no client, as such a list always is. Cannot be cleared.',
  })
  @NotNull()
  access?: ListAccess;

  @Field(() => DuplicateHandling, {
    nullable: true,
    description:
      'What becomes of a new lead that its client has already; of a new list, left out: SKIP. Cannot be cleared.',
  })
  @NotNull()
  duplicateHandling?: DuplicateHandling;

  @Field(() => ListWorkflowInput, {
    nullable: true,
    description: 'How its leads are worked through. Cannot be cleared.',
  })
  @NotNull()
  @ValidateNested()
  workflow?: ListWorkflowInput;

  @Field(() => [ListFieldInput], {
    nullable: true,
    description: `All of its fields, ${fieldsRule}. One that is not named goes, unless leads have values in it. Cannot be cleared, but empty.`,
  })
  @NotNull()
  @ArrayMaxSize(maximumFields, { message: `Must be at most ${maximumFields}.` })
  @ValidateNested({ each: true })
  fields?: ListFieldInput[];

  @Field(() => [ListDispositionInput], {
    nullable: true,
    description: `All of its dispositions, ${dispositionsRule}. Of a new list, left out: "No answer", "Call back", "Won", "Lost". Cannot be cleared, but empty.`,
  })
  @NotNull()
  @ArrayMaxSize(maximumDispositions, { message: `Must be at most ${maximumDispositions}.` })
  @ValidateNested({ each: true })
  dispositions?: ListDispositionInput[];

  @Field(() => [ID], {
    nullable: true,
    description: `All who are named on it, ${membersRule}. Cannot be cleared, but empty.`,
  })
  @NotNull()
  @Ids(maximumMembers)
  memberIds?: string[];
}

@InputType({ description: 'A new list; the name is enough.' })
export class CreateListInput extends ListDetails {
  @Field(() => ID, {
    nullable: true,
    description: 'Of which client; null: of none. Whoever creates a list of no client is named on it.',
  })
  @Nullable()
  @Id()
  clientId?: string | null;

  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  @Text({ maximum: 200 })
  name: string;
}

@InputType({ description: 'What to change about a list: left out means unchanged, null means cleared.' })
export class ListChanges extends ListDetails {
  @Field(() => String, { nullable: true, description: 'Name, 1 to 200 characters; cannot be cleared.' })
  @Text({ maximum: 200 })
  name?: string;
}

@InputType({ description: 'Changes to a list.' })
export class UpdateListInput extends VersionedInput('list') {
  @Field(() => ListChanges, { description: 'What to change.' })
  @ValidateNested()
  changes: ListChanges;
}

@InputType({ description: 'A list whose state changes.' })
export class ChangeListStatusInput extends VersionedInput('list') {}

@ObjectType({ simpleResolvers: true })
abstract class ListPayload {
  @Field(() => List, { description: 'The list as it is now.' })
  list: Deferred<List>;
}

@ObjectType({ description: 'Answer of `createList`.', simpleResolvers: true })
export class CreateListPayload extends ListPayload {}

@ObjectType({ description: 'Answer of `updateList`.', simpleResolvers: true })
export class UpdateListPayload extends ListPayload {}

@ObjectType({ description: 'Answer of `archiveList`.', simpleResolvers: true })
export class ArchiveListPayload extends ListPayload {}

@ObjectType({ description: 'Answer of `restoreList`.', simpleResolvers: true })
export class RestoreListPayload extends ListPayload {}
