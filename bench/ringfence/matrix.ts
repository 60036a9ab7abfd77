// Makes the gate know what the benchmark adds to the database, in this process alone. Imported before everything else: the gate
// reads the matrix once, when it is loaded.
import { definerFunctions } from '../../db/policies/definer-functions';
import { matrix } from '../../db/policies/matrix';

const inAccount = 'account_id = $account';
const inSet =
  'client_id in (select client_id from ringfence.client_assignments where account_id = $account and member_id = $principal)';

matrix['ringfence.leads'] = {
  ringfence_admin: { select: inAccount },
  ringfence_member_all: { select: `${inAccount} and held('ACCESS_CRM')` },
  ringfence_member: { select: `${inSet} and held('ACCESS_CRM')` },
};
for (const name of ['client_ids', 'organization_ids', 'sees_all_agents', 'stay_ids', 'create_client'])
  definerFunctions[`peer.${name}`] = ['bench_peer'];
