// One's own password, where one is signed in, and ending that from elsewhere.
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { changeMyPassword, ownSessions, revokeOwnSessions } from './own-sessions.service';
import {
  ChangeMyPasswordInput,
  ChangeMyPasswordPayload,
  RevokeOtherSessionsPayload,
  RevokeSessionInput,
  RevokeSessionPayload,
  Session,
} from './own-sessions.types';
import { viewer } from './session.service';

@Resolver()
export class OwnSessionsResolver {
  @Query(() => [Session], { description: 'Where one is signed in, the session used last first.' })
  sessions(@Ctx() context: RequestContext): Promise<Session[]> {
    return ownSessions(context);
  }

  @Mutation(() => RevokeSessionPayload, {
    description: 'Ends one of one’s own sessions, at the next request that uses it. NOT_FOUND.',
  })
  revokeSession(
    @Arg('input', () => RevokeSessionInput, { description: 'Which session.' }) input: RevokeSessionInput,
    @Ctx() context: RequestContext,
  ): Change<RevokeSessionPayload> {
    return change(
      () => revokeOwnSessions(context, input.id),
      (revoked) => ({ revoked: revoked > 0 }),
    );
  }

  @Mutation(() => RevokeOtherSessionsPayload, {
    description: 'Ends all of one’s own sessions but the one that asks.',
  })
  revokeOtherSessions(@Ctx() context: RequestContext): Change<RevokeOtherSessionsPayload> {
    return change(
      () => revokeOwnSessions(context, null),
      (revoked) => ({ revoked }),
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
      () => ({ viewer: () => viewer(context) }),
    );
  }
}
