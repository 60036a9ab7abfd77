import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { DateTime } from '../graphql/scalars';
import { AgentKind } from './agent.entity';

@ObjectType({
  description:
    'A time that an agent works for a client. What it does then belongs to that client, also when the agent has left.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'agent_stays' })
export class AgentStay {
  @Column({ type: 'uuid', primary: true, name: 'account_id' })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the stay.' })
  @Column({ type: 'uuid', primary: true })
  id: string;

  @Column({ type: 'uuid', name: 'client_id' })
  clientId: string;

  @Column({ type: 'uuid', name: 'agent_id' })
  agentId: string;

  @Field(() => String, { description: 'Name of the agent; of one that left, as it was then.' })
  @Column({ type: 'text', name: 'agent_name' })
  agentName: string;

  @Field(() => AgentKind, { description: 'How the agent talks.' })
  @Column({ type: 'text', name: 'agent_kind' })
  agentKind: AgentKind;

  @Field(() => DateTime, { nullable: true, description: 'From when on; null: since there is the agent.' })
  @Column({ type: 'timestamptz', name: 'started_at', nullable: true })
  startedAt: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Until when; null: it is still there.' })
  @Column({ type: 'timestamptz', name: 'ended_at', nullable: true })
  endedAt: string | null;
}
