import { Arg, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { change, Change } from '../graphql/change';
import { deferred } from '../graphql/deferred';
import { RequestContext } from '../graphql/context';
import { isAdministrator } from '../graphql/principal';
import { Account } from './account.entity';
import {
  allPlans,
  canCreateClient,
  changePlan,
  clientCountByAccountId,
  ownAccount,
  planByAccountId,
  updateAccount,
} from './account.service';
import {
  ChangePlanInput,
  ChangePlanPayload,
  Plan,
  UpdateAccountInput,
  UpdateAccountPayload,
} from './account.types';

@Resolver(() => Account)
export class AccountResolver {
  @Query(() => Account, { description: 'The account of whoever asks.' })
  account(@Ctx() context: RequestContext): Promise<Account> {
    return ownAccount(context);
  }

  @Query(() => [Plan], { description: 'The plans there are, smallest first. For administrators.' })
  plans(@Ctx() context: RequestContext): Promise<Plan[]> {
    return allPlans(context);
  }

  @Mutation(() => UpdateAccountPayload, {
    description:
      'Changes the settings of the account. Needs MANAGE_ACCOUNT. VALIDATION_FAILED, FORBIDDEN (blind mode, for whom it keeps from leads), CONFLICT.',
  })
  updateAccount(
    @Arg('input', () => UpdateAccountInput, { description: 'What to change.' }) input: UpdateAccountInput,
    @Ctx() context: RequestContext,
  ): Change<UpdateAccountPayload> {
    return change(
      () => updateAccount(context, input),
      () => ({ account: deferred((info) => ownAccount(context, info)) }),
    );
  }

  @Mutation(() => ChangePlanPayload, {
    description:
      'Chooses another plan; for owners. Going below the number of clients keeps them and refuses new ones. NOT_FOUND.',
  })
  changePlan(
    @Arg('input', () => ChangePlanInput, { description: 'Which plan.' }) input: ChangePlanInput,
    @Ctx() context: RequestContext,
  ): Change<ChangePlanPayload> {
    return change(
      () => changePlan(context, input.planId),
      () => ({ account: deferred((info) => ownAccount(context, info)) }),
    );
  }

  @FieldResolver(() => Plan, {
    nullable: true,
    description: 'What the account pays for; null for all but administrators.',
  })
  plan(@Root() account: Account, @Ctx() context: RequestContext): Promise<Plan | null> | null {
    return isAdministrator(context.signedIn) ? planByAccountId(context.transaction).load(account.id) : null;
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: 'Clients that the plan allows; null: any number, or the viewer is no administrator.',
  })
  async clientLimit(@Root() account: Account, @Ctx() context: RequestContext): Promise<number | null> {
    return (await this.plan(account, context))?.clientLimit ?? null;
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description:
      'Clients that count toward the plan: those neither archived nor being deleted. Null for all but administrators.',
  })
  clientCount(@Root() account: Account, @Ctx() context: RequestContext): Promise<number> | null {
    return isAdministrator(context.signedIn)
      ? clientCountByAccountId(context.transaction).load(account.id)
      : null;
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description: 'Whether the plan has room for another client; null without CREATE_CLIENTS.',
  })
  canCreateClient(@Ctx() context: RequestContext): Promise<boolean | null> {
    return canCreateClient(context);
  }
}
