import { selectList } from '../../src/database/columns';
import { defineRowsLoader } from '../../src/database/loaders';
import { Agent } from './agent.entity';

/** The agents of a client, by name. */
export const agentsByClientId = defineRowsLoader<Agent>(
  `select ${selectList(Agent, 'a')} from ringfence.agents a where a.client_id = key order by a.name, a.id`,
);
