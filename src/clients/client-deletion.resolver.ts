import { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Reads } from '../database/columns';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { idArgument } from '../graphql/validation';
import { Member } from '../members/member.entity';
import { memberById } from '../members/member.service';
import { ClientDeletion } from './client-deletion.entity';
import { clientDeletion, clientDeletions, deleteClient } from './client-deletion.service';
import {
  ClientDeletionConnection,
  ClientDeletionsArgs,
  DeleteClientInput,
  DeleteClientPayload,
} from './client-deletion.types';

@Resolver(() => ClientDeletion)
export class ClientDeletionResolver {
  @Query(() => ClientDeletion, {
    nullable: true,
    description:
      'How far the deletion of a client is, also when the client is gone. Needs DELETE_CLIENTS. NOT_FOUND.',
  })
  clientDeletion(
    @Arg('clientId', () => ID, { description: 'Which client.', validateFn: idArgument }) clientId: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ClientDeletion> {
    return clientDeletion(context, clientId, info);
  }

  @Query(() => ClientDeletionConnection, {
    description:
      'The deletions of the clients that the viewer sees, or that the viewer asked for, done ones too. Needs DELETE_CLIENTS.',
  })
  clientDeletions(
    @Args(() => ClientDeletionsArgs) args: ClientDeletionsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ClientDeletionConnection> {
    return clientDeletions(context, args, info);
  }

  @Mutation(() => DeleteClientPayload, {
    description:
      'Deletes a client for good, with all that belongs to it, in any state; nothing takes it back. It is of no use from this moment on, ' +
      'and emptied in the background: `clientDeletion` tells how far. The audit log keeps its id and name. Needs DELETE_CLIENTS. ' +
      'VALIDATION_FAILED (confirmName is not its name), NOT_FOUND, CONFLICT (being deleted already, another version, or leads of a list are on their way from or to it).',
  })
  deleteClient(
    @Arg('input', () => DeleteClientInput, { description: 'Which client.' }) input: DeleteClientInput,
    @Ctx() context: RequestContext,
  ): Change<DeleteClientPayload> {
    return change(
      () => deleteClient(context, input),
      () => ({ deletedId: input.id, deletion: deferred((info) => clientDeletion(context, input.id, info)) }),
    );
  }

  @FieldResolver(() => Member, {
    nullable: true,
    description: 'Who asked for it; null: an access token, or somebody who is gone.',
  })
  @Reads('requestedById')
  requestedBy(
    @Root() { requestedById }: ClientDeletion,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Member | null> {
    return memberById(context.transaction, info).load(requestedById);
  }
}
