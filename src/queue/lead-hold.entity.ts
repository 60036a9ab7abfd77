import { Field, ObjectType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { DateTime } from '../graphql/scalars';

@ObjectType({
  description:
    'That somebody has a lead before them, so that nobody else is given it. It lasts two hours at most.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'lead_holds' })
export class LeadHold {
  @Column({ type: 'uuid', primary: true, name: 'account_id' })
  accountId: string;

  @Column({ type: 'uuid', primary: true, name: 'lead_id' })
  leadId: string;

  @Column({ type: 'uuid', name: 'holder_id' })
  holderId: string;

  @Field(() => DateTime, { description: 'When it was given to them.' })
  @Column({ type: 'timestamptz', name: 'held_since' })
  heldSince: string;

  @Field(() => DateTime, { description: 'Until when nobody else is given it.' })
  @Column({ type: 'timestamptz', name: 'held_until' })
  heldUntil: string;
}
