import { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { ownAccount } from '../accounts/account.service';
import { change, Change } from '../graphql/change';
import { deferred } from '../graphql/deferred';
import { Reads } from '../database/columns';
import { RequestContext } from '../graphql/context';
import { DateTime } from '../graphql/scalars';
import { idArgument } from '../graphql/validation';
import { Member } from '../members/member.entity';
import { memberById } from '../members/member.service';
import { Organization } from '../organizations/organization.entity';
import { organizationById } from '../organizations/organization.service';
import { portalUser } from '../portal/portal-user.service';
import { BlindMode, Client, ClientStatus } from './client.entity';
import { ClientDeletion } from './client-deletion.entity';
import { deletionsByClientId } from './client-deletion.service';
import {
  changeClientStatus,
  client,
  clients,
  createClient,
  lastActivityByClientId,
  updateClient,
} from './client.service';
import {
  ActivateClientPayload,
  ArchiveClientPayload,
  ChangeClientStatusInput,
  ClientConnection,
  ClientsArgs,
  CreateClientInput,
  CreateClientPayload,
  DeactivateClientPayload,
  RestoreClientPayload,
  UpdateClientInput,
  UpdateClientPayload,
} from './client.types';

@Resolver(() => Client)
export class ClientResolver {
  @Query(() => Client, { nullable: true, description: 'A client, in any state. NOT_FOUND.' })
  client(
    @Arg('id', () => ID, { description: 'Which client.', validateFn: idArgument }) id: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Client> {
    return client(context, id, info);
  }

  @Query(() => ClientConnection, { description: 'The clients that the viewer sees. Needs VIEW_CLIENTS.' })
  clients(
    @Args(() => ClientsArgs) args: ClientsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ClientConnection> {
    return clients(context, args, info);
  }

  @Mutation(() => CreateClientPayload, {
    description:
      'Creates a client, with members, identities, lists, and a portal user or an invitation if asked, all or nothing; a member with assigned clients is assigned to it. ' +
      'Needs CREATE_CLIENTS, and what each choice needs. VALIDATION_FAILED, EMAIL_TAKEN (also of identities), PLAN_LIMIT_REACHED, PLAN_FEATURE_MISSING, ' +
      'LIST_MEMBERS_NOT_INCLUDED, NOT_FOUND (organization, account manager, members, identities, lists), CONFLICT (organization or list archived, list being moved or deleted).',
  })
  createClient(
    @Arg('input', () => CreateClientInput, { description: 'The client.' }) input: CreateClientInput,
    @Ctx() context: RequestContext,
  ): Change<CreateClientPayload> {
    return change(
      () => createClient(context, input),
      ({ id, portalUserId, invitationLink }) => ({
        client: deferred((info) => client(context, id, info)),
        invitationLink,
        portalUser:
          portalUserId === null ? null : deferred((info) => portalUser(context, portalUserId, info)),
      }),
    );
  }

  @Mutation(() => UpdateClientPayload, {
    description:
      'Edits a client. Needs EDIT_CLIENTS, and what each choice needs. VALIDATION_FAILED, EMAIL_TAKEN (also of identities), PLAN_FEATURE_MISSING, ' +
      'LIST_MEMBERS_NOT_INCLUDED, FORBIDDEN (blind mode, for whom it keeps from the leads), NOT_FOUND (also members, identities, lists), CONFLICT (archived, being deleted, another version, a list archived or being moved, or the viewer would no longer reach it).',
  })
  updateClient(
    @Arg('input', () => UpdateClientInput, { description: 'Which client, and what to change.' })
    input: UpdateClientInput,
    @Ctx() context: RequestContext,
  ): Change<UpdateClientPayload> {
    return change(
      () => updateClient(context, input),
      () => ({ client: deferred((info) => client(context, input.id, info)) }),
    );
  }

  @Mutation(() => DeactivateClientPayload, {
    description:
      'Makes a client inactive; nothing is lost, and it still counts toward the plan. Needs EDIT_CLIENTS. NOT_FOUND, CONFLICT (archived).',
  })
  deactivateClient(
    @Arg('input', () => ChangeClientStatusInput, { description: 'Which client.' })
    input: ChangeClientStatusInput,
    @Ctx() context: RequestContext,
  ): Change<DeactivateClientPayload> {
    return change(
      () => changeClientStatus(context, 'DEACTIVATE', input),
      () => ({ client: deferred((info) => client(context, input.id, info)) }),
    );
  }

  @Mutation(() => ActivateClientPayload, {
    description: 'Makes an inactive client active again. Needs EDIT_CLIENTS. NOT_FOUND, CONFLICT (archived).',
  })
  activateClient(
    @Arg('input', () => ChangeClientStatusInput, { description: 'Which client.' })
    input: ChangeClientStatusInput,
    @Ctx() context: RequestContext,
  ): Change<ActivateClientPayload> {
    return change(
      () => changeClientStatus(context, 'ACTIVATE', input),
      () => ({ client: deferred((info) => client(context, input.id, info)) }),
    );
  }

  @Mutation(() => ArchiveClientPayload, {
    description:
      'Archives a client: it no longer counts, and its email is free again; nothing is lost, as it is with `deleteClient`. Needs DELETE_CLIENTS. NOT_FOUND, CONFLICT (archived already, another version, or leads of a list are on their way from or to it).',
  })
  archiveClient(
    @Arg('input', () => ChangeClientStatusInput, { description: 'Which client.' })
    input: ChangeClientStatusInput,
    @Ctx() context: RequestContext,
  ): Change<ArchiveClientPayload> {
    return change(
      () => changeClientStatus(context, 'ARCHIVE', input),
      () => ({ client: deferred((info) => client(context, input.id, info)) }),
    );
  }

  @Mutation(() => RestoreClientPayload, {
    description:
      'Takes a client out of the archive, back to the state it had. Needs DELETE_CLIENTS. ' +
      'NOT_FOUND, EMAIL_TAKEN, PLAN_LIMIT_REACHED, CONFLICT (not archived, or its organization is).',
  })
  restoreClient(
    @Arg('input', () => ChangeClientStatusInput, { description: 'Which client.' })
    input: ChangeClientStatusInput,
    @Ctx() context: RequestContext,
  ): Change<RestoreClientPayload> {
    return change(
      () => changeClientStatus(context, 'RESTORE', input),
      () => ({ client: deferred((info) => client(context, input.id, info)) }),
    );
  }

  @FieldResolver(() => Organization, {
    nullable: true,
    description: 'The organization it belongs to; null: none.',
  })
  @Reads('organizationId')
  organization(
    @Root() { organizationId }: Client,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Organization | null> | null {
    return organizationId === null ? null : organizationById(context.transaction, info).load(organizationId);
  }

  @FieldResolver(() => Member, {
    nullable: true,
    description: 'Who on the team looks after it; null: nobody.',
  })
  @Reads('accountManagerId')
  accountManager(
    @Root() { accountManagerId }: Client,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Member | null> | null {
    return accountManagerId === null ? null : memberById(context.transaction, info).load(accountManagerId);
  }

  @FieldResolver(() => Boolean, {
    description: 'Whether blind mode is on, by the client itself or by the account.',
  })
  @Reads('blindMode')
  async effectiveBlindMode(@Root() { blindMode }: Client, @Ctx() context: RequestContext): Promise<boolean> {
    return blindMode === BlindMode.INHERIT
      ? (await ownAccount(context)).blindMode
      : blindMode === BlindMode.ON;
  }

  @FieldResolver(() => ClientDeletion, {
    nullable: true,
    description:
      'How far its deletion for good is; null: it is not being deleted, or the viewer has no DELETE_CLIENTS.',
  })
  @Reads('status')
  async deletion(
    @Root() { id, status }: Client,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ClientDeletion | null> {
    if (status !== ClientStatus.DELETING) return null;
    return (await deletionsByClientId(context.transaction, info).load(id))[0] ?? null;
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      'When something last happened with it, to the hour; null: nothing yet, or the viewer is a portal user or does not see all agents.',
  })
  @Reads()
  lastActivityAt(@Root() { id }: Client, @Ctx() context: RequestContext): Promise<string | null> {
    return lastActivityByClientId(context.transaction).load(id);
  }
}
