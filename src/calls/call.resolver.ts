import { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { resultsOf } from '../activity/report';
import { Agent } from '../agents/agent.entity';
import { agentById } from '../agents/agent.service';
import { Client } from '../clients/client.entity';
import { clientById } from '../clients/client.service';
import { Reads } from '../database/columns';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { idArgument } from '../graphql/validation';
import { Call } from './call.entity';
import { billableSecondsByCallId, call, callById, calls, recordCalls } from './call.service';
import { CallConnection, CallsArgs, RecordCallsInput, RecordCallsPayload } from './call.types';

@Resolver(() => Call)
export class CallResolver {
  @Query(() => Call, { nullable: true, description: 'A call. Needs VIEW_CLIENTS. NOT_FOUND.' })
  call(
    @Arg('id', () => ID, { description: 'Which call.', validateFn: idArgument }) id: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Call> {
    return call(context, id, info);
  }

  @Query(() => CallConnection, {
    description:
      'The calls of the clients and agents that the viewer sees; each with the client that it was for. Needs VIEW_CLIENTS.',
  })
  calls(
    @Args(() => CallsArgs) args: CallsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CallConnection> {
    return calls(context, args, info);
  }

  @Mutation(() => RecordCallsPayload, {
    description:
      'Records calls that agents had, new ones and more about known ones; each is recorded or rejected by itself. Needs RECORD_ACTIVITY, ' +
      'and to reach the agent at the time of the call. VALIDATION_FAILED (more than 1,000), FORBIDDEN.',
  })
  recordCalls(
    @Arg('input', () => RecordCallsInput, { description: 'The calls.' }) input: RecordCallsInput,
    @Ctx() context: RequestContext,
  ): Change<RecordCallsPayload> {
    return change(
      () => recordCalls(context, input.calls),
      (kept) => ({
        results: resultsOf(kept, input.calls).map((result) => ({
          ...result,
          call:
            result.id === null
              ? null
              : deferred((info) => callById(context.transaction, info).load(result.id ?? '')),
        })),
      }),
    );
  }

  @FieldResolver(() => Agent, {
    nullable: true,
    description: 'The agent, where it works now; null: it was deleted, or the viewer does not see it there.',
  })
  @Reads('agentId')
  agent(
    @Root() { agentId }: Call,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Agent | null> {
    return agentById(context.transaction, info).load(agentId);
  }

  @FieldResolver(() => Client, {
    nullable: true,
    description: 'The client that it was for; null: the viewer does not see it.',
  })
  @Reads('clientId')
  client(
    @Root() { clientId }: Call,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Client | null> {
    return clientById(context.transaction, info).load(clientId);
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description:
      'How much of it is billed, in seconds. Needs VIEW_BILLABLE_MINUTES; null: nobody has reported it, or the viewer may not see it.',
  })
  @Reads()
  billableSeconds(@Root() { id }: Call, @Ctx() context: RequestContext): Promise<number | null> {
    return billableSecondsByCallId(context.transaction).load(id);
  }
}
