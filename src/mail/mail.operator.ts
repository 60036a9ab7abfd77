// What operators do with mail that was given up.
import { asOwner } from '../database/owner';

export interface FailedMail {
  id: string;
  slug: string;
  kind: string;
  failedAt: Date;
  attempts: number;
  lastError: string | null;
}

/** Mails that were refused for good or too often, the newest first. */
export async function failedMails(adminUrl: string): Promise<FailedMail[]> {
  return asOwner(adminUrl, async (client) => {
    const { rows } = await client.query<FailedMail>(
      `select o.id, a.slug, o.kind, o.failed_at as "failedAt", o.attempts, o.last_error as "lastError"
       from fence.outbox o join ringfence.accounts a on a.id = o.account_id
       where o.failed_at is not null order by o.failed_at desc`,
    );
    return rows;
  });
}

/** Has a mail that was given up sent again, under the same Message-ID. */
export async function retryMail(adminUrl: string, id: string): Promise<void> {
  await asOwner(adminUrl, async (client) => {
    const { rowCount } = await client.query(
      `with again as (
         update fence.outbox set failed_at = null where id = $1 and failed_at is not null returning account_id, id)
       select fence.queue_mail(account_id, id) from again`,
      [id],
    );
    if (rowCount === 0) throw new Error(`no mail ${id} was given up`);
  });
}
