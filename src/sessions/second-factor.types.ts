import { Field, InputType, Int, ObjectType } from 'type-graphql';
import type { Deferred } from '../graphql/deferred';
import type { ShownOnce } from '../graphql/change';
import { DateTime } from '../graphql/scalars';
import { Text } from '../graphql/validation';
import { Member } from '../members/member.entity';
import { PortalUser } from '../portal/portal-user.entity';

@ObjectType({
  description: 'One’s own second factor: codes of an app, asked for besides the password.',
  simpleResolvers: true,
})
export class SecondFactor {
  @Field(() => Boolean, { description: 'Whether signing in asks for a code.' })
  enabled: boolean;

  @Field(() => DateTime, { nullable: true, description: 'Since when; null: it is off.' })
  enabledAt: string | null;

  @Field(() => Int, { description: 'Recovery codes that have not been used.' })
  recoveryCodesLeft: number;
}

@InputType({ description: 'Proof that it is oneself who sets up a second factor.' })
export class StartSecondFactorInput {
  @Field(() => String, { description: 'One’s password.' })
  password: string;
}

@InputType({ description: 'A code.' })
export class SecondFactorCodeInput {
  @Field(() => String, { description: 'Six digits of the app; but to confirm it, a recovery code does too.' })
  @Text({ maximum: 100 })
  code: string;
}

@InputType({ description: 'Proof that it is oneself who turns the second factor off.' })
export class RemoveSecondFactorInput extends SecondFactorCodeInput {
  @Field(() => String, { description: 'One’s password.' })
  password: string;
}

@ObjectType({ description: 'Answer of `startSecondFactor`.', simpleResolvers: true })
export class StartSecondFactorPayload {
  @Field(() => String, {
    nullable: true,
    description: 'To be typed into an app (base 32); null: it was shown before.',
  })
  secret: ShownOnce | null;

  @Field(() => String, {
    nullable: true,
    description: 'The same as an `otpauth://` address, to be shown as a QR code; null: it was shown before.',
  })
  uri: ShownOnce | null;
}

@ObjectType({ simpleResolvers: true })
abstract class SecondFactorPayload {
  @Field(() => SecondFactor, { description: 'One’s own second factor as it is now.' })
  secondFactor: Deferred<SecondFactor>;
}

@ObjectType({ simpleResolvers: true })
abstract class RecoveryCodesPayload extends SecondFactorPayload {
  @Field(() => [String], {
    nullable: true,
    description:
      'Ten codes, each of which works once in place of the app’s: to be kept where the app is not. Null: they were shown before.',
  })
  recoveryCodes: string[] | null;
}

@ObjectType({ description: 'Answer of `confirmSecondFactor`.', simpleResolvers: true })
export class ConfirmSecondFactorPayload extends RecoveryCodesPayload {}

@ObjectType({ description: 'Answer of `replaceRecoveryCodes`.', simpleResolvers: true })
export class ReplaceRecoveryCodesPayload extends RecoveryCodesPayload {}

@ObjectType({ description: 'Answer of `removeSecondFactor`.', simpleResolvers: true })
export class RemoveSecondFactorPayload extends SecondFactorPayload {}

@ObjectType({ description: 'Answer of `resetMemberSecondFactor`.', simpleResolvers: true })
export class ResetMemberSecondFactorPayload {
  @Field(() => Member, { description: 'The member as it is now.' })
  member: Deferred<Member>;
}

@ObjectType({ description: 'Answer of `resetPortalUserSecondFactor`.', simpleResolvers: true })
export class ResetPortalUserSecondFactorPayload {
  @Field(() => PortalUser, { description: 'The portal user as it is now.' })
  portalUser: Deferred<PortalUser>;
}
