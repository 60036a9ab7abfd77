import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { Deferred } from '../graphql/deferred';
import { VersionedInput } from '../graphql/subject-input';
import { Id, Nullable, Text } from '../graphql/validation';
import { ListJob } from './list-job.entity';
import { List } from './list.entity';

@InputType({ description: 'A list that is given to a client, or to none.' })
export class MoveListInput extends VersionedInput('list') {
  @Field(() => ID, {
    nullable: true,
    description: 'The client that it is of from now on; null: none. It has to be said, also that it is none.',
  })
  @Nullable()
  @Id()
  clientId?: string | null;
}

@ObjectType({ description: 'Answer of `moveList`.', simpleResolvers: true })
export class MoveListPayload {
  @Field(() => List, {
    description: 'The list, of its new client: MOVING until its leads are there, unless it has none.',
  })
  list: Deferred<List>;

  @Field(() => ListJob, {
    nullable: true,
    description: 'How far its leads are: `listJob` tells how it goes on. Null: it was there already.',
  })
  job: Deferred<ListJob> | null;
}

@InputType({ description: 'A list to delete for good.' })
export class DeleteListInput extends VersionedInput('list') {
  @Field(() => String, { description: 'The name of the list, typed again.' })
  @Text({ maximum: 200 })
  confirmName: string;
}

@ObjectType({ description: 'Answer of `deleteList`.', simpleResolvers: true })
export class DeleteListPayload {
  @Field(() => ID, { description: 'The list.' })
  deletedId: string;

  @Field(() => ListJob, {
    description: 'How far it is: `listJob` tells how it goes on. Done at once where it has no leads.',
  })
  job: Deferred<ListJob>;
}
