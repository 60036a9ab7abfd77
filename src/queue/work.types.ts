// The overview of work.
import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import { PageArgs } from '../graphql/connection';

@ArgsType()
export class WorkListsArgs extends PageArgs {}

@ObjectType({ description: 'What the viewer has to do.' })
export class Work {
  /** Null: the viewer holds none. */
  heldLeadId: string | null;
}

@ObjectType({
  description:
    'What there is to do on a list. Leads are open that are NEW, IN_PROGRESS or CALL_BACK, and were tried fewer times than the list allows, also those that rest now or that somebody holds.',
  simpleResolvers: true,
})
export class ListWork {
  @Field(() => Int, { description: 'Leads that are open.' })
  open: number;

  @Field(() => Int, { description: 'Of these, call-backs whose time has come.' })
  callBacksDue: number;

  @Field(() => Int, {
    description: 'Of the open ones, those that the viewer tried last, also through an access token.',
  })
  mine: number;
}
