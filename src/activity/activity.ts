// What calls and conversations have in common: they are what agents did.
import { Field, ID, InputType } from 'type-graphql';
import type { Conditions } from '../database/conditions';
import { Id, Nullable } from '../graphql/validation';

/** Whose activity. */
@InputType()
export abstract class ActivityFilter {
  @Field(() => ID, { nullable: true, description: 'Of this client.' })
  @Nullable()
  @Id()
  clientId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of this agent, also of those that were deleted.' })
  @Nullable()
  @Id()
  agentId?: string | null;
}

/** The name that an agent had, or has, with the client that a row belongs to: of its stay, which is seen whenever the row is. */
export const agentNameOf = (row: string) =>
  `(select s.agent_name from ringfence.agent_stays s where s.account_id = ${row}.account_id and s.id = ${row}.stay_id)`;

/** What narrows a list to an agent: its stays that the viewer sees. */
export function onlyOfAgent(
  conditions: Conditions,
  accountId: string,
  agentId: string | null | undefined,
): { onlyStays?: string } {
  if (agentId == null) return {};
  return {
    onlyStays: `array(select s.id from ringfence.agent_stays s
      where s.account_id = ${conditions.bind(accountId)} and s.agent_id = ${conditions.bind(agentId)})`,
  };
}
