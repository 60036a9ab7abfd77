// Who is on the team, and what they may do. Reading it is in member.resolver.ts.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { member } from './member.service';
import {
  changeMemberPassword,
  changeMemberStatus,
  createMember,
  removeMember,
  revokeMemberSessions,
  updateMember,
} from './team.service';
import {
  ActivateMemberPayload,
  ChangeMemberPasswordInput,
  ChangeMemberPasswordPayload,
  CreateMemberInput,
  CreateMemberPayload,
  DeactivateMemberPayload,
  MemberInput,
  RemoveMemberInput,
  RemoveMemberPayload,
  RevokeMemberSessionsPayload,
  UpdateMemberInput,
  UpdateMemberPayload,
} from './team.types';

@Resolver()
export class TeamResolver {
  @Mutation(() => CreateMemberPayload, {
    description:
      'Adds a member who signs in with a password; nobody is notified. Needs MANAGE_MEMBERS, and whatever is given: FORBIDDEN. ' +
      'VALIDATION_FAILED, EMAIL_TAKEN, NOT_FOUND (clients).',
  })
  createMember(
    @Arg('input', () => CreateMemberInput, { description: 'The member.' }) input: CreateMemberInput,
    @Ctx() context: RequestContext,
  ): Change<CreateMemberPayload> {
    return change(
      () => createMember(context, input),
      (id) => ({ member: deferred((info) => member(context, id, info)) }),
    );
  }

  @Mutation(() => UpdateMemberPayload, {
    description:
      'Edits a member. Needs MANAGE_MEMBERS, everything that the member holds, and whatever is given: FORBIDDEN. ' +
      'Whoever changes their own role or client access refreshes the session before reading the answer. ' +
      'VALIDATION_FAILED, NOT_FOUND, CONFLICT (another version), LAST_OWNER.',
  })
  updateMember(
    @Arg('input', () => UpdateMemberInput, { description: 'Which member, and what to change.' })
    input: UpdateMemberInput,
    @Ctx() context: RequestContext,
  ): Change<UpdateMemberPayload> {
    return change(
      () => updateMember(context, input),
      () => ({ member: deferred((info) => member(context, input.id, info)) }),
    );
  }

  @Mutation(() => DeactivateMemberPayload, {
    description:
      'Lets a member no longer sign in and ends their sessions; nothing is lost. Needs MANAGE_MEMBERS, and everything that the member holds. ' +
      'NOT_FOUND, FORBIDDEN, CONFLICT (oneself), LAST_OWNER.',
  })
  deactivateMember(
    @Arg('input', () => MemberInput, { description: 'Which member.' }) input: MemberInput,
    @Ctx() context: RequestContext,
  ): Change<DeactivateMemberPayload> {
    return change(
      () => changeMemberStatus(context, input.id, 'DISABLED'),
      () => ({ member: deferred((info) => member(context, input.id, info)) }),
    );
  }

  @Mutation(() => ActivateMemberPayload, {
    description:
      'Lets a deactivated member sign in again. Needs MANAGE_MEMBERS, and everything that the member holds. NOT_FOUND, FORBIDDEN, CONFLICT (oneself).',
  })
  activateMember(
    @Arg('input', () => MemberInput, { description: 'Which member.' }) input: MemberInput,
    @Ctx() context: RequestContext,
  ): Change<ActivateMemberPayload> {
    return change(
      () => changeMemberStatus(context, input.id, 'ACTIVE'),
      () => ({ member: deferred((info) => member(context, input.id, info)) }),
    );
  }

  @Mutation(() => ChangeMemberPasswordPayload, {
    description:
      "Sets somebody else's password and ends their sessions. Needs MANAGE_MEMBERS, and everything that the member holds. " +
      'VALIDATION_FAILED, NOT_FOUND, FORBIDDEN, CONFLICT (oneself: `changeMyPassword`).',
  })
  changeMemberPassword(
    @Arg('input', () => ChangeMemberPasswordInput, { description: 'Whose password, and which.' })
    input: ChangeMemberPasswordInput,
    @Ctx() context: RequestContext,
  ): Change<ChangeMemberPasswordPayload> {
    return change(
      () => changeMemberPassword(context, input),
      () => ({ member: deferred((info) => member(context, input.id, info)) }),
    );
  }

  @Mutation(() => RemoveMemberPayload, {
    description:
      'Removes a member for good, with login, sessions, permissions and assignments. Clients and organizations they looked after are kept, ' +
      'without an account manager; the audit log keeps the name. Needs MANAGE_MEMBERS, and everything that the member holds. ' +
      'NOT_FOUND (also whoever gets the tokens), FORBIDDEN, CONFLICT (oneself), LAST_OWNER.',
  })
  removeMember(
    @Arg('input', () => RemoveMemberInput, {
      description: 'Which member, and what becomes of their access tokens.',
    })
    input: RemoveMemberInput,
    @Ctx() context: RequestContext,
  ): Change<RemoveMemberPayload> {
    return change(
      () => removeMember(context, input),
      (accessTokens) => ({ removedId: input.id, accessTokens }),
    );
  }

  @Mutation(() => RevokeMemberSessionsPayload, {
    description:
      'Ends all sessions of a member, who can sign in again. Needs MANAGE_MEMBERS, and everything that the member holds. NOT_FOUND, FORBIDDEN.',
  })
  revokeMemberSessions(
    @Arg('input', () => MemberInput, { description: 'Whose sessions.' }) input: MemberInput,
    @Ctx() context: RequestContext,
  ): Change<RevokeMemberSessionsPayload> {
    return change(
      () => revokeMemberSessions(context, input.id),
      (revoked) => ({ revoked }),
    );
  }
}
