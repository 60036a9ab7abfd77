import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';

/** States that a call can put a lead into. */
export enum DispositionState {
  IN_PROGRESS = 'IN_PROGRESS',
  CALL_BACK = 'CALL_BACK',
  WON = 'WON',
  LOST = 'LOST',
}

registerEnumType(DispositionState, {
  name: 'DispositionState',
  description: 'The state that a disposition puts a lead into.',
  valuesConfig: {
    IN_PROGRESS: { description: 'It is tried again, after the delay of the list.' },
    CALL_BACK: { description: 'It is called back at a time that is agreed.' },
    WON: { description: 'It is done, with success.' },
    LOST: { description: 'It is done, without.' },
  },
});

@ObjectType({ description: 'A way in which a call with a lead may end.', simpleResolvers: true })
@Entity({ schema: 'ringfence', name: 'list_dispositions' })
export class ListDisposition {
  @Column({ type: 'uuid', primary: true, name: 'account_id' })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the disposition.' })
  @Column({ type: 'uuid', primary: true })
  id: string;

  @Column({ type: 'uuid', name: 'list_id' })
  listId: string;

  @Field(() => String, { description: 'Name, unique within the list, ignoring case.' })
  @Column('text')
  name: string;

  @Field(() => DispositionState, { description: 'The state that it puts a lead into.' })
  @Column({ type: 'text', name: 'lead_state' })
  leadState: DispositionState;
}
