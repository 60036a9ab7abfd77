import { ValidateNested } from 'class-validator';
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionOf, EdgeOf, PageArgs } from '../graphql/connection';
import type { Deferred } from '../graphql/deferred';
import { VersionedInput } from '../graphql/subject-input';
import { Id, NotNull, Nullable, SearchText, Text } from '../graphql/validation';
import { LeadConditionsInput } from '../leads/lead-filter.types';
import { Segment } from './segment.entity';

export enum SegmentOrder {
  NAME_ASC = 'NAME_ASC',
  NAME_DESC = 'NAME_DESC',
  CREATED_AT_ASC = 'CREATED_AT_ASC',
  CREATED_AT_DESC = 'CREATED_AT_DESC',
}

registerEnumType(SegmentOrder, {
  name: 'SegmentOrder',
  description: 'Order of segments.',
  valuesConfig: {
    NAME_ASC: { description: 'By name, ignoring case.' },
    NAME_DESC: { description: 'By name, ignoring case, backwards.' },
    CREATED_AT_ASC: { description: 'Oldest first.' },
    CREATED_AT_DESC: { description: 'Newest first.' },
  },
});

@InputType({ description: "Which of a list's segments." })
export class ListSegmentFilter {
  @Field(() => Boolean, {
    nullable: true,
    description: 'True: shared ones. False: those that are somebody’s own.',
  })
  shared?: boolean | null;
}

@InputType({ description: 'Which segments; all conditions together.' })
export class SegmentFilter extends ListSegmentFilter {
  @Field(() => ID, { nullable: true, description: 'Of this list.' })
  @Nullable()
  @Id()
  listId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of lists of this client.' })
  @Nullable()
  @Id()
  clientId?: string | null;
}

@ArgsType()
abstract class SegmentListArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: 'Part of the name, in any case.' })
  @Nullable()
  @SearchText()
  search?: string | null;

  @Field(() => SegmentOrder, { defaultValue: SegmentOrder.NAME_ASC, description: 'Their order.' })
  orderBy: SegmentOrder;
}

@ArgsType()
export class SegmentsArgs extends SegmentListArgs {
  @Field(() => SegmentFilter, { nullable: true, description: 'Which segments.' })
  @Nullable()
  @ValidateNested()
  filter?: SegmentFilter | null;
}

@ArgsType()
export class ListSegmentsArgs extends SegmentListArgs {
  @Field(() => ListSegmentFilter, { nullable: true, description: 'Which of its segments.' })
  @Nullable()
  @ValidateNested()
  filter?: ListSegmentFilter | null;
}

@ObjectType({ description: 'A segment in a list.', simpleResolvers: true })
export class SegmentEdge extends EdgeOf(Segment, 'segment') {}

@ObjectType({ description: 'A page of segments.', simpleResolvers: true })
export class SegmentConnection extends ConnectionOf(Segment, SegmentEdge, 'segments') {}

const filterRule = 'Fields must be of the list, conditions of their types, choices among theirs.';
const sharedRule = 'all who work with the list see and change it; false: it is the viewer’s own';

@InputType({ description: 'A new segment.' })
export class CreateSegmentInput {
  @Field(() => ID, { description: 'Of which list.' })
  @Id()
  listId: string;

  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  @Text({ maximum: 200 })
  name: string;

  @Field(() => Boolean, {
    defaultValue: true,
    description: `True: ${sharedRule}. What a program saves is shared.`,
  })
  shared: boolean;

  @Field(() => LeadConditionsInput, { description: `Which leads of the list. ${filterRule}` })
  @ValidateNested()
  filter: LeadConditionsInput;
}

@InputType({ description: 'What to change about a segment: left out means unchanged.' })
export class SegmentChanges {
  @Field(() => String, { nullable: true, description: 'Name, 1 to 200 characters; cannot be cleared.' })
  @Text({ maximum: 200 })
  name?: string;

  @Field(() => Boolean, { nullable: true, description: `True: ${sharedRule}. Cannot be cleared.` })
  @NotNull()
  shared?: boolean;

  @Field(() => LeadConditionsInput, {
    nullable: true,
    description: `All of its conditions, instead of those before. ${filterRule} Cannot be cleared.`,
  })
  @NotNull()
  @ValidateNested()
  filter?: LeadConditionsInput;
}

@InputType({ description: 'Changes to a segment.' })
export class UpdateSegmentInput extends VersionedInput('segment') {
  @Field(() => SegmentChanges, { description: 'What to change.' })
  @ValidateNested()
  changes: SegmentChanges;
}

@InputType({ description: 'A segment to delete.' })
export class DeleteSegmentInput extends VersionedInput('segment') {}

@ObjectType({ simpleResolvers: true })
abstract class SegmentPayload {
  @Field(() => Segment, { description: 'The segment as it is now.' })
  segment: Deferred<Segment>;
}

@ObjectType({ description: 'Answer of `createSegment`.', simpleResolvers: true })
export class CreateSegmentPayload extends SegmentPayload {}

@ObjectType({ description: 'Answer of `updateSegment`.', simpleResolvers: true })
export class UpdateSegmentPayload extends SegmentPayload {}

@ObjectType({ description: 'Answer of `deleteSegment`.', simpleResolvers: true })
export class DeleteSegmentPayload {
  @Field(() => ID, { description: 'The segment that was deleted.' })
  deletedId: string;
}
