// The two parts of an agent's configuration, and their versions.
import { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, Info, Mutation, Resolver, Root } from 'type-graphql';
import { Reads } from '../database/columns';
import { change, Change } from '../graphql/change';
import { PageArgs } from '../graphql/connection';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { AgentConfiguration } from './agent-configuration.entity';
import {
  configuration,
  configurationVersions,
  restoreConfiguration,
  saveConfiguration,
} from './agent-configuration.service';
import {
  AgentConfigurationConnection,
  RestoreAdvancedAgentConfigurationInput,
  RestoreAdvancedAgentConfigurationPayload,
  RestoreAgentConfigurationInput,
  RestoreAgentConfigurationPayload,
  SaveAdvancedAgentConfigurationInput,
  SaveAdvancedAgentConfigurationPayload,
  SaveAgentConfigurationInput,
  SaveAgentConfigurationPayload,
} from './agent-configuration.types';
import { Agent } from './agent.entity';
import { agent } from './agent.service';

const savingErrors = 'VALIDATION_FAILED, NOT_FOUND, CONFLICT (another version, or the client is archived).';
const restoringErrors =
  'VALIDATION_FAILED (its settings are not allowed any more), NOT_FOUND (also the version), CONFLICT (another version, or the client is archived).';

@Resolver(() => Agent)
export class AgentConfigurationResolver {
  @Mutation(() => SaveAgentConfigurationPayload, {
    description: `Saves the simple part of an agent's configuration as a new version; unchanged settings make none. The latest 100 are kept. Needs EDIT_AGENTS. ${savingErrors}`,
  })
  saveAgentConfiguration(
    @Arg('input', () => SaveAgentConfigurationInput, { description: 'Which agent, and the settings.' })
    { id, settings, expectedVersion }: SaveAgentConfigurationInput,
    @Ctx() context: RequestContext,
  ): Change<SaveAgentConfigurationPayload> {
    return change(
      () => saveConfiguration(context, 'simple', id, settings, 'input.settings', expectedVersion),
      () => ({ agent: deferred((info) => agent(context, id, info)) }),
    );
  }

  @Mutation(() => RestoreAgentConfigurationPayload, {
    description: `Saves the settings of an earlier version as a new one. Needs EDIT_AGENTS. ${restoringErrors}`,
  })
  restoreAgentConfiguration(
    @Arg('input', () => RestoreAgentConfigurationInput, { description: 'Which agent, and which version.' })
    input: RestoreAgentConfigurationInput,
    @Ctx() context: RequestContext,
  ): Change<RestoreAgentConfigurationPayload> {
    return change(
      () => restoreConfiguration(context, 'simple', input),
      () => ({ agent: deferred((info) => agent(context, input.id, info)) }),
    );
  }

  @Mutation(() => SaveAdvancedAgentConfigurationPayload, {
    description: `As \`saveAgentConfiguration\`, of the advanced part. Needs USE_ADVANCED_EDITOR. ${savingErrors}`,
  })
  saveAdvancedAgentConfiguration(
    @Arg('input', () => SaveAdvancedAgentConfigurationInput, {
      description: 'Which agent, and the settings.',
    })
    { id, settings, expectedVersion }: SaveAdvancedAgentConfigurationInput,
    @Ctx() context: RequestContext,
  ): Change<SaveAdvancedAgentConfigurationPayload> {
    return change(
      () => saveConfiguration(context, 'advanced', id, settings, 'input.settings', expectedVersion),
      () => ({ agent: deferred((info) => agent(context, id, info)) }),
    );
  }

  @Mutation(() => RestoreAdvancedAgentConfigurationPayload, {
    description: `As \`restoreAgentConfiguration\`, of the advanced part. Needs USE_ADVANCED_EDITOR. ${restoringErrors}`,
  })
  restoreAdvancedAgentConfiguration(
    @Arg('input', () => RestoreAdvancedAgentConfigurationInput, {
      description: 'Which agent, and which version.',
    })
    input: RestoreAdvancedAgentConfigurationInput,
    @Ctx() context: RequestContext,
  ): Change<RestoreAdvancedAgentConfigurationPayload> {
    return change(
      () => restoreConfiguration(context, 'advanced', input),
      () => ({ agent: deferred((info) => agent(context, input.id, info)) }),
    );
  }

  @FieldResolver(() => AgentConfiguration, {
    nullable: true,
    description:
      'The simple part of its configuration that is in force; null: none was saved yet, or the viewer is a portal user.',
  })
  @Reads()
  configuration(
    @Root() { id }: Agent,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgentConfiguration | null> {
    return configuration(context, 'simple', id, info);
  }

  @FieldResolver(() => AgentConfigurationConnection, {
    nullable: true,
    description: 'Saved versions of it, the latest first; null: the viewer is a portal user.',
  })
  @Reads()
  configurationVersions(
    @Root() { id }: Agent,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgentConfigurationConnection> | null {
    return configurationVersions(context, 'simple', id, args, info);
  }

  @FieldResolver(() => AgentConfiguration, {
    nullable: true,
    description:
      'The advanced part that is in force; null: none was saved yet, or the viewer does not hold USE_ADVANCED_EDITOR.',
  })
  @Reads()
  advancedConfiguration(
    @Root() { id }: Agent,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgentConfiguration | null> {
    return configuration(context, 'advanced', id, info);
  }

  @FieldResolver(() => AgentConfigurationConnection, {
    nullable: true,
    description:
      'Saved versions of the advanced part, the latest first; empty without USE_ADVANCED_EDITOR; null: the viewer is a portal user.',
  })
  @Reads()
  advancedConfigurationVersions(
    @Root() { id }: Agent,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgentConfigurationConnection> | null {
    return configurationVersions(context, 'advanced', id, args, info);
  }
}
