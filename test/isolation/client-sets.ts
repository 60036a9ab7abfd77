// What somebody with a set of clients sees of what clients own, told without the fence: for comparing with what they do see.
import type { Client } from 'pg';
import { cellOf, tablesIn } from './matrix-cells';
import type { Session } from './sessions';

/** Narrowed by whose the token is, or who holds the lead, as well. */
const ofSomebody = /\.(access_token_\w+|lead_holds)$/;

/**
 * Tables with their keys, and the condition on their rows, with the set as $1. `leads`: what else narrows leads. `except`: tables that are
 * narrowed otherwise.
 */
export async function conditionsOfSet(
  owner: Client,
  { role, principalId }: Session,
  leads: string,
  except = /^$/,
): Promise<(readonly [table: string, key: string, condition: string])[]> {
  const asked = ` or requested_by = '${principalId}'`;
  const others: Record<string, string> = {
    // Members are invited by the house client, which is in nobody's set; programs invite none.
    'ringfence.invitations': role === 'ringfence_member' ? " or kind = 'MEMBER'" : '',
    'ringfence.list_jobs': asked,
    'ringfence.client_deletions': asked,
  };
  const narrowed = (table: string) => {
    if (table.startsWith('ringfence.lead')) return ` and ${leads}`;
    return table === 'ringfence.segments' ? ' and owner_id is null' : '';
  };
  const tables = await tablesIn(owner);
  return tables
    .filter(
      ({ name, columns }) =>
        columns.includes('client_id') &&
        !ofSomebody.test(name) &&
        !except.test(name) &&
        cellOf(name, role, 'select') !== null,
    )
    .map(({ name, key }) => [
      name,
      key.join(', '),
      `client_id = any ($1)${narrowed(name)}${others[name] ?? ''}`,
    ]);
}
