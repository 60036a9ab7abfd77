// What everybody on the team may change about themselves.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { member } from './member.service';
import { changeMyPassword, updateMyProfile } from './profile.service';
import {
  ChangeMyPasswordInput,
  ChangeMyPasswordPayload,
  UpdateMyProfileInput,
  UpdateMyProfilePayload,
} from './profile.types';

@Resolver()
export class ProfileResolver {
  @Mutation(() => UpdateMyProfilePayload, {
    description: 'Changes one’s own name and job title. VALIDATION_FAILED.',
  })
  updateMyProfile(
    @Arg('input', () => UpdateMyProfileInput, { description: 'What to change.' }) input: UpdateMyProfileInput,
    @Ctx() context: RequestContext,
  ): Change<UpdateMyProfilePayload> {
    return change(
      () => updateMyProfile(context, input),
      () => ({ member: deferred((info) => member(context, context.signedIn.memberId, info)) }),
    );
  }

  @Mutation(() => ChangeMyPasswordPayload, {
    description:
      'Changes one’s own password and ends one’s other sessions. VALIDATION_FAILED (the password is not the current one, or the new one is not accepted), ' +
      'RATE_LIMITED after ten failures within a quarter of an hour.',
  })
  changeMyPassword(
    @Arg('input', () => ChangeMyPasswordInput, { description: 'The password, and the new one.' })
    input: ChangeMyPasswordInput,
    @Ctx() context: RequestContext,
  ): Change<ChangeMyPasswordPayload> {
    return change(
      () => changeMyPassword(context, input),
      () => ({ member: deferred((info) => member(context, context.signedIn.memberId, info)) }),
    );
  }
}
