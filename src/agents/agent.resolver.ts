import { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Client, ClientStatus } from '../clients/client.entity';
import { clientById, statusByClientId } from '../clients/client.service';
import { Reads } from '../database/columns';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { idArgument } from '../graphql/validation';
import { AgentStay } from './agent-stay.entity';
import { Agent, AgentStatus } from './agent.entity';
import {
  agent,
  agents,
  createAgent,
  deleteAgent,
  duplicateAgent,
  moveAgent,
  phoneNumbersByAgentId,
  staysByAgentId,
  updateAgent,
} from './agent.service';
import {
  AgentConnection,
  AgentsArgs,
  CreateAgentInput,
  CreateAgentPayload,
  DeleteAgentInput,
  DeleteAgentPayload,
  DuplicateAgentInput,
  DuplicateAgentPayload,
  MoveAgentInput,
  MoveAgentPayload,
  UpdateAgentInput,
  UpdateAgentPayload,
} from './agent.types';

@Resolver(() => Agent)
export class AgentResolver {
  @Query(() => Agent, { nullable: true, description: 'An agent. NOT_FOUND.' })
  agent(
    @Arg('id', () => ID, { description: 'Which agent.', validateFn: idArgument }) id: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Agent> {
    return agent(context, id, info);
  }

  @Query(() => AgentConnection, {
    description:
      'The agents that the viewer sees: of their clients, and where they see assigned agents alone, those. ' +
      'For agents grouped by client: `clients { nodes { agents { … } } }`. Needs VIEW_CLIENTS.',
  })
  agents(
    @Args(() => AgentsArgs) args: AgentsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgentConnection> {
    return agents(context, args, info);
  }

  @Mutation(() => CreateAgentPayload, {
    description:
      'Creates an agent for a client; whoever sees assigned agents alone is assigned to it. Needs EDIT_AGENTS. ' +
      'VALIDATION_FAILED, FORBIDDEN, NOT_FOUND (client), CONFLICT (the client is archived, or a phone number is taken).',
  })
  createAgent(
    @Arg('input', () => CreateAgentInput, { description: 'The agent.' }) input: CreateAgentInput,
    @Ctx() context: RequestContext,
  ): Change<CreateAgentPayload> {
    return change(
      () => createAgent(context, input),
      (id) => ({ agent: deferred((info) => agent(context, id, info)) }),
    );
  }

  @Mutation(() => UpdateAgentPayload, {
    description:
      'Edits an agent. Needs EDIT_AGENTS. VALIDATION_FAILED, NOT_FOUND, AGENT_IS_PUBLIC (portal users are bound to it), ' +
      'CONFLICT (another version, the client is archived, or a phone number is taken).',
  })
  updateAgent(
    @Arg('input', () => UpdateAgentInput, { description: 'Which agent, and what to change.' })
    input: UpdateAgentInput,
    @Ctx() context: RequestContext,
  ): Change<UpdateAgentPayload> {
    return change(
      () => updateAgent(context, input),
      () => ({ agent: deferred((info) => agent(context, input.id, info)) }),
    );
  }

  @Mutation(() => DuplicateAgentPayload, {
    description:
      'Makes a new agent with the same configuration: a draft, not public, without phone numbers. Needs EDIT_AGENTS; for another client ' +
      'the advanced part is copied if the viewer holds USE_ADVANCED_EDITOR, and left out otherwise. NOT_FOUND (also the client), CONFLICT (a client is archived).',
  })
  duplicateAgent(
    @Arg('input', () => DuplicateAgentInput, { description: 'Which agent, and of the new one the name.' })
    input: DuplicateAgentInput,
    @Ctx() context: RequestContext,
  ): Change<DuplicateAgentPayload> {
    return change(
      () => duplicateAgent(context, input),
      (id) => ({ agent: deferred((info) => agent(context, id, info)) }),
    );
  }

  @Mutation(() => MoveAgentPayload, {
    description:
      'Moves an agent to another client, with configuration and phone numbers; what it did stays with the client that it did it for. Members who were assigned to it ' +
      'are assigned to it there as well. Where it is already, nothing changes. Needs EDIT_AGENTS. ' +
      'NOT_FOUND (also the client), CONFLICT (a client is archived, another version, or portal users are bound to it alone: `extensions.portalUsers`).',
  })
  moveAgent(
    @Arg('input', () => MoveAgentInput, { description: 'Which agent, and where it goes.' })
    input: MoveAgentInput,
    @Ctx() context: RequestContext,
  ): Change<MoveAgentPayload> {
    return change(
      () => moveAgent(context, input),
      () => ({ agent: deferred((info) => agent(context, input.id, info)) }),
    );
  }

  @Mutation(() => DeleteAgentPayload, {
    description:
      'Deletes an agent with its configuration, and frees its phone numbers; what it did is kept, with its name. Needs EDIT_AGENTS. ' +
      'NOT_FOUND, CONFLICT (the client is archived, another version, or portal users are bound to it alone: `extensions.portalUsers`).',
  })
  deleteAgent(
    @Arg('input', () => DeleteAgentInput, { description: 'Which agent.' }) input: DeleteAgentInput,
    @Ctx() context: RequestContext,
  ): Change<DeleteAgentPayload> {
    return change(
      () => deleteAgent(context, input),
      () => ({ deletedId: input.id }),
    );
  }

  @FieldResolver(() => Client, {
    nullable: true,
    description: 'The client that it works for; null: the viewer does not see it.',
  })
  @Reads('clientId')
  client(
    @Root() { clientId }: Agent,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Client | null> {
    return clientById(context.transaction, info).load(clientId);
  }

  @FieldResolver(() => AgentStatus, {
    description: 'Whether it works: PAUSED while its client is not active, otherwise its `status`.',
  })
  @Reads('status', 'clientId')
  async effectiveStatus(
    @Root() { status, clientId }: Agent,
    @Ctx() context: RequestContext,
  ): Promise<AgentStatus> {
    const client = await statusByClientId(context.transaction).load(clientId);
    return client === ClientStatus.ACTIVE ? status : AgentStatus.PAUSED;
  }

  @FieldResolver(() => [String], { description: 'Its phone numbers, E.164, in order.' })
  @Reads()
  phoneNumbers(@Root() { id }: Agent, @Ctx() context: RequestContext): Promise<string[]> {
    return phoneNumbersByAgentId(context.transaction).load(id);
  }

  @FieldResolver(() => [AgentStay], {
    description:
      'Its times with clients, as far as the viewer sees them: the latest first, 100 at most. The first is where it is.',
  })
  @Reads()
  stays(
    @Root() { id }: Agent,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgentStay[]> {
    return staysByAgentId(context.transaction, info).load(id);
  }
}

@Resolver(() => AgentStay)
export class AgentStayResolver {
  @FieldResolver(() => Client, {
    nullable: true,
    description: 'The client; null: the viewer does not see it.',
  })
  @Reads('clientId')
  client(
    @Root() { clientId }: AgentStay,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Client | null> {
    return clientById(context.transaction, info).load(clientId);
  }
}
