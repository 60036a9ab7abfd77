import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { AccessToken } from '../access-tokens/access-token.entity';
import { Account } from '../accounts/account.entity';
import { AccountConventions } from '../accounts/account.types';
import { Computed } from '../graphql/compiled';
import { DateTime } from '../graphql/scalars';
import type { Deferred } from '../graphql/deferred';
import { Email, Nullable, Text } from '../graphql/validation';
import { Member } from '../members/member.entity';
import { AccessScope, MemberRole } from '../members/member.types';
import { Permission } from '../members/permission';
import { PortalUser } from '../portal/portal-user.entity';

export enum PrincipalKind {
  MEMBER = 'MEMBER',
  PORTAL_USER = 'PORTAL_USER',
  PARTNER_TOKEN = 'PARTNER_TOKEN',
  ANONYMOUS = 'ANONYMOUS',
}

registerEnumType(PrincipalKind, {
  name: 'PrincipalKind',
  description: 'What kind of principal a request acts for.',
  valuesConfig: {
    MEMBER: { description: "A person on the account's team." },
    PORTAL_USER: { description: "A person on a client's side." },
    PARTNER_TOKEN: { description: 'A program with an access token that was created for it.' },
    ANONYMOUS: { description: 'Nobody: no access token was sent.' },
  },
});

export enum RefreshTokenPlace {
  BODY = 'BODY',
  COOKIE = 'COOKIE',
}

registerEnumType(RefreshTokenPlace, {
  name: 'RefreshTokenPlace',
  description: 'Where a refresh token goes.',
  valuesConfig: {
    BODY: { description: 'Into the answer: for programs that keep it themselves.' },
    COOKIE: { description: 'Into a cookie that scripts cannot read: for browsers.' },
  },
});

@ObjectType({ description: 'Who a request acts for.', simpleResolvers: true })
export class Viewer {
  @Field(() => PrincipalKind, { description: 'What kind of principal this is.' })
  kind: PrincipalKind;

  @Field(() => MemberRole, { nullable: true, description: 'Role on the team; null: no member.' })
  role: MemberRole | null;

  @Field(() => [Permission], { description: 'What they may do, as it is now.' })
  permissions: Permission[];

  @Field(() => AccessScope, {
    nullable: true,
    description: 'Whether they reach all clients of the account or some; null: nobody is signed in.',
  })
  clientAccess: AccessScope | null;

  @Computed()
  @Field(() => AccessScope, {
    nullable: true,
    description:
      'Whether they see all agents of those clients, or those assigned to them; null: nobody is signed in.',
  })
  agentAccess: (() => Promise<AccessScope>) | null;

  @Field(() => Account, { nullable: true, description: 'Their account; null: nobody is signed in.' })
  account: Deferred<Account> | null;

  @Field(() => Member, {
    nullable: true,
    description: 'Who they are on the team; null: no member.',
  })
  member: Deferred<Member> | null;

  @Field(() => PortalUser, {
    nullable: true,
    description: "Who they are on a client's side, and by it which client; null: no portal user.",
  })
  portalUser: Deferred<PortalUser> | null;

  @Field(() => AccessToken, {
    nullable: true,
    description: 'The access token that a program was given; null: no program.',
  })
  accessToken: Deferred<AccessToken> | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When the session ends, however often it is refreshed, or the program’s access token expires; null: nobody is signed in.',
  })
  sessionExpiresAt: string | null;
}

@InputType({ description: 'Who signs in.' })
export class SignInInput {
  @Field(() => String, {
    nullable: true,
    description: 'Slug of the account; needed where the email belongs to several accounts.',
  })
  @Nullable()
  @Text({ maximum: 50 })
  account?: string | null;

  @Field(() => String, { description: 'Email, in any case.' })
  @Text({ maximum: 254 })
  email: string;

  @Field(() => String, { description: 'Password.' })
  password: string;

  @Field(() => RefreshTokenPlace, {
    defaultValue: RefreshTokenPlace.BODY,
    description: 'Where the refresh token goes.',
  })
  refreshTokenIn: RefreshTokenPlace;
}

@InputType({ description: 'What is needed besides the password.' })
export class CompleteSignInInput {
  @Field(() => String, { description: '`extensions.challenge` of the error SECOND_FACTOR_REQUIRED.' })
  @Text({ maximum: 2000 })
  challenge: string;

  @Field(() => String, { description: 'Six digits of the app, or a recovery code.' })
  @Text({ maximum: 100 })
  code: string;

  @Field(() => RefreshTokenPlace, {
    defaultValue: RefreshTokenPlace.BODY,
    description: 'Where the refresh token goes.',
  })
  refreshTokenIn: RefreshTokenPlace;
}

@InputType({ description: 'A new account and its owner.' })
export class SignUpInput extends AccountConventions {
  @Field(() => String, { description: 'Name of the account, 1 to 200 characters.' })
  @Text({ maximum: 200 })
  accountName: string;

  @Field(() => String, { description: "The owner's name, 1 to 200 characters." })
  @Text({ maximum: 200 })
  name: string;

  @Field(() => String, { description: 'Email to sign in with.' })
  @Email()
  email: string;

  @Field(() => String, { description: 'Password, up to 128 characters of any script.' })
  password: string;

  @Field(() => RefreshTokenPlace, {
    defaultValue: RefreshTokenPlace.BODY,
    description: 'Where the refresh token goes.',
  })
  refreshTokenIn: RefreshTokenPlace;
}

@InputType({ description: 'A session to go on with.' })
export class RefreshSessionInput {
  @Field(() => String, {
    nullable: true,
    description: 'The refresh token; left out: the one in the cookie, and the new one goes there.',
  })
  @Nullable()
  @Text({ maximum: 200 })
  refreshToken?: string | null;
}

@InputType({ description: 'A session to end.' })
export class SignOutInput {
  @Field(() => String, {
    nullable: true,
    description: 'Its refresh token, where the access token has expired; left out: the one in the cookie.',
  })
  @Nullable()
  @Text({ maximum: 200 })
  refreshToken?: string | null;
}

@ObjectType({ simpleResolvers: true })
export abstract class IssuedSessionPayload {
  @Field(() => String, { description: 'To be sent as `Authorization: Bearer …`.' })
  accessToken: string;

  @Field(() => DateTime, { description: 'When the access token expires; refresh the session before.' })
  accessTokenExpiresAt: string;

  @Field(() => String, {
    nullable: true,
    description: 'Works once, for `refreshSession`; null: it is in the cookie.',
  })
  refreshToken: string | null;

  @Field(() => Viewer, { description: 'Who is signed in now.' })
  viewer: Deferred<Viewer>;
}

@ObjectType({ description: 'Answer of `signIn`.', simpleResolvers: true })
export class SignInPayload extends IssuedSessionPayload {}

@ObjectType({ description: 'Answer of `completeSignIn`.', simpleResolvers: true })
export class CompleteSignInPayload extends IssuedSessionPayload {
  @Field(() => [String], {
    nullable: true,
    description:
      'Where the code has set the second factor up: ten codes, each of which works once in its place. They are not shown again. Otherwise null.',
  })
  recoveryCodes: string[] | null;
}

@ObjectType({ description: 'Answer of `signUp`.', simpleResolvers: true })
export class SignUpPayload extends IssuedSessionPayload {}

@ObjectType({ description: 'Answer of `refreshSession`.', simpleResolvers: true })
export class RefreshSessionPayload extends IssuedSessionPayload {}

@ObjectType({ description: 'Answer of `signOut`.', simpleResolvers: true })
export class SignOutPayload {
  @Field(() => Boolean, { description: 'Whether there was a session to end.' })
  signedOut: boolean;
}
