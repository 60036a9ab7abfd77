// A client's agents.
import { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Int, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { Reads } from '../database/columns';
import { defineValueLoader } from '../database/loaders';
import { RequestContext } from '../graphql/context';
import { definePageLoader } from '../graphql/page-loader';
import { pagesOf } from '../graphql/reading';
import { Agent } from './agent.entity';
import { agentList } from './agent.service';
import { AgentConnection, ClientAgentsArgs } from './agent.types';

const agentCountByClientId = defineValueLoader<number>(
  0,
  'select count(*) from ringfence.agents where client_id = key',
);

const agentPages = definePageLoader<Agent, ClientAgentsArgs>((context, clientIds, args, info) => {
  const { accountId, kind } = context.signedIn;
  const list = { ...agentList(accountId, kind, args, info), parent: 'a.client_id' };
  return pagesOf(context, list, args, clientIds);
});

@Resolver(() => Client)
export class ClientAgentsResolver {
  @FieldResolver(() => AgentConnection, {
    description: 'Agents that work for it, as far as the viewer sees them.',
  })
  @Reads()
  agents(
    @Root() { id }: Client,
    @Args(() => ClientAgentsArgs) args: ClientAgentsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgentConnection> {
    return agentPages(context, id, args, info);
  }

  @FieldResolver(() => Int, { description: 'How many agents work for it that the viewer sees.' })
  @Reads()
  agentCount(@Root() { id }: Client, @Ctx() context: RequestContext): Promise<number> {
    return agentCountByClientId(context.transaction).load(id);
  }
}
