// Lists, leads and identities: see `Arrange`.
import { randomBytes, randomInt } from 'node:crypto';
import type { Client as PgClient } from 'pg';

export class ArrangeOutreach {
  constructor(protected readonly owner: PgClient) {}

  /** A caller id or an email identity; null for the client: of none. Numbers are registered. */
  async identity(
    accountId: string,
    clientId: string | null,
    address: { phoneNumber: string } | { email: string },
    options: { displayName?: string; verified?: boolean } = {},
  ): Promise<string> {
    const phoneNumber = 'phoneNumber' in address ? address.phoneNumber : null;
    const email = 'email' in address ? address.email : null;
    return this.id(
      `with added as (
         insert into ringfence.identities (account_id, client_id, of_house, kind, phone_number, email, display_name, verified_at)
         select c.account_id, c.id, c.is_house, case when $3::text is null then 'EMAIL' else 'CALLER_ID' end, $3, $4, $5, case when $6 then now() end
         from ringfence.clients c where c.account_id = $1 and case when $2::uuid is null then c.is_house else c.id = $2 end
         returning account_id, id, phone_number
       ), registered as (
         insert into fence.phone_numbers (account_id, phone_number, identity_id)
         select account_id, phone_number, id from added where phone_number is not null
       )
       select id from added`,
      [accountId, clientId, phoneNumber, email, options.displayName ?? null, options.verified ?? false],
    );
  }

  /** A list of a client, or of none, with a field of each type and a disposition. */
  async list(
    accountId: string,
    clientId: string | null,
    options: {
      name?: string;
      access?: 'ALL' | 'NAMED';
      status?: 'ACTIVE' | 'ARCHIVED';
      /** Members who are named. */
      members?: string[];
    } = {},
  ): Promise<string> {
    const { name = 'Prospects', status = 'ACTIVE', members = [] } = options;
    const access = options.access ?? (clientId === null ? 'NAMED' : 'ALL');
    const id = await this.id(
      `insert into ringfence.lists (account_id, client_id, of_house, name, access, status)
       select account_id, id, is_house, $3, $4, $5 from ringfence.clients
       where account_id = $1 and case when $2::uuid is null then is_house else id = $2 end returning id`,
      [accountId, clientId, name, access, status],
    );
    await this.owner.query(
      `insert into ringfence.list_fields (account_id, client_id, list_id, name, type, choices, position)
       select account_id, client_id, id, f.type, f.type, case f.type when 'CHOICE' then '{Red,Green}'::text[] end, f.place
       from ringfence.lists, unnest('{TEXT,NUMBER,DATE,BOOLEAN,CHOICE}'::text[]) with ordinality f (type, place) where id = $1`,
      [id],
    );
    await this.owner.query(
      `insert into ringfence.list_dispositions (account_id, client_id, list_id, name, lead_state, position)
       select account_id, client_id, id, 'Interested', 'WON', 1 from ringfence.lists where id = $1`,
      [id],
    );
    for (const member of members) await this.nameOnList(id, member);
    return id;
  }

  /** A lead with an email and a phone number, a value for each field of its list, a note, and where it came from. */
  async lead(
    listId: string,
    options: {
      name?: string;
      company?: string | null;
      email?: string;
      phone?: string;
      state?: string;
      createdAt?: string;
    } = {},
  ): Promise<string> {
    const {
      name = 'Lea Lead',
      company = 'Acme',
      email = `${randomBytes(6).toString('hex')}@lead.test`,
      phone = `+4930${randomInt(1e6, 1e9)}`,
      state = 'NEW',
      createdAt = new Date().toISOString(),
    } = options;
    const id = await this.id(
      `insert into ringfence.leads (account_id, client_id, list_id, name, company, company_key, state, state_before_archive, call_back_at,
         created_at)
       select account_id, client_id, id, $2, $3::text, lower($3), $4::text, case $4 when 'ARCHIVED' then 'NEW' end,
         case $4 when 'CALL_BACK' then now() + interval '1 day' end, $5
       from ringfence.lists where id = $1 returning id`,
      [listId, name, company, state, createdAt],
    );
    const hanging = 'select account_id, client_id, list_id, id';
    await this.owner.query(
      `insert into ringfence.lead_emails (account_id, client_id, list_id, lead_id, position, email, company_domain)
       ${hanging}, 1, $2, split_part($2, '@', 2) from ringfence.leads where id = $1`,
      [id, email],
    );
    await this.owner.query(
      `insert into ringfence.lead_phones (account_id, client_id, list_id, lead_id, position, phone)
       ${hanging}, 1, $2 from ringfence.leads where id = $1`,
      [id, phone],
    );
    await this.owner.query(
      `insert into ringfence.lead_values (account_id, client_id, list_id, lead_id, field_id, text_value, number_value, date_value, boolean_value)
       select l.account_id, l.client_id, l.list_id, l.id, f.id, case f.type when 'TEXT' then 'Something' when 'CHOICE' then f.choices[1] end,
         case f.type when 'NUMBER' then 1 end, case f.type when 'DATE' then date '2026-01-01' end, case f.type when 'BOOLEAN' then true end
       from ringfence.leads l join ringfence.list_fields f on f.account_id = l.account_id and f.list_id = l.list_id where l.id = $1`,
      [id],
    );
    await this.leadNote(id, { text: `About ${name}` });
    await this.owner.query(
      `insert into ringfence.lead_changes (account_id, client_id, list_id, lead_id, subject, to_text, actor_id, actor_name)
       ${hanging}, 'CREATED', $2, account_id, 'Somebody' from ringfence.leads where id = $1`,
      [id, name],
    );
    return id;
  }

  /** A note that somebody wrote who is nobody in particular. */
  async leadNote(leadId: string, { text = 'Called, nobody there.' } = {}): Promise<string> {
    return this.id(
      `insert into ringfence.lead_notes (account_id, client_id, list_id, lead_id, text, author_id, author_name)
       select account_id, client_id, list_id, id, $2, account_id, 'Somebody' from ringfence.leads where id = $1 returning id`,
      [leadId, text],
    );
  }

  /** That a list was moved where it is, by nobody in particular. */
  async listJob(listId: string): Promise<string> {
    return this.id(
      `insert into ringfence.list_jobs (account_id, client_id, of_house, kind, list_id, list_name, requested_by, state, total, duplicates, finished_at)
       select account_id, client_id, of_house, 'MOVE', id, name, account_id, 'DONE', 0, 0, now() from ringfence.lists where id = $1 returning id`,
      [listId],
    );
  }

  /** The disposition of the list that a lead is on. */
  async dispositionOf(leadId: string): Promise<string> {
    return this.id(
      `select d.id from ringfence.list_dispositions d join ringfence.leads l on l.account_id = d.account_id and l.list_id = d.list_id
       where l.id = $1 order by d.position limit 1`,
      [leadId],
    );
  }

  /** Has somebody hold a lead. */
  async leadHold(leadId: string, holderId: string, { minutesLeft = 60 } = {}): Promise<void> {
    await this.owner.query(
      `insert into ringfence.lead_holds (account_id, client_id, list_id, lead_id, holder_id, held_since, held_until)
       select account_id, client_id, list_id, id, $2, now() - interval '1 hour', now() + $3 * interval '1 minute'
       from ringfence.leads where id = $1`,
      [leadId, holderId, minutesLeft],
    );
  }

  async nameOnList(listId: string, memberId: string): Promise<void> {
    await this.owner.query(
      `insert into ringfence.list_members (account_id, client_id, list_id, member_id)
       select account_id, client_id, id, $2 from ringfence.lists where id = $1`,
      [listId, memberId],
    );
  }

  protected async id(text: string, values: unknown[]): Promise<string> {
    const { rows } = await this.owner.query<{ id: string }>(text, values);
    const [row] = rows;
    if (row === undefined) throw new Error(`no row: ${text}`);
    return row.id;
  }
}
