// What mutations on the queue take and answer.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { Deferred } from '../graphql/deferred';
import { DateTime } from '../graphql/scalars';
import { Id, Nullable } from '../graphql/validation';
import { Lead } from '../leads/lead.entity';

@InputType({ description: 'Where the next lead is to come from: one of these, and no more.' })
export class NextLeadInput {
  @Field(() => ID, { nullable: true, description: 'Of which list.' })
  @Nullable()
  @Id()
  listId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of which segment, as it says now.' })
  @Nullable()
  @Id()
  segmentId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of which campaign, in which the viewer takes part.' })
  @Nullable()
  @Id()
  campaignId?: string | null;
}

@ObjectType({ description: 'Answer of `nextLead`.', simpleResolvers: true })
export class NextLeadPayload {
  @Field(() => Lead, {
    nullable: true,
    description:
      'The lead that the viewer has before them now, on whichever list; null: there is none to call now, or the member of an access token has one that the token does not reach.',
  })
  lead: Deferred<Lead | null>;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Until when nobody else is given it; null: there is no lead.',
  })
  heldUntil: string | null;
}

@InputType({ description: 'A lead that is given back.' })
export class ReleaseLeadInput {
  @Field(() => ID, { description: 'Which lead.' })
  @Id()
  leadId: string;
}

@ObjectType({ description: 'Answer of `releaseLead`.', simpleResolvers: true })
export class ReleaseLeadPayload {
  @Field(() => ID, { description: 'The lead.' })
  leadId: string;
}
