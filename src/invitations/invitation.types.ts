import { ValidateNested } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionOf, EdgeOf, PageArgs } from '../graphql/connection';
import type { ShownOnce } from '../graphql/change';
import type { Deferred } from '../graphql/deferred';
import { DateTime } from '../graphql/scalars';
import { Email, Id, Nullable, SearchText, Text } from '../graphql/validation';
import { NewMember } from '../members/team.types';
import { AgentIds, PortalUserRights } from '../portal/portal-user.types';
import { IssuedSessionPayload, RefreshTokenPlace } from '../sessions/session.types';
import { Invitation, InvitationKind, InvitationStatus } from './invitation.entity';

export enum InvitationOrder {
  CREATED_AT_ASC = 'CREATED_AT_ASC',
  CREATED_AT_DESC = 'CREATED_AT_DESC',
}

registerEnumType(InvitationOrder, {
  name: 'InvitationOrder',
  description: 'Order of a list of invitations.',
  valuesConfig: {
    CREATED_AT_ASC: { description: 'Who was invited first, first.' },
    CREATED_AT_DESC: { description: 'Who was invited last, first.' },
  },
});

@InputType({ description: 'Which invitations; all conditions together.' })
export class InvitationFilter {
  @Field(() => [InvitationKind], { nullable: true, description: 'To be one of these.' })
  kind?: InvitationKind[] | null;

  @Field(() => [InvitationStatus], { nullable: true, description: 'Of which one of these became.' })
  status?: InvitationStatus[] | null;

  @Field(() => ID, { nullable: true, description: 'To the portal of this client.' })
  @Nullable()
  @Id()
  clientId?: string | null;
}

@ArgsType()
export class InvitationsArgs extends PageArgs {
  @Field(() => InvitationFilter, { nullable: true, description: 'Which invitations.' })
  @Nullable()
  @ValidateNested()
  filter?: InvitationFilter | null;

  @Field(() => String, { nullable: true, description: 'Part of the name or the email, in any case.' })
  @Nullable()
  @SearchText()
  search?: string | null;

  @Field(() => InvitationOrder, {
    defaultValue: InvitationOrder.CREATED_AT_DESC,
    description: 'Order of the list.',
  })
  orderBy: InvitationOrder;
}

@ObjectType({ description: 'An invitation in a list.', simpleResolvers: true })
export class InvitationEdge extends EdgeOf(Invitation, 'invitation') {}

@ObjectType({ description: 'A page of invitations.', simpleResolvers: true })
export class InvitationConnection extends ConnectionOf(Invitation, InvitationEdge, 'invitations') {}

@InputType({ description: 'Somebody to invite to the team, who chooses a password by a link.' })
export class InviteMemberInput extends NewMember {}

@InputType({ description: "Somebody to invite to a client's portal, who chooses a password by a link." })
export class InvitePortalUserInput extends PortalUserRights {
  @Field(() => ID, { description: 'Of which client.' })
  @Id()
  clientId: string;

  @Field(() => String, {
    nullable: true,
    description: "Name, 1 to 200 characters; left out: the contact's, or else the client's.",
  })
  @Nullable()
  @Text({ maximum: 200 })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Email to sign in with, unique in the account; left out: the contact's.",
  })
  @Nullable()
  @Email()
  email?: string | null;

  @AgentIds()
  agentIds?: string[] | null;
}

@InputType({ description: 'An invitation to which something is done.' })
export class InvitationInput {
  @Field(() => ID, { description: 'Which invitation.' })
  @Id()
  id: string;
}

@ObjectType({ simpleResolvers: true })
abstract class InvitationPayload {
  @Field(() => Invitation, { description: 'The invitation as it is now.' })
  invitation: Deferred<Invitation>;
}

@ObjectType({ simpleResolvers: true })
abstract class SentInvitationPayload extends InvitationPayload {
  @Field(() => String, {
    nullable: true,
    description:
      'The link of the mail, for handing over by other means. Shown once; null: it was shown before. Whoever opens it can accept.',
  })
  link: ShownOnce | null;
}

@ObjectType({ description: 'Answer of `inviteMember`.', simpleResolvers: true })
export class InviteMemberPayload extends SentInvitationPayload {}

@ObjectType({ description: 'Answer of `invitePortalUser`.', simpleResolvers: true })
export class InvitePortalUserPayload extends SentInvitationPayload {}

@ObjectType({ description: 'Answer of `resendInvitation`.', simpleResolvers: true })
export class ResendInvitationPayload extends SentInvitationPayload {}

@ObjectType({ description: 'Answer of `cancelInvitation`.', simpleResolvers: true })
export class CancelInvitationPayload extends InvitationPayload {}

@ObjectType({ description: 'What an invitation says to whoever holds its link.', simpleResolvers: true })
export class ReceivedInvitation {
  @Field(() => InvitationKind, { description: 'What one is invited to be.' })
  kind: InvitationKind;

  @Field(() => String, { description: 'Name of the account that invites.' })
  accountName: string;

  @Field(() => String, {
    nullable: true,
    description: 'Name of the client whose portal it is; null: it is to the team.',
  })
  clientName: string | null;

  @Field(() => String, { description: 'Who invites.' })
  invitedBy: string;

  @Field(() => String, { description: 'Who is invited.' })
  name: string;

  @Field(() => String, { description: 'Email that they will sign in with.' })
  email: string;

  @Field(() => Int, { description: 'Characters that the password needs at least.' })
  passwordMinimum: number;

  @Field(() => DateTime, { description: 'Until when it can be accepted.' })
  expiresAt: string;
}

@InputType({ description: 'An invitation to accept.' })
export class AcceptInvitationInput {
  @Field(() => String, { description: 'Token of the link: what stands behind its `#`.' })
  token: string;

  @Field(() => String, {
    description:
      "Password to sign in with from now on: at least the account's minimum of characters, at most 128, of any script, and none of the most common ones.",
  })
  password: string;

  @Field(() => RefreshTokenPlace, {
    defaultValue: RefreshTokenPlace.BODY,
    description: 'Where the refresh token goes.',
  })
  refreshTokenIn: RefreshTokenPlace;
}

@ObjectType({ description: 'Answer of `acceptInvitation`.', simpleResolvers: true })
export class AcceptInvitationPayload extends IssuedSessionPayload {}
