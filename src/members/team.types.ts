import { VersionedInput } from '../graphql/subject-input';
import { ArrayMaxSize, ValidateNested } from 'class-validator';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Deferred } from '../graphql/deferred';
import { Email, Id, Ids, NotNull, Nullable, Text } from '../graphql/validation';
import { Member } from './member.entity';
import { AccessScope, maximumAssignments, MemberRole } from './member.types';
import { Permission } from './permission';
import { ProfileChanges } from './profile.types';

const maximumPermissions = Object.keys(Permission).length;
const tooMany = { message: `Must be at most ${maximumPermissions} permissions.` };

/** Who joins the team, and what they may do. */
@InputType()
export abstract class NewMember {
  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  @Text({ maximum: 200 })
  name: string;

  @Field(() => String, { nullable: true, description: 'Job title, up to 200 characters; null: none.' })
  @Nullable()
  @Text({ maximum: 200 })
  jobTitle?: string | null;

  @Field(() => String, { description: 'Email to sign in with. It never changes.' })
  @Email()
  email: string;

  @Field(() => MemberRole, { defaultValue: MemberRole.MEMBER, description: 'Role in the account.' })
  role: MemberRole;

  @Field(() => [Permission], {
    defaultValue: [Permission.VIEW_CLIENTS],
    description: 'What the member may do; owners and administrators hold every permission.',
  })
  @ArrayMaxSize(maximumPermissions, tooMany)
  permissions: Permission[];

  @Field(() => AccessScope, {
    defaultValue: AccessScope.ASSIGNED,
    description: 'Which clients the member reaches; owners and administrators reach all.',
  })
  clientAccess: AccessScope;

  @Field(() => [ID], {
    defaultValue: [],
    description: 'Clients to assign, 1,000 at most, within the own reach.',
  })
  @Ids(maximumAssignments)
  clientIds: string[];

  @Field(() => AccessScope, {
    defaultValue: AccessScope.ASSIGNED,
    description: 'Which agents of those clients the member reaches.',
  })
  agentAccess: AccessScope;

  @Field(() => [ID], {
    defaultValue: [],
    description: 'Agents to assign, 1,000 at most, within the own reach; `assignAgents` changes them later.',
  })
  @Ids(maximumAssignments)
  agentIds: string[];
}

@InputType({ description: 'A new member, who signs in with a password.' })
export class CreateMemberInput extends NewMember {
  @Field(() => String, {
    description:
      "Password: at least the account's `passwordMinimum` characters, at most 128, of any script, and none of the most common ones.",
  })
  password: string;
}

@InputType({
  description: 'What to change about a member: left out means unchanged. The email never changes.',
})
export class MemberChanges extends ProfileChanges {
  @Field(() => MemberRole, {
    nullable: true,
    description:
      'Role in the account; cannot be cleared. Who is no longer owner or administrator reaches assigned clients, unless `clientAccess` says otherwise.',
  })
  @NotNull()
  role?: MemberRole;

  @Field(() => [Permission], {
    nullable: true,
    description: 'All of the permissions; cannot be cleared, but empty.',
  })
  @NotNull()
  @ArrayMaxSize(maximumPermissions, tooMany)
  permissions?: Permission[];

  @Field(() => AccessScope, {
    nullable: true,
    description: 'Which clients the member reaches; cannot be cleared. Owners and administrators reach all.',
  })
  @NotNull()
  clientAccess?: AccessScope;

  @Field(() => AccessScope, {
    nullable: true,
    description: 'Which agents of those clients the member reaches; cannot be cleared.',
  })
  @NotNull()
  agentAccess?: AccessScope;
}

@InputType({ description: 'Changes to a member.' })
export class UpdateMemberInput extends VersionedInput('member') {
  @Field(() => MemberChanges, { description: 'What to change.' })
  @ValidateNested()
  changes: MemberChanges;
}

@InputType({ description: 'A member to whom something is done.' })
export class MemberInput {
  @Field(() => ID, { description: 'Which member.' })
  @Id()
  id: string;
}

@InputType({ description: 'A member to remove.' })
export class RemoveMemberInput extends MemberInput {
  @Field(() => ID, {
    nullable: true,
    description:
      'Who gets their access tokens: oneself, or an active member who holds and reaches no more than one does oneself. A token does no more then ' +
      'than it could before. Null: the tokens are revoked, and removed with the member.',
  })
  @Nullable()
  @Id()
  transferTokensTo?: string | null;
}

@InputType({ description: 'A new password for a member.' })
export class ChangeMemberPasswordInput extends MemberInput {
  @Field(() => String, { description: 'The new password; the same rules as for a new member.' })
  password: string;
}

@ObjectType({ simpleResolvers: true })
abstract class MemberPayload {
  @Field(() => Member, { description: 'The member as it is now.' })
  member: Deferred<Member>;
}

@ObjectType({ description: 'Answer of `createMember`.', simpleResolvers: true })
export class CreateMemberPayload extends MemberPayload {}

@ObjectType({ description: 'Answer of `updateMember`.', simpleResolvers: true })
export class UpdateMemberPayload extends MemberPayload {}

@ObjectType({ description: 'Answer of `deactivateMember`.', simpleResolvers: true })
export class DeactivateMemberPayload extends MemberPayload {}

@ObjectType({ description: 'Answer of `activateMember`.', simpleResolvers: true })
export class ActivateMemberPayload extends MemberPayload {}

@ObjectType({ description: 'Answer of `changeMemberPassword`.', simpleResolvers: true })
export class ChangeMemberPasswordPayload extends MemberPayload {}

@ObjectType({ description: 'An access token of a member who was removed.', simpleResolvers: true })
export class RemovedMemberAccessToken {
  @Field(() => ID, { description: 'Identifies the access token.' })
  id: string;

  @Field(() => String, { description: 'What it was for.' })
  name: string;
}

@ObjectType({ description: 'Answer of `removeMember`.', simpleResolvers: true })
export class RemoveMemberPayload {
  @Field(() => ID, { description: 'The member who was removed.' })
  removedId: string;

  @Field(() => [RemovedMemberAccessToken], {
    description: 'The access tokens that were theirs: transferred, or revoked and removed, as was asked for.',
  })
  accessTokens: RemovedMemberAccessToken[];
}

@ObjectType({ description: 'Answer of `revokeMemberSessions`.', simpleResolvers: true })
export class RevokeMemberSessionsPayload {
  @Field(() => Int, { description: 'How many sessions were ended.' })
  revoked: number;
}
