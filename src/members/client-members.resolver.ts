// A client's members.
import { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { Reads } from '../database/columns';
import { RequestContext } from '../graphql/context';
import { definePageLoader } from '../graphql/page-loader';
import { isOfTeam } from '../graphql/principal';
import { pagesOf } from '../graphql/reading';
import { Member } from './member.entity';
import { memberList } from './member.service';
import { MemberConnection, MembersArgs } from './member.types';

const memberPages = definePageLoader<Member, MembersArgs>((context, clientIds, args, info) => {
  const { accountId, kind } = context.signedIn;
  const list = {
    ...memberList(accountId, kind, args, info),
    from: `ringfence.client_assignments ca
      join ringfence.members m on m.account_id = ca.account_id and m.id = ca.member_id`,
    parent: 'ca.client_id',
  };
  return pagesOf(context, list, args, clientIds);
});

@Resolver(() => Client)
export class ClientMembersResolver {
  @FieldResolver(() => MemberConnection, {
    nullable: true,
    description:
      'The members who are assigned to it; whoever reaches all clients need not be. Without MANAGE_MEMBERS nobody but oneself; null: the viewer is a portal user or a program.',
  })
  @Reads()
  members(
    @Root() { id }: Client,
    @Args(() => MembersArgs) args: MembersArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<MemberConnection> | null {
    return isOfTeam(context.signedIn) ? memberPages(context, id, args, info) : null;
  }
}
