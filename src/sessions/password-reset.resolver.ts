// Choosing a new password by mail, for those who lost theirs.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { RequestContext } from '../graphql/context';
import { requestPasswordReset, resetPassword } from './password-reset.service';
import {
  RequestPasswordResetInput,
  RequestPasswordResetPayload,
  ResetPasswordInput,
  ResetPasswordPayload,
} from './password-reset.types';

@Resolver()
export class PasswordResetResolver {
  @Mutation(() => RequestPasswordResetPayload, {
    description:
      'Mails a link to choose a new password, at most one a minute, to whoever signs in with the email. Answers alike, and in the same time, for every email. RATE_LIMITED by network address.',
  })
  async requestPasswordReset(
    @Arg('input', () => RequestPasswordResetInput, { description: 'Whose password.' })
    input: RequestPasswordResetInput,
    @Ctx() context: RequestContext,
  ): Promise<RequestPasswordResetPayload> {
    await requestPasswordReset(context, input);
    return { requested: true };
  }

  @Mutation(() => ResetPasswordPayload, {
    description:
      'Sets a new password by the link of a mail, once, and ends all sessions; signs nobody in. NOT_FOUND alike where the link is none, was used, has expired or is void; VALIDATION_FAILED.',
  })
  async resetPassword(
    @Arg('input', () => ResetPasswordInput, { description: 'The link, and the new password.' })
    input: ResetPasswordInput,
    @Ctx() context: RequestContext,
  ): Promise<ResetPasswordPayload> {
    await resetPassword(context, input);
    return { reset: true };
  }
}
