import { Field, InputType, ObjectType } from 'type-graphql';
import { Nullable, Text } from '../graphql/validation';

@InputType({ description: 'Somebody who wants to choose a new password.' })
export class RequestPasswordResetInput {
  @Field(() => String, {
    nullable: true,
    description:
      'Slug of the account; left out: a mail for each account where the email signs in, up to ten.',
  })
  @Nullable()
  @Text({ maximum: 50 })
  account?: string | null;

  @Field(() => String, { description: 'Email that they sign in with, in any case.' })
  @Text({ maximum: 254 })
  email: string;
}

@ObjectType({ description: 'Answer of `requestPasswordReset`.', simpleResolvers: true })
export class RequestPasswordResetPayload {
  @Field(() => Boolean, {
    description: 'Always true: whether anybody signs in with the email is not told.',
  })
  requested: boolean;
}

@InputType({ description: 'A new password, by a link.' })
export class ResetPasswordInput {
  @Field(() => String, { description: 'Token of the link: what stands behind its `#`.' })
  token: string;

  @Field(() => String, {
    description:
      "The new password: at least the account's minimum of characters, at most 128, of any script, and none of the most common ones.",
  })
  password: string;
}

@ObjectType({ description: 'Answer of `resetPassword`.', simpleResolvers: true })
export class ResetPasswordPayload {
  @Field(() => Boolean, { description: 'Always true; sign in with the new password.' })
  reset: boolean;
}
