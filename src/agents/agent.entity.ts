import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { DateTime } from '../graphql/scalars';

export enum AgentKind {
  VOICE = 'VOICE',
  CHAT = 'CHAT',
}

registerEnumType(AgentKind, {
  name: 'AgentKind',
  description: 'How an agent talks; it never changes.',
  valuesConfig: {
    VOICE: { description: 'Makes and takes calls.' },
    CHAT: { description: 'Writes messages.' },
  },
});

export enum AgentStatus {
  DRAFT = 'DRAFT',
  ACTIVE = 'ACTIVE',
  PAUSED = 'PAUSED',
}

registerEnumType(AgentStatus, {
  name: 'AgentStatus',
  description: 'Whether an agent works.',
  valuesConfig: {
    DRAFT: { description: 'Being prepared.' },
    ACTIVE: { description: 'At work.' },
    PAUSED: { description: 'Kept as it is, and not at work.' },
  },
});

@ObjectType({
  description: 'Software that calls or chats. It works for exactly one client at a time, and may be moved.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'agents' })
export class Agent {
  @Column({ type: 'uuid', primary: true, name: 'account_id' })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the agent, wherever it works.' })
  @Column({ type: 'uuid', primary: true })
  id: string;

  @Column({ type: 'uuid', name: 'client_id' })
  clientId: string;

  @Column({ type: 'uuid', name: 'stay_id' })
  stayId: string;

  @Field(() => String, { description: 'Name.' })
  @Column('text')
  name: string;

  @Field(() => AgentKind, { description: 'How it talks.' })
  @Column('text')
  kind: AgentKind;

  @Field(() => AgentStatus, {
    description: 'Whether it should work; `effectiveStatus` says whether it does.',
  })
  @Column('text')
  status: AgentStatus;

  @Field(() => Boolean, {
    description:
      'Whether the platform that runs it lets anybody talk to it. Here nobody sees more of it for that.',
  })
  @Column({ type: 'boolean', name: 'is_public' })
  isPublic: boolean;

  @Field(() => Int, { description: 'Counts changes, not those of the configuration; for `expectedVersion`.' })
  @Column('int')
  version: number;

  @Field(() => DateTime, { description: 'When it was created.' })
  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt: string;

  @Field(() => DateTime, { description: 'When it was last changed, or moved.' })
  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt: string;
}
