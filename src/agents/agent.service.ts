import type { GraphQLResolveInfo } from 'graphql';
import { ClientStatus } from '../clients/client.entity';
import { selectList } from '../database/columns';
import { Conditions, containsPattern, phoneDigits } from '../database/conditions';
import { defineRowLoader, defineRowsLoader, defineValueLoader } from '../database/loaders';
import { defineOrderings, type Connection, type ListStatement } from '../database/paging';
import { conflict } from '../database/sql-errors';
import type { SealedKind } from '../database/transaction';
import type { RequestContext } from '../graphql/context';
import { notFound } from '../graphql/errors';
import { defineRow, pageOf } from '../graphql/reading';
import { saveConfiguration } from './agent-configuration.service';
import { AgentStay } from './agent-stay.entity';
import { Agent } from './agent.entity';
import {
  type AgentFilter,
  type AgentsArgs,
  type CreateAgentInput,
  type DeleteAgentInput,
  type DuplicateAgentInput,
  type MoveAgentInput,
  type UpdateAgentInput,
} from './agent.types';

const orderings = defineOrderings('agents', {
  NAME: { sortKey: 'a.sort_name', type: 'text' },
  CREATED_AT: { sortKey: 'a.created_at', type: 'timestamptz' },
});

export const agentById = defineRowLoader<Agent>(Agent, 'ringfence.agents');

export const phoneNumbersByAgentId = defineValueLoader<string[]>(
  [],
  'select array_agg(phone_number order by phone_number) from ringfence.agent_phone_numbers where agent_id = key',
);

/** The latest ones that the viewer sees; an agent that moves more often than this has no need to see them all. */
const shownStays = 100;

export const staysByAgentId = defineRowsLoader<AgentStay>(
  AgentStay,
  `from ringfence.agent_stays r where r.agent_id = key order by r.started_at desc nulls last, r.id desc limit ${shownStays}`,
);

/** One agent. NOT_FOUND. */
export const agent = defineRow(agentById);

export function agents(
  context: RequestContext,
  args: AgentsArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Agent>> {
  const { accountId, kind } = context.signedIn;
  const list = agentList(accountId, kind, args, info);
  const { clientId, clientStatus } = args.filter ?? {};
  const states = clientStatus ?? (clientId == null ? [ClientStatus.ACTIVE, ClientStatus.INACTIVE] : null);
  if (states !== null)
    list.conditions.add(`exists (select from ringfence.clients c where c.account_id = a.account_id
      and c.id = a.client_id and c.status = any (${list.conditions.bind(states)}))`);
  return pageOf(context, list, args, info);
}

/** The list of agents that fit, of whichever client. */
export function agentList(
  accountId: string,
  kind: SealedKind,
  args: Pick<AgentsArgs, 'filter' | 'search' | 'orderBy'>,
  info: GraphQLResolveInfo,
): ListStatement {
  return {
    select: selectList(Agent, 'a', kind, info),
    from: 'ringfence.agents a',
    id: 'a.id',
    conditions: agentConditions(accountId, args.filter ?? {}, args.search?.trim() ?? ''),
    ordering: orderings[args.orderBy],
  };
}

function agentConditions(accountId: string, filter: AgentFilter, search: string): Conditions {
  const conditions = new Conditions();
  conditions.add(`a.account_id = ${conditions.bind(accountId)}`);
  if (filter.clientId != null) conditions.add(`a.client_id = ${conditions.bind(filter.clientId)}`);
  if (filter.kind != null) conditions.add(`a.kind = any (${conditions.bind(filter.kind)})`);
  if (filter.status != null) conditions.add(`a.status = any (${conditions.bind(filter.status)})`);
  if (filter.isPublic != null) conditions.add(`a.is_public = ${conditions.bind(filter.isPublic)}`);
  if (filter.assignedTo != null)
    conditions.add(`exists (select from ringfence.agent_assignments s where s.account_id = a.account_id
      and s.client_id = a.client_id and s.stay_id = a.stay_id and s.member_id = ${conditions.bind(filter.assignedTo)})`);
  if (search !== '') {
    const matches = [`a.name ilike ${conditions.bind(containsPattern(search))}`];
    const digits = phoneDigits(search);
    if (digits !== null)
      matches.push(`exists (select from ringfence.agent_phone_numbers n where n.account_id = a.account_id
        and n.agent_id = a.id and n.phone_number like ${conditions.bind(containsPattern(digits))})`);
    conditions.add(`(${matches.join(' or ')})`);
  }
  return conditions;
}

/** Creates an agent and answers its id. VALIDATION_FAILED, FORBIDDEN, NOT_FOUND (clientId), CONFLICT (archived, phone number taken). */
export async function createAgent(context: RequestContext, input: CreateAgentInput): Promise<string> {
  const { clientId, name, kind, status, isPublic, phoneNumbers, configuration, advancedConfiguration } =
    input;
  const [created] = await context.transaction.query<{ id: string }>(
    'select ringfence.create_agent($1, $2, $3, $4, $5, $6) as id',
    [clientId, name, kind, status, isPublic, phoneNumbers],
  );
  if (created === undefined) throw notFound('clientId');
  if (configuration != null)
    await saveConfiguration(context, 'simple', created.id, configuration, 'input.configuration');
  if (advancedConfiguration != null)
    await saveConfiguration(
      context,
      'advanced',
      created.id,
      advancedConfiguration,
      'input.advancedConfiguration',
    );
  return created.id;
}

export async function updateAgent(context: RequestContext, input: UpdateAgentInput): Promise<void> {
  await context.transaction.query('select ringfence.update_agent($1, $2::jsonb, $3)', [
    input.id,
    JSON.stringify(input.changes),
    input.expectedVersion ?? null,
  ]);
}

/** Makes a new agent of another one, and answers its id. */
export async function duplicateAgent(
  context: RequestContext,
  { id, name, clientId = null }: DuplicateAgentInput,
): Promise<string> {
  const [copy] = await context.transaction.query<{ id: string }>(
    'select ringfence.duplicate_agent($1, $2, $3) as id',
    [id, clientId, name],
  );
  if (copy === undefined) throw notFound();
  return copy.id;
}

/** Moves an agent to another client. NOT_FOUND, FORBIDDEN, CONFLICT (archived, version, or portal users who are bound to it). */
export async function moveAgent(
  context: RequestContext,
  { id, clientId, portalUsers = null, expectedVersion = null }: MoveAgentInput,
): Promise<void> {
  await leave(context, 'select * from ringfence.move_agent($1, $2, $3, $4)', [
    id,
    clientId,
    portalUsers,
    expectedVersion,
  ]);
}

/** Deletes an agent; as moveAgent. */
export async function deleteAgent(
  context: RequestContext,
  { id, portalUsers = null, expectedVersion = null }: DeleteAgentInput,
): Promise<void> {
  await leave(context, 'select * from ringfence.delete_agent($1, $2, $3)', [
    id,
    portalUsers,
    expectedVersion,
  ]);
}

/** Those who are in the way are answered as rows, not raised: errors of Postgres are logged there, and names are nobody's there. */
async function leave(context: RequestContext, statement: string, values: unknown[]): Promise<void> {
  const bound = await context.transaction.query<{ portal_user_id: string; portal_user_name: string }>(
    statement,
    values,
  );
  if (bound.length > 0)
    throw conflict('PORTAL_USERS_BOUND', {
      portalUsers: bound.map((row) => ({ id: row.portal_user_id, name: row.portal_user_name })),
    });
}
