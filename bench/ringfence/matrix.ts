// Makes the gate know what the benchmark adds to the database, in this process alone. Imported before everything else: the gate
// reads the matrix once, when it is loaded.
import { definerFunctions, matrix } from '../../db/policies/matrix';

const inAccount = 'account_id = $account';
const inSet =
  'client_id in (select client_id from ringfence.client_assignments where account_id = $account and member_id = $principal)';

for (const [table, permission] of [
  ['ringfence.leads', 'ACCESS_CRM'],
  ['ringfence.agents', 'VIEW_CLIENTS'],
] as const) {
  matrix[table] = {
    ringfence_admin: { select: inAccount },
    ringfence_member_all: { select: `${inAccount} and held('${permission}')` },
    ringfence_member: { select: `${inSet} and held('${permission}')` },
  };
}
for (const name of ['client_ids', 'organization_ids', 'create_client'])
  definerFunctions[`peer.${name}`] = ['bench_peer'];
