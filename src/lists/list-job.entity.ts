import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { DateTime } from '../graphql/scalars';

export enum ListJobKind {
  MOVE = 'MOVE',
  DELETION = 'DELETION',
}

registerEnumType(ListJobKind, {
  name: 'ListJobKind',
  description: 'What becomes of a list.',
  valuesConfig: {
    MOVE: { description: 'Its leads follow it to the client that it was given to.' },
    DELETION: { description: 'Its leads are deleted, and then it is.' },
  },
});

export enum ListJobState {
  QUEUED = 'QUEUED',
  RUNNING = 'RUNNING',
  RETRYING = 'RETRYING',
  DONE = 'DONE',
}

registerEnumType(ListJobState, {
  name: 'ListJobState',
  description: 'How far the moving or deleting of a list is.',
  valuesConfig: {
    QUEUED: { description: 'Asked for; no worker has begun.' },
    RUNNING: { description: 'Begun.' },
    RETRYING: {
      description: 'The last try failed; it goes on where it was, later each time, until it is done.',
    },
    DONE: { description: 'All leads are where the list is, or are gone with it.' },
  },
});

@ObjectType({
  description: 'That a list was moved or deleted: who asked for it, and how far its leads are.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'list_jobs' })
export class ListJob {
  @Column({ type: 'uuid', primary: true, name: 'account_id', update: false })
  accountId: string;

  @Field(() => ID, { description: 'Identifies what is done.' })
  @Column({ type: 'uuid', primary: true, insert: false, update: false })
  id: string;

  @Field(() => ListJobKind, { description: 'What is done.' })
  @Column({ type: 'text', update: false })
  kind: ListJobKind;

  @Field(() => ID, { description: 'The list; a deleted one is gone in the end.' })
  @Column({ type: 'uuid', name: 'list_id', update: false })
  listId: string;

  @Field(() => String, { description: 'Its name at that time.' })
  @Column({ type: 'text', name: 'list_name', update: false })
  listName: string;

  @Column({ type: 'uuid', name: 'client_id', update: false })
  clientId: string;

  @Field(() => ListJobState, { description: 'How far it is.' })
  @Column({ type: 'text', insert: false, update: false })
  state: ListJobState;

  @Column({ type: 'uuid', name: 'requested_by', update: false })
  requestedById: string;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt: string;

  @Field(() => DateTime, { nullable: true, description: 'When a worker began; null: none has.' })
  @Column({ type: 'timestamptz', name: 'started_at', insert: false, update: false, nullable: true })
  startedAt: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was done; null: it is not.' })
  @Column({ type: 'timestamptz', name: 'finished_at', insert: false, update: false, nullable: true })
  finishedAt: string | null;
}
