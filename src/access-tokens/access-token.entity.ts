import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { DateTime } from '../graphql/scalars';

@ObjectType({
  description:
    'A credential for a program. It never does more than the member it belongs to may do at that moment; one of the account itself, what it was given.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'access_tokens' })
export class AccessToken {
  @Column({ type: 'uuid', primary: true, name: 'account_id' })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the token; opens nothing.' })
  @Column({ type: 'uuid', primary: true })
  id: string;

  @Field(() => String, { description: 'What it is for.' })
  @Column('text')
  name: string;

  @Column({ type: 'uuid', name: 'member_id', nullable: true })
  memberId: string | null;

  @Column({ type: 'uuid', name: 'created_by', nullable: true })
  createdById: string | null;

  @Field(() => Boolean, {
    description:
      'Whether it is for all clients, also those to come; as far as its member reaches them at that moment.',
  })
  @Column({ type: 'boolean', name: 'all_clients' })
  allClients: boolean;

  @Field(() => Boolean, {
    description:
      'Whether it sees all agents that its member sees; false: it came from a member who saw some agents alone, and sees no others.',
  })
  @Column({ type: 'boolean', name: 'all_agents' })
  allAgents: boolean;

  @Field(() => Boolean, {
    description:
      'Whether it sees lists and leads as its member does; false: it came from a member who was no administrator, and sees open lists alone, and no leads in blind mode.',
  })
  @Column({ type: 'boolean', name: 'all_lists' })
  allLists: boolean;

  @Field(() => DateTime, { description: 'When it was created.' })
  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt: string;

  @Field(() => DateTime, { description: 'When it expires; rotating does not change that.' })
  @Column({ type: 'timestamptz', name: 'expires_at' })
  expiresAt: string;

  @Field(() => DateTime, { nullable: true, description: 'When it was revoked; null: it was not.' })
  @Column({ type: 'timestamptz', name: 'revoked_at', nullable: true })
  revokedAt: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was last used, to the minute, half a minute late at most; null: never.',
  })
  @Column({ type: 'timestamptz', name: 'last_used_at', nullable: true })
  lastUsedAt: string | null;
}
