// A client's lists.
import { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { Reads } from '../database/columns';
import { SealedKind } from '../database/transaction';
import { RequestContext } from '../graphql/context';
import { definePageLoader } from '../graphql/page-loader';
import { pagesOf } from '../graphql/reading';
import { List } from './list.entity';
import { listStatement } from './list.service';
import { ClientListsArgs, ListConnection } from './list.types';

const listPages = definePageLoader<List, ClientListsArgs>((context, clientIds, args, info) => {
  const { accountId, kind } = context.signedIn;
  const statement = { ...listStatement(accountId, kind, args, info), parent: 'l.client_id' };
  return pagesOf(context, statement, args, clientIds);
});

@Resolver(() => Client)
export class ClientListsResolver {
  @FieldResolver(() => ListConnection, {
    nullable: true,
    description:
      'Its lists, as far as the viewer sees them: none without ACCESS_CRM or MANAGE_LISTS; null: the viewer is a portal user.',
  })
  @Reads()
  lists(
    @Root() { id }: Client,
    @Args(() => ClientListsArgs) args: ClientListsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ListConnection> | null {
    // The database lets portal users ask for none.
    return context.signedIn.kind === SealedKind.PORTAL_USER ? null : listPages(context, id, args, info);
  }
}
