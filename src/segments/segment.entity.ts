import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { DateTime } from '../graphql/scalars';
import { LeadConditionsInput } from '../leads/lead-filter.types';

@ObjectType({
  description:
    'Conditions on the leads of a list, saved under a name. Seen by holders of ACCESS_CRM who see the list: shared ones by all of them, others by their owner and administrators.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'segments' })
export class Segment {
  @Column({ type: 'uuid', primary: true, name: 'account_id' })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the segment.' })
  @Column({ type: 'uuid', primary: true })
  id: string;

  @Column({ type: 'uuid', name: 'client_id' })
  clientId: string;

  @Field(() => ID, { description: 'The list whose leads it is of.' })
  @Column({ type: 'uuid', name: 'list_id' })
  listId: string;

  @Field(() => String, { description: 'Name.' })
  @Column('text')
  name: string;

  @Column({ type: 'uuid', name: 'owner_id', nullable: true })
  ownerId: string | null;

  @Field(() => LeadConditionsInput, {
    description:
      'Its conditions, as they were given. One on a field that was deleted since finds no lead, but where it asks for none that has a value.',
  })
  @Column({ type: 'jsonb' })
  filter: LeadConditionsInput;

  @Field(() => Int, { description: 'Counts changes; for `expectedVersion`.' })
  @Column('int')
  version: number;

  @Field(() => DateTime, { description: 'When it was saved first.' })
  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt: string;

  @Field(() => DateTime, { description: 'When it was last changed.' })
  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt: string;
}
