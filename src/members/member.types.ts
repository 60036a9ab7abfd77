import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionOf, EdgeOf, PageArgs } from '../graphql/connection';
import type { Deferred } from '../graphql/deferred';
import { Id, Ids, Nullable, SearchText } from '../graphql/validation';
import { Member } from './member.entity';

export enum MemberRole {
  OWNER = 'OWNER',
  ADMIN = 'ADMIN',
  MEMBER = 'MEMBER',
}

registerEnumType(MemberRole, {
  name: 'MemberRole',
  description: 'Role of a member in the account.',
  valuesConfig: {
    OWNER: { description: 'May do everything; every account has one at least.' },
    ADMIN: { description: 'May do everything but name owners, change the plan and close the account.' },
    MEMBER: { description: 'May do what the permissions say.' },
  },
});

export enum AccessScope {
  ALL = 'ALL',
  ASSIGNED = 'ASSIGNED',
}

registerEnumType(AccessScope, {
  name: 'AccessScope',
  description: 'How far a member reaches.',
  valuesConfig: {
    ALL: { description: 'Everything of the account.' },
    ASSIGNED: { description: 'What is assigned to the member.' },
  },
});

export enum MemberStatus {
  ACTIVE = 'ACTIVE',
  INVITED = 'INVITED',
  DISABLED = 'DISABLED',
}

registerEnumType(MemberStatus, {
  name: 'MemberStatus',
  description: 'Whether a member can sign in.',
  valuesConfig: {
    ACTIVE: { description: 'Can sign in.' },
    INVITED: { description: 'Has not accepted the invitation yet.' },
    DISABLED: { description: 'Can no longer sign in.' },
  },
});

export enum MemberOrder {
  NAME_ASC = 'NAME_ASC',
  NAME_DESC = 'NAME_DESC',
  CREATED_AT_ASC = 'CREATED_AT_ASC',
  CREATED_AT_DESC = 'CREATED_AT_DESC',
}

registerEnumType(MemberOrder, {
  name: 'MemberOrder',
  description: 'Order of a list of members.',
  valuesConfig: {
    NAME_ASC: { description: 'By name, ignoring case.' },
    NAME_DESC: { description: 'By name, ignoring case, backwards.' },
    CREATED_AT_ASC: { description: 'Who joined first, first.' },
    CREATED_AT_DESC: { description: 'Who joined last, first.' },
  },
});

@InputType({ description: 'Which members; all conditions together.' })
export class MemberFilter {
  @Field(() => [MemberRole], { nullable: true, description: 'In one of these roles.' })
  role?: MemberRole[] | null;

  @Field(() => [MemberStatus], { nullable: true, description: 'In one of these states.' })
  status?: MemberStatus[] | null;
}

@ArgsType()
export class MembersArgs extends PageArgs {
  @Field(() => MemberFilter, {
    nullable: true,
    description: 'Which members. Without MANAGE_MEMBERS nobody but oneself is found by it.',
  })
  filter?: MemberFilter | null;

  @Field(() => String, { nullable: true, description: 'Part of the name or the job title, in any case.' })
  @Nullable()
  @SearchText()
  search?: string | null;

  @Field(() => MemberOrder, { defaultValue: MemberOrder.NAME_ASC, description: 'Order of the list.' })
  orderBy: MemberOrder;
}

@ObjectType({ description: 'A member in a list.', simpleResolvers: true })
export class MemberEdge extends EdgeOf(Member, 'member') {}

@ObjectType({ description: 'A page of members.', simpleResolvers: true })
export class MemberConnection extends ConnectionOf(Member, MemberEdge, 'members') {}

/** Clients that one call may assign or take away. */
export const maximumAssignments = 1000;

@InputType({ description: 'Clients for a member.' })
export class AssignClientsInput {
  @Field(() => ID, { description: 'Whose clients.' })
  @Id()
  memberId: string;

  @Field(() => [ID], {
    defaultValue: [],
    description: 'Clients to assign, 1,000 at most; those already assigned stay so.',
  })
  @Ids(maximumAssignments)
  add: string[];

  @Field(() => [ID], {
    defaultValue: [],
    description: 'Clients to take away, 1,000 at most; those not assigned are passed over.',
  })
  @Ids(maximumAssignments)
  remove: string[];
}

@ObjectType({ description: 'Answer of `assignClients`.', simpleResolvers: true })
export class AssignClientsPayload {
  @Field(() => Member, { description: 'The member as it is now.' })
  member: Deferred<Member>;
}
