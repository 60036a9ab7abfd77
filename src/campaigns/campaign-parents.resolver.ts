// The campaigns of a client, and of a list.
import { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { Reads } from '../database/columns';
import { SealedKind } from '../database/transaction';
import { RequestContext } from '../graphql/context';
import { List } from '../lists/list.entity';
import { campaignPagesByClientId, campaignPagesByListId } from './campaign.service';
import { CampaignConnection, ClientCampaignsArgs, ListCampaignsArgs } from './campaign.types';

@Resolver(() => Client)
export class ClientCampaignsResolver {
  @FieldResolver(() => CampaignConnection, {
    nullable: true,
    description:
      'The campaigns of its lists, as far as the viewer sees these: none without ACCESS_CRM; null: the viewer is a portal user.',
  })
  @Reads()
  campaigns(
    @Root() { id }: Client,
    @Args(() => ClientCampaignsArgs) args: ClientCampaignsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CampaignConnection> | null {
    // The database lets portal users ask for none.
    return context.signedIn.kind === SealedKind.PORTAL_USER
      ? null
      : campaignPagesByClientId(context, id, args, info);
  }
}

@Resolver(() => List)
export class ListCampaignsResolver {
  @FieldResolver(() => CampaignConnection, { description: 'Its campaigns; none without ACCESS_CRM.' })
  @Reads()
  campaigns(
    @Root() { id }: List,
    @Args(() => ListCampaignsArgs) args: ListCampaignsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CampaignConnection> {
    return campaignPagesByListId(context, id, args, info);
  }
}
