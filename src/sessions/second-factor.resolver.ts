// The second factor of whoever is signed in, and of members who have lost theirs. Signing in with it is in session.resolver.ts.
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Reads } from '../database/columns';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { Member } from '../members/member.entity';
import { member } from '../members/member.service';
import { MemberInput } from '../members/team.types';
import { portalUser } from '../portal/portal-user.service';
import { PortalUserInput } from '../portal/portal-user.types';
import {
  confirmSecondFactor,
  ownSecondFactor,
  removeSecondFactor,
  replaceRecoveryCodes,
  resetMemberSecondFactor,
  resetPortalUserSecondFactor,
  secondFactorEnabledByMemberId,
  startSecondFactor,
} from './second-factor.service';
import {
  ConfirmSecondFactorPayload,
  RemoveSecondFactorInput,
  RemoveSecondFactorPayload,
  ReplaceRecoveryCodesPayload,
  ResetMemberSecondFactorPayload,
  ResetPortalUserSecondFactorPayload,
  SecondFactor,
  SecondFactorCodeInput,
  StartSecondFactorInput,
  StartSecondFactorPayload,
} from './second-factor.types';

@Resolver(() => Member)
export class SecondFactorResolver {
  @Query(() => SecondFactor, { description: 'One’s own second factor.' })
  secondFactor(@Ctx() context: RequestContext): Promise<SecondFactor> {
    return ownSecondFactor(context);
  }

  @Mutation(() => StartSecondFactorPayload, {
    description:
      'Makes a secret for an app; nothing is asked for at sign-in until `confirmSecondFactor`. Again: another secret in its place. ' +
      'VALIDATION_FAILED (password), CONFLICT (it is on), RATE_LIMITED after ten failures within a quarter of an hour.',
  })
  startSecondFactor(
    @Arg('input', () => StartSecondFactorInput, { description: 'The password.' })
    input: StartSecondFactorInput,
    @Ctx() context: RequestContext,
  ): Change<StartSecondFactorPayload> {
    return change(
      () => startSecondFactor(context, input.password),
      (setup) => setup,
    );
  }

  @Mutation(() => ConfirmSecondFactorPayload, {
    description:
      'Turns the second factor on with a code of the app, shows the recovery codes, and ends one’s other sessions. ' +
      'VALIDATION_FAILED (code), CONFLICT (not started, or on), RATE_LIMITED after ten failures within a quarter of an hour.',
  })
  confirmSecondFactor(
    @Arg('input', () => SecondFactorCodeInput, { description: 'A code of the app.' })
    input: SecondFactorCodeInput,
    @Ctx() context: RequestContext,
  ): Change<ConfirmSecondFactorPayload> {
    return change(
      () => confirmSecondFactor(context, input.code),
      ({ recoveryCodes }) => ({
        recoveryCodes: recoveryCodes?.valueOf() ?? null,
        secondFactor: deferred(() => ownSecondFactor(context)),
      }),
    );
  }

  @Mutation(() => ReplaceRecoveryCodesPayload, {
    description:
      'Shows new recovery codes; those before no longer work. VALIDATION_FAILED (code), CONFLICT (it is off), ' +
      'RATE_LIMITED after ten failures within a quarter of an hour.',
  })
  replaceRecoveryCodes(
    @Arg('input', () => SecondFactorCodeInput, { description: 'A code.' }) input: SecondFactorCodeInput,
    @Ctx() context: RequestContext,
  ): Change<ReplaceRecoveryCodesPayload> {
    return change(
      () => replaceRecoveryCodes(context, input.code),
      ({ recoveryCodes }) => ({
        recoveryCodes: recoveryCodes?.valueOf() ?? null,
        secondFactor: deferred(() => ownSecondFactor(context)),
      }),
    );
  }

  @Mutation(() => RemoveSecondFactorPayload, {
    description:
      'Turns one’s own second factor off. VALIDATION_FAILED (password or code), CONFLICT (it is off, or the account demands it), ' +
      'RATE_LIMITED after ten failures within a quarter of an hour.',
  })
  removeSecondFactor(
    @Arg('input', () => RemoveSecondFactorInput, { description: 'The password, and a code.' })
    input: RemoveSecondFactorInput,
    @Ctx() context: RequestContext,
  ): Change<RemoveSecondFactorPayload> {
    return change(
      () => removeSecondFactor(context, input),
      () => ({ secondFactor: deferred(() => ownSecondFactor(context)) }),
    );
  }

  @Mutation(() => ResetMemberSecondFactorPayload, {
    description:
      'Removes the second factor of a member who has lost it, and ends their sessions. Needs MANAGE_MEMBERS, and everything that the member holds. ' +
      'NOT_FOUND, FORBIDDEN, CONFLICT (oneself: `removeSecondFactor`).',
  })
  resetMemberSecondFactor(
    @Arg('input', () => MemberInput, { description: 'Which member.' }) input: MemberInput,
    @Ctx() context: RequestContext,
  ): Change<ResetMemberSecondFactorPayload> {
    return change(
      () => resetMemberSecondFactor(context, input.id),
      () => ({ member: deferred((info) => member(context, input.id, info)) }),
    );
  }

  @Mutation(() => ResetPortalUserSecondFactorPayload, {
    description:
      'Removes the second factor of a portal user who has lost it, and ends their sessions. Needs EDIT_CLIENTS, the client within the own reach, and ' +
      'whatever the portal user may see: FORBIDDEN. NOT_FOUND, CONFLICT (the client is archived).',
  })
  resetPortalUserSecondFactor(
    @Arg('input', () => PortalUserInput, { description: 'Which portal user.' }) input: PortalUserInput,
    @Ctx() context: RequestContext,
  ): Change<ResetPortalUserSecondFactorPayload> {
    return change(
      () => resetPortalUserSecondFactor(context, input.id),
      () => ({ portalUser: deferred((info) => portalUser(context, input.id, info)) }),
    );
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description:
      'Whether signing in asks them for a code besides the password; null without MANAGE_MEMBERS, but for oneself.',
  })
  @Reads()
  secondFactorEnabled(@Root() { id }: Member, @Ctx() context: RequestContext): Promise<boolean | null> {
    return secondFactorEnabledByMemberId(context.transaction).load(id);
  }
}
