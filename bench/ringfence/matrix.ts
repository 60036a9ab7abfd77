// Makes the gate know what the benchmark adds to the database, in this process alone. Imported before everything else: the gate
// reads the list once, when it is loaded.
import { definerFunctions } from '../../db/policies/definer-functions';

for (const name of ['client_ids', 'organization_ids', 'sees_all_agents', 'stay_ids', 'create_client'])
  definerFunctions[`peer.${name}`] = ['bench_peer'];
