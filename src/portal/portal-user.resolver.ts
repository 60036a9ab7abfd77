import { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { clientById } from '../clients/client.service';
import { Reads } from '../database/columns';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { initialsOf } from '../graphql/initials';
import { DateTime } from '../graphql/scalars';
import { idArgument } from '../graphql/validation';
import { PortalUser } from './portal-user.entity';
import {
  createPortalUser,
  deletePortalUser,
  loginByPortalUserId,
  portalUser,
  portalUsers,
  revokePortalUserSessions,
  updatePortalUser,
} from './portal-user.service';
import {
  CreatePortalUserInput,
  CreatePortalUserPayload,
  DeletePortalUserPayload,
  PortalUserConnection,
  PortalUserInput,
  PortalUsersArgs,
  RevokePortalUserSessionsPayload,
  UpdatePortalUserInput,
  UpdatePortalUserPayload,
} from './portal-user.types';

@Resolver(() => PortalUser)
export class PortalUserResolver {
  @Query(() => PortalUser, { nullable: true, description: 'A portal user. NOT_FOUND.' })
  portalUser(
    @Arg('id', () => ID, { description: 'Which portal user.', validateFn: idArgument }) id: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PortalUser> {
    return portalUser(context, id, info);
  }

  @Query(() => PortalUserConnection, {
    description:
      'The portal users of the clients that the viewer sees. Needs VIEW_CLIENTS; a portal user sees themselves alone.',
  })
  portalUsers(
    @Args(() => PortalUsersArgs) args: PortalUsersArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PortalUserConnection> {
    return portalUsers(context, args, info);
  }

  @Mutation(() => CreatePortalUserPayload, {
    description:
      'Adds a portal user who signs in with a password. Needs CREATE_CLIENTS. ' +
      'VALIDATION_FAILED, EMAIL_TAKEN, FORBIDDEN, NOT_FOUND, AGENT_IS_PUBLIC, CONFLICT (the client is archived).',
  })
  createPortalUser(
    @Arg('input', () => CreatePortalUserInput, { description: 'The portal user.' })
    input: CreatePortalUserInput,
    @Ctx() context: RequestContext,
  ): Change<CreatePortalUserPayload> {
    return change(
      () => createPortalUser(context, input),
      (id) => ({ portalUser: deferred((info) => portalUser(context, id, info)) }),
    );
  }

  @Mutation(() => UpdatePortalUserPayload, {
    description:
      'Edits a portal user; a new email or password ends their sessions, and needs whatever they may see. Needs EDIT_CLIENTS. ' +
      'VALIDATION_FAILED, EMAIL_TAKEN, FORBIDDEN, NOT_FOUND, AGENT_IS_PUBLIC, CONFLICT.',
  })
  updatePortalUser(
    @Arg('input', () => UpdatePortalUserInput, { description: 'Which portal user, and what to change.' })
    input: UpdatePortalUserInput,
    @Ctx() context: RequestContext,
  ): Change<UpdatePortalUserPayload> {
    return change(
      () => updatePortalUser(context, input),
      () => ({ portalUser: deferred((info) => portalUser(context, input.id, info)) }),
    );
  }

  @Mutation(() => DeletePortalUserPayload, {
    description:
      'Deletes a portal user for good: they can no longer sign in from that moment. Needs EDIT_CLIENTS. NOT_FOUND, CONFLICT (the client is archived).',
  })
  deletePortalUser(
    @Arg('input', () => PortalUserInput, { description: 'Which portal user.' }) input: PortalUserInput,
    @Ctx() context: RequestContext,
  ): Change<DeletePortalUserPayload> {
    return change(
      () => deletePortalUser(context, input.id),
      () => ({ deletedId: input.id }),
    );
  }

  @Mutation(() => RevokePortalUserSessionsPayload, {
    description:
      'Ends all sessions of a portal user, who may sign in again. Needs EDIT_CLIENTS. NOT_FOUND, CONFLICT (the client is archived).',
  })
  revokePortalUserSessions(
    @Arg('input', () => PortalUserInput, { description: 'Whose sessions.' }) input: PortalUserInput,
    @Ctx() context: RequestContext,
  ): Change<RevokePortalUserSessionsPayload> {
    return change(
      () => revokePortalUserSessions(context, input.id),
      (revoked) => ({ revoked }),
    );
  }

  @FieldResolver(() => Client, {
    nullable: true,
    description: 'The client they see; null: the viewer does not see it.',
  })
  @Reads('clientId')
  client(
    @Root() { clientId }: PortalUser,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Client | null> {
    return clientById(context.transaction, info).load(clientId);
  }

  @FieldResolver(() => String, {
    description: 'First letters of the first and last word of the name, in capitals.',
  })
  @Reads('name')
  initials(@Root() { name }: PortalUser): string {
    return initialsOf(name);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Email to sign in with; null: the viewer may not know.',
  })
  @Reads()
  async email(@Root() { id }: PortalUser, @Ctx() context: RequestContext): Promise<string | null> {
    return (await loginByPortalUserId(context.transaction).load(id))?.email ?? null;
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description: 'When they last signed in with their password; null: never.',
  })
  @Reads()
  async lastSignInAt(@Root() { id }: PortalUser, @Ctx() context: RequestContext): Promise<string | null> {
    return (await loginByPortalUserId(context.transaction).load(id))?.lastSignInAt ?? null;
  }
}
