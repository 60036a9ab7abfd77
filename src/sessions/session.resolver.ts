import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { RequestContext } from '../graphql/context';
import { completeSignIn, refreshSession, signIn, signOut, signUp, viewer } from './session.service';
import {
  CompleteSignInInput,
  CompleteSignInPayload,
  RefreshSessionInput,
  RefreshSessionPayload,
  SignInInput,
  SignInPayload,
  SignOutInput,
  SignOutPayload,
  SignUpInput,
  SignUpPayload,
  Viewer,
} from './session.types';

@Resolver()
export class SessionResolver {
  @Query(() => Viewer, {
    description: 'Who the request acts for. UNAUTHENTICATED where an access token is sent that is not valid.',
  })
  viewer(@Ctx() context: RequestContext): Promise<Viewer> {
    return viewer(context);
  }

  @Mutation(() => SignInPayload, {
    description:
      'Signs somebody in. Unknown, wrong and disabled answer alike: UNAUTHENTICATED. RATE_LIMITED after ten failures within a quarter of an hour. ' +
      'SECOND_FACTOR_REQUIRED where a code is needed besides: go on with `completeSignIn`.',
  })
  signIn(
    @Arg('input', () => SignInInput, { description: 'Who signs in.' }) input: SignInInput,
    @Ctx() context: RequestContext,
  ): Promise<SignInPayload> {
    return signIn(context, input);
  }

  @Mutation(() => CompleteSignInPayload, {
    description:
      'Signs somebody in whose `signIn` was answered SECOND_FACTOR_REQUIRED. UNAUTHENTICATED where the code is wrong or was used, or the challenge is ' +
      'older than five minutes. RATE_LIMITED after ten failures within a quarter of an hour.',
  })
  completeSignIn(
    @Arg('input', () => CompleteSignInInput, { description: 'The challenge, and the code.' })
    input: CompleteSignInInput,
    @Ctx() context: RequestContext,
  ): Promise<CompleteSignInPayload> {
    return completeSignIn(context, input);
  }

  @Mutation(() => SignUpPayload, {
    description:
      'Opens an account and signs its owner in. FORBIDDEN where accounts are opened by the operator only, VALIDATION_FAILED, RATE_LIMITED.',
  })
  signUp(
    @Arg('input', () => SignUpInput, { description: 'The account and its owner.' }) input: SignUpInput,
    @Ctx() context: RequestContext,
  ): Promise<SignUpPayload> {
    return signUp(context, input);
  }

  @Mutation(() => RefreshSessionPayload, {
    description:
      'Exchanges a refresh token for a new access token and a new refresh token. A token that is used a second time ends its session. UNAUTHENTICATED.',
  })
  refreshSession(
    @Arg('input', () => RefreshSessionInput, {
      nullable: true,
      description: 'Left out: the token in the cookie.',
    })
    input: RefreshSessionInput | null,
    @Ctx() context: RequestContext,
  ): Promise<RefreshSessionPayload> {
    return refreshSession(context, input?.refreshToken ?? null);
  }

  @Mutation(() => SignOutPayload, {
    description: 'Ends the session; its tokens are worth nothing from then on. Never fails for want of one.',
  })
  async signOut(
    @Arg('input', () => SignOutInput, {
      nullable: true,
      description: 'Left out: the session of the access token, or of the cookie.',
    })
    input: SignOutInput | null,
    @Ctx() context: RequestContext,
  ): Promise<SignOutPayload> {
    return { signedOut: await signOut(context, input?.refreshToken ?? null) };
  }
}
