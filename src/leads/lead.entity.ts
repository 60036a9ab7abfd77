import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { DateTime } from '../graphql/scalars';

export enum LeadState {
  NEW = 'NEW',
  IN_PROGRESS = 'IN_PROGRESS',
  CALL_BACK = 'CALL_BACK',
  WON = 'WON',
  LOST = 'LOST',
  ARCHIVED = 'ARCHIVED',
}

registerEnumType(LeadState, {
  name: 'LeadState',
  description: 'How far one is with a lead.',
  valuesConfig: {
    NEW: { description: 'Nobody has tried it yet.' },
    IN_PROGRESS: { description: 'Somebody has, and nothing is decided.' },
    CALL_BACK: { description: 'To be called at a time that was agreed on.' },
    WON: { description: 'They want it.' },
    LOST: { description: 'They do not.' },
    ARCHIVED: {
      description:
        'Readable, absent from lists unless asked for; nothing of it changes until it is restored.',
    },
  },
});

@ObjectType({
  description:
    'Somebody to call, on a list. Seen by holders of ACCESS_CRM who work on the list; of a client in blind mode by administrators, and by whoever `nextLead` gave it to.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'leads' })
export class Lead {
  @Column({ type: 'uuid', primary: true, name: 'account_id' })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the lead.' })
  @Column({ type: 'uuid', primary: true })
  id: string;

  @Column({ type: 'uuid', name: 'client_id' })
  clientId: string;

  @Field(() => ID, { description: 'The list that it is on.' })
  @Column({ type: 'uuid', name: 'list_id' })
  listId: string;

  @Field(() => String, { description: 'Name.' })
  @Column('text')
  name: string;

  @Field(() => String, { nullable: true, description: 'The company they work for; null: nothing was said.' })
  @Column({ type: 'text', nullable: true })
  company: string | null;

  @Field(() => LeadState, { description: 'How far one is with it.' })
  @Column('text')
  state: LeadState;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When to call back; null: no time was agreed on. Of CALL_BACK there is one.',
  })
  @Column({ type: 'timestamptz', name: 'call_back_at', nullable: true })
  callBackAt: string | null;

  @Field(() => Int, { description: 'How often it was tried.' })
  @Column('int')
  attempts: number;

  @Field(() => DateTime, { nullable: true, description: 'When it was last tried; null: it was not.' })
  @Column({ type: 'timestamptz', name: 'last_attempt_at', nullable: true })
  lastAttemptAt: string | null;

  @Column({ type: 'uuid', name: 'last_attempt_by', nullable: true })
  lastAttemptById: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Its time zone, as IANA calls it; null: the account's.",
  })
  @Column({ type: 'text', name: 'time_zone', nullable: true })
  timeZone: string | null;

  @Field(() => Int, { description: 'Counts changes; for `expectedVersion`.' })
  @Column('int')
  version: number;

  @Field(() => DateTime, { description: 'When it was added.' })
  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt: string;

  @Field(() => DateTime, { description: 'When it was last changed.' })
  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt: string;
}
