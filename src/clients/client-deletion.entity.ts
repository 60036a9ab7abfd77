import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { DateTime } from '../graphql/scalars';

export enum ClientDeletionState {
  QUEUED = 'QUEUED',
  RUNNING = 'RUNNING',
  RETRYING = 'RETRYING',
  DONE = 'DONE',
}

registerEnumType(ClientDeletionState, {
  name: 'ClientDeletionState',
  description: 'How far the deletion of a client is.',
  valuesConfig: {
    QUEUED: { description: 'Asked for; no worker has begun.' },
    RUNNING: { description: 'Begun.' },
    RETRYING: {
      description: 'The last try failed; it goes on where it was, later each time, until it is done.',
    },
    DONE: { description: 'Nothing of the client is left but this, and what the audit log says of it.' },
  },
});

@ObjectType({
  description: 'That a client is deleted for good, or was: who asked for it, and how far it is.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'client_deletions' })
export class ClientDeletion {
  @Column({ type: 'uuid', primary: true, name: 'account_id', update: false })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the deletion.' })
  @Column({ type: 'uuid', primary: true, insert: false, update: false })
  id: string;

  @Field(() => ID, { description: 'The client that goes, or is gone.' })
  @Column({ type: 'uuid', name: 'client_id', update: false })
  clientId: string;

  @Field(() => String, { description: 'Its name.' })
  @Column({ type: 'text', name: 'client_name', update: false })
  clientName: string;

  @Field(() => ClientDeletionState, { description: 'How far it is.' })
  @Column({ type: 'text', insert: false, update: false })
  state: ClientDeletionState;

  @Field(() => Int, { description: 'Rows deleted so far.' })
  @Column({ type: 'bigint', insert: false, update: false })
  done: number;

  @Field(() => Int, {
    nullable: true,
    description: 'Rows to delete, never fewer than `done`; null: they have not been counted yet.',
  })
  @Column({ type: 'bigint', insert: false, update: false, nullable: true })
  total: number | null;

  @Column({ type: 'uuid', name: 'requested_by', update: false })
  requestedById: string;

  @Field(() => DateTime, { description: 'When it was asked for: since then the client is of no use.' })
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt: string;

  @Field(() => DateTime, { nullable: true, description: 'When a worker began; null: none has.' })
  @Column({ type: 'timestamptz', name: 'started_at', insert: false, update: false, nullable: true })
  startedAt: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When nothing was left; null: something is.' })
  @Column({ type: 'timestamptz', name: 'finished_at', insert: false, update: false, nullable: true })
  finishedAt: string | null;
}
