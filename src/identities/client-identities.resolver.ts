// A client's identities.
import { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { Reads } from '../database/columns';
import { SealedKind } from '../database/transaction';
import { RequestContext } from '../graphql/context';
import { definePageLoader } from '../graphql/page-loader';
import { pagesOf } from '../graphql/reading';
import { Identity } from './identity.entity';
import { identityList } from './identity.service';
import { ClientIdentitiesArgs, IdentityConnection } from './identity.types';

const identityPages = definePageLoader<Identity, ClientIdentitiesArgs>((context, clientIds, args, info) => {
  const { accountId, kind } = context.signedIn;
  const list = { ...identityList(accountId, kind, args, info), parent: 'i.client_id' };
  return pagesOf(context, list, args, clientIds);
});

@Resolver(() => Client)
export class ClientIdentitiesResolver {
  @FieldResolver(() => IdentityConnection, {
    nullable: true,
    description:
      'Its own caller ids and email identities; empty without ACCESS_CRM and MANAGE_IDENTITIES, and while it is archived; null: the viewer is a portal user. With those of no client: `identities(filter: { clientId })`.',
  })
  @Reads()
  identities(
    @Root() { id }: Client,
    @Args(() => ClientIdentitiesArgs) args: ClientIdentitiesArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<IdentityConnection> | null {
    return context.signedIn.kind === SealedKind.PORTAL_USER ? null : identityPages(context, id, args, info);
  }
}
