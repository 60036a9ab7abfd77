// What somebody may see of a client at some moment: what an export begins with, and must still hold while it goes on. Its own
// snapshot would go on seeing what was true when it began.
import type { Database } from '../database/database';
import type { Credential, Transaction } from '../database/transaction';

export interface Standing {
  readAt: string;
  permissions: string[];
  /** Null: there is no such client, or it is not theirs. */
  name: string | null;
  status: string | null;
  /** The times of agents with this client that they see. */
  stayIds: string[];
  /** The lists of this client whose leads they see. */
  leadListIds: string[];
}

/** UNAUTHENTICATED where the session does not open. */
export async function readStanding(transaction: Transaction, clientId: string): Promise<Standing> {
  const [standing] = await transaction.query<Standing>(
    `select now() as "readAt", i.permissions, c.name, c.status,
       array(select s.id from ringfence.agent_stays s where s.account_id = c.account_id and s.client_id = c.id) as "stayIds",
       ringfence.lead_list_ids($1) as "leadListIds"
     from ringfence.current_identity() i
     left join ringfence.clients c on c.account_id = i.account_id and c.id = $1`,
    [clientId],
  );
  if (standing === undefined) throw new Error('a session without an identity');
  return standing;
}

/** Whether whoever stood like `before` lost something since that the export took. */
export function lostSince(before: Standing, now: Standing, permissions: readonly string[]): boolean {
  const stays = new Set(now.stayIds);
  const lists = new Set(now.leadListIds);
  return (
    now.name === null ||
    permissions.some((permission) => !now.permissions.includes(permission)) ||
    before.stayIds.some((id) => !stays.has(id)) ||
    before.leadListIds.some((id) => !lists.has(id))
  );
}

/** Whether a credential that opens no session any more would, had it not expired. */
export async function hasExpired(
  database: Database,
  { sessionId, secretDigest }: Credential,
): Promise<boolean> {
  const [answer] = await database.askAsLogin<{ expired: boolean }>(
    'select ringfence.has_expired($1, $2) as expired',
    [sessionId, secretDigest],
  );
  return answer?.expired === true;
}
