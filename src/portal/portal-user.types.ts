import { VersionedInput } from '../graphql/subject-input';
import { ValidateNested } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionOf, EdgeOf, PageArgs } from '../graphql/connection';
import type { Deferred } from '../graphql/deferred';
import { check, Email, Id, Ids, NotNull, Nullable, SearchText, Text } from '../graphql/validation';
import { PortalUser, PortalUserStatus } from './portal-user.entity';

const passwordRules =
  "at least the account's `passwordMinimum` characters, at most 128, of any script, and none of the most common ones.";

export enum PortalUserOrder {
  NAME_ASC = 'NAME_ASC',
  NAME_DESC = 'NAME_DESC',
  CREATED_AT_ASC = 'CREATED_AT_ASC',
  CREATED_AT_DESC = 'CREATED_AT_DESC',
}

registerEnumType(PortalUserOrder, {
  name: 'PortalUserOrder',
  description: 'Order of a list of portal users.',
  valuesConfig: {
    NAME_ASC: { description: 'By name, ignoring case.' },
    NAME_DESC: { description: 'By name, ignoring case, backwards.' },
    CREATED_AT_ASC: { description: 'Who was added first, first.' },
    CREATED_AT_DESC: { description: 'Who was added last, first.' },
  },
});

@InputType({ description: 'Which portal users; all conditions together.' })
export class PortalUserFilter {
  @Field(() => ID, { nullable: true, description: 'Of this client.' })
  @Nullable()
  @Id()
  clientId?: string | null;

  @Field(() => [PortalUserStatus], { nullable: true, description: 'In one of these states.' })
  status?: PortalUserStatus[] | null;
}

@ArgsType()
export class PortalUsersArgs extends PageArgs {
  @Field(() => PortalUserFilter, { nullable: true, description: 'Which portal users.' })
  @Nullable()
  @ValidateNested()
  filter?: PortalUserFilter | null;

  @Field(() => String, { nullable: true, description: 'Part of the name, in any case.' })
  @Nullable()
  @SearchText()
  search?: string | null;

  @Field(() => PortalUserOrder, { defaultValue: PortalUserOrder.NAME_ASC, description: 'Order of the list.' })
  orderBy: PortalUserOrder;
}

@ObjectType({ description: 'A portal user in a list.', simpleResolvers: true })
export class PortalUserEdge extends EdgeOf(PortalUser, 'portal user') {}

@ObjectType({ description: 'A page of portal users.', simpleResolvers: true })
export class PortalUserConnection extends ConnectionOf(PortalUser, PortalUserEdge, 'portal users') {}

/** Agents that one portal user is bound to at most. */
const maximumBoundAgents = 100;

/** Which agents they see, wherever it is said. */
export function AgentIds(): PropertyDecorator {
  return (target, property) => {
    Field(() => [ID], {
      nullable: true,
      description:
        `Agents that they see, and nothing of others: at least one, ${maximumBoundAgents} at most, of their client, within the own reach, and ` +
        'not public. Null: all of the client, which one must see oneself.',
    })(target, property);
    Nullable()(target, property);
    check((value) => !Array.isArray(value) || value.length > 0, 'Must name at least one.')(target, property);
    Ids(maximumBoundAgents)(target, property);
  };
}

/** What they may see beyond their client, where somebody is added. */
@InputType()
export abstract class PortalUserRights {
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether they hear recordings. Needs VIEW_RECORDINGS.',
  })
  viewsRecordings: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether they see billable time. Needs VIEW_BILLABLE_MINUTES.',
  })
  viewsBillableMinutes: boolean;
}

@InputType({ description: "A new portal user's login." })
export class PortalLoginInput extends PortalUserRights {
  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  @Text({ maximum: 200 })
  name: string;

  @Field(() => String, { description: 'Email to sign in with, unique in the account.' })
  @Email()
  email: string;

  @Field(() => String, { description: `Password: ${passwordRules}` })
  password: string;
}

@InputType({ description: 'A new portal user, who signs in with a password.' })
export class CreatePortalUserInput extends PortalLoginInput {
  @Field(() => ID, { description: 'Of which client.' })
  @Id()
  clientId: string;

  @AgentIds()
  agentIds?: string[] | null;
}

@InputType({ description: 'What to change about a portal user: left out means unchanged.' })
export class PortalUserChanges {
  @Field(() => String, { nullable: true, description: 'Name, 1 to 200 characters; cannot be cleared.' })
  @Text({ maximum: 200 })
  name?: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Email to sign in with; cannot be cleared. Ends their sessions, and voids an invitation that was not accepted.',
  })
  @Email()
  email?: string;

  @Field(() => String, {
    nullable: true,
    description: `Password; cannot be cleared. Ends their sessions. ${passwordRules}`,
  })
  @NotNull()
  password?: string;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether they hear recordings; cannot be cleared. Needs VIEW_RECORDINGS.',
  })
  @NotNull()
  viewsRecordings?: boolean;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether they see billable time; cannot be cleared. Needs VIEW_BILLABLE_MINUTES.',
  })
  @NotNull()
  viewsBillableMinutes?: boolean;

  @AgentIds()
  agentIds?: string[] | null;
}

@InputType({ description: 'Changes to a portal user.' })
export class UpdatePortalUserInput extends VersionedInput('portal user') {
  @Field(() => PortalUserChanges, { description: 'What to change.' })
  @ValidateNested()
  changes: PortalUserChanges;
}

@InputType({ description: 'A portal user to whom something is done.' })
export class PortalUserInput {
  @Field(() => ID, { description: 'Which portal user.' })
  @Id()
  id: string;
}

@ObjectType({ simpleResolvers: true })
abstract class PortalUserPayload {
  @Field(() => PortalUser, { description: 'The portal user as it is now.' })
  portalUser: Deferred<PortalUser>;
}

@ObjectType({ description: 'Answer of `createPortalUser`.', simpleResolvers: true })
export class CreatePortalUserPayload extends PortalUserPayload {}

@ObjectType({ description: 'Answer of `updatePortalUser`.', simpleResolvers: true })
export class UpdatePortalUserPayload extends PortalUserPayload {}

@ObjectType({ description: 'Answer of `deletePortalUser`.', simpleResolvers: true })
export class DeletePortalUserPayload {
  @Field(() => ID, { description: 'The portal user who was deleted.' })
  deletedId: string;
}

@ObjectType({ description: 'Answer of `revokePortalUserSessions`.', simpleResolvers: true })
export class RevokePortalUserSessionsPayload {
  @Field(() => Int, { description: 'How many sessions were ended.' })
  revoked: number;
}
