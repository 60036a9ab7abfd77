import { VersionedInput } from '../graphql/subject-input';
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { ValidateNested } from 'class-validator';
import { ConnectionOf, EdgeOf, PageArgs } from '../graphql/connection';
import type { Deferred } from '../graphql/deferred';
import { Nullable, Text } from '../graphql/validation';
import { ClientDeletion, ClientDeletionState } from './client-deletion.entity';

export enum ClientDeletionOrder {
  CREATED_AT_ASC = 'CREATED_AT_ASC',
  CREATED_AT_DESC = 'CREATED_AT_DESC',
}

registerEnumType(ClientDeletionOrder, {
  name: 'ClientDeletionOrder',
  description: 'Order of a list of deletions.',
  valuesConfig: {
    CREATED_AT_ASC: { description: 'What was asked for first, first.' },
    CREATED_AT_DESC: { description: 'What was asked for last, first.' },
  },
});

@InputType({ description: 'Which deletions.' })
export class ClientDeletionFilter {
  @Field(() => [ClientDeletionState], { nullable: true, description: 'In one of these states.' })
  state?: ClientDeletionState[] | null;
}

@ArgsType()
export class ClientDeletionsArgs extends PageArgs {
  @Field(() => ClientDeletionFilter, { nullable: true, description: 'Which deletions.' })
  @Nullable()
  @ValidateNested()
  filter?: ClientDeletionFilter | null;

  @Field(() => ClientDeletionOrder, {
    defaultValue: ClientDeletionOrder.CREATED_AT_DESC,
    description: 'Order of the list.',
  })
  orderBy: ClientDeletionOrder;
}

@ObjectType({ description: 'A deletion in a list.', simpleResolvers: true })
export class ClientDeletionEdge extends EdgeOf(ClientDeletion, 'deletion') {}

@ObjectType({ description: 'A page of deletions.', simpleResolvers: true })
export class ClientDeletionConnection extends ConnectionOf(ClientDeletion, ClientDeletionEdge, 'deletions') {}

@InputType({ description: 'A client that is to be deleted for good.' })
export class DeleteClientInput extends VersionedInput('client') {
  @Field(() => String, {
    description: 'Its name, typed again: exactly as it is, but for spaces around it.',
  })
  @Text({ maximum: 200 })
  confirmName: string;
}

@ObjectType({ description: 'Answer of `deleteClient`.', simpleResolvers: true })
export class DeleteClientPayload {
  @Field(() => ID, { description: 'The client.' })
  deletedId: string;

  @Field(() => ClientDeletion, {
    nullable: true,
    description:
      'How far it is: `clientDeletion` tells how it goes on. Null with an error where it was asked for by an access token for this client alone, which is worth nothing any more.',
  })
  deletion: Deferred<ClientDeletion>;
}
