import { Field, Int, ObjectType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { DateTime, JsonObject } from '../graphql/scalars';
import type { Settings } from './agent-settings';

/** A version of either part: their tables have the same columns. */
@ObjectType({ description: "A saved version of an agent's configuration.", simpleResolvers: true })
@Entity({ schema: 'ringfence', name: 'agent_configurations' })
export class AgentConfiguration {
  @Column({ type: 'uuid', primary: true, name: 'account_id' })
  accountId: string;

  /** The agent's: what tells its versions apart is their number. */
  @Column({ type: 'uuid', primary: true, name: 'agent_id' })
  id: string;

  @Field(() => Int, { description: 'Its number: 1, 2, 3, …; for `expectedVersion` and for restoring it.' })
  @Column({ type: 'int', primary: true, name: 'number' })
  version: number;

  @Field(() => JsonObject, {
    description:
      'The settings. What may stand in them, the JSON Schemas say at `/schemas/agent-configuration.json` and `/schemas/advanced-agent-configuration.json` of this server.',
  })
  @Column('jsonb')
  settings: Settings;

  @Field(() => String, {
    nullable: true,
    description: 'Name of who saved it, as it was then; null: an access token of the account.',
  })
  @Column({ type: 'text', name: 'saved_by', nullable: true })
  savedBy: string | null;

  @Field(() => DateTime, { description: 'When it was saved.' })
  @Column({ type: 'timestamptz', name: 'saved_at' })
  savedAt: string;
}
