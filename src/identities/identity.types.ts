import { SubjectInput, VersionedInput } from '../graphql/subject-input';
import { ValidateNested } from 'class-validator';
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionOf, EdgeOf, PageArgs } from '../graphql/connection';
import type { Deferred } from '../graphql/deferred';
import { Email, Id, Nullable, Phone, SearchText, Text } from '../graphql/validation';
import { Identity, IdentityKind } from './identity.entity';

export enum IdentityOrder {
  NAME_ASC = 'NAME_ASC',
  NAME_DESC = 'NAME_DESC',
  CREATED_AT_ASC = 'CREATED_AT_ASC',
  CREATED_AT_DESC = 'CREATED_AT_DESC',
}

registerEnumType(IdentityOrder, {
  name: 'IdentityOrder',
  description: 'Order of a list of identities.',
  valuesConfig: {
    NAME_ASC: { description: 'By display name, or else by address or number, ignoring case.' },
    NAME_DESC: { description: 'The same, backwards.' },
    CREATED_AT_ASC: { description: 'Oldest first.' },
    CREATED_AT_DESC: { description: 'Newest first.' },
  },
});

@InputType({ description: "Which of a client's identities; all conditions together." })
export class ClientIdentityFilter {
  @Field(() => [IdentityKind], { nullable: true, description: 'Of one of these kinds.' })
  kind?: IdentityKind[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Email identities that are verified, or that are not yet; caller ids are neither.',
  })
  verified?: boolean | null;
}

@InputType({ description: 'Which identities; all conditions together.' })
export class IdentityFilter extends ClientIdentityFilter {
  @Field(() => ID, {
    nullable: true,
    description:
      'Those that can be used for this client: its own, and those of no client, as far as the viewer sees them.',
  })
  @Nullable()
  @Id()
  clientId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'Those that can be used for this list: of its client, and of no client, as far as the viewer sees them and the list. A list of no client uses those of no client.',
  })
  @Nullable()
  @Id()
  listId?: string | null;
}

@ArgsType()
abstract class IdentityListArgs extends PageArgs {
  @Field(() => String, {
    nullable: true,
    description: 'Part of the display name or the address in any case, or of the number.',
  })
  @Nullable()
  @SearchText()
  search?: string | null;

  @Field(() => IdentityOrder, { defaultValue: IdentityOrder.NAME_ASC, description: 'Order of the list.' })
  orderBy: IdentityOrder;
}

@ArgsType()
export class IdentitiesArgs extends IdentityListArgs {
  @Field(() => IdentityFilter, { nullable: true, description: 'Which identities.' })
  @Nullable()
  @ValidateNested()
  filter?: IdentityFilter | null;
}

@ArgsType()
export class ClientIdentitiesArgs extends IdentityListArgs {
  @Field(() => ClientIdentityFilter, { nullable: true, description: 'Which of its identities.' })
  @Nullable()
  @ValidateNested()
  filter?: ClientIdentityFilter | null;
}

@ObjectType({ description: 'An identity in a list.', simpleResolvers: true })
export class IdentityEdge extends EdgeOf(Identity, 'identity') {}

@ObjectType({ description: 'A page of identities.', simpleResolvers: true })
export class IdentityConnection extends ConnectionOf(Identity, IdentityEdge, 'identities') {}

@InputType()
abstract class NewIdentityInput {
  @Field(() => ID, {
    nullable: true,
    description:
      'Of which client, which takes a plan with CLIENT_IDENTITIES; null: of none, which takes reaching all clients.',
  })
  @Nullable()
  @Id()
  clientId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What recipients see beside it, 1 to 200 characters; null: nothing.',
  })
  @Nullable()
  @Text({ maximum: 200 })
  displayName?: string | null;
}

@InputType({ description: 'A new caller id.' })
export class CreateCallerIdInput extends NewIdentityInput {
  @Field(() => String, {
    description:
      'Phone number with its country code; within the account it belongs to one agent or is one caller id.',
  })
  @Phone()
  phoneNumber: string;
}

@InputType({ description: 'A new email identity; it is not verified.' })
export class CreateEmailIdentityInput extends NewIdentityInput {
  @Field(() => String, { description: 'Email address; a client has each once.' })
  @Email()
  email: string;
}

@InputType({ description: 'What to change about an identity: left out means unchanged.' })
export class IdentityChanges {
  @Field(() => String, {
    nullable: true,
    description: 'What recipients see beside it, 1 to 200 characters; null: nothing.',
  })
  @Nullable()
  @Text({ maximum: 200 })
  displayName?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Moves it to this client; null: it is of no client from now on. As for creating it there.',
  })
  @Nullable()
  @Id()
  clientId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Another address of an email identity, which has to be verified anew; cannot be cleared. The number of a caller id never changes.',
  })
  @Email()
  email?: string;
}

@InputType({ description: 'Changes to an identity.' })
export class UpdateIdentityInput extends VersionedInput('identity') {
  @Field(() => IdentityChanges, { description: 'What to change.' })
  @ValidateNested()
  changes: IdentityChanges;
}

@InputType({ description: 'An identity to delete.' })
export class DeleteIdentityInput extends VersionedInput('identity') {}

@InputType({ description: 'An email identity to verify.' })
export class RequestIdentityVerificationInput extends SubjectInput('identity') {}

@ObjectType({ simpleResolvers: true })
abstract class IdentityPayload {
  @Field(() => Identity, { description: 'The identity as it is now.' })
  identity: Deferred<Identity>;
}

@ObjectType({ description: 'Answer of `createCallerId`.', simpleResolvers: true })
export class CreateCallerIdPayload extends IdentityPayload {}

@ObjectType({ description: 'Answer of `createEmailIdentity`.', simpleResolvers: true })
export class CreateEmailIdentityPayload extends IdentityPayload {}

@ObjectType({ description: 'Answer of `updateIdentity`.', simpleResolvers: true })
export class UpdateIdentityPayload extends IdentityPayload {}

@ObjectType({ description: 'Answer of `requestIdentityVerification`.', simpleResolvers: true })
export class RequestIdentityVerificationPayload extends IdentityPayload {}

@ObjectType({ description: 'Answer of `deleteIdentity`.', simpleResolvers: true })
export class DeleteIdentityPayload {
  @Field(() => ID, { description: 'The identity that was deleted.' })
  deletedId: string;
}
