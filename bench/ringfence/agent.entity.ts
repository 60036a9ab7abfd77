import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';

export enum AgentStatus {
  ACTIVE = 'ACTIVE',
  PAUSED = 'PAUSED',
}

registerEnumType(AgentStatus, { name: 'AgentStatus', description: 'State of an agent.' });

@ObjectType({ description: 'Somebody who answers for a client.', simpleResolvers: true })
@Entity({ schema: 'ringfence', name: 'agents' })
export class Agent {
  @Column({ type: 'uuid', primary: true, name: 'account_id', insert: false, update: false })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the agent.' })
  @Column({ type: 'uuid', primary: true, insert: false, update: false })
  id: string;

  @Column({ type: 'uuid', name: 'client_id', insert: false, update: false })
  clientId: string;

  @Field(() => String, { description: 'Name.' })
  @Column({ type: 'text', insert: false, update: false })
  name: string;

  @Field(() => AgentStatus, { description: 'State of the agent.' })
  @Column({ type: 'text', insert: false, update: false })
  status: AgentStatus;
}
