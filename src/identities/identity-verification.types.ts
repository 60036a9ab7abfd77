import { Field, InputType, ObjectType } from 'type-graphql';
import { DateTime } from '../graphql/scalars';

@ObjectType({
  description: 'What the link of a verification says to whoever holds it.',
  simpleResolvers: true,
})
export class IdentityVerification {
  @Field(() => String, { description: 'Name of the account that wants to send mail from the address.' })
  accountName: string;

  @Field(() => String, { description: 'The address.' })
  email: string;

  @Field(() => DateTime, { description: 'Until when it can be confirmed.' })
  expiresAt: string;
}

@InputType({ description: 'An email identity to confirm, by a link.' })
export class VerifyIdentityInput {
  @Field(() => String, { description: 'Token of the link: what stands behind its `#`.' })
  token: string;
}

@ObjectType({ description: 'Answer of `verifyIdentity`.', simpleResolvers: true })
export class VerifyIdentityPayload {
  @Field(() => Boolean, { description: 'Always true: the address is confirmed.' })
  verified: boolean;
}
