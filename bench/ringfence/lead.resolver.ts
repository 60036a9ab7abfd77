import { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Query, Resolver } from 'type-graphql';
import { RequestContext } from '../../src/graphql/context';
import { Lead } from './lead.entity';
import { leads } from './lead.service';
import { LeadConnection, LeadsArgs } from './lead.types';

@Resolver(() => Lead)
export class LeadResolver {
  @Query(() => LeadConnection, { description: 'The leads that the viewer sees. Needs ACCESS_CRM.' })
  leads(
    @Args(() => LeadsArgs) args: LeadsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<LeadConnection> {
    return leads(context, args, info);
  }
}
