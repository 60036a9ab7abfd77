import type { GraphQLResolveInfo } from 'graphql';
import { selectList } from '../database/columns';
import { Conditions } from '../database/conditions';
import { defineRowsLoader, type ShapedLoader } from '../database/loaders';
import type { Connection, PageArguments } from '../database/paging';
import { SealedKind } from '../database/transaction';
import type { RequestContext } from '../graphql/context';
import { notFound } from '../graphql/errors';
import { definePageLoader } from '../graphql/page-loader';
import { pagesOf } from '../graphql/reading';
import { AgentConfiguration } from './agent-configuration.entity';
import type { RestoreAgentConfigurationInput } from './agent-configuration.types';
import { requireSettings, type Settings } from './agent-settings';

export type Part = 'simple' | 'advanced';

const tables: Record<Part, string> = {
  simple: 'ringfence.agent_configurations',
  advanced: 'ringfence.agent_advanced_configurations',
};

const latest = (part: Part): ShapedLoader<AgentConfiguration[]> =>
  defineRowsLoader<AgentConfiguration>(
    AgentConfiguration,
    `from ${tables[part]} r where r.agent_id = key order by r.number desc limit 1`,
  );
const latestByAgentId: Record<Part, ShapedLoader<AgentConfiguration[]>> = {
  simple: latest('simple'),
  advanced: latest('advanced'),
};

/** Portal users see no configurations; the database grants them none. */
function seesConfigurations({ signedIn }: RequestContext): boolean {
  return signedIn.kind !== SealedKind.PORTAL_USER;
}

/** What is in force for an agent; null: nothing was saved yet, or the viewer may not see it. */
export async function configuration(
  context: RequestContext,
  part: Part,
  agentId: string,
  info: GraphQLResolveInfo,
): Promise<AgentConfiguration | null> {
  if (!seesConfigurations(context)) return null;
  const [found] = await latestByAgentId[part](context.transaction, info).load(agentId);
  return found ?? null;
}

const versionPages = definePageLoader<AgentConfiguration, PageArguments & { part: Part }>(
  (context, agentIds, args, info) => {
    const { accountId, kind } = context.signedIn;
    const conditions = new Conditions();
    conditions.add(`v.account_id = ${conditions.bind(accountId)}`);
    const list = {
      select: selectList(AgentConfiguration, 'v', kind, info),
      from: `${tables[args.part]} v`,
      id: 'v.agent_id',
      parent: 'v.agent_id',
      conditions,
      ordering: {
        name: `configurations:${args.part}`,
        sortKey: 'v.number',
        type: 'bigint',
        direction: 'desc',
      } as const,
    };
    return pagesOf(context, list, args, agentIds);
  },
);

/** Saved versions of an agent's configuration, the latest first; null: the viewer sees none. */
export function configurationVersions(
  context: RequestContext,
  part: Part,
  agentId: string,
  page: PageArguments,
  info: GraphQLResolveInfo,
): Promise<Connection<AgentConfiguration>> | null {
  return seesConfigurations(context) ? versionPages(context, agentId, { ...page, part }, info) : null;
}

const saveStatements: Record<Part, string> = {
  simple: 'select ringfence.save_agent_configuration($1, $2::jsonb, $3)',
  advanced: 'select ringfence.save_advanced_agent_configuration($1, $2::jsonb, $3)',
};

/** Saves settings as the next version; unchanged ones make none. `field` is where they stand. VALIDATION_FAILED, FORBIDDEN, NOT_FOUND, CONFLICT. */
export async function saveConfiguration(
  context: RequestContext,
  part: Part,
  agentId: string,
  settings: Settings,
  field: string,
  expectedVersion: number | null = null,
): Promise<void> {
  requireSettings(part, settings, field);
  await context.transaction.query(saveStatements[part], [agentId, JSON.stringify(settings), expectedVersion]);
}

/**
 * Saves the settings of an earlier version again. VALIDATION_FAILED where they are not allowed any more, FORBIDDEN, NOT_FOUND
 * (id, version), CONFLICT.
 */
export async function restoreConfiguration(
  context: RequestContext,
  part: Part,
  { id, version, expectedVersion }: RestoreAgentConfigurationInput,
): Promise<void> {
  const [found] = await context.transaction.query<{ settings: Settings | null }>(
    `select v.settings from ringfence.agents a
     left join ${tables[part]} v on v.account_id = a.account_id and v.agent_id = a.id and v.number = $3
     where a.account_id = $1 and a.id = $2`,
    [context.signedIn.accountId, id, version],
  );
  if (found === undefined) throw notFound();
  if (found.settings === null) throw notFound('version');
  await saveConfiguration(context, part, id, found.settings, 'input.version', expectedVersion);
}
