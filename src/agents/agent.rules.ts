import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

const { EDIT_AGENTS, MANAGE_MEMBERS, USE_ADVANCED_EDITOR, VIEW_CLIENTS } = Permission;

export const agentRules: Rules = {
  Query: { agent: can(VIEW_CLIENTS), agents: can(VIEW_CLIENTS) },
  Mutation: {
    createAgent: can(EDIT_AGENTS),
    updateAgent: can(EDIT_AGENTS),
    duplicateAgent: can(EDIT_AGENTS),
    moveAgent: can(EDIT_AGENTS),
    deleteAgent: can(EDIT_AGENTS),
  },
  // What belongs to an agent that is seen is seen with it.
  Agent: { client: allow, effectiveStatus: allow, phoneNumbers: allow, stays: allow },
};

export const agentStayRules: Rules = { AgentStay: { client: allow } };

export const agentConfigurationRules: Rules = {
  Mutation: {
    saveAgentConfiguration: can(EDIT_AGENTS),
    restoreAgentConfiguration: can(EDIT_AGENTS),
    saveAdvancedAgentConfiguration: can(USE_ADVANCED_EDITOR),
    restoreAdvancedAgentConfiguration: can(USE_ADVANCED_EDITOR),
  },
  // Null for those who may not see them.
  Agent: {
    configuration: allow,
    configurationVersions: allow,
    advancedConfiguration: allow,
    advancedConfigurationVersions: allow,
  },
};

export const clientAgentsRules: Rules = { Client: { agents: allow, agentCount: allow } };

export const assignedAgentsRules: Rules = {
  Mutation: { assignAgents: can(MANAGE_MEMBERS) },
  Member: { assignedAgentIds: allow },
};

export const boundAgentsRules: Rules = { PortalUser: { agentAccess: allow, agents: allow } };
