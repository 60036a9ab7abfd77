import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { SelectedAs } from '../database/columns';
import { DateTime, LocalDate } from '../graphql/scalars';

export enum CampaignState {
  DRAFT = 'DRAFT',
  RUNNING = 'RUNNING',
  PAUSED = 'PAUSED',
  FINISHED = 'FINISHED',
}

registerEnumType(CampaignState, {
  name: 'CampaignState',
  description: 'State of a campaign.',
  valuesConfig: {
    DRAFT: { description: 'Being planned; nobody gets leads of it yet.' },
    RUNNING: { description: 'Whoever takes part gets leads of it, within its period.' },
    PAUSED: { description: 'Nobody gets leads of it for now.' },
    FINISHED: { description: 'It is over; nothing of it changes.' },
  },
});

const day = (column: string) => (row: string) => `${row}.${column}::text`;

@ObjectType({
  description:
    'A planned run over a list, or over a segment of it. Seen by holders of ACCESS_CRM who see the list.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'campaigns' })
export class Campaign {
  @Column({ type: 'uuid', primary: true, name: 'account_id' })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the campaign.' })
  @Column({ type: 'uuid', primary: true })
  id: string;

  @Column({ type: 'uuid', name: 'client_id' })
  clientId: string;

  @Field(() => ID, { description: 'The list whose leads it is about.' })
  @Column({ type: 'uuid', name: 'list_id' })
  listId: string;

  @Field(() => String, { description: 'Name.' })
  @Column('text')
  name: string;

  @Column({ type: 'uuid', name: 'segment_id', nullable: true })
  segmentId: string | null;

  @Column({ type: 'uuid', name: 'identity_id', nullable: true })
  identityId: string | null;

  @Field(() => CampaignState, { description: 'How far it is.' })
  @Column('text')
  state: CampaignState;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'Its first day; null: it has begun when it is started.',
  })
  @Column({ type: 'date', name: 'starts_on', nullable: true })
  @SelectedAs(day('starts_on'))
  startsOn: string | null;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'Its last day; null: it goes on until it is finished.',
  })
  @Column({ type: 'date', name: 'ends_on', nullable: true })
  @SelectedAs(day('ends_on'))
  endsOn: string | null;

  @Field(() => Boolean, {
    description: 'Whether all who work on the list take part; if not, those who are named.',
  })
  @Column({ type: 'boolean', name: 'open_to_all' })
  openToAll: boolean;

  @Field(() => Int, { description: 'Counts changes; for `expectedVersion`.' })
  @Column('int')
  version: number;

  @Field(() => DateTime, { description: 'When it was planned first.' })
  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt: string;

  @Field(() => DateTime, { description: 'When it was last changed.' })
  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt: string;
}
