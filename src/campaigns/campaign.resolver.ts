import { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { clientById } from '../clients/client.service';
import { Reads } from '../database/columns';
import { RequestContext } from '../graphql/context';
import { idArgument } from '../graphql/validation';
import { Identity } from '../identities/identity.entity';
import { identityById } from '../identities/identity.service';
import { List } from '../lists/list.entity';
import { listById } from '../lists/list.service';
import { Member } from '../members/member.entity';
import { memberById } from '../members/member.service';
import { Segment } from '../segments/segment.entity';
import { segmentById } from '../segments/segment.service';
import { Campaign } from './campaign.entity';
import { campaign, campaigns, memberIdsByCampaignId, progressByCampaignId } from './campaign.service';
import { CampaignConnection, CampaignProgress, CampaignsArgs } from './campaign.types';

@Resolver(() => Campaign)
export class CampaignResolver {
  @Query(() => Campaign, { nullable: true, description: 'A campaign. Needs ACCESS_CRM. NOT_FOUND.' })
  campaign(
    @Arg('id', () => ID, { description: 'Which campaign.', validateFn: idArgument }) id: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Campaign> {
    return campaign(context, id, info);
  }

  @Query(() => CampaignConnection, {
    description: 'The campaigns of the lists that the viewer sees. Needs ACCESS_CRM.',
  })
  campaigns(
    @Args(() => CampaignsArgs) args: CampaignsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CampaignConnection> {
    return campaigns(context, args, info);
  }

  @FieldResolver(() => List, {
    nullable: true,
    description: 'The list whose leads it is about; null: it was just deleted.',
  })
  @Reads('listId')
  list(
    @Root() { listId }: Campaign,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<List | null> {
    return listById(context.transaction, info).load(listId);
  }

  @FieldResolver(() => Client, {
    nullable: true,
    description: 'The client that the list belongs to; null: none, or the viewer may not view clients.',
  })
  @Reads('clientId')
  client(
    @Root() { clientId }: Campaign,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Client | null> {
    return clientById(context.transaction, info).load(clientId);
  }

  @FieldResolver(() => Segment, {
    nullable: true,
    description: 'Which leads of the list; null: all of them.',
  })
  @Reads('segmentId')
  segment(
    @Root() { segmentId }: Campaign,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Segment | null> | null {
    return segmentId === null ? null : segmentById(context.transaction, info).load(segmentId);
  }

  @FieldResolver(() => Identity, {
    nullable: true,
    description:
      'As whom one calls or writes; null: nothing was said, it was deleted or went to another client, or the viewer does not see it.',
  })
  @Reads('identityId')
  identity(
    @Root() { identityId }: Campaign,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Identity | null> | null {
    return identityId === null ? null : identityById(context.transaction, info).load(identityId);
  }

  @FieldResolver(() => [Member], { description: 'Who is named, by name; none where all take part.' })
  @Reads()
  async members(
    @Root() { id }: Campaign,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Member[]> {
    const memberIds = await memberIdsByCampaignId(context.transaction).load(id);
    const loader = memberById(context.transaction, info);
    const found = await Promise.all(memberIds.map((memberId) => loader.load(memberId)));
    return found.filter((member) => member !== null);
  }

  @FieldResolver(() => CampaignProgress, {
    nullable: true,
    description:
      'How far one is; null: the viewer does not see the leads, in blind mode, or because the list is closed to them.',
  })
  @Reads()
  progress(@Root() { id }: Campaign, @Ctx() context: RequestContext): Promise<CampaignProgress | null> {
    return progressByCampaignId(context.transaction).load(id);
  }
}
