import { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { Client } from '../../src/clients/client.entity';
import { Reads } from '../../src/database/columns';
import { RequestContext } from '../../src/graphql/context';
import { Agent } from './agent.entity';
import { agentsByClientId } from './agent.service';

@Resolver(() => Client)
export class AgentResolver {
  @FieldResolver(() => [Agent], { description: 'Its agents, by name.' })
  @Reads()
  agents(
    @Root() { id }: Client,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Agent[]> {
    return agentsByClientId(context.transaction, info).load(id);
  }
}
