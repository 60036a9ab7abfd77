// Which agents a member is assigned to.
import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import { Reads } from '../database/columns';
import { defineValueLoader } from '../database/loaders';
import { change, Change } from '../graphql/change';
import { RequestContext } from '../graphql/context';
import { deferred, type Deferred } from '../graphql/deferred';
import { Id, Ids } from '../graphql/validation';
import { Member } from '../members/member.entity';
import { accessByMemberId, member } from '../members/member.service';
import { maximumAssignments } from '../members/member.types';

@InputType({ description: 'Agents for a member.' })
export class AssignAgentsInput {
  @Field(() => ID, { description: 'Whose agents.' })
  @Id()
  memberId: string;

  @Field(() => [ID], {
    defaultValue: [],
    description: 'Agents to assign, 1,000 at most; those assigned already stay so.',
  })
  @Ids(maximumAssignments)
  add: string[];

  @Field(() => [ID], {
    defaultValue: [],
    description:
      'Agents to take away, 1,000 at most, with what they did for clients that they worked for before; those not assigned are passed over.',
  })
  @Ids(maximumAssignments)
  remove: string[];
}

@ObjectType({ description: 'Answer of `assignAgents`.', simpleResolvers: true })
export class AssignAgentsPayload {
  @Field(() => Member, { description: 'The member as it is now.' })
  member: Deferred<Member>;
}

/** Agents assigned to a member that are where they were assigned, as far as the viewer sees them. */
const assignedAgentIdsByMemberId = defineValueLoader<string[]>(
  [],
  `select array_agg(a.id order by a.id) from ringfence.agent_assignments s
   join ringfence.agents a on a.account_id = s.account_id and a.client_id = s.client_id and a.stay_id = s.stay_id
   where s.member_id = key`,
);

@Resolver(() => Member)
export class AssignedAgentsResolver {
  @Mutation(() => AssignAgentsPayload, {
    description:
      'Gives agents to a member and takes others away; a member with agent access ASSIGNED sees these, of the clients within reach. ' +
      'Needs MANAGE_MEMBERS, and the agents within the own reach. NOT_FOUND.',
  })
  assignAgents(
    @Arg('input', () => AssignAgentsInput, { description: 'Whose agents, and which.' })
    { memberId, add, remove }: AssignAgentsInput,
    @Ctx() context: RequestContext,
  ): Change<AssignAgentsPayload> {
    return change(
      async () => {
        await context.transaction.query('select ringfence.assign_agents($1, $2, $3)', [
          memberId,
          add,
          remove,
        ]);
      },
      () => ({ member: deferred((info) => member(context, memberId, info)) }),
    );
  }

  @FieldResolver(() => [ID], {
    nullable: true,
    description:
      'Agents assigned to them, as far as the viewer sees those; null without MANAGE_MEMBERS, but for oneself. ' +
      '`agents(filter: { assignedTo })` lists them.',
  })
  @Reads()
  async assignedAgentIds(@Root() { id }: Member, @Ctx() context: RequestContext): Promise<string[] | null> {
    const [access, agentIds] = await Promise.all([
      accessByMemberId(context.transaction).load(id),
      assignedAgentIdsByMemberId(context.transaction).load(id),
    ]);
    return access === null ? null : agentIds;
  }
}
