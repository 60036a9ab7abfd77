// Who has a lead before them, and who tried it last.
import { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { Reads } from '../database/columns';
import { RequestContext } from '../graphql/context';
import { Lead } from '../leads/lead.entity';
import { Member } from '../members/member.entity';
import { memberById } from '../members/member.service';
import { LeadHold } from './lead-hold.entity';
import { holdsByLeadId } from './queue.service';

@Resolver(() => Lead)
export class LeadHeldResolver {
  @FieldResolver(() => LeadHold, {
    nullable: true,
    description:
      'That somebody has it before them; null: nobody, or somebody else than the viewer, who is no administrator.',
  })
  @Reads()
  async hold(
    @Root() { id }: Lead,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<LeadHold | null> {
    const [hold] = await holdsByLeadId(context.transaction, info).load(id);
    return hold ?? null;
  }

  @FieldResolver(() => Member, {
    nullable: true,
    description:
      'Who tried it last, also through an access token of theirs; null: nobody, an access token of the account, or somebody who is gone.',
  })
  @Reads('lastAttemptById')
  lastAttemptBy(
    @Root() { lastAttemptById }: Lead,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Member | null> | null {
    return lastAttemptById === null ? null : memberById(context.transaction, info).load(lastAttemptById);
  }
}

@Resolver(() => LeadHold)
export class LeadHoldResolver {
  @FieldResolver(() => Member, {
    nullable: true,
    description: 'Who has it, also through an access token of theirs; null: an access token of the account.',
  })
  @Reads('holderId')
  heldBy(
    @Root() { holderId }: LeadHold,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Member | null> {
    return memberById(context.transaction, info).load(holderId);
  }
}
