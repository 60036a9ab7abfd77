import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { agentNameOf } from '../activity/activity';
import { SelectedAs } from '../database/columns';
import { DateTime } from '../graphql/scalars';

@ObjectType({
  description:
    'Messages that an agent exchanged with somebody. It belongs to the client that the agent worked for when it began, and stays there.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'conversations' })
export class Conversation {
  @Column({ type: 'uuid', primary: true, name: 'account_id' })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the conversation.' })
  @Column({ type: 'uuid', primary: true })
  id: string;

  @Column({ type: 'uuid', name: 'client_id' })
  clientId: string;

  @Field(() => ID, { description: 'The agent; it may have been moved to another client, or deleted, since.' })
  @Column({ type: 'uuid', name: 'agent_id' })
  agentId: string;

  @Field(() => String, { description: 'Name of the agent, as it was when it left the client if it has.' })
  @Column({ type: 'text', name: 'stay_id' })
  @SelectedAs(agentNameOf)
  agentName: string;

  @Field(() => String, { description: 'What the platform that reported it calls it.' })
  @Column({ type: 'text', name: 'external_id' })
  externalId: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Portal user with whom; null: nobody who is known, or they were deleted.',
  })
  @Column({ type: 'uuid', name: 'portal_user_id', nullable: true })
  portalUserId: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Name of the portal user when the conversation was first reported, kept when they are deleted; null: nobody who is known.',
  })
  @Column({ type: 'text', name: 'portal_user_name', nullable: true })
  portalUserName: string | null;

  @Field(() => DateTime, { description: 'When it began.' })
  @Column({ type: 'timestamptz', name: 'started_at' })
  startedAt: string;

  @Field(() => Int, { description: 'How many messages it has.' })
  @Column({ type: 'int', name: 'message_count' })
  messageCount: number;

  @Field(() => DateTime, { description: 'When its latest message was sent.' })
  @Column({ type: 'timestamptz', name: 'last_message_at' })
  lastMessageAt: string;

  @Field(() => DateTime, { description: 'When it was first reported.' })
  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt: string;

  @Field(() => DateTime, { description: 'When messages of it were last reported.' })
  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt: string;
}
