// An account of the arena, with rows in every table.
import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import type { Arrange, TestAgent } from '../support/arrange';
import { createIdentities, createLists } from './arena-outreach';

export interface ArenaAccount {
  id: string;
  /** `one` to `three` are of `north`, `four` of `south`; `archived` is archived, `deleting` is being deleted. */
  clients: Record<'one' | 'two' | 'three' | 'four' | 'five' | 'six' | 'archived' | 'deleting', string>;
  /** `empty` has no client; `closed` is archived. */
  organizations: Record<'north' | 'south' | 'empty' | 'closed', string>;
  /** `settled` and `second` are of client one, `moved` went from one to two, `other` is of four. */
  agents: Record<'settled' | 'second' | 'moved' | 'other', TestAgent>;
  /**
   * `open`, `closed` (for those who are named) and `archived` are of client one, `hidden` is a closed one of two, `blind` an open
   * one of five and `other` of four, which are in blind mode; `house` and `cellar` are of the house client. `leaving` goes
   * from one to two, `arriving` from two to one, `deleting`, of one, is being deleted.
   */
  lists: Record<
    | 'open'
    | 'closed'
    | 'archived'
    | 'hidden'
    | 'blind'
    | 'other'
    | 'house'
    | 'cellar'
    | 'leaving'
    | 'arriving'
    | 'deleting',
    string
  >;
  /** An email identity of each client, and of none. */
  identities: Record<keyof ArenaAccount['clients'] | 'none', string>;
}

/** Both accounts are alike but for their names, so that nothing is told apart by its shape. */
export async function createAccount(arrange: Arrange, owner: Client, slug: string): Promise<ArenaAccount> {
  const id = await arrange.account(slug);
  const organizations = {
    north: await arrange.organization(id, `${slug} north`, ['priority', `${slug} only`]),
    south: await arrange.organization(id, `${slug} south`, ['priority']),
    empty: await arrange.organization(id, `${slug} empty`, ['quiet']),
    closed: await arrange.organization(id, `${slug} closed`),
  };
  const client = (name: string, organization?: string, status = 'ACTIVE') =>
    arrange.client(id, `${slug} ${name}`, {
      ...(organization === undefined ? {} : { organization_id: organization }),
      contact_email: `${name}@${slug}.test`,
      status,
    });
  const clients = {
    one: await client('one', organizations.north),
    two: await client('two', organizations.north),
    three: await client('three', organizations.north),
    four: await client('four', organizations.south),
    five: await client('five'),
    six: await client('six', undefined, 'INACTIVE'),
    archived: await client('archived', organizations.south, 'ARCHIVED'),
    deleting: await client('deleting', undefined, 'DELETING'),
  };
  await owner.query("update ringfence.organizations set status = 'ARCHIVED' where id = $1", [
    organizations.closed,
  ]);
  await owner.query(
    `insert into ringfence.client_activity (account_id, client_id, last_activity_at)
     select account_id, id, date_trunc('hour', now(), 'UTC') from ringfence.clients where account_id = $1`,
    [id],
  );
  const agents = {
    settled: await arrange.agent(id, clients.one, { name: `${slug} settled` }),
    second: await arrange.agent(id, clients.one, { name: `${slug} second`, kind: 'CHAT' }),
    moved: await arrange.agent(id, clients.two, { name: `${slug} moved`, movedFrom: clients.one }),
    other: await arrange.agent(id, clients.four, { name: `${slug} other` }),
  };
  await owner.query(
    `with numbered as (
       insert into fence.phone_numbers (account_id, phone_number, agent_id)
       select account_id, '+4930' || 1000000 + row_number() over (order by id), id from ringfence.agents where account_id = $1
       returning *)
     insert into ringfence.agent_phone_numbers (account_id, client_id, agent_id, stay_id, phone_number)
     select a.account_id, a.client_id, a.id, a.stay_id, n.phone_number
     from numbered n join ringfence.agents a on a.account_id = n.account_id and a.id = n.agent_id`,
    [id],
  );
  for (const table of ['agent_configurations', 'agent_advanced_configurations']) {
    await owner.query(
      `insert into ringfence.${table} (account_id, client_id, agent_id, stay_id, number, settings, saved_by)
       select account_id, client_id, id, stay_id, 1, '{}', 'Somebody' from ringfence.agents where account_id = $1`,
      [id],
    );
  }
  const stays = Object.values(agents).flatMap(({ stayId, earlierStayId }) => [earlierStayId ?? [], stayId]);
  for (const stayId of stays.flat()) {
    const callId = await arrange.call(stayId);
    await arrange.recording(callId);
    await arrange.upload(callId, randomUUID());
    await arrange.call(stayId, { direction: 'OUTBOUND', outcome: null, billableSeconds: null });
    await arrange.conversation(stayId, { texts: ['Hello', 'Good morning'] });
  }
  const lists = await createLists(arrange, owner, id, clients);
  return {
    id,
    clients,
    organizations,
    agents,
    lists,
    identities: await createIdentities(arrange, id, slug, clients),
  };
}
