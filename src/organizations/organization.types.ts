import { VersionedInput } from '../graphql/subject-input';
import { ArrayMaxSize, ValidateNested } from 'class-validator';
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionOf, EdgeOf, PageArgs } from '../graphql/connection';
import type { Deferred } from '../graphql/deferred';
import { check, Id, NotNull, Nullable, SearchText, Text, WebAddress } from '../graphql/validation';
import { Organization, OrganizationStatus } from './organization.entity';

export enum OrganizationOrder {
  NAME_ASC = 'NAME_ASC',
  NAME_DESC = 'NAME_DESC',
  CREATED_AT_ASC = 'CREATED_AT_ASC',
  CREATED_AT_DESC = 'CREATED_AT_DESC',
  CLIENT_COUNT_ASC = 'CLIENT_COUNT_ASC',
  CLIENT_COUNT_DESC = 'CLIENT_COUNT_DESC',
}

registerEnumType(OrganizationOrder, {
  name: 'OrganizationOrder',
  description: 'Order of a list of organizations.',
  valuesConfig: {
    NAME_ASC: { description: 'By name, ignoring case.' },
    NAME_DESC: { description: 'By name, ignoring case, backwards.' },
    CREATED_AT_ASC: { description: 'Oldest first.' },
    CREATED_AT_DESC: { description: 'Newest first.' },
    CLIENT_COUNT_ASC: { description: 'Fewest clients first, as the viewer sees them.' },
    CLIENT_COUNT_DESC: { description: 'Most clients first, as the viewer sees them.' },
  },
});

@InputType({ description: 'Which organizations; conditions are combined with and.' })
export class OrganizationFilter {
  @Field(() => [OrganizationStatus], {
    nullable: true,
    description: 'With one of these states; left out: all but archived ones.',
  })
  status?: OrganizationStatus[] | null;

  @Field(() => String, { nullable: true, description: 'With this tag, in any case.' })
  @Nullable()
  @Text({ maximum: 50 })
  tag?: string | null;

  @Field(() => ID, { nullable: true, description: 'With this account manager.' })
  @Nullable()
  @Id()
  accountManagerId?: string | null;
}

@ArgsType()
export class OrganizationsArgs extends PageArgs {
  @Field(() => OrganizationFilter, { nullable: true, description: 'Which organizations.' })
  @Nullable()
  @ValidateNested()
  filter?: OrganizationFilter | null;

  @Field(() => String, { nullable: true, description: 'Part of the name, in any case.' })
  @Nullable()
  @SearchText()
  search?: string | null;

  @Field(() => OrganizationOrder, {
    defaultValue: OrganizationOrder.NAME_ASC,
    description: 'Order of the list.',
  })
  orderBy: OrganizationOrder;
}

@ObjectType({ description: 'An organization in a list.', simpleResolvers: true })
export class OrganizationEdge extends EdgeOf(Organization, 'organization') {}

@ObjectType({ description: 'A page of organizations.', simpleResolvers: true })
export class OrganizationConnection extends ConnectionOf(Organization, OrganizationEdge, 'organizations') {}

const maximumTags = 20;

/** What creating and editing share. */
@InputType()
abstract class OrganizationDetails {
  @Field(() => String, { nullable: true, description: 'What it is, up to 2,000 characters; null: nothing.' })
  @Nullable()
  @Text({ maximum: 2000, multiline: true })
  description?: string | null;

  @Field(() => String, { nullable: true, description: 'Web address with http or https; null: none.' })
  @Nullable()
  @WebAddress()
  website?: string | null;

  @Field(() => String, { nullable: true, description: 'Postal address, up to 500 characters; null: none.' })
  @Nullable()
  @Text({ maximum: 500, multiline: true })
  address?: string | null;

  @Field(() => ID, { nullable: true, description: 'A member of the team who looks after it; null: nobody.' })
  @Nullable()
  @Id()
  accountManagerId?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'All of its tags, up to 20 of up to 50 characters each; left out when editing: unchanged.',
  })
  @NotNull()
  @ArrayMaxSize(maximumTags, { message: `Must be at most ${maximumTags} tags.` })
  @check(areTags, 'Must be tags of 1 to 50 characters, none of them a control character.')
  tags?: string[];
}

function areTags(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((tag) => typeof tag === 'string' && /^[^\p{Cc}\p{Zl}\p{Zp}]{1,50}$/u.test(tag.trim()))
  );
}

@InputType({ description: 'A new organization.' })
export class CreateOrganizationInput extends OrganizationDetails {
  @Field(() => String, { description: 'Name, 2 to 200 characters.' })
  @Text({ minimum: 2, maximum: 200 })
  name: string;
}

@InputType({
  description: 'What to change about an organization: left out means unchanged, null means cleared.',
})
export class OrganizationChanges extends OrganizationDetails {
  @Field(() => String, { nullable: true, description: 'Name, 2 to 200 characters; cannot be cleared.' })
  @Text({ minimum: 2, maximum: 200 })
  name?: string;
}

@InputType({ description: 'Changes to an organization.' })
export class UpdateOrganizationInput extends VersionedInput('organization') {
  @Field(() => OrganizationChanges, { description: 'What to change.' })
  @ValidateNested()
  changes: OrganizationChanges;
}

@InputType({ description: 'An organization whose state changes.' })
export class ChangeOrganizationStatusInput extends VersionedInput('organization') {}

@ObjectType({ simpleResolvers: true })
abstract class OrganizationPayload {
  @Field(() => Organization, { description: 'The organization as it is now.' })
  organization: Deferred<Organization>;
}

@ObjectType({ description: 'Answer of `createOrganization`.', simpleResolvers: true })
export class CreateOrganizationPayload extends OrganizationPayload {}

@ObjectType({ description: 'Answer of `updateOrganization`.', simpleResolvers: true })
export class UpdateOrganizationPayload extends OrganizationPayload {}

@ObjectType({ description: 'Answer of `archiveOrganization`.', simpleResolvers: true })
export class ArchiveOrganizationPayload extends OrganizationPayload {}

@ObjectType({ description: 'Answer of `restoreOrganization`.', simpleResolvers: true })
export class RestoreOrganizationPayload extends OrganizationPayload {}
