// Where one is signed in, and ending it from elsewhere.
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { ownSessions, revokeOwnSessions } from './own-sessions.service';
import {
  RevokeOtherSessionsPayload,
  RevokeSessionInput,
  RevokeSessionPayload,
  Session,
} from './own-sessions.types';

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
}
