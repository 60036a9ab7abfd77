import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { ConnectionOf, EdgeOf } from '../graphql/connection';
import { JsonObject } from '../graphql/scalars';
import { Id } from '../graphql/validation';
import { AgentConfiguration } from './agent-configuration.entity';
import type { Settings } from './agent-settings';
import { AgentPayload } from './agent.types';

@ObjectType({ description: 'A version in a list.', simpleResolvers: true })
export class AgentConfigurationEdge extends EdgeOf(AgentConfiguration, 'version') {}

@ObjectType({ description: 'A page of versions.', simpleResolvers: true })
export class AgentConfigurationConnection extends ConnectionOf(
  AgentConfiguration,
  AgentConfigurationEdge,
  'versions',
) {}

@InputType({ description: "Settings for an agent's configuration." })
export class SaveAgentConfigurationInput {
  @Field(() => ID, { description: 'Which agent.' })
  @Id()
  id: string;

  @Field(() => JsonObject, {
    description:
      'All of the settings, as the JSON Schema of this part says; nothing is taken over from before.',
  })
  settings: Settings;

  @Field(() => Int, {
    nullable: true,
    description:
      'Refuse with CONFLICT if another version of the configuration is in force, 0 for none; left out: last write wins.',
  })
  expectedVersion?: number | null;
}

@InputType({ description: "A version of an agent's configuration to go back to." })
export class RestoreAgentConfigurationInput {
  @Field(() => ID, { description: 'Which agent.' })
  @Id()
  id: string;

  @Field(() => Int, { description: 'Which version.' })
  version: number;

  @Field(() => Int, {
    nullable: true,
    description:
      'Refuse with CONFLICT if another version of the configuration is in force; left out: last write wins.',
  })
  expectedVersion?: number | null;
}

@InputType({ description: "Settings for the advanced part of an agent's configuration." })
export class SaveAdvancedAgentConfigurationInput extends SaveAgentConfigurationInput {}

@InputType({ description: "A version of the advanced part of an agent's configuration to go back to." })
export class RestoreAdvancedAgentConfigurationInput extends RestoreAgentConfigurationInput {}

@ObjectType({ description: 'Answer of `saveAgentConfiguration`.', simpleResolvers: true })
export class SaveAgentConfigurationPayload extends AgentPayload {}

@ObjectType({ description: 'Answer of `restoreAgentConfiguration`.', simpleResolvers: true })
export class RestoreAgentConfigurationPayload extends AgentPayload {}

@ObjectType({ description: 'Answer of `saveAdvancedAgentConfiguration`.', simpleResolvers: true })
export class SaveAdvancedAgentConfigurationPayload extends AgentPayload {}

@ObjectType({ description: 'Answer of `restoreAdvancedAgentConfiguration`.', simpleResolvers: true })
export class RestoreAdvancedAgentConfigurationPayload extends AgentPayload {}
