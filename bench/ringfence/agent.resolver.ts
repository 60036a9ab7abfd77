import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Client } from '../../src/clients/client.entity';
import { RequestContext } from '../../src/graphql/context';
import { Agent } from './agent.entity';
import { agentsByClientId } from './agent.service';

@Resolver(() => Client)
export class AgentResolver {
  @FieldResolver(() => [Agent], { description: 'Its agents, by name.' })
  agents(@Root() { id }: Client, @Ctx() context: RequestContext): Promise<Agent[]> {
    return agentsByClientId(context.transaction).load(id);
  }
}
