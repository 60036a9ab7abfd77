// What everybody on the team may change about themselves.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { member } from './member.service';
import { updateMyProfile } from './profile.service';
import { UpdateMyProfileInput, UpdateMyProfilePayload } from './profile.types';

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
      () => ({ member: deferred((info) => member(context, context.signedIn.principalId, info)) }),
    );
  }
}
