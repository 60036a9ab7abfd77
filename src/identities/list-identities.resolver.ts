// What a list can be worked with.
import { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { Reads } from '../database/columns';
import { RequestContext } from '../graphql/context';
import { definePageLoader } from '../graphql/page-loader';
import { pagesOf } from '../graphql/reading';
import { List } from '../lists/list.entity';
import { Identity } from './identity.entity';
import { identityList, usableFor } from './identity.service';
import { ClientIdentitiesArgs, IdentityConnection } from './identity.types';

const identityPages = definePageLoader<Identity, ClientIdentitiesArgs>((context, listIds, args, info) => {
  const { accountId, kind } = context.signedIn;
  const list = {
    ...identityList(accountId, kind, args, info),
    from: `ringfence.lists l join ringfence.identities i on i.account_id = l.account_id and ${usableFor('l.client_id')}`,
    parent: 'l.id',
  };
  return pagesOf(context, list, args, listIds);
});

@Resolver(() => List)
export class ListIdentitiesResolver {
  @FieldResolver(() => IdentityConnection, {
    description:
      'Caller ids and email identities that can be used for it: of its client, and of no client, as far as the viewer sees them.',
  })
  @Reads()
  identities(
    @Root() { id }: List,
    @Args(() => ClientIdentitiesArgs) args: ClientIdentitiesArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<IdentityConnection> {
    return identityPages(context, id, args, info);
  }
}
