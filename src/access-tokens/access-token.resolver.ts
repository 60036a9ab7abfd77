import { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Reads } from '../database/columns';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { idArgument } from '../graphql/validation';
import { Member } from '../members/member.entity';
import { memberById } from '../members/member.service';
import { Permission } from '../members/permission';
import { AccessToken } from './access-token.entity';
import {
  accessToken,
  accessTokens,
  clientIdsByAccessTokenId,
  createAccessToken,
  effectivePermissionsByAccessTokenId,
  permissionsByAccessTokenId,
  renameAccessToken,
  revokeAccessToken,
  rotateAccessToken,
  stateOf,
} from './access-token.service';
import {
  AccessTokenConnection,
  AccessTokenInput,
  AccessTokensArgs,
  AccessTokenState,
  CreateAccessTokenInput,
  CreateAccessTokenPayload,
  RevokeAccessTokenPayload,
  RotateAccessTokenInput,
  RotateAccessTokenPayload,
  UpdateAccessTokenInput,
  UpdateAccessTokenPayload,
} from './access-token.types';
import { tokenPrefix } from './token-text';

@Resolver(() => AccessToken)
export class AccessTokenResolver {
  @Query(() => AccessToken, {
    nullable: true,
    description: 'An access token. Needs MANAGE_ACCESS_TOKENS. NOT_FOUND.',
  })
  accessToken(
    @Arg('id', () => ID, { description: 'Which access token.', validateFn: idArgument }) id: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AccessToken> {
    return accessToken(context, id, info);
  }

  @Query(() => AccessTokenConnection, {
    description:
      'Access tokens: one’s own; to owners and administrators, all of the account. Needs MANAGE_ACCESS_TOKENS.',
  })
  accessTokens(
    @Args(() => AccessTokensArgs) args: AccessTokensArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AccessTokenConnection> {
    return accessTokens(context, args, info);
  }

  @Mutation(() => CreateAccessTokenPayload, {
    description:
      'Creates an access token for a program. Needs MANAGE_ACCESS_TOKENS, and whatever the token is given: FORBIDDEN. ' +
      'VALIDATION_FAILED, NOT_FOUND (clients).',
  })
  createAccessToken(
    @Arg('input', () => CreateAccessTokenInput, { description: 'The access token.' })
    input: CreateAccessTokenInput,
    @Ctx() context: RequestContext,
  ): Change<CreateAccessTokenPayload> {
    return change(
      () => createAccessToken(context, input),
      ({ id, token }) => ({ accessToken: deferred((info) => accessToken(context, id, info)), token }),
    );
  }

  @Mutation(() => UpdateAccessTokenPayload, {
    description: 'Names an access token. Needs MANAGE_ACCESS_TOKENS. VALIDATION_FAILED, NOT_FOUND.',
  })
  updateAccessToken(
    @Arg('input', () => UpdateAccessTokenInput, { description: 'Which access token, and its name.' })
    input: UpdateAccessTokenInput,
    @Ctx() context: RequestContext,
  ): Change<UpdateAccessTokenPayload> {
    return change(
      () => renameAccessToken(context, input.id, input.name),
      () => ({ accessToken: deferred((info) => accessToken(context, input.id, info)) }),
    );
  }

  @Mutation(() => RotateAccessTokenPayload, {
    description:
      'Gives an access token another secret; the one before goes on to work for a while, if that is asked for. For the member it belongs to, ' +
      "and owners where it is the account's: FORBIDDEN. VALIDATION_FAILED, NOT_FOUND, CONFLICT (revoked or expired).",
  })
  rotateAccessToken(
    @Arg('input', () => RotateAccessTokenInput, {
      description: 'Which access token, and how long both work.',
    })
    input: RotateAccessTokenInput,
    @Ctx() context: RequestContext,
  ): Change<RotateAccessTokenPayload> {
    return change(
      () => rotateAccessToken(context, input),
      (token) => ({ accessToken: deferred((info) => accessToken(context, input.id, info)), token }),
    );
  }

  @Mutation(() => RevokeAccessTokenPayload, {
    description:
      'Revokes an access token: it opens nothing from the next request on. What is revoked stays so. Needs MANAGE_ACCESS_TOKENS. NOT_FOUND.',
  })
  revokeAccessToken(
    @Arg('input', () => AccessTokenInput, { description: 'Which access token.' }) input: AccessTokenInput,
    @Ctx() context: RequestContext,
  ): Change<RevokeAccessTokenPayload> {
    return change(
      () => revokeAccessToken(context, input.id),
      () => ({ accessToken: deferred((info) => accessToken(context, input.id, info)) }),
    );
  }

  @FieldResolver(() => String, {
    description: 'How its text begins, by which it can be told; the rest is shown once and kept nowhere.',
  })
  @Reads()
  prefix(@Root() { id }: AccessToken): string {
    return tokenPrefix(id);
  }

  @FieldResolver(() => AccessTokenState, { description: 'Whether it is in force.' })
  @Reads('revokedAt', 'expiresAt')
  state(@Root() token: AccessToken): AccessTokenState {
    return stateOf(token);
  }

  @FieldResolver(() => [Permission], { description: 'What it was given.' })
  @Reads()
  permissions(@Root() { id }: AccessToken, @Ctx() context: RequestContext): Promise<Permission[]> {
    return permissionsByAccessTokenId(context.transaction).load(id);
  }

  @FieldResolver(() => [Permission], {
    description:
      'What it may do now: of what it was given, what its member holds. Empty also where it opens nothing: it is revoked or expired, ' +
      'its member is not active, or it is limited to clients of which none is left or all are archived.',
  })
  @Reads()
  effectivePermissions(@Root() { id }: AccessToken, @Ctx() context: RequestContext): Promise<Permission[]> {
    return effectivePermissionsByAccessTokenId(context.transaction).load(id);
  }

  @FieldResolver(() => [ID], {
    nullable: true,
    description: 'Clients that it is for, as far as the viewer reaches them; null: it is for all clients.',
  })
  @Reads('allClients')
  async clientIds(
    @Root() { id, allClients }: AccessToken,
    @Ctx() context: RequestContext,
  ): Promise<string[] | null> {
    return allClients ? null : clientIdsByAccessTokenId(context.transaction).load(id);
  }

  @FieldResolver(() => Member, { nullable: true, description: 'Whose it is; null: the account’s.' })
  @Reads('memberId')
  member(
    @Root() { memberId }: AccessToken,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Member | null> | null {
    return memberId === null ? null : memberById(context.transaction, info).load(memberId);
  }

  @FieldResolver(() => Member, {
    nullable: true,
    description: 'Who created it; null: somebody who is no longer on the team.',
  })
  @Reads('createdById')
  createdBy(
    @Root() { createdById }: AccessToken,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Member | null> | null {
    return createdById === null ? null : memberById(context.transaction, info).load(createdById);
  }
}
