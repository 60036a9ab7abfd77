import { ValidateNested } from 'class-validator';
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { ClientStatus } from '../clients/client.entity';
import { ConnectionOf, EdgeOf, PageArgs } from '../graphql/connection';
import type { Deferred } from '../graphql/deferred';
import { JsonObject } from '../graphql/scalars';
import { SubjectInput, VersionedInput } from '../graphql/subject-input';
import { Id, NotNull, Nullable, Phones, SearchText, Text } from '../graphql/validation';
import type { Settings } from './agent-settings';
import { Agent, AgentKind, AgentStatus } from './agent.entity';

/** Telephone numbers that one agent has at most. */
const maximumPhoneNumbers = 20;

export enum AgentOrder {
  NAME_ASC = 'NAME_ASC',
  NAME_DESC = 'NAME_DESC',
  CREATED_AT_ASC = 'CREATED_AT_ASC',
  CREATED_AT_DESC = 'CREATED_AT_DESC',
}

registerEnumType(AgentOrder, {
  name: 'AgentOrder',
  description: 'Order of a list of agents.',
  valuesConfig: {
    NAME_ASC: { description: 'By name, ignoring case.' },
    NAME_DESC: { description: 'By name, ignoring case, backwards.' },
    CREATED_AT_ASC: { description: 'Oldest first.' },
    CREATED_AT_DESC: { description: 'Newest first.' },
  },
});

/** What becomes of portal users who see one agent alone, when it goes. */
export enum BoundPortalUsers {
  KEEP_HISTORY = 'KEEP_HISTORY',
  SEE_ALL_AGENTS = 'SEE_ALL_AGENTS',
  DELETE = 'DELETE',
}

registerEnumType(BoundPortalUsers, {
  name: 'BoundPortalUsers',
  description: 'What becomes of portal users who are bound to one agent alone, when it leaves their client.',
  valuesConfig: {
    KEEP_HISTORY: { description: 'They go on seeing what it did for their client, and nothing new.' },
    SEE_ALL_AGENTS: { description: 'They see all agents of their client from now on. Needs EDIT_CLIENTS.' },
    DELETE: { description: 'They are deleted. Needs EDIT_CLIENTS.' },
  },
});

@InputType({ description: "Which of a client's agents; all conditions together." })
export class ClientAgentFilter {
  @Field(() => [AgentKind], { nullable: true, description: 'Of one of these kinds.' })
  kind?: AgentKind[] | null;

  @Field(() => [AgentStatus], { nullable: true, description: 'In one of these states, by `status`.' })
  status?: AgentStatus[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Public, or not.' })
  isPublic?: boolean | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Assigned to this member. Without MANAGE_MEMBERS nothing is found by it, but for oneself.',
  })
  @Nullable()
  @Id()
  assignedTo?: string | null;
}

@InputType({ description: 'Which agents; all conditions together.' })
export class AgentFilter extends ClientAgentFilter {
  @Field(() => ID, { nullable: true, description: 'Of this client, in whatever state it is.' })
  @Nullable()
  @Id()
  clientId?: string | null;

  @Field(() => [ClientStatus], {
    nullable: true,
    description:
      'Of clients in one of these states; left out, with `clientId` left out too: of active and inactive ones.',
  })
  clientStatus?: ClientStatus[] | null;
}

@ArgsType()
abstract class AgentListArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: 'Part of the name in any case, or of a phone number.' })
  @Nullable()
  @SearchText()
  search?: string | null;

  @Field(() => AgentOrder, { defaultValue: AgentOrder.NAME_ASC, description: 'Order of the list.' })
  orderBy: AgentOrder;
}

@ArgsType()
export class AgentsArgs extends AgentListArgs {
  @Field(() => AgentFilter, { nullable: true, description: 'Which agents.' })
  @Nullable()
  @ValidateNested()
  filter?: AgentFilter | null;
}

@ArgsType()
export class ClientAgentsArgs extends AgentListArgs {
  @Field(() => ClientAgentFilter, { nullable: true, description: 'Which of its agents.' })
  @Nullable()
  @ValidateNested()
  filter?: ClientAgentFilter | null;
}

@ObjectType({ description: 'An agent in a list.', simpleResolvers: true })
export class AgentEdge extends EdgeOf(Agent, 'agent') {}

@ObjectType({ description: 'A page of agents.', simpleResolvers: true })
export class AgentConnection extends ConnectionOf(Agent, AgentEdge, 'agents') {}

const phoneNumbersRule = `with their country codes, ${maximumPhoneNumbers} at most; each belongs to one agent of the account`;

@InputType({ description: 'A new agent.' })
export class CreateAgentInput {
  @Field(() => ID, { description: 'For which client it works.' })
  @Id()
  clientId: string;

  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  @Text({ maximum: 200 })
  name: string;

  @Field(() => AgentKind, { description: 'How it talks; it never changes.' })
  kind: AgentKind;

  @Field(() => AgentStatus, { defaultValue: AgentStatus.DRAFT, description: 'Whether it should work.' })
  status: AgentStatus;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether the platform that runs it lets anybody talk to it.',
  })
  isPublic: boolean;

  @Field(() => [String], { defaultValue: [], description: `Phone numbers ${phoneNumbersRule}.` })
  @Phones(maximumPhoneNumbers)
  phoneNumbers: string[];

  @Field(() => JsonObject, {
    nullable: true,
    description: 'Its configuration, as for `saveAgentConfiguration`; null: none yet.',
  })
  configuration?: Settings | null;

  @Field(() => JsonObject, {
    nullable: true,
    description:
      'The advanced part, as for `saveAdvancedAgentConfiguration`; null: none yet. Needs USE_ADVANCED_EDITOR.',
  })
  advancedConfiguration?: Settings | null;
}

@InputType({ description: 'What to change about an agent: left out means unchanged.' })
export class AgentChanges {
  @Field(() => String, { nullable: true, description: 'Name, 1 to 200 characters; cannot be cleared.' })
  @Text({ maximum: 200 })
  name?: string;

  @Field(() => AgentStatus, { nullable: true, description: 'Whether it should work; cannot be cleared.' })
  @NotNull()
  status?: AgentStatus;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the platform that runs it lets anybody talk to it; cannot be cleared.',
  })
  @NotNull()
  isPublic?: boolean;

  @Field(() => [String], {
    nullable: true,
    description: `All of its phone numbers, ${phoneNumbersRule}; cannot be cleared, but empty.`,
  })
  @Phones(maximumPhoneNumbers)
  phoneNumbers?: string[];
}

@InputType({ description: 'Changes to an agent.' })
export class UpdateAgentInput extends VersionedInput('agent') {
  @Field(() => AgentChanges, { description: 'What to change.' })
  @ValidateNested()
  changes: AgentChanges;
}

@InputType({ description: 'An agent to make another one of.' })
export class DuplicateAgentInput extends SubjectInput('agent') {
  @Field(() => String, { description: 'Name of the new one, 1 to 200 characters.' })
  @Text({ maximum: 200 })
  name: string;

  @Field(() => ID, {
    nullable: true,
    description: 'For which client the new one works; null: for the same.',
  })
  @Nullable()
  @Id()
  clientId?: string | null;
}

@InputType()
abstract class LeavingAgentInput extends VersionedInput('agent') {
  @Field(() => BoundPortalUsers, {
    nullable: true,
    description:
      'What becomes of portal users who are bound to this agent alone; null: refuse with CONFLICT if there are some.',
  })
  portalUsers?: BoundPortalUsers | null;
}

@InputType({ description: 'An agent to move.' })
export class MoveAgentInput extends LeavingAgentInput {
  @Field(() => ID, { description: 'For which client it works from now on.' })
  @Id()
  clientId: string;
}

@InputType({ description: 'An agent to delete.' })
export class DeleteAgentInput extends LeavingAgentInput {}

@ObjectType({ simpleResolvers: true })
export abstract class AgentPayload {
  @Field(() => Agent, { description: 'The agent as it is now.' })
  agent: Deferred<Agent>;
}

@ObjectType({ description: 'Answer of `createAgent`.', simpleResolvers: true })
export class CreateAgentPayload extends AgentPayload {}

@ObjectType({ description: 'Answer of `updateAgent`.', simpleResolvers: true })
export class UpdateAgentPayload extends AgentPayload {}

@ObjectType({ description: 'Answer of `duplicateAgent`.', simpleResolvers: true })
export class DuplicateAgentPayload extends AgentPayload {}

@ObjectType({ description: 'Answer of `moveAgent`.', simpleResolvers: true })
export class MoveAgentPayload extends AgentPayload {}

@ObjectType({ description: 'Answer of `deleteAgent`.', simpleResolvers: true })
export class DeleteAgentPayload {
  @Field(() => ID, { description: 'The agent that was deleted.' })
  deletedId: string;
}
