import { buildSchemaSync } from 'type-graphql';
import { GraphQLSchema, type GraphQLFieldResolver } from 'graphql';
import { AccessToken } from '../access-tokens/access-token.entity';
import { AccessTokenResolver } from '../access-tokens/access-token.resolver';
import { accessTokenRules } from '../access-tokens/access-token.rules';
import { AccountResolver } from '../accounts/account.resolver';
import { accountRules } from '../accounts/account.rules';
import { Account } from '../accounts/account.entity';
import { Call } from '../calls/call.entity';
import { CallResolver } from '../calls/call.resolver';
import { AgentCallsResolver } from '../calls/agent-calls.resolver';
import { agentCallsRules, callRules, clientCallsRules } from '../calls/call.rules';
import { ClientCallsResolver } from '../calls/client-calls.resolver';
import { UsageResolver } from '../calls/usage.resolver';
import { usageRules } from '../calls/usage.rules';
import { Client } from '../clients/client.entity';
import { AgentConfiguration } from '../agents/agent-configuration.entity';
import { AgentConfigurationResolver } from '../agents/agent-configuration.resolver';
import { AgentStay } from '../agents/agent-stay.entity';
import { Agent } from '../agents/agent.entity';
import { AgentResolver, AgentStayResolver } from '../agents/agent.resolver';
import {
  agentConfigurationRules,
  agentRules,
  agentStayRules,
  assignedAgentsRules,
  boundAgentsRules,
  clientAgentsRules,
} from '../agents/agent.rules';
import { AssignedAgentsResolver } from '../agents/assigned-agents.resolver';
import { BoundAgentsResolver } from '../agents/bound-agents.resolver';
import { ClientAgentsResolver } from '../agents/client-agents.resolver';
import { Conversation } from '../conversations/conversation.entity';
import { ConversationResolver } from '../conversations/conversation.resolver';
import { AgentConversationsResolver } from '../conversations/agent-conversations.resolver';
import { ClientConversationsResolver } from '../conversations/client-conversations.resolver';
import {
  agentConversationsRules,
  clientConversationsRules,
  conversationRules,
} from '../conversations/conversation.rules';
import { Message } from '../conversations/message.entity';
import { ClientResolver } from '../clients/client.resolver';
import { clientRules } from '../clients/client.rules';
import { CallRecordingResolver, RecordingResolver } from '../files/recording.resolver';
import { recordingRules } from '../files/recording.rules';
import { ClientDeletion } from '../clients/client-deletion.entity';
import { ClientDeletionResolver } from '../clients/client-deletion.resolver';
import { clientDeletionRules } from '../clients/client-deletion.rules';
import { Invitation } from '../invitations/invitation.entity';
import { InvitationResolver } from '../invitations/invitation.resolver';
import { invitationRules } from '../invitations/invitation.rules';
import { Member } from '../members/member.entity';
import { MemberResolver } from '../members/member.resolver';
import { memberRules } from '../members/member.rules';
import { ProfileResolver } from '../members/profile.resolver';
import { profileRules } from '../members/profile.rules';
import { TeamResolver } from '../members/team.resolver';
import { teamRules } from '../members/team.rules';
import { Organization } from '../organizations/organization.entity';
import { OrganizationResolver } from '../organizations/organization.resolver';
import { organizationRules } from '../organizations/organization.rules';
import { OwnSessionsResolver } from '../sessions/own-sessions.resolver';
import { ownSessionsRules } from '../sessions/own-sessions.rules';
import { PortalUser } from '../portal/portal-user.entity';
import { PortalUserResolver } from '../portal/portal-user.resolver';
import { portalUserRules } from '../portal/portal-user.rules';
import { PasswordResetResolver } from '../sessions/password-reset.resolver';
import { passwordResetRules } from '../sessions/password-reset.rules';
import { SecondFactorResolver } from '../sessions/second-factor.resolver';
import { secondFactorRules } from '../sessions/second-factor.rules';
import { SessionResolver } from '../sessions/session.resolver';
import { sessionRules } from '../sessions/session.rules';
import { expectedError } from '../database/sql-errors';
import { Change } from './change';
import type { RequestContext } from './context';
import { resolveDirectly } from './direct';
import { withArgumentPath } from './errors';
import { settle } from './idempotency';
import { applyShield, joinRules, type Rules } from './shield';
import { validateInput } from './validation';

/** What a feature adds to the API; one that is missing from `features` does not exist. */
export interface Feature {
  /** What TypeORM maps. */
  entities: readonly NewableFunction[];
  resolver: NewableFunction;
  /** Who may call its fields. */
  rules: Rules;
}

export const features: readonly Feature[] = [
  { entities: [Account], resolver: AccountResolver, rules: accountRules },
  { entities: [Client], resolver: ClientResolver, rules: clientRules },
  { entities: [Member], resolver: MemberResolver, rules: memberRules },
  { entities: [], resolver: TeamResolver, rules: teamRules },
  { entities: [], resolver: ProfileResolver, rules: profileRules },
  { entities: [Organization], resolver: OrganizationResolver, rules: organizationRules },
  { entities: [PortalUser], resolver: PortalUserResolver, rules: portalUserRules },
  { entities: [Agent], resolver: AgentResolver, rules: agentRules },
  { entities: [AgentStay], resolver: AgentStayResolver, rules: agentStayRules },
  { entities: [AgentConfiguration], resolver: AgentConfigurationResolver, rules: agentConfigurationRules },
  { entities: [], resolver: ClientAgentsResolver, rules: clientAgentsRules },
  { entities: [], resolver: AssignedAgentsResolver, rules: assignedAgentsRules },
  { entities: [], resolver: BoundAgentsResolver, rules: boundAgentsRules },
  { entities: [Invitation], resolver: InvitationResolver, rules: invitationRules },
  { entities: [Call], resolver: CallResolver, rules: callRules },
  { entities: [], resolver: AgentCallsResolver, rules: agentCallsRules },
  { entities: [], resolver: AgentConversationsResolver, rules: agentConversationsRules },
  { entities: [], resolver: ClientCallsResolver, rules: clientCallsRules },
  { entities: [], resolver: UsageResolver, rules: usageRules },
  { entities: [], resolver: ClientConversationsResolver, rules: clientConversationsRules },
  { entities: [Conversation, Message], resolver: ConversationResolver, rules: conversationRules },
  { entities: [], resolver: RecordingResolver, rules: recordingRules },
  { entities: [], resolver: CallRecordingResolver, rules: {} },
  { entities: [AccessToken], resolver: AccessTokenResolver, rules: accessTokenRules },
  { entities: [], resolver: SessionResolver, rules: sessionRules },
  { entities: [], resolver: PasswordResetResolver, rules: passwordResetRules },
  { entities: [], resolver: OwnSessionsResolver, rules: ownSessionsRules },
  { entities: [], resolver: SecondFactorResolver, rules: secondFactorRules },
  { entities: [ClientDeletion], resolver: ClientDeletionResolver, rules: clientDeletionRules },
];

/** type-graphql has no place for them. */
const rootDescriptions: Record<string, string> = {
  Query: 'What can be read. All fields of one operation see the data as it was at one moment.',
  Mutation: 'What can be done. Every field is done completely or not at all, one after the other.',
};

/** Who may call what: the rules of every feature. */
export function rulesOf(served = features): Rules {
  return joinRules(served.map(({ rules }) => rules));
}

/** The schema as it is published, without shield: what schema.graphql is emitted from. */
export function buildSchema(served = features): GraphQLSchema {
  const resolvers = served.map(({ resolver }) => resolver) as [NewableFunction, ...NewableFunction[]];
  const config = buildSchemaSync({ resolvers, validate: false, validateFn: validateInput }).toConfig();
  for (const root of [config.query, config.mutation])
    if (root) root.description = rootDescriptions[root.name];
  return eachMutationInItsTransaction(resolveDirectly(new GraphQLSchema(config)));
}

/** The schema as it is served: rules before resolvers. */
export function buildServedSchema(served = features): GraphQLSchema {
  return applyShield(buildSchema(served), rulesOf(served));
}

/** One root mutation field is one transaction; no resolver can forget to open it, and none opens another. */
function eachMutationInItsTransaction(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve as GraphQLFieldResolver<unknown, RequestContext>;
    field.resolve = async (source, args: Record<string, unknown>, context: RequestContext, info) => {
      try {
        const { payload, refusal, replayed } = await context.mutate(async () => {
          const answer = await resolve(source, args, context, info);
          return answer instanceof Change
            ? settle(context, answer, args, info)
            : { payload: answer, refusal: null, replayed: false };
        });
        if (replayed) context.replayed.push(String(info.path.key));
        if (refusal !== null) throw refusal;
        return payload;
      } catch (error) {
        throw withArgumentPath(expectedError(error) ?? error, args);
      }
    };
  }
  return schema;
}
