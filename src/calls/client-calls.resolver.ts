import { Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { Reads } from '../database/columns';
import { RequestContext } from '../graphql/context';
import { recentCallsByClientId } from './call.service';

/** What a client shows of its calls. */
@Resolver(() => Client)
export class ClientCallsResolver {
  @FieldResolver(() => Int, {
    description: 'Calls that began within the last 30 days, of the agents that the viewer sees.',
  })
  @Reads()
  callsLast30Days(@Root() { id }: Client, @Ctx() context: RequestContext): Promise<number> {
    return recentCallsByClientId(context.transaction).load(id);
  }
}
