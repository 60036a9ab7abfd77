// What outreach has in the arena: lists and identities.
import type { Client } from 'pg';
import type { Arrange } from '../support/arrange';
import type { ArenaAccount } from './arena';

/** Of clients in every blind mode, while the account's is off. */
export async function createLists(
  arrange: Arrange,
  owner: Client,
  accountId: string,
  { one, two, three, four, five, archived }: ArenaAccount['clients'],
): Promise<ArenaAccount['lists']> {
  const list = (clientId: string | null, access: 'ALL' | 'NAMED', status?: 'ARCHIVED') =>
    arrange.list(accountId, clientId, { access, ...(status === undefined ? {} : { status }) });
  const lists = {
    open: await list(one, 'ALL'),
    closed: await list(one, 'NAMED'),
    archived: await list(one, 'ALL', 'ARCHIVED'),
    hidden: await list(two, 'NAMED'),
    blind: await list(five, 'ALL'),
    other: await list(four, 'ALL'),
    house: await list(null, 'NAMED'),
    cellar: await list(null, 'NAMED'),
  };
  for (const clientId of [three, archived]) await list(clientId, 'ALL');
  const { rows } = await owner.query<{ id: string }>('select id from ringfence.lists where account_id = $1', [
    accountId,
  ]);
  for (const { id } of rows) await arrange.lead(id);
  await owner.query(
    `update ringfence.clients set blind_mode = case when id = $2 then 'ON' else 'OFF' end
     where account_id = $1 and id in ($2, $3)`,
    [accountId, five, three],
  );
  return lists;
}

/** The same address for each client, which is no secret that one could tell another of. */
export async function createIdentities(
  arrange: Arrange,
  accountId: string,
  slug: string,
  clients: ArenaAccount['clients'],
): Promise<ArenaAccount['identities']> {
  const email = `outreach@${slug}.test`;
  const identities: Record<string, string> = { none: await arrange.identity(accountId, null, { email }) };
  const owners = [null, ...Object.values(clients)];
  for (const [index, clientId] of owners.entries())
    await arrange.identity(accountId, clientId, { phoneNumber: `+494090183${index}` });
  for (const [name, clientId] of Object.entries(clients))
    identities[name] = await arrange.identity(accountId, clientId, { email });
  return identities;
}
