import { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { clientById } from '../clients/client.service';
import { Reads } from '../database/columns';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { Member } from '../members/member.entity';
import { memberById } from '../members/member.service';
import { PortalUser } from '../portal/portal-user.entity';
import { portalUserById } from '../portal/portal-user.service';
import { Invitation, InvitationKind } from './invitation.entity';
import {
  acceptInvitation,
  cancelInvitation,
  invitation,
  invitations,
  inviteMember,
  invitePortalUser,
  receivedInvitation,
  resendInvitation,
} from './invitation.service';
import {
  AcceptInvitationInput,
  AcceptInvitationPayload,
  CancelInvitationPayload,
  InvitationConnection,
  InvitationInput,
  InvitationsArgs,
  InviteMemberInput,
  InviteMemberPayload,
  InvitePortalUserInput,
  InvitePortalUserPayload,
  ReceivedInvitation,
  ResendInvitationPayload,
} from './invitation.types';

@Resolver(() => Invitation)
export class InvitationResolver {
  @Query(() => InvitationConnection, {
    description:
      'Invitations: of portal users with CREATE_CLIENTS, as far as their clients are seen; of members with MANAGE_MEMBERS.',
  })
  invitations(
    @Args(() => InvitationsArgs) args: InvitationsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<InvitationConnection> {
    return invitations(context, args, info);
  }

  @Query(() => ReceivedInvitation, {
    nullable: true,
    description:
      'Who invites to what, for whoever holds the link. NOT_FOUND alike where it is none, was used, has expired, was cancelled or sent again.',
  })
  invitation(
    @Arg('token', () => String, { description: 'Token of the link: what stands behind its `#`.' })
    token: string,
    @Ctx() context: RequestContext,
  ): Promise<ReceivedInvitation> {
    return receivedInvitation(context, token);
  }

  @Mutation(() => InviteMemberPayload, {
    description:
      'Adds a member, who is invited by mail to choose a password. Needs MANAGE_MEMBERS, and everything that is given. ' +
      'VALIDATION_FAILED, EMAIL_TAKEN, FORBIDDEN, NOT_FOUND.',
  })
  inviteMember(
    @Arg('input', () => InviteMemberInput, { description: 'Who is invited, and what they may do.' })
    input: InviteMemberInput,
    @Ctx() context: RequestContext,
  ): Change<InviteMemberPayload> {
    return change(
      () => inviteMember(context, input),
      ({ id, link }) => ({ link, invitation: deferred((info) => invitation(context, id, info)) }),
    );
  }

  @Mutation(() => InvitePortalUserPayload, {
    description:
      'Adds a portal user, who is invited by mail to choose a password. Needs CREATE_CLIENTS. ' +
      'VALIDATION_FAILED (also where neither the input nor the contact has an email), EMAIL_TAKEN, FORBIDDEN, NOT_FOUND, CONFLICT (the client is archived).',
  })
  invitePortalUser(
    @Arg('input', () => InvitePortalUserInput, { description: 'Who is invited, and to which client.' })
    input: InvitePortalUserInput,
    @Ctx() context: RequestContext,
  ): Change<InvitePortalUserPayload> {
    return change(
      () => invitePortalUser(context, input),
      ({ id, link }) => ({ link, invitation: deferred((info) => invitation(context, id, info)) }),
    );
  }

  @Mutation(() => ResendInvitationPayload, {
    description:
      'Sends an invitation again, with a new link and time to accept it; earlier links are void. Needs what inviting needs. NOT_FOUND, FORBIDDEN, CONFLICT (accepted or cancelled), RATE_LIMITED (within a minute).',
  })
  resendInvitation(
    @Arg('input', () => InvitationInput, { description: 'Which invitation.' }) input: InvitationInput,
    @Ctx() context: RequestContext,
  ): Change<ResendInvitationPayload> {
    return change(
      () => resendInvitation(context, input.id),
      ({ id, link }) => ({ link, invitation: deferred((info) => invitation(context, id, info)) }),
    );
  }

  @Mutation(() => CancelInvitationPayload, {
    description:
      'Takes an invitation back: its links are void, the person is gone and the email free. Needs what inviting needs. NOT_FOUND, FORBIDDEN, CONFLICT (accepted or cancelled).',
  })
  cancelInvitation(
    @Arg('input', () => InvitationInput, { description: 'Which invitation.' }) input: InvitationInput,
    @Ctx() context: RequestContext,
  ): Change<CancelInvitationPayload> {
    return change(
      () => cancelInvitation(context, input.id),
      () => ({ invitation: deferred((info) => invitation(context, input.id, info)) }),
    );
  }

  @Mutation(() => AcceptInvitationPayload, {
    description:
      'Accepts an invitation, once: sets the password and signs in. NOT_FOUND as `invitation`, also where whoever invited could not do so any more; VALIDATION_FAILED. ' +
      'SECOND_FACTOR_REQUIRED where the account demands a second factor: the password is set, go on with `completeSignIn`.',
  })
  acceptInvitation(
    @Arg('input', () => AcceptInvitationInput, { description: 'The invitation, and the password.' })
    input: AcceptInvitationInput,
    @Ctx() context: RequestContext,
  ): Promise<AcceptInvitationPayload> {
    return acceptInvitation(context, input);
  }

  @FieldResolver(() => Client, {
    nullable: true,
    description: 'The client whose portal it is to; null: it is to the team.',
  })
  @Reads('kind', 'clientId')
  client(
    @Root() { kind, clientId }: Invitation,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Client | null> | null {
    return kind === InvitationKind.MEMBER ? null : clientById(context.transaction, info).load(clientId);
  }

  @FieldResolver(() => Member, {
    nullable: true,
    description: 'The member who is invited; null: none, or the invitation was cancelled.',
  })
  @Reads('memberId')
  member(
    @Root() { memberId }: Invitation,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Member | null> | null {
    return memberId === null ? null : memberById(context.transaction, info).load(memberId);
  }

  @FieldResolver(() => PortalUser, {
    nullable: true,
    description: 'The portal user who is invited; null: none, or the invitation was cancelled.',
  })
  @Reads('portalUserId')
  portalUser(
    @Root() { portalUserId }: Invitation,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PortalUser | null> | null {
    return portalUserId === null ? null : portalUserById(context.transaction, info).load(portalUserId);
  }

  @FieldResolver(() => Member, {
    nullable: true,
    description: 'Who invited, or sent it again last; null: they are no longer on the team.',
  })
  @Reads('invitedById')
  invitedBy(
    @Root() { invitedById }: Invitation,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Member | null> | null {
    return invitedById === null ? null : memberById(context.transaction, info).load(invitedById);
  }
}
