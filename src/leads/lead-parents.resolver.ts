// The leads of a client, and of a list; and the field of a value.
import { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Int, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { Reads } from '../database/columns';
import { SealedKind } from '../database/transaction';
import { RequestContext } from '../graphql/context';
import { ListField } from '../lists/list-field.entity';
import { List } from '../lists/list.entity';
import { fieldById } from '../lists/list.service';
import { LeadValue } from './lead-parts.entity';
import { leadCountByListId, leadPagesByClientId, leadPagesByListId } from './lead.service';
import { ClientLeadsArgs, LeadConnection, ListLeadsArgs } from './lead.types';

@Resolver(() => Client)
export class ClientLeadsResolver {
  @FieldResolver(() => LeadConnection, {
    nullable: true,
    description:
      'Its leads, as far as the viewer sees them: none without ACCESS_CRM; null: the viewer is a portal user.',
  })
  @Reads()
  leads(
    @Root() { id }: Client,
    @Args(() => ClientLeadsArgs) args: ClientLeadsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<LeadConnection> | null {
    // The database lets portal users ask for none.
    return context.signedIn.kind === SealedKind.PORTAL_USER
      ? null
      : leadPagesByClientId(context, id, args, info);
  }
}

@Resolver(() => List)
export class ListLeadsResolver {
  @FieldResolver(() => LeadConnection, {
    description:
      'Its leads, as far as the viewer sees them: none without ACCESS_CRM, in blind mode, or where they are closed to the viewer.',
  })
  @Reads()
  leads(
    @Root() { id }: List,
    @Args(() => ListLeadsArgs) args: ListLeadsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<LeadConnection> {
    return leadPagesByListId(context, id, args, info);
  }

  @FieldResolver(() => Int, {
    description: 'How many leads it has that the viewer sees and that are not archived.',
  })
  @Reads()
  leadCount(@Root() { id }: List, @Ctx() context: RequestContext): Promise<number> {
    return leadCountByListId(context.transaction).load(id);
  }
}

@Resolver(() => LeadValue)
export class LeadValueResolver {
  @FieldResolver(() => ListField, { nullable: true, description: 'The field; null: it was just deleted.' })
  @Reads('fieldId')
  field(
    @Root() { fieldId }: LeadValue,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ListField | null> {
    return fieldById(context.transaction, info).load(fieldId);
  }
}
