import { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Reads } from '../database/columns';
import { change, Change } from '../graphql/change';
import { deferred } from '../graphql/deferred';
import { RequestContext } from '../graphql/context';
import { initialsOf } from '../graphql/initials';
import { idArgument } from '../graphql/validation';
import { Member } from './member.entity';
import {
  accessByMemberId,
  assignClients,
  assignedClientIdsByMemberId,
  emailByMemberId,
  member,
  members,
  permissionsByMemberId,
} from './member.service';
import {
  AccessScope,
  AssignClientsInput,
  AssignClientsPayload,
  MemberConnection,
  MemberRole,
  MembersArgs,
  MemberStatus,
} from './member.types';
import { Permission } from './permission';

@Resolver(() => Member)
export class MemberResolver {
  @Query(() => Member, { nullable: true, description: 'A member of the team. NOT_FOUND.' })
  member(
    @Arg('id', () => ID, { description: 'Which member.', validateFn: idArgument }) id: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Member> {
    return member(context, id, info);
  }

  @Query(() => MemberConnection, { description: 'The team of the account.' })
  members(
    @Args(() => MembersArgs) args: MembersArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<MemberConnection> {
    return members(context, args, info);
  }

  @Mutation(() => AssignClientsPayload, {
    description:
      'Gives clients to a member and takes others away. Needs MANAGE_MEMBERS, and the clients within the own reach. NOT_FOUND.',
  })
  assignClients(
    @Arg('input', () => AssignClientsInput, { description: 'Whose clients, and which.' })
    input: AssignClientsInput,
    @Ctx() context: RequestContext,
  ): Change<AssignClientsPayload> {
    return change(
      () => assignClients(context, input),
      () => ({ member: deferred((info) => member(context, input.memberId, info)) }),
    );
  }

  @FieldResolver(() => String, {
    description: 'First letters of the first and last word of the name, in capitals.',
  })
  @Reads('name')
  initials(@Root() { name }: Member): string {
    return initialsOf(name);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Email to sign in with; null without MANAGE_MEMBERS, but for oneself.',
  })
  @Reads()
  email(@Root() { id }: Member, @Ctx() context: RequestContext): Promise<string | null> {
    return emailByMemberId(context.transaction).load(id);
  }

  @FieldResolver(() => MemberRole, {
    nullable: true,
    description: 'Role; null without MANAGE_MEMBERS, but for oneself.',
  })
  @Reads()
  async role(@Root() { id }: Member, @Ctx() context: RequestContext): Promise<MemberRole | null> {
    return (await accessByMemberId(context.transaction).load(id))?.role ?? null;
  }

  @FieldResolver(() => MemberStatus, {
    nullable: true,
    description: 'Whether they can sign in; null without MANAGE_MEMBERS, but for oneself.',
  })
  @Reads()
  async status(@Root() { id }: Member, @Ctx() context: RequestContext): Promise<MemberStatus | null> {
    return (await accessByMemberId(context.transaction).load(id))?.status ?? null;
  }

  @FieldResolver(() => AccessScope, {
    nullable: true,
    description: 'Which clients they reach; null without MANAGE_MEMBERS, but for oneself.',
  })
  @Reads()
  async clientAccess(@Root() { id }: Member, @Ctx() context: RequestContext): Promise<AccessScope | null> {
    return (await accessByMemberId(context.transaction).load(id))?.clientAccess ?? null;
  }

  @FieldResolver(() => AccessScope, {
    nullable: true,
    description: 'Which agents they reach; null without MANAGE_MEMBERS, but for oneself.',
  })
  @Reads()
  async agentAccess(@Root() { id }: Member, @Ctx() context: RequestContext): Promise<AccessScope | null> {
    return (await accessByMemberId(context.transaction).load(id))?.agentAccess ?? null;
  }

  @FieldResolver(() => [Permission], {
    nullable: true,
    description:
      'What they may do; null without MANAGE_MEMBERS, but for oneself. Owners and administrators hold every permission.',
  })
  @Reads()
  async permissions(@Root() { id }: Member, @Ctx() context: RequestContext): Promise<Permission[] | null> {
    const [access, permissions] = await Promise.all([
      accessByMemberId(context.transaction).load(id),
      permissionsByMemberId(context.transaction).load(id),
    ]);
    if (access === null) return null;
    return access.role === MemberRole.MEMBER ? (permissions as Permission[]) : Object.values(Permission);
  }

  @FieldResolver(() => [ID], {
    nullable: true,
    description:
      'Clients assigned to them, as far as the viewer reaches those; null without MANAGE_MEMBERS, but for oneself.',
  })
  @Reads()
  async assignedClientIds(@Root() { id }: Member, @Ctx() context: RequestContext): Promise<string[] | null> {
    const [access, clientIds] = await Promise.all([
      accessByMemberId(context.transaction).load(id),
      assignedClientIdsByMemberId(context.transaction).load(id),
    ]);
    return access === null ? null : clientIds;
  }
}
