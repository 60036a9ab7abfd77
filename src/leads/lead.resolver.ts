import { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import { Client } from '../clients/client.entity';
import { clientById } from '../clients/client.service';
import { Reads } from '../database/columns';
import { PageArgs } from '../graphql/connection';
import { RequestContext } from '../graphql/context';
import { idArgument } from '../graphql/validation';
import { List } from '../lists/list.entity';
import { listById } from '../lists/list.service';
import { LeadValue } from './lead-parts.entity';
import {
  emailsByLeadId,
  historyPagesByLeadId,
  notePagesByLeadId,
  phonesByLeadId,
  valuesByLeadId,
} from './lead-parts.service';
import { Lead } from './lead.entity';
import { colleaguesByLeadId, complexityOfRelated, duplicatesByLeadId, lead, leads } from './lead.service';
import { LeadChangeConnection, LeadConnection, LeadNoteConnection, LeadsArgs } from './lead.types';

@Resolver(() => Lead)
export class LeadResolver {
  @Query(() => Lead, {
    nullable: true,
    description:
      'A lead, in any state. Needs ACCESS_CRM. NOT_FOUND, in blind mode of any but the one that the viewer holds.',
  })
  lead(
    @Arg('id', () => ID, { description: 'Which lead.', validateFn: idArgument }) id: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Lead> {
    return lead(context, id, info);
  }

  @Query(() => LeadConnection, {
    description:
      'The leads that the viewer sees: of the clients within reach on the lists that are open to them, but for clients in blind mode, and of ' +
      'no client where they are named on the list; administrators see all. Needs ACCESS_CRM.',
  })
  leads(
    @Args(() => LeadsArgs) args: LeadsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<LeadConnection> {
    return leads(context, args, info);
  }

  @FieldResolver(() => List, {
    nullable: true,
    description: 'The list that it is on; null: it was just deleted.',
  })
  @Reads('listId')
  list(
    @Root() { listId }: Lead,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<List | null> {
    return listById(context.transaction, info).load(listId);
  }

  @FieldResolver(() => Client, {
    nullable: true,
    description: 'The client that it belongs to; null: none, or the viewer may not view clients.',
  })
  @Reads('clientId')
  client(
    @Root() { clientId }: Lead,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Client | null> {
    return clientById(context.transaction, info).load(clientId);
  }

  @FieldResolver(() => [String], { description: 'Its emails, in order.' })
  @Reads()
  emails(@Root() { id }: Lead, @Ctx() context: RequestContext): Promise<string[]> {
    return emailsByLeadId(context.transaction).load(id);
  }

  @FieldResolver(() => [String], { description: 'Its phone numbers, E.164, in order.' })
  @Reads()
  phones(@Root() { id }: Lead, @Ctx() context: RequestContext): Promise<string[]> {
    return phonesByLeadId(context.transaction).load(id);
  }

  @FieldResolver(() => [LeadValue], {
    description:
      'What it has in the fields of its list, in their order; a field without a value is not among them.',
  })
  @Reads()
  values(
    @Root() { id }: Lead,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<LeadValue[]> {
    return valuesByLeadId(context.transaction, info).load(id);
  }

  @FieldResolver(() => LeadNoteConnection, { description: 'What was written about it, the latest first.' })
  @Reads()
  notes(
    @Root() { id }: Lead,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<LeadNoteConnection> {
    return notePagesByLeadId(context, id, args, info);
  }

  @FieldResolver(() => LeadChangeConnection, { description: 'What changed about it, the latest first.' })
  @Reads()
  history(
    @Root() { id }: Lead,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<LeadChangeConnection> {
    return historyPagesByLeadId(context, id, args, info);
  }

  @FieldResolver(() => [Lead], {
    complexity: complexityOfRelated,
    description:
      'Other leads of the same client with one of its emails or phone numbers, or with a value that is to be unique, as far as the viewer sees them, the oldest first, 50 at most.',
  })
  @Reads()
  duplicates(
    @Root() { id }: Lead,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Lead[]> {
    return duplicatesByLeadId(context.transaction, info).load(id);
  }

  @FieldResolver(() => [Lead], {
    complexity: complexityOfRelated,
    description:
      'Other leads of the same client at the same company, as far as the viewer sees them, the oldest first, 50 at most: by the name of the ' +
      'company without case, punctuation and legal form, or by the domain of an email, unless everybody can have mail there.',
  })
  @Reads()
  colleagues(
    @Root() { id }: Lead,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Lead[]> {
    return colleaguesByLeadId(context.transaction, info).load(id);
  }
}
