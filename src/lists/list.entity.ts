import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { SelectedAs } from '../database/columns';
import { DateTime } from '../graphql/scalars';

export enum ListStatus {
  ACTIVE = 'ACTIVE',
  ARCHIVED = 'ARCHIVED',
  MOVING = 'MOVING',
  DELETING = 'DELETING',
}

registerEnumType(ListStatus, {
  name: 'ListStatus',
  description: 'State of a list.',
  valuesConfig: {
    ACTIVE: { description: 'Being worked on.' },
    ARCHIVED: {
      description:
        'Readable, absent from lists unless asked for; nothing of it changes until it is restored.',
    },
    MOVING: {
      description:
        'Its leads are on their way to its client: nobody but administrators sees them, and nothing of it changes until all are there.',
    },
    DELETING: {
      description:
        'Its leads are being deleted, and then it is: nobody but administrators sees them, and nothing takes it back.',
    },
  },
});

export enum ListAccess {
  ALL = 'ALL',
  NAMED = 'NAMED',
}

registerEnumType(ListAccess, {
  name: 'ListAccess',
  description: 'Who works on a list.',
  valuesConfig: {
    ALL: { description: 'All who reach its client.' },
    NAMED: { description: 'Those who are named, of those who reach its client.' },
  },
});

export enum DuplicateHandling {
  SKIP = 'SKIP',
  UPDATE = 'UPDATE',
  KEEP = 'KEEP',
}

registerEnumType(DuplicateHandling, {
  name: 'DuplicateHandling',
  description: 'What becomes of a new lead that its client has already, in whichever list.',
  valuesConfig: {
    SKIP: { description: 'It is not added.' },
    UPDATE: { description: 'What is new of it is added to the one that is there.' },
    KEEP: { description: 'It is added beside the other.' },
  },
});

export enum QueueOrder {
  OLDEST_FIRST = 'OLDEST_FIRST',
  NEWEST_FIRST = 'NEWEST_FIRST',
  FEWEST_ATTEMPTS_FIRST = 'FEWEST_ATTEMPTS_FIRST',
}

registerEnumType(QueueOrder, {
  name: 'QueueOrder',
  description: 'Which lead of a list comes next.',
  valuesConfig: {
    OLDEST_FIRST: { description: 'The one that was added first.' },
    NEWEST_FIRST: { description: 'The one that was added last.' },
    FEWEST_ATTEMPTS_FIRST: { description: 'The one that was tried least, of these the oldest.' },
  },
});

export enum CallingTimeZone {
  LEAD = 'LEAD',
  ACCOUNT = 'ACCOUNT',
}

registerEnumType(CallingTimeZone, {
  name: 'CallingTimeZone',
  description: 'On whose clock calling hours are read.',
  valuesConfig: {
    LEAD: { description: "The lead's; where it has no time zone, the account's." },
    ACCOUNT: { description: "The account's." },
  },
});

/** In the order of the week, which is that of Postgres' array as well. */
export enum Weekday {
  MONDAY = 'MONDAY',
  TUESDAY = 'TUESDAY',
  WEDNESDAY = 'WEDNESDAY',
  THURSDAY = 'THURSDAY',
  FRIDAY = 'FRIDAY',
  SATURDAY = 'SATURDAY',
  SUNDAY = 'SUNDAY',
}

registerEnumType(Weekday, {
  name: 'Weekday',
  description: 'A day of the week.',
  valuesConfig: Object.fromEntries(
    Object.values(Weekday).map((day) => [day, { description: `${day[0]}${day.slice(1).toLowerCase()}.` }]),
  ),
});

const minutesOf = (column: string) => (row: string) => `to_char(${row}.${column}, 'HH24:MI')`;

@ObjectType({
  description:
    'A pool of people to call, of a client or of none, with fields, dispositions and a calling workflow of its own.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'lists' })
export class List {
  @Column({ type: 'uuid', primary: true, name: 'account_id' })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the list.' })
  @Column({ type: 'uuid', primary: true })
  id: string;

  @Column({ type: 'uuid', name: 'client_id' })
  clientId: string;

  @Column({ type: 'boolean', name: 'of_house' })
  ofHouse: boolean;

  @Field(() => String, { description: 'Name.' })
  @Column('text')
  name: string;

  @Field(() => String, { nullable: true, description: 'What it is for; null: nothing was said.' })
  @Column({ type: 'text', nullable: true })
  description: string | null;

  @Field(() => ListStatus, { description: 'State of the list.' })
  @Column('text')
  status: ListStatus;

  @Field(() => ListAccess, {
    description: 'Who works on it; a list of no client is for those who are named.',
  })
  @Column('text')
  access: ListAccess;

  @Field(() => DuplicateHandling, { description: 'What becomes of a new lead that its client has already.' })
  @Column({ type: 'text', name: 'duplicate_handling' })
  duplicateHandling: DuplicateHandling;

  @Column({ type: 'text', name: 'queue_order' })
  queueOrder: QueueOrder;

  @Column({ type: 'int', name: 'maximum_attempts', nullable: true })
  maximumAttempts: number | null;

  @Column({ type: 'int', name: 'call_back_delay_minutes' })
  callBackDelayMinutes: number;

  @Column({ type: 'text', name: 'calling_days', array: true })
  callingDays: Weekday[];

  @Column({ type: 'time', name: 'calling_from', nullable: true })
  @SelectedAs(minutesOf('calling_from'))
  callingFrom: string | null;

  @Column({ type: 'time', name: 'calling_until', nullable: true })
  @SelectedAs(minutesOf('calling_until'))
  callingUntil: string | null;

  @Column({ type: 'text', name: 'calling_time_zone' })
  callingTimeZone: CallingTimeZone;

  @Field(() => Int, { description: 'Counts changes; for `expectedVersion`.' })
  @Column('int')
  version: number;

  @Field(() => DateTime, { description: 'When it was created.' })
  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt: string;

  @Field(() => DateTime, { description: 'When it was last changed.' })
  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt: string;
}
