import { defineRowsLoader } from '../../src/database/loaders';
import { Agent } from './agent.entity';

/** The agents of a client, by name. */
export const agentsByClientId = defineRowsLoader<Agent>(
  Agent,
  'from ringfence.agents r where r.client_id = key order by r.sort_name, r.id',
);
