import { VersionedInput } from '../graphql/subject-input';
import { ValidateNested } from 'class-validator';
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionOf, EdgeOf, PageArgs } from '../graphql/connection';
import type { ShownOnce } from '../graphql/change';
import type { Deferred } from '../graphql/deferred';
import { Email, Id, NotNull, Nullable, Phone, SearchText, Selection, Text } from '../graphql/validation';
import { PortalUser } from '../portal/portal-user.entity';
import { PortalLoginInput } from '../portal/portal-user.types';
import { BlindMode, Client, ClientStatus } from './client.entity';

export enum ClientOrder {
  NAME_ASC = 'NAME_ASC',
  NAME_DESC = 'NAME_DESC',
  CREATED_AT_ASC = 'CREATED_AT_ASC',
  CREATED_AT_DESC = 'CREATED_AT_DESC',
  LAST_ACTIVITY_AT_ASC = 'LAST_ACTIVITY_AT_ASC',
  LAST_ACTIVITY_AT_DESC = 'LAST_ACTIVITY_AT_DESC',
}

registerEnumType(ClientOrder, {
  name: 'ClientOrder',
  description: 'Order of a list of clients.',
  valuesConfig: {
    NAME_ASC: { description: 'By name, ignoring case.' },
    NAME_DESC: { description: 'By name, ignoring case, backwards.' },
    CREATED_AT_ASC: { description: 'Oldest first.' },
    CREATED_AT_DESC: { description: 'Newest first.' },
    LAST_ACTIVITY_AT_ASC: {
      description: 'Longest without activity first, those that never had any before them.',
    },
    LAST_ACTIVITY_AT_DESC: { description: 'Latest activity first, those that never had any last.' },
  },
});

@InputType({ description: 'Which clients; conditions are combined with and.' })
export class ClientFilter {
  @Field(() => [ClientStatus], {
    nullable: true,
    description: 'In one of these states; left out: ACTIVE and INACTIVE.',
  })
  status?: ClientStatus[] | null;

  @Field(() => ID, { nullable: true, description: 'Of this organization.' })
  @Nullable()
  @Id()
  organizationId?: string | null;

  @Field(() => String, { nullable: true, description: 'Of an organization with this tag, in any case.' })
  @Nullable()
  @Text({ maximum: 50 })
  organizationTag?: string | null;

  @Field(() => ID, { nullable: true, description: 'With this account manager.' })
  @Nullable()
  @Id()
  accountManagerId?: string | null;
}

@ArgsType()
export class ClientsArgs extends PageArgs {
  @Field(() => ClientFilter, { nullable: true, description: 'Which clients.' })
  @Nullable()
  @ValidateNested()
  filter?: ClientFilter | null;

  @Field(() => String, {
    nullable: true,
    description: "Part of the name, or of the contact's name, email, phone or position, in any case.",
  })
  @Nullable()
  @SearchText()
  search?: string | null;

  @Field(() => ClientOrder, { defaultValue: ClientOrder.NAME_ASC, description: 'Order of the list.' })
  orderBy: ClientOrder;
}

@ObjectType({ description: 'A client in a list.', simpleResolvers: true })
export class ClientEdge extends EdgeOf(Client, 'client') {}

@ObjectType({ description: 'A page of clients.', simpleResolvers: true })
export class ClientConnection extends ConnectionOf(Client, ClientEdge, 'clients') {}

/** Members, identities, or lists that one call may choose. */
const maximumSelection = 200;

/** What creating and editing share. */
@InputType()
abstract class ClientDetails {
  @Field(() => String, {
    nullable: true,
    description: 'Whom to talk to, up to 200 characters; null: nobody.',
  })
  @Nullable()
  @Text({ maximum: 200 })
  contactName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The contact's email, unique among clients that are not archived; null: none.",
  })
  @Nullable()
  @Email()
  contactEmail?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The contact's phone number with its country code; null: none.",
  })
  @Nullable()
  @Phone()
  contactPhone?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The contact's position, up to 200 characters; null: none.",
  })
  @Nullable()
  @Text({ maximum: 200 })
  contactPosition?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'A member of the team who looks after the client; null: nobody.',
  })
  @Nullable()
  @Id()
  accountManagerId?: string | null;

  @Field(() => BlindMode, { nullable: true, description: 'Blind mode; left out when creating: INHERIT.' })
  @NotNull()
  blindMode?: BlindMode;

  @Field(() => [ID], {
    nullable: true,
    description:
      'All members who are assigned to it, 200 at most; whoever reaches all clients need not be among them, whoever is named on one of its lists has to be. Needs MANAGE_MEMBERS. ' +
      'Left out when creating: nobody but the creator, if they reach assigned clients alone, who is assigned in any case.',
  })
  @NotNull()
  @Selection(maximumSelection)
  memberIds?: string[];

  @Field(() => [ID], {
    nullable: true,
    description:
      'All caller ids and email identities that are its own, 200 at most: of no client, or of another one, until now. Those that are not named ' +
      'any more are of no client then. Needs MANAGE_IDENTITIES. Left out when creating: none.',
  })
  @NotNull()
  @Selection(maximumSelection)
  identityIds?: string[];

  @Field(() => [ID], {
    nullable: true,
    description:
      'All lists in use that are its own, 200 at most: of no client, or of another one, until now. As `moveList`, their leads follow, and whoever ' +
      'works on one has to be among the members then. Those that are not named any more are of no client; archived ones stay. ' +
      'Needs MANAGE_LISTS. Left out when creating: none.',
  })
  @NotNull()
  @Selection(maximumSelection)
  listIds?: string[];
}

@InputType({ description: 'An organization that is created with its first client.' })
export class NewOrganizationInput {
  @Field(() => String, { description: 'Name, 2 to 200 characters.' })
  @Text({ minimum: 2, maximum: 200 })
  name: string;
}

@InputType({
  description: 'A new client. The name alone is enough; nobody is notified, unless `sendInvitation` says so.',
})
export class CreateClientInput extends ClientDetails {
  @Field(() => String, { description: 'Name of the business or person, 1 to 200 characters.' })
  @Text({ maximum: 200 })
  name: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'Its organization; null: none. Left out, with `newOrganization` left out too: the only one there is, if there is exactly one.',
  })
  @Nullable()
  @Id()
  organizationId?: string | null;

  @Field(() => NewOrganizationInput, {
    nullable: true,
    description:
      'An organization to create in the same step, instead of `organizationId`. Needs MANAGE_CLIENT_ORGANIZATIONS.',
  })
  @Nullable()
  @ValidateNested()
  newOrganization?: NewOrganizationInput | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Whether the contact is invited to the portal by mail; needs `contactEmail`, and agent access ALL, because they will see all agents. `invitePortalUser` does it later.',
  })
  sendInvitation: boolean;

  @Field(() => PortalLoginInput, {
    nullable: true,
    description:
      'Somebody who signs in for the client with a password from the first moment; null: nobody. Needs agent access ALL, because they will see all agents.',
  })
  @Nullable()
  @ValidateNested()
  portalLogin?: PortalLoginInput | null;
}

@InputType({ description: 'What to change about a client: left out means unchanged, null means cleared.' })
export class ClientChanges extends ClientDetails {
  @Field(() => String, {
    nullable: true,
    description: 'Name of the business or person, 1 to 200 characters; cannot be cleared.',
  })
  @Text({ maximum: 200 })
  name?: string;

  @Field(() => ID, { nullable: true, description: 'Its organization; null: none.' })
  @Nullable()
  @Id()
  organizationId?: string | null;
}

@InputType({ description: 'Changes to a client.' })
export class UpdateClientInput extends VersionedInput('client') {
  @Field(() => ClientChanges, { description: 'What to change.' })
  @ValidateNested()
  changes: ClientChanges;
}

@InputType({ description: 'A client whose state changes.' })
export class ChangeClientStatusInput extends VersionedInput('client') {}

@ObjectType({ simpleResolvers: true })
abstract class ClientPayload {
  @Field(() => Client, { description: 'The client as it is now.' })
  client: Deferred<Client>;
}

@ObjectType({ description: 'Answer of `createClient`.', simpleResolvers: true })
export class CreateClientPayload extends ClientPayload {
  @Field(() => String, {
    nullable: true,
    description:
      'Link of the invitation, for handing over by other means. Shown once; null: nobody was invited, or it was shown before.',
  })
  invitationLink: ShownOnce | null;

  @Field(() => PortalUser, {
    nullable: true,
    description: 'Who signs in for the client from the first moment; null: nobody.',
  })
  portalUser: Deferred<PortalUser> | null;
}

@ObjectType({ description: 'Answer of `updateClient`.', simpleResolvers: true })
export class UpdateClientPayload extends ClientPayload {}

@ObjectType({ description: 'Answer of `deactivateClient`.', simpleResolvers: true })
export class DeactivateClientPayload extends ClientPayload {}

@ObjectType({ description: 'Answer of `activateClient`.', simpleResolvers: true })
export class ActivateClientPayload extends ClientPayload {}

@ObjectType({ description: 'Answer of `archiveClient`.', simpleResolvers: true })
export class ArchiveClientPayload extends ClientPayload {}

@ObjectType({ description: 'Answer of `restoreClient`.', simpleResolvers: true })
export class RestoreClientPayload extends ClientPayload {}
