// What the requests vary over, read from the database: the ids of the set, an organization that can be given.
import { asBenchOwner, type DatabaseUrls } from './database/cluster';
import type { BenchPrincipal } from './database/principal';

export interface Sample {
  accountId: string;
  /** The clients of the principal's set. */
  clientIds: string[];
  /** An organization with a client in the set. */
  organizationId: string;
  /** Takes away what W5 wrote. */
  undo(): Promise<void>;
}

export async function takeSample(urls: DatabaseUrls, principal: BenchPrincipal): Promise<Sample> {
  return asBenchOwner(urls.adminUrl, async (owner) => {
    const { rows } = await owner.query<{ id: string; organizationId: string }>(
      `select c.id, c.organization_id as "organizationId"
       from ringfence.client_assignments a join ringfence.clients c on c.account_id = a.account_id and c.id = a.client_id
       where a.account_id = $1 and a.member_id = $2 order by c.id`,
      [principal.accountId, principal.memberId],
    );
    const [first] = rows;
    if (first === undefined) throw new Error('the principal has no clients');
    return {
      accountId: principal.accountId,
      clientIds: rows.map(({ id }) => id),
      organizationId: first.organizationId,
      undo: () => removeCreatedClients(urls),
    };
  });
}

/** What W5 wrote is taken away, so that nobody reads, counts or is slowed by what another contender created. */
async function removeCreatedClients({ adminUrl }: DatabaseUrls): Promise<void> {
  await asBenchOwner(adminUrl, async (owner) => {
    await owner.query("delete from ringfence.clients where name like 'Created %'");
    await owner.query('delete from ringfence.audit_entries');
    await owner.query(
      'vacuum (analyze) ringfence.clients, ringfence.client_assignments, ringfence.audit_entries, fence.contact_emails',
    );
  });
}
