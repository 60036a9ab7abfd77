import { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { clientById } from '../clients/client.service';
import { Reads } from '../database/columns';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { idArgument } from '../graphql/validation';
import { requestIdentityVerification } from './identity-verification.service';
import { Identity } from './identity.entity';
import {
  createCallerId,
  createEmailIdentity,
  deleteIdentity,
  identities,
  identity,
  updateIdentity,
} from './identity.service';
import {
  CreateCallerIdInput,
  CreateCallerIdPayload,
  CreateEmailIdentityInput,
  CreateEmailIdentityPayload,
  DeleteIdentityInput,
  DeleteIdentityPayload,
  IdentitiesArgs,
  IdentityConnection,
  RequestIdentityVerificationInput,
  RequestIdentityVerificationPayload,
  UpdateIdentityInput,
  UpdateIdentityPayload,
} from './identity.types';

const givingErrors =
  'PLAN_FEATURE_MISSING (for a client, without CLIENT_IDENTITIES), FORBIDDEN (for none, where the viewer does not reach all clients), NOT_FOUND (client)';

@Resolver(() => Identity)
export class IdentityResolver {
  @Query(() => Identity, { nullable: true, description: 'An identity. NOT_FOUND.' })
  identity(
    @Arg('id', () => ID, { description: 'Which identity.', validateFn: idArgument }) id: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Identity> {
    return identity(context, id, info);
  }

  @Query(() => IdentityConnection, {
    description:
      'Caller ids and email identities of the clients that the viewer reaches, and for those who reach all clients of no client. Needs ACCESS_CRM or MANAGE_IDENTITIES.',
  })
  identities(
    @Args(() => IdentitiesArgs) args: IdentitiesArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<IdentityConnection> {
    return identities(context, args, info);
  }

  @Mutation(() => CreateCallerIdPayload, {
    description: `Creates a caller id. Needs MANAGE_IDENTITIES. VALIDATION_FAILED, ${givingErrors}, CONFLICT (the client is archived, or the number is taken).`,
  })
  createCallerId(
    @Arg('input', () => CreateCallerIdInput, { description: 'The caller id.' }) input: CreateCallerIdInput,
    @Ctx() context: RequestContext,
  ): Change<CreateCallerIdPayload> {
    return change(
      () => createCallerId(context, input),
      (id) => ({ identity: deferred((info) => identity(context, id, info)) }),
    );
  }

  @Mutation(() => CreateEmailIdentityPayload, {
    description: `Creates an email identity. Needs MANAGE_IDENTITIES. VALIDATION_FAILED, EMAIL_TAKEN (the client has it), ${givingErrors}, CONFLICT (the client is archived).`,
  })
  createEmailIdentity(
    @Arg('input', () => CreateEmailIdentityInput, { description: 'The email identity.' })
    input: CreateEmailIdentityInput,
    @Ctx() context: RequestContext,
  ): Change<CreateEmailIdentityPayload> {
    return change(
      () => createEmailIdentity(context, input),
      (id) => ({ identity: deferred((info) => identity(context, id, info)) }),
    );
  }

  @Mutation(() => UpdateIdentityPayload, {
    description: `Edits an identity, or moves it to another client or to none. Needs MANAGE_IDENTITIES. VALIDATION_FAILED, EMAIL_TAKEN (the client has it), ${givingErrors}, CONFLICT (another version, or the client is archived).`,
  })
  updateIdentity(
    @Arg('input', () => UpdateIdentityInput, { description: 'Which identity, and what to change.' })
    input: UpdateIdentityInput,
    @Ctx() context: RequestContext,
  ): Change<UpdateIdentityPayload> {
    return change(
      () => updateIdentity(context, input),
      () => ({ identity: deferred((info) => identity(context, input.id, info)) }),
    );
  }

  @Mutation(() => RequestIdentityVerificationPayload, {
    description:
      'Mails a link to the address of an email identity, for whoever reads its mail to confirm it. Needs MANAGE_IDENTITIES. NOT_FOUND, CONFLICT (verified already, or a caller id), RATE_LIMITED (within a minute).',
  })
  requestIdentityVerification(
    @Arg('input', () => RequestIdentityVerificationInput, { description: 'Which identity.' })
    { id }: RequestIdentityVerificationInput,
    @Ctx() context: RequestContext,
  ): Change<RequestIdentityVerificationPayload> {
    return change(
      () => requestIdentityVerification(context, id),
      () => ({ identity: deferred((info) => identity(context, id, info)) }),
    );
  }

  @Mutation(() => DeleteIdentityPayload, {
    description:
      'Deletes an identity; its number can be used again. Needs MANAGE_IDENTITIES. NOT_FOUND, CONFLICT (another version).',
  })
  deleteIdentity(
    @Arg('input', () => DeleteIdentityInput, { description: 'Which identity.' }) input: DeleteIdentityInput,
    @Ctx() context: RequestContext,
  ): Change<DeleteIdentityPayload> {
    return change(
      () => deleteIdentity(context, input),
      () => ({ deletedId: input.id }),
    );
  }

  @FieldResolver(() => Client, {
    nullable: true,
    description:
      'The client that it is for; null: it is of no client, or the viewer does not see the client.',
  })
  @Reads('clientId')
  client(
    @Root() { clientId }: Identity,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Client | null> {
    return clientById(context.transaction, info).load(clientId);
  }
}
