// Which agents a portal user sees.
import { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { Reads } from '../database/columns';
import { defineRowsLoader } from '../database/loaders';
import { RequestContext } from '../graphql/context';
import { AccessScope } from '../members/member.types';
import { PortalUser } from '../portal/portal-user.entity';
import { Agent } from './agent.entity';

/** Agents that portal users are bound to and that are still there, as far as the viewer sees them. */
const boundAgentsByPortalUserId = defineRowsLoader<Agent>(
  Agent,
  `from ringfence.portal_user_agents b
   join ringfence.agents r on r.account_id = b.account_id and r.client_id = b.client_id and r.stay_id = b.stay_id
   where b.portal_user_id = key order by r.sort_name, r.id`,
);

@Resolver(() => PortalUser)
export class BoundAgentsResolver {
  @FieldResolver(() => AccessScope, {
    description: 'Whether they see all agents of their client, or those they are bound to.',
  })
  @Reads('agentAccess')
  agentAccess(@Root() { agentAccess }: PortalUser): AccessScope {
    return agentAccess;
  }

  @FieldResolver(() => [Agent], {
    nullable: true,
    description:
      'Agents that they are bound to and that still work for their client, as far as the viewer sees those; null: they see all of the client.',
  })
  @Reads('agentAccess')
  agents(
    @Root() { id, agentAccess }: PortalUser,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Agent[]> | null {
    return agentAccess === AccessScope.ALL
      ? null
      : boundAgentsByPortalUserId(context.transaction, info).load(id);
  }
}
