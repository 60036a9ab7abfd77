import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { RequestContext } from '../graphql/context';
import { identityVerification, verifyIdentity } from './identity-verification.service';
import {
  IdentityVerification,
  VerifyIdentityInput,
  VerifyIdentityPayload,
} from './identity-verification.types';

@Resolver()
export class IdentityVerificationResolver {
  @Query(() => IdentityVerification, {
    nullable: true,
    description:
      'Who wants to send mail from which address, for whoever holds the link. NOT_FOUND alike where it is none, was used, has expired or is void.',
  })
  identityVerification(
    @Arg('token', () => String, { description: 'Token of the link: what stands behind its `#`.' })
    token: string,
    @Ctx() context: RequestContext,
  ): Promise<IdentityVerification> {
    return identityVerification(context, token);
  }

  @Mutation(() => VerifyIdentityPayload, {
    description:
      'Confirms the address of an email identity by the link of a mail, once; nobody has to be signed in. NOT_FOUND as `identityVerification`.',
  })
  async verifyIdentity(
    @Arg('input', () => VerifyIdentityInput, { description: 'The link.' }) { token }: VerifyIdentityInput,
    @Ctx() context: RequestContext,
  ): Promise<VerifyIdentityPayload> {
    await verifyIdentity(context, token);
    return { verified: true };
  }
}
