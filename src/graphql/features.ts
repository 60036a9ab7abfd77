// Everything that the API consists of.
import { AccessToken } from '../access-tokens/access-token.entity';
import { AccessTokenResolver } from '../access-tokens/access-token.resolver';
import { accessTokenRules } from '../access-tokens/access-token.rules';
import { Account } from '../accounts/account.entity';
import { AccountResolver } from '../accounts/account.resolver';
import { accountRules } from '../accounts/account.rules';
import { UsageResolver } from '../activity/usage.resolver';
import { usageRules } from '../activity/usage.rules';
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
import { AgentCallsResolver } from '../calls/agent-calls.resolver';
import { Call } from '../calls/call.entity';
import { CallResolver } from '../calls/call.resolver';
import { agentCallsRules, callRules, clientCallsRules } from '../calls/call.rules';
import { ClientCallsResolver } from '../calls/client-calls.resolver';
import { CampaignChangesResolver } from '../campaigns/campaign-changes.resolver';
import { ClientCampaignsResolver, ListCampaignsResolver } from '../campaigns/campaign-parents.resolver';
import { Campaign } from '../campaigns/campaign.entity';
import { CampaignResolver } from '../campaigns/campaign.resolver';
import {
  campaignChangesRules,
  campaignRules,
  clientCampaignsRules,
  listCampaignsRules,
} from '../campaigns/campaign.rules';
import { ClientDeletion } from '../clients/client-deletion.entity';
import { ClientDeletionResolver } from '../clients/client-deletion.resolver';
import { clientDeletionRules } from '../clients/client-deletion.rules';
import { Client } from '../clients/client.entity';
import { ClientResolver } from '../clients/client.resolver';
import { clientRules } from '../clients/client.rules';
import { AgentConversationsResolver } from '../conversations/agent-conversations.resolver';
import { ClientConversationsResolver } from '../conversations/client-conversations.resolver';
import { Conversation } from '../conversations/conversation.entity';
import { ConversationResolver } from '../conversations/conversation.resolver';
import {
  agentConversationsRules,
  clientConversationsRules,
  conversationRules,
} from '../conversations/conversation.rules';
import { Message } from '../conversations/message.entity';
import { CallRecordingResolver, RecordingResolver } from '../files/recording.resolver';
import { recordingRules } from '../files/recording.rules';
import { ClientIdentitiesResolver } from '../identities/client-identities.resolver';
import { IdentityVerificationResolver } from '../identities/identity-verification.resolver';
import { Identity } from '../identities/identity.entity';
import { IdentityResolver } from '../identities/identity.resolver';
import {
  clientIdentitiesRules,
  identityRules,
  identityVerificationRules,
  listIdentitiesRules,
} from '../identities/identity.rules';
import { ListIdentitiesResolver } from '../identities/list-identities.resolver';
import { LeadChangesResolver } from '../leads/lead-changes.resolver';
import { ClientLeadsResolver, LeadValueResolver, ListLeadsResolver } from '../leads/lead-parents.resolver';
import { LeadChange, LeadNote, LeadValue } from '../leads/lead-parts.entity';
import { Lead } from '../leads/lead.entity';
import { LeadResolver } from '../leads/lead.resolver';
import {
  clientLeadsRules,
  leadChangesRules,
  leadRules,
  leadValueRules,
  listLeadsRules,
  manyLeadsRules,
} from '../leads/lead.rules';
import { ManyLeadsResolver } from '../leads/many-leads.resolver';
import { Invitation } from '../invitations/invitation.entity';
import { InvitationResolver } from '../invitations/invitation.resolver';
import { invitationRules } from '../invitations/invitation.rules';
import { ClientListsResolver } from '../lists/client-lists.resolver';
import { ListDisposition } from '../lists/list-disposition.entity';
import { ListField } from '../lists/list-field.entity';
import { ListJob } from '../lists/list-job.entity';
import { JobOfListResolver, ListJobResolver } from '../lists/list-job.resolver';
import { jobOfListRules, listJobRules } from '../lists/list-job.rules';
import { List } from '../lists/list.entity';
import { ListResolver } from '../lists/list.resolver';
import { clientListsRules, listRules } from '../lists/list.rules';
import { ClientMembersResolver } from '../members/client-members.resolver';
import { Member } from '../members/member.entity';
import { MemberResolver } from '../members/member.resolver';
import { clientMembersRules, memberRules } from '../members/member.rules';
import { ProfileResolver } from '../members/profile.resolver';
import { profileRules } from '../members/profile.rules';
import { TeamResolver } from '../members/team.resolver';
import { teamRules } from '../members/team.rules';
import { Organization } from '../organizations/organization.entity';
import { OrganizationResolver } from '../organizations/organization.resolver';
import { organizationRules } from '../organizations/organization.rules';
import { PortalUser } from '../portal/portal-user.entity';
import { PortalUserResolver } from '../portal/portal-user.resolver';
import { portalUserRules } from '../portal/portal-user.rules';
import { LeadHold } from '../queue/lead-hold.entity';
import { LeadHeldResolver, LeadHoldResolver } from '../queue/lead-hold.resolver';
import { QueueResolver } from '../queue/queue.resolver';
import { leadHeldRules, leadHoldRules, listWorkRules, queueRules, workRules } from '../queue/queue.rules';
import { ListWorkResolver, WorkResolver } from '../queue/work.resolver';
import { ListSegmentsResolver } from '../segments/list-segments.resolver';
import { Segment } from '../segments/segment.entity';
import { SegmentResolver } from '../segments/segment.resolver';
import { listSegmentsRules, segmentRules } from '../segments/segment.rules';
import { OwnSessionsResolver } from '../sessions/own-sessions.resolver';
import { ownSessionsRules } from '../sessions/own-sessions.rules';
import { PasswordResetResolver } from '../sessions/password-reset.resolver';
import { passwordResetRules } from '../sessions/password-reset.rules';
import { SecondFactorResolver } from '../sessions/second-factor.resolver';
import { secondFactorRules } from '../sessions/second-factor.rules';
import { SessionResolver } from '../sessions/session.resolver';
import { sessionRules } from '../sessions/session.rules';
import type { Rules } from './shield';

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
  { entities: [], resolver: ClientMembersResolver, rules: clientMembersRules },
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
  { entities: [List, ListField, ListDisposition], resolver: ListResolver, rules: listRules },
  { entities: [ListJob], resolver: ListJobResolver, rules: listJobRules },
  { entities: [], resolver: JobOfListResolver, rules: jobOfListRules },
  { entities: [], resolver: ClientListsResolver, rules: clientListsRules },
  { entities: [Invitation], resolver: InvitationResolver, rules: invitationRules },
  { entities: [Identity], resolver: IdentityResolver, rules: identityRules },
  { entities: [], resolver: IdentityVerificationResolver, rules: identityVerificationRules },
  { entities: [], resolver: ClientIdentitiesResolver, rules: clientIdentitiesRules },
  { entities: [], resolver: ListIdentitiesResolver, rules: listIdentitiesRules },
  { entities: [Lead, LeadNote, LeadChange], resolver: LeadResolver, rules: leadRules },
  { entities: [], resolver: LeadChangesResolver, rules: leadChangesRules },
  { entities: [], resolver: ManyLeadsResolver, rules: manyLeadsRules },
  { entities: [LeadValue], resolver: LeadValueResolver, rules: leadValueRules },
  { entities: [], resolver: ClientLeadsResolver, rules: clientLeadsRules },
  { entities: [], resolver: ListLeadsResolver, rules: listLeadsRules },
  { entities: [], resolver: QueueResolver, rules: queueRules },
  { entities: [], resolver: LeadHeldResolver, rules: leadHeldRules },
  { entities: [LeadHold], resolver: LeadHoldResolver, rules: leadHoldRules },
  { entities: [Segment], resolver: SegmentResolver, rules: segmentRules },
  { entities: [], resolver: ListSegmentsResolver, rules: listSegmentsRules },
  { entities: [Campaign], resolver: CampaignResolver, rules: campaignRules },
  { entities: [], resolver: CampaignChangesResolver, rules: campaignChangesRules },
  { entities: [], resolver: ClientCampaignsResolver, rules: clientCampaignsRules },
  { entities: [], resolver: ListCampaignsResolver, rules: listCampaignsRules },
  { entities: [], resolver: WorkResolver, rules: workRules },
  { entities: [], resolver: ListWorkResolver, rules: listWorkRules },
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
