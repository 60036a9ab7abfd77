import { selectList } from '../../src/database/columns';
import { defineLoader } from '../../src/database/loaders';
import { Agent } from './agent.entity';

/** The agents of a client, by name. */
export const agentsByClientId = defineLoader<Agent[]>([], async (transaction, ids) => {
  const rows = await transaction.query<Agent>(
    `select ${selectList(Agent, 'a')} from ringfence.agents a where a.client_id = any ($1) order by a.name, a.id`,
    [ids],
  );
  const agents = new Map<string, Agent[]>();
  for (const row of rows) {
    const ofClient = agents.get(row.clientId);
    if (ofClient === undefined) agents.set(row.clientId, [row]);
    else ofClient.push(row);
  }
  return agents;
});
