import { ArrayMaxSize, ArrayMinSize, Max, Min, ValidateNested } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { ShownOnce } from '../graphql/change';
import { ConnectionOf, EdgeOf, PageArgs } from '../graphql/connection';
import type { Deferred } from '../graphql/deferred';
import { DateTime } from '../graphql/scalars';
import { check, Id, Ids, Nullable, Text } from '../graphql/validation';
import { notForTokens, Permission } from '../members/permission';
import { AccessToken } from './access-token.entity';

const maximumPermissions = Object.keys(Permission).length - notForTokens.length;

/** Clients that one token may be limited to. */
const maximumClients = 1000;
/** How long a secret that was rotated may go on to open its token; the same limit as in ringfence.rotate_access_token. */
const maximumOverlapSeconds = 7 * 24 * 60 * 60;
const overlapRange = { message: `Must be between 0 and ${maximumOverlapSeconds}.` };

export enum AccessTokenState {
  ACTIVE = 'ACTIVE',
  EXPIRED = 'EXPIRED',
  REVOKED = 'REVOKED',
}

registerEnumType(AccessTokenState, {
  name: 'AccessTokenState',
  description: 'Whether an access token is in force.',
  valuesConfig: {
    ACTIVE: {
      description:
        'In force, as far as the member it belongs to is active; `effectivePermissions` say what it may do.',
    },
    EXPIRED: { description: 'Its time is over.' },
    REVOKED: { description: 'It was revoked; there is no way back.' },
  },
});

export enum AccessTokenOrder {
  CREATED_AT_ASC = 'CREATED_AT_ASC',
  CREATED_AT_DESC = 'CREATED_AT_DESC',
  EXPIRES_AT_ASC = 'EXPIRES_AT_ASC',
  EXPIRES_AT_DESC = 'EXPIRES_AT_DESC',
}

registerEnumType(AccessTokenOrder, {
  name: 'AccessTokenOrder',
  description: 'Order of a list of access tokens.',
  valuesConfig: {
    CREATED_AT_ASC: { description: 'Which was created first, first.' },
    CREATED_AT_DESC: { description: 'Which was created last, first.' },
    EXPIRES_AT_ASC: { description: 'Which expires first, first.' },
    EXPIRES_AT_DESC: { description: 'Which expires last, first.' },
  },
});

@InputType({ description: 'Which access tokens; all conditions together.' })
export class AccessTokenFilter {
  @Field(() => [AccessTokenState], { nullable: true, description: 'In one of these states.' })
  state?: AccessTokenState[] | null;

  @Field(() => ID, { nullable: true, description: 'Of this member.' })
  @Nullable()
  @Id()
  memberId?: string | null;
}

@ArgsType()
export class AccessTokensArgs extends PageArgs {
  @Field(() => AccessTokenFilter, { nullable: true, description: 'Which access tokens.' })
  @Nullable()
  @ValidateNested()
  filter?: AccessTokenFilter | null;

  @Field(() => AccessTokenOrder, {
    defaultValue: AccessTokenOrder.CREATED_AT_DESC,
    description: 'Order of the list.',
  })
  orderBy: AccessTokenOrder;
}

@ObjectType({ description: 'An access token in a list.', simpleResolvers: true })
export class AccessTokenEdge extends EdgeOf(AccessToken, 'access token') {}

@ObjectType({ description: 'A page of access tokens.', simpleResolvers: true })
export class AccessTokenConnection extends ConnectionOf(AccessToken, AccessTokenEdge, 'access tokens') {}

@InputType({ description: 'A new access token.' })
export class CreateAccessTokenInput {
  @Field(() => String, { description: 'What it is for, 1 to 200 characters.' })
  @Text({ maximum: 200 })
  name: string;

  @Field(() => [Permission], {
    description:
      'What it may do, of what one holds oneself; never MANAGE_MEMBERS, MANAGE_ACCESS_TOKENS or MANAGE_ACCOUNT.',
  })
  @ArrayMinSize(1, { message: 'Must be at least one permission.' })
  @ArrayMaxSize(maximumPermissions, { message: `Must be at most ${maximumPermissions} permissions.` })
  @check(
    (value) => Array.isArray(value) && !value.some((permission) => notForTokens.includes(permission)),
    'A token cannot manage members, access tokens or the account.',
  )
  permissions: Permission[];

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'For all clients, also those to come; needs access to all clients. Not with `clientIds`.',
  })
  allClients: boolean;

  @Field(() => [ID], {
    defaultValue: [],
    description: 'For these clients, 1,000 at most, within the own reach.',
  })
  @Ids(maximumClients)
  clientIds: string[];

  @Field(() => DateTime, { description: 'When it expires: a moment to come, 366 days from now at most.' })
  expiresAt: Date;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Whether it belongs to the account instead of oneself: it stays as it is whoever leaves. For owners.',
  })
  belongsToAccount: boolean;
}

@InputType({ description: 'An access token to which something is done.' })
export class AccessTokenInput {
  @Field(() => ID, { description: 'Which access token.' })
  @Id()
  id: string;
}

@InputType({ description: 'Changes to an access token; what it may do is decided when it is created.' })
export class UpdateAccessTokenInput extends AccessTokenInput {
  @Field(() => String, { description: 'What it is for, 1 to 200 characters.' })
  @Text({ maximum: 200 })
  name: string;
}

@InputType({ description: 'A new secret for an access token.' })
export class RotateAccessTokenInput extends AccessTokenInput {
  @Field(() => Int, {
    defaultValue: 0,
    description: 'For how many seconds the secret before goes on to work; seven days (604,800) at most.',
  })
  @Min(0, overlapRange)
  @Max(maximumOverlapSeconds, overlapRange)
  overlapSeconds: number;
}

@ObjectType({ simpleResolvers: true })
abstract class AccessTokenPayload {
  @Field(() => AccessToken, { description: 'The access token as it is now.' })
  accessToken: Deferred<AccessToken>;
}

@ObjectType({ simpleResolvers: true })
abstract class ShownAccessTokenPayload extends AccessTokenPayload {
  @Field(() => String, {
    nullable: true,
    description:
      'To be sent as `Authorization: Bearer …`. Shown this once and kept nowhere; null: it was shown before, under the same Idempotency-Key.',
  })
  token: ShownOnce | null;
}

@ObjectType({ description: 'Answer of `createAccessToken`.', simpleResolvers: true })
export class CreateAccessTokenPayload extends ShownAccessTokenPayload {}

@ObjectType({ description: 'Answer of `rotateAccessToken`.', simpleResolvers: true })
export class RotateAccessTokenPayload extends ShownAccessTokenPayload {}

@ObjectType({ description: 'Answer of `updateAccessToken`.', simpleResolvers: true })
export class UpdateAccessTokenPayload extends AccessTokenPayload {}

@ObjectType({ description: 'Answer of `revokeAccessToken`.', simpleResolvers: true })
export class RevokeAccessTokenPayload extends AccessTokenPayload {}
